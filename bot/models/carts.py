"""Carts that were filled and left, as a shop's platform reports them."""

from __future__ import annotations

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Cents, DocList, Instant, OptInstant, OptRef, Pk, Ref, ShopId, within_shop


class Cart(Base):
    """One cart at the platform. It is left while `ordered_at` is empty; each report of it moves `updated_at`."""

    __tablename__ = "carts"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "external_id"),
        within_shop("customers", "customer_id"),
        Index(
            "ix_carts_left",
            "shop_id",
            "updated_at",
            postgresql_where=text("ordered_at IS NULL"),
            sqlite_where=text("ordered_at IS NULL"),
        ),
        Index("ix_carts_of_customer", "shop_id", "customer_id", "updated_at"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    customer_id: Mapped[Ref]
    external_id: Mapped[str] = mapped_column(String(100))
    items: Mapped[DocList] = mapped_column(default=list)
    """What lies in it: {id, name, quantity, price_cents}, the id as the platform's cart address wants it."""
    total_cents: Mapped[Cents]
    currency: Mapped[str] = mapped_column(String(3))
    link: Mapped[str | None] = mapped_column(Text)
    """The platform's own address of this cart, where it gave one."""
    updated_at: Mapped[Instant]
    """When the customer last touched it, as the platform says."""
    ordered_at: Mapped[OptInstant]
    enrolment_id: Mapped[OptRef]
    """The passage that speaks of it. No foreign key: a passage may be forgotten before the cart is."""
