"""A shop, its senders and what it knows about itself."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Doc, Instant, OptInstant, OptWord, Pk, ShopId, Word


class Shop(Base):
    """One tenant. `state`: test (texts own confirmed phones only), live, paused (compliance texts only)."""

    __tablename__ = "shops"

    id: Mapped[Pk]
    slug: Mapped[Word] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(200))
    text_name: Mapped[str] = mapped_column(String(24))
    state: Mapped[Word] = mapped_column(default="test")
    demo: Mapped[bool] = mapped_column(default=False)
    country: Mapped[str] = mapped_column(String(2), default="US")
    zone: Mapped[Word] = mapped_column(default="America/New_York")
    currency: Mapped[str] = mapped_column(String(3), default="USD")
    language: Mapped[str] = mapped_column(String(8), default="en")
    site_url: Mapped[str] = mapped_column(String(300))
    platform: Mapped[Word] = mapped_column(default="other")
    """How a filled cart is addressed: shopify, woocommerce or other (bot.offers.carts)."""
    contact: Mapped[str] = mapped_column(String(200))
    """Toll-free number or e-mail that the HELP answer names (R122)."""
    settings: Mapped[Doc] = mapped_column(default=dict)
    """Validated by bot.shops.ShopSettings; unknown keys are refused there."""
    orders_known_at: Mapped[OptInstant]
    """When orders were last heard of, by import or API (domain time, true to a minute). Empty: never."""
    created_at: Mapped[Instant]


class Sender(Base):
    """A number of ours. Inbound texts find their shop by it; `account` picks the provider token."""

    __tablename__ = "senders"
    __table_args__ = (UniqueConstraint("shop_id", "id"),)

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    account: Mapped[Word]
    messaging_service: Mapped[OptWord]
    active: Mapped[bool] = mapped_column(default=True)
    heard_until: Mapped[OptInstant]
    """Up to here every text that the provider received for this number is known to be here (bot.conversations.missed).
    Real time; empty: nobody has looked yet."""


class ApiKey(Base):
    """A shop's key for the JSON API; only its SHA-256 is stored (the key itself has 256 bits)."""

    __tablename__ = "api_keys"

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    key_hash: Mapped[Word] = mapped_column(unique=True)
    label: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[Instant]
    revoked_at: Mapped[OptInstant]


class ConfirmedPhone(Base):
    """A phone whose owner proved it is theirs by texting a code back: all that a shop in test may text."""

    __tablename__ = "confirmed_phones"
    __table_args__ = (UniqueConstraint("shop_id", "phone"),)

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    phone: Mapped[str] = mapped_column(String(20))
    staff_id: Mapped[int | None]
    code_hash: Mapped[OptWord]
    confirmed_at: Mapped[OptInstant]


class ShopFact(Base):
    """An answer that the shop gave once: shipping, returns, hours. The bot quotes it and invents nothing."""

    __tablename__ = "shop_facts"
    __table_args__ = (UniqueConstraint("shop_id", "key", "language"),)

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    key: Mapped[Word]
    language: Mapped[str] = mapped_column(String(8), default="en")
    answer: Mapped[str] = mapped_column(Text)
    asked_as: Mapped[str] = mapped_column(Text, default="")
    """Other wordings of the question, one a line."""
