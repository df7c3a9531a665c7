"""Erasures, the copies that the provider is asked to delete, and the ledger's daily checkpoint.

Additive: a process of the version before goes on working beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OPEN = sa.text("finished_at IS NULL")
_WAITING = sa.text("status = 'waiting'")


def _ref(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _key() -> sa.Column[int]:
    return sa.Column("id", bot.models.base.BigId, autoincrement=True, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, bot.models.base.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "erasures",
        _key(),
        _ref("shop_id"),
        sa.Column("phone_key", sa.String(length=64), nullable=False),
        _ref("customer_id", nullable=True),
        _instant("asked_at"),
        _instant("finished_at", nullable=True),
        sa.Column("counts", bot.models.base.Document, nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_erasures_shop_id")),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers.shop_id", "customers.id"],
            name=op.f("fk_erasures_shop_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_erasures_shop_id_id")),
        sa.UniqueConstraint("shop_id", "phone_key", name=op.f("uq_erasures_shop_id_phone_key")),
    )
    op.create_index("ix_erasures_open", "erasures", ["id"], postgresql_where=_OPEN, sqlite_where=_OPEN)
    op.create_table(
        "provider_copies",
        _key(),
        _ref("shop_id"),
        _ref("erasure_id"),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        _instant("next_try_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id", "erasure_id"],
            ["erasures.shop_id", "erasures.id"],
            name=op.f("fk_provider_copies_shop_id_erasure_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_copies")),
        sa.UniqueConstraint("account", "provider_id", name=op.f("uq_provider_copies_account_provider_id")),
    )
    op.create_index(
        "ix_provider_copies_waiting",
        "provider_copies",
        ["next_try_at"],
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    )
    op.create_index("ix_provider_copies_of_erasure", "provider_copies", ["shop_id", "erasure_id"])
    op.create_table(
        "ledger_checkpoints",
        _key(),
        sa.Column("day", sa.String(length=10), nullable=False),
        _instant("at"),
        sa.Column("last_link", sa.BigInteger(), nullable=False),
        sa.Column("heads", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_checkpoints")),
        sa.UniqueConstraint("day", name=op.f("uq_ledger_checkpoints_day")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("ledger_checkpoints")
    op.drop_table("provider_copies")
    op.drop_table("erasures")
