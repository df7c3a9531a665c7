"""The people: one phone number at one shop; and where a shop's segments are cut."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Cents, Doc, Instant, OptDoc, OptInstant, Pk, ShopId, Word


class Customer(Base):
    """One phone number at one shop. `phone` is emptied by erasure; `phone_key` outlives it in ledger and suppression.

    The order columns repeat what the orders say (kept in the same transaction), so that a million customers are
    searched for the lapsed ones over one index.
    """

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "phone"),
        UniqueConstraint("shop_id", "phone_key"),
        UniqueConstraint("shop_id", "external_id"),
        Index("ix_customers_last_order", "shop_id", "last_order_at", "id"),
        Index("ix_customers_email", "shop_id", "email"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    external_id: Mapped[str | None] = mapped_column(String(100))
    phone: Mapped[str | None] = mapped_column(String(20))
    phone_key: Mapped[Word]
    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(8))
    country: Mapped[str] = mapped_column(String(2))
    region: Mapped[str | None] = mapped_column(String(8))
    """State or province of the address, where one is known."""
    postcode: Mapped[str | None] = mapped_column(String(16))
    number_state: Mapped[Word] = mapped_column(default="ok")
    """ok, bad (the carrier says so), moved (reassigned)."""
    proven_at: Mapped[OptInstant]
    """When it was last shown that the person who consented has the number: a click, or a reassigned-numbers service. Beside
    it stand consent, orders and texts, which prove the same (R28, R29)."""
    points: Mapped[int | None]
    attributes: Mapped[Doc] = mapped_column(default=dict)
    orders_count: Mapped[int] = mapped_column(default=0)
    spent_cents: Mapped[Cents] = mapped_column(default=0)
    first_order_at: Mapped[OptInstant]
    last_order_at: Mapped[OptInstant]
    refunded_order_at: Mapped[OptInstant]
    """When the newest order that was wholly refunded was placed. After `last_order_at`: the last order went back."""
    clicked_at: Mapped[OptInstant]
    """The last time that they, and no machine, followed a link of ours."""
    rhythm: Mapped[OptDoc]
    """How often, when and about what they said we may text (nlu.rhythm), with `said_at` and the `inbound` it was in."""
    created_at: Mapped[Instant]
    erased_at: Mapped[OptInstant]


class SegmentBounds(Base):
    """Where recency, frequency and value are cut into fifths at one shop, as of one day there (bot.audience.rfm)."""

    __tablename__ = "segment_bounds"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10))
    """ISO date at the shop."""
    bounds: Mapped[Doc]
    reckoned_at: Mapped[Instant]
