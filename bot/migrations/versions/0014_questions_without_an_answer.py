"""Questions that customers asked and no fact of the shop answers.

Additive: a process of the version before counts none.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, empty."""
    identity, instant = bot.models.base.BigId, bot.models.base.UtcDateTime(timezone=True)
    op.create_table(
        "open_questions",
        sa.Column("id", identity, primary_key=True, autoincrement=True),
        sa.Column("shop_id", identity, sa.ForeignKey("shops.id"), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", instant, nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("customer_id", identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers.shop_id", "customers.id"],
            name="fk_open_questions_shop_id_customer_id",
        ),
        sa.UniqueConstraint("shop_id", "id", name="uq_open_questions_shop_id_id"),
    )
    op.create_index("ix_open_questions_of_shop", "open_questions", ["shop_id", "state"])
    op.create_index("ix_open_questions_of_customer", "open_questions", ["shop_id", "customer_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("open_questions")
