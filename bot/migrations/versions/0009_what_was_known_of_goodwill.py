"""What goodwill goes by, for the orders of before: refunds, and when orders were last heard of.

Beside the traffic, in batches that each commit, and twice is once. A shop's orders count as heard of when the newest of
them was placed, or the last file of orders was imported.
"""

from __future__ import annotations

from bot.migrations.online import fill

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Orders first: the customers' column follows from theirs."""
    fill(
        "orders",
        "UPDATE orders SET refunded = true WHERE NOT counts AND NOT refunded"
        " AND status IN ('refunded', 'fully refunded')",
    )
    fill(
        "customers",
        "UPDATE customers SET refunded_order_at = (SELECT max(placed_at) FROM orders WHERE orders.shop_id ="
        " customers.shop_id AND orders.customer_id = customers.id AND orders.refunded)"
        " WHERE refunded_order_at IS NULL AND EXISTS (SELECT 1 FROM orders WHERE orders.shop_id = customers.shop_id"
        " AND orders.customer_id = customers.id AND orders.refunded)",
    )
    fill(
        "shops",
        "UPDATE shops SET orders_known_at = (SELECT max(at) FROM (SELECT max(last_order_at) AS at FROM customers"
        " WHERE customers.shop_id = shops.id UNION ALL SELECT max(finished_at) FROM import_runs"
        " WHERE import_runs.shop_id = shops.id AND kind = 'orders') AS heard) WHERE orders_known_at IS NULL",
    )


def downgrade() -> None:
    """Nothing to undo: the columns go with 0006."""
