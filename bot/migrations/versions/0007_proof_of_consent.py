"""Sign-ups that wait for a YES, proof that a number is still its owner's, and an index of doubts that run out.

Additive: a process of the version before goes on working beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base
from bot.migrations.online import drop_index, make_index

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them. New columns are nullable, so neither database rewrites a table."""
    make_index("ix_suppressions_held", "suppressions", ["since"], where=sa.text("kind = 'held'"))
    op.add_column("consents", sa.Column("dated", sa.Boolean(), nullable=True))
    op.add_column(
        "customers", sa.Column("proven_at", bot.models.base.UtcDateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "signups",
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone_key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", bot.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("asked_at", bot.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("until", bot.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_signups_shop_id")),
        sa.PrimaryKeyConstraint("shop_id", "phone_key", name=op.f("pk_signups")),
    )
    op.create_index("ix_signups_of_shop", "signups", ["shop_id", "asked_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("signups")
    op.drop_column(
        "customers", "proven_at"
    )  # in place: a table made anew would leave its children without a parent
    op.drop_column("consents", "dated")
    drop_index("ix_suppressions_held", "suppressions")
