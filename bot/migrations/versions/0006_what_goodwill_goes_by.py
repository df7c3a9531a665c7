"""What goodwill goes by: when orders were last heard of, refunds, silence, a customer's own rhythm, flows that are held.

Additive: a process of the version before goes on working beside it. A shop's orders count as heard of when the newest of
them was placed, or the last file of orders was imported; silence is counted from here on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base
from bot.migrations.online import drop_index, make_index

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MARKETING = sa.text("kind = 'marketing'")
_ADDED = (
    ("shops", "orders_known_at"),
    ("orders", "refunded"),
    ("customers", "refunded_order_at"),
    ("customers", "clicked_at"),
    ("customers", "rhythm"),
    ("conversations", "silent_texts"),
    ("conversations", "silent_at"),
    ("flows", "held_at"),
    ("flows", "held_why"),
    ("flows", "watched_from"),
)


def upgrade() -> None:
    """The index first: on PostgreSQL it is outside the transaction of the rest."""
    make_index("ix_outbound_marketing_left", "outbound", ["attempted_at"], _MARKETING)
    for table, name in _ADDED:
        op.add_column(table, _column(name))
    op.execute(
        "UPDATE orders SET refunded = true WHERE NOT counts AND status IN ('refunded', 'fully refunded')"
    )
    op.execute(
        "UPDATE customers SET refunded_order_at = (SELECT max(placed_at) FROM orders WHERE orders.shop_id ="
        " customers.shop_id AND orders.customer_id = customers.id AND orders.refunded) WHERE id IN"
        " (SELECT customer_id FROM orders WHERE refunded)"
    )
    op.execute(
        "UPDATE shops SET orders_known_at = (SELECT max(at) FROM (SELECT max(last_order_at) AS at FROM customers"
        " WHERE customers.shop_id = shops.id UNION ALL SELECT max(finished_at) FROM import_runs"
        " WHERE import_runs.shop_id = shops.id AND kind = 'orders') AS heard)"
    )


def downgrade() -> None:
    """Drop them."""
    drop_index("ix_outbound_marketing_left", "outbound")
    for table, name in reversed(_ADDED):
        op.drop_column(table, name)  # in place: a table made anew would leave its children without a parent


def _column(name: str) -> sa.Column[object]:
    match name:
        case "refunded":
            return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        case "silent_texts":
            return sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        case "rhythm":
            return sa.Column(name, bot.models.base.Document, nullable=True)
        case "held_why":
            return sa.Column(name, sa.String(64), nullable=True)
        case _:
            return sa.Column(name, bot.models.base.UtcDateTime(timezone=True), nullable=True)
