"""What a shop sells and sold, and what its platform sends us about it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Cents, Doc, Instant, OptInstant, OptRef, Pk, Ref, ShopId, Word, within_shop


class Product(Base):
    """Something a shop sells. `kind`: product, shipping, gift_card; only a product is ever named in a text."""

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("shop_id", "id"), UniqueConstraint("shop_id", "external_id"))

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    external_id: Mapped[str] = mapped_column(String(100))
    """What the platform's cart address wants: a variant id, a SKU, or the name where there is neither."""
    name: Mapped[str] = mapped_column(String(300))
    text_name: Mapped[str | None] = mapped_column(String(24))
    kind: Mapped[Word] = mapped_column(default="product")
    private: Mapped[bool] = mapped_column(default=False)
    """Nothing to be seen on a phone that lies on a table: no text names it and no page lists it."""
    price_cents: Mapped[int | None]
    days_of_use: Mapped[int | None]
    """How long one of it lasts; None: nobody has said."""
    retired: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Not sold any more: no page lists it, and a link to it leads to the shop's front page."""


class Order(Base):
    """One order. `counts` is false for failed, cancelled, test and fully refunded ones; `refunded` tells these apart."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "external_id"),
        within_shop("customers", "customer_id"),
        Index("ix_orders_of_customer", "shop_id", "customer_id", "placed_at"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    customer_id: Mapped[Ref]
    external_id: Mapped[str] = mapped_column(String(100))
    placed_at: Mapped[Instant]
    total_cents: Mapped[Cents]
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[Word]
    counts: Mapped[bool]
    refunded: Mapped[bool] = mapped_column(default=False, server_default=false())
    code: Mapped[str | None] = mapped_column(String(64))
    """Discount code used, as the platform reports it."""
    source: Mapped[Word]


class OrderLine(Base):
    """One line of an order."""

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("shop_id", "order_id", "line_no"),
        within_shop("orders", "order_id"),
        within_shop("products", "product_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    order_id: Mapped[Ref]
    line_no: Mapped[int]
    product_id: Mapped[OptRef]
    quantity: Mapped[int]
    price_cents: Mapped[Cents]


class ShopNotice(Base):
    """What a shop's platform sent, as it came, before it becomes an event. Unique by the platform's own id."""

    __tablename__ = "shop_notices"
    __table_args__ = (UniqueConstraint("shop_id", "source", "provider_id"),)

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    source: Mapped[Word]
    provider_id: Mapped[str] = mapped_column(String(100))
    topic: Mapped[Word]
    payload: Mapped[Doc]
    received_at: Mapped[Instant]
    handled_at: Mapped[OptInstant]
