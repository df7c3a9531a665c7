"""Prices and parts as billed, the mark of the last look for missed texts, pictures, and the errands that ask for them.

Additive: a process of the version before goes on working beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WAITING = sa.text("status = 'waiting'")


def upgrade() -> None:
    """Make them. New columns are nullable, so neither database rewrites a table."""
    op.add_column("outbound", sa.Column("price_unit", sa.String(3), nullable=True))
    op.add_column("outbound", sa.Column("billed_parts", sa.Integer(), nullable=True))
    op.add_column(
        "outbound", sa.Column("looked_at", bot.models.base.UtcDateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "senders", sa.Column("heard_until", bot.models.base.UtcDateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "errands",
        sa.Column("id", bot.models.base.BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("next_at", bot.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", bot.models.base.Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errands")),
        sa.UniqueConstraint("name", name=op.f("uq_errands_name")),
    )
    op.create_table(
        "inbound_media",
        sa.Column("id", bot.models.base.BigId, autoincrement=True, nullable=False),
        sa.Column("shop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("inbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("claimed_type", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", bot.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("fetched_at", bot.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id", "inbound_id"],
            ["inbound.shop_id", "inbound.id"],
            name=op.f("fk_inbound_media_shop_id_inbound_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_media")),
        sa.UniqueConstraint("inbound_id", "place", name=op.f("uq_inbound_media_inbound_id_place")),
    )
    op.create_index(
        "ix_inbound_media_waiting",
        "inbound_media",
        ["next_try_at"],
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    )
    op.create_index("ix_inbound_media_of_inbound", "inbound_media", ["shop_id", "inbound_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("inbound_media")
    op.drop_table("errands")
    with op.batch_alter_table("senders") as table:
        table.drop_column("heard_until")
    with op.batch_alter_table("outbound") as table:
        table.drop_column("looked_at")
        table.drop_column("billed_parts")
        table.drop_column("price_unit")
