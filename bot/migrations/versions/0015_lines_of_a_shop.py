"""Lines that teach the reader what this shop's customers mean, and the weights that were fitted on them.

Additive: a process of the version before goes on reading with the shipped model alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables, both empty."""
    identity, instant = bot.models.base.BigId, bot.models.base.UtcDateTime(timezone=True)
    op.create_table(
        "taught_lines",
        sa.Column("id", identity, primary_key=True, autoincrement=True),
        sa.Column("shop_id", identity, sa.ForeignKey("shops.id"), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("intent", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("plain_key", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(64), nullable=False),
        sa.Column("flow", sa.String(64), nullable=True),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("inbound_id", identity, nullable=True),
        sa.Column("customer_id", identity, nullable=True),
        sa.Column("staff_id", identity, nullable=True),
        sa.Column("at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers.shop_id", "customers.id"],
            name="fk_taught_lines_shop_id_customer_id",
        ),
        sa.UniqueConstraint("shop_id", "id", name="uq_taught_lines_shop_id_id"),
        sa.UniqueConstraint(
            "shop_id", "language", "plain_key", name="uq_taught_lines_shop_id_language_plain_key"
        ),
    )
    op.create_index("ix_taught_lines_of_customer", "taught_lines", ["shop_id", "customer_id"])
    op.create_table(
        "shop_heads",
        sa.Column("shop_id", identity, sa.ForeignKey("shops.id"), primary_key=True),
        sa.Column("version", sa.String(64), nullable=True),
        sa.Column("encoder", sa.String(64), nullable=True),
        sa.Column("weights", sa.LargeBinary(), nullable=True),
        sa.Column("figures", bot.models.base.Document, nullable=False),
        sa.Column("fitted_at", instant, nullable=True),
        sa.Column("changed_at", instant, nullable=True),
    )


def downgrade() -> None:
    """Drop them: texts are read by the shipped model alone again."""
    op.drop_table("shop_heads")
    op.drop_table("taught_lines")
