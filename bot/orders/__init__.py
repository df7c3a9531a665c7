"""Orders as they reach us, by file or by API, one or many: what they are worth, whose they are, whether they count.

Owns the way from an order's plain values into the tables, and the customers' order columns that repeat it. Must not know
a flow: what an order ends is bot.audience.recovery's business.
"""

from bot.orders.record import Recorded, record_order, record_orders
from bot.orders.values import CustomerIn, LineIn, OrderIn, does_count

__all__ = [
    "CustomerIn",
    "LineIn",
    "OrderIn",
    "Recorded",
    "does_count",
    "record_order",
    "record_orders",
]
