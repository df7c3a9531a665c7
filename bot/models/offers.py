"""Coupons, links, clicks, and the orders that came back because of them."""

from __future__ import annotations

from sqlalchemy import Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import (
    Base,
    Cents,
    Document,
    Instant,
    OptInstant,
    OptRef,
    OptWord,
    Pk,
    Ref,
    ShopId,
    Word,
    within_shop,
)


class Coupon(Base):
    """One code. `status`: pool (free), reserved (promised to a text), live (the text left), redeemed, void, expired.

    Its clock starts when the text that carries it was sent (I11): `ends_at` is first a promise, then fixed.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "code"),
        within_shop("customers", "customer_id"),
        within_shop("enrolments", "enrolment_id"),
        Index(
            "ix_coupons_pool",
            "shop_id",
            "pool",
            "id",
            postgresql_where=text("status = 'pool'"),
            sqlite_where=text("status = 'pool'"),
        ),
        Index("ix_coupons_typed", "shop_id", text("upper(code)")),
        Index("ix_coupons_of_customer", "shop_id", "customer_id", "status"),
        Index(
            "ix_coupons_given",
            "shop_id",
            "offer",
            postgresql_where=text("offer IS NOT NULL"),
            sqlite_where=text("offer IS NOT NULL"),
        ),
        Index(
            "ix_coupons_budget",
            "shop_id",
            "flow_id",
            "offer",
            postgresql_where=text("flow_id IS NOT NULL"),
            sqlite_where=text("flow_id IS NOT NULL"),
        ),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    pool: Mapped[Word]
    """Name of the pool that it was put into, e.g. percent-15."""
    code: Mapped[str] = mapped_column(String(64))
    percent: Mapped[int | None]
    amount_cents: Mapped[int | None]
    free_shipping: Mapped[bool] = mapped_column(default=False, server_default=false())
    gift: Mapped[str | None] = mapped_column(String(100))
    """The platform's id of the product that comes for nothing."""
    points: Mapped[int | None]
    status: Mapped[Word] = mapped_column(default="pool")
    customer_id: Mapped[OptRef]
    enrolment_id: Mapped[OptRef]
    offer: Mapped[OptWord]
    """Name of the offer in the flow that asked for it."""
    flow_id: Mapped[OptRef]
    """That flow: its budget is counted over all of its revisions."""
    valid_for_seconds: Mapped[int | None]
    reserved_at: Mapped[OptInstant]
    starts_at: Mapped[OptInstant]
    ends_at: Mapped[OptInstant]
    redeemed_order_id: Mapped[OptRef]


class Link(Base):
    """A short link on our own domain. The token is derived from its turn, so a turn done again finds the same row."""

    __tablename__ = "links"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        within_shop("customers", "customer_id"),
        within_shop("enrolments", "enrolment_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    token: Mapped[str] = mapped_column(String(16), unique=True)
    customer_id: Mapped[Ref]
    enrolment_id: Mapped[OptRef]
    purpose: Mapped[Word]
    """reorder (same cart), checkout (same cart with the offer), shop (front page), product (one product with the offer),
    choose (a page of ours)."""
    target: Mapped[str] = mapped_column(Text)
    products: Mapped[list[str] | None] = mapped_column(Document)
    """Platform's ids of the products that the flow named, in its order: what `choose` shows."""
    created_at: Mapped[Instant]


class Click(Base):
    """One visit of a link. A link preview or a scanner is kept, and counted apart."""

    __tablename__ = "clicks"
    __table_args__ = (within_shop("links", "link_id"), Index("ix_clicks_of_link", "shop_id", "link_id"))

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    link_id: Mapped[Ref]
    at: Mapped[Instant]
    by_machine: Mapped[bool]
    reason: Mapped[OptWord]
    """Why it is taken for a machine: agent, method, burst ..."""
    agent: Mapped[str] = mapped_column(String(300))
    choice: Mapped[str | None] = mapped_column(String(100))
    """Platform's id of the product that was picked on the page of a `choose` link."""


class Recovery(Base):
    """An order that a conversation brought back: within 30 days of the last text, click or reply."""

    __tablename__ = "recoveries"
    __table_args__ = (
        UniqueConstraint("shop_id", "order_id"),
        within_shop("orders", "order_id"),
        within_shop("enrolments", "enrolment_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    order_id: Mapped[Ref]
    enrolment_id: Mapped[Ref]
    via: Mapped[Word]
    """code, click, reply or text: the strongest trace that was found."""
    revenue_cents: Mapped[Cents]
    discount_cents: Mapped[Cents]
    at: Mapped[Instant]
