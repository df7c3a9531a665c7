"""What offers of every kind need: free shipping, gifts and points as codes; products to choose from; how long they last.

Additive: a process of the version before goes on working beside it. What it reserves meanwhile has no flow, and so counts
against no budget.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base
from bot.migrations.online import drop_index, make_index

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ADDED = (
    ("coupons", "free_shipping"),
    ("coupons", "gift"),
    ("coupons", "points"),
    ("coupons", "flow_id"),
    ("products", "days_of_use"),
    ("products", "retired"),
    ("links", "products"),
    ("clicks", "choice"),
)


def upgrade() -> None:
    """The index first: on PostgreSQL it is outside the transaction of the rest."""
    make_index("ix_coupons_given", "coupons", ["shop_id", "offer"], sa.text("offer IS NOT NULL"))
    for table, name in _ADDED:
        op.add_column(table, _column(name))


def downgrade() -> None:
    """Drop them."""
    drop_index("ix_coupons_given", "coupons")
    for table, name in reversed(_ADDED):
        op.drop_column(table, name)  # in place: a table made anew would leave its children without a parent


def _column(name: str) -> sa.Column[object]:
    match name:
        case "free_shipping" | "retired":
            return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        case "gift" | "choice":
            return sa.Column(name, sa.String(100), nullable=True)
        case "flow_id":
            return sa.Column(name, sa.BigInteger(), nullable=True)
        case "products":
            return sa.Column(name, bot.models.base.Document, nullable=True)
        case _:
            return sa.Column(name, sa.Integer(), nullable=True)
