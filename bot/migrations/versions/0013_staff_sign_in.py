"""Who may sign in, and what they did.

Additive. `staff.password_hash`, which nothing ever wrote or read, stays for processes of the version before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LEFT = sa.text("removed_at IS NULL")


def _id() -> sa.Column[int]:
    return sa.Column("id", bot.models.base.BigId, primary_key=True, autoincrement=True)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, bot.models.base.UtcDateTime(timezone=True), nullable=nullable)


def _account() -> sa.Column[int]:
    return sa.Column("account_id", bot.models.base.BigId, sa.ForeignKey("accounts.id"), nullable=False)


def upgrade() -> None:
    """In one transaction: there are few people."""
    op.create_table(
        "accounts",
        _id(),
        sa.Column("email", sa.String(200), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=True),
        sa.Column("totp_secret", sa.String(300), nullable=True),
        sa.Column("totp_offered", sa.String(300), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("rights", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        _instant("created_at"),
        sa.UniqueConstraint("email", name="uq_accounts_email"),
    )
    with op.batch_alter_table("staff") as staff:
        staff.add_column(sa.Column("account_id", bot.models.base.BigId, nullable=True))
        staff.add_column(sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.false()))
        staff.add_column(_instant("invited_at", nullable=True))
        staff.add_column(_instant("joined_at", nullable=True))
        staff.add_column(_instant("removed_at", nullable=True))
        staff.create_foreign_key("fk_staff_account_id", "accounts", ["account_id"], ["id"])
    op.create_index(
        "ix_staff_of_account", "staff", ["account_id"], postgresql_where=_LEFT, sqlite_where=_LEFT
    )
    op.create_table(
        "sessions",
        _id(),
        _account(),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("old_token_hash", sa.String(64), nullable=True),
        _instant("changed_at"),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("rights", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        _instant("created_at"),
        _instant("seen_at"),
        _instant("expires_at"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
        sa.UniqueConstraint("old_token_hash", name="uq_sessions_old_token_hash"),
    )
    op.create_index("ix_sessions_of_account", "sessions", ["account_id"])
    op.create_index("ix_sessions_end", "sessions", ["expires_at"])
    op.create_table(
        "staff_links",
        _id(),
        sa.Column("kind", sa.String(64), nullable=False),
        _account(),
        sa.Column("shop_id", bot.models.base.BigId, nullable=True),
        sa.Column("staff_id", bot.models.base.BigId, nullable=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        _instant("created_at"),
        _instant("expires_at"),
        _instant("used_at", nullable=True),
        sa.UniqueConstraint("token_hash", name="uq_staff_links_token_hash"),
    )
    op.create_index("ix_staff_links_of_account", "staff_links", ["account_id"])
    op.create_table(
        "sign_in_tries",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        _instant("since"),
    )
    op.create_table(
        "recovery_codes",
        _id(),
        _account(),
        sa.Column("code_hash", sa.String(64), nullable=False),
        _instant("used_at", nullable=True),
        sa.UniqueConstraint("account_id", "code_hash", name="uq_recovery_codes_account_id_code_hash"),
    )
    op.add_column("audit", sa.Column("account_id", bot.models.base.BigId, nullable=True))
    op.add_column("audit", sa.Column("staff_id", bot.models.base.BigId, nullable=True))
    op.add_column("audit", sa.Column("subject_kind", sa.String(64), nullable=True))
    op.add_column("audit", sa.Column("subject_id", bot.models.base.BigId, nullable=True))
    op.add_column("audit", sa.Column("address", sa.String(64), nullable=True))


def downgrade() -> None:
    """Drop them."""
    for column in ("address", "subject_id", "subject_kind", "staff_id", "account_id"):
        op.drop_column("audit", column)
    for table in ("recovery_codes", "sign_in_tries", "staff_links", "sessions"):
        op.drop_table(table)
    op.drop_index("ix_staff_of_account", "staff")
    with op.batch_alter_table("staff") as staff:
        staff.drop_constraint("fk_staff_account_id", type_="foreignkey")
        for column in ("account_id", "active", "invited_at", "joined_at", "removed_at"):
            staff.drop_column(column)
    op.drop_table("accounts")
