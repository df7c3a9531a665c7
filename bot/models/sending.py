"""Texts to send, why each was allowed, and what the carrier said of it."""

from __future__ import annotations

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import (
    Base,
    Doc,
    DocList,
    Instant,
    OptDoc,
    OptInstant,
    OptRef,
    OptWord,
    Pk,
    Ref,
    ShopId,
    Word,
    within_shop,
)


class Outbound(Base):
    """A text to send. The row exists before the provider is called; `key` makes a second one impossible (I4).

    `status`: ready (due at `due_at`) -> claimed -> sent | unknown | refused; or denied, withheld, expired, superseded
    without ever being claimed. A claim that outlives its lease becomes unknown, never ready again. An unknown one
    becomes sent, or lost when a person says so (bot.sending.unknowns).
    """

    __tablename__ = "outbound"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "key"),
        within_shop("conversations", "conversation_id"),
        within_shop("enrolments", "enrolment_id"),
        Index(
            "ix_outbound_ready",
            "due_at",
            "id",
            postgresql_where=text("status = 'ready'"),
            sqlite_where=text("status = 'ready'"),
        ),
        Index(
            "ix_outbound_lane",
            "kind",
            "shop_id",
            "due_at",
            "id",
            postgresql_where=text("status = 'ready'"),
            sqlite_where=text("status = 'ready'"),
        ),
        Index(
            "ix_outbound_claimed",
            "lease_until",
            postgresql_where=text("status = 'claimed'"),
            sqlite_where=text("status = 'claimed'"),
        ),
        Index(
            "ix_outbound_unknown",
            "attempted_at",
            postgresql_where=text("status = 'unknown'"),
            sqlite_where=text("status = 'unknown'"),
        ),
        Index(
            "ix_outbound_marketing_left",
            "attempted_at",
            postgresql_where=text("kind = 'marketing'"),
            sqlite_where=text("kind = 'marketing'"),
        ),
        Index("ix_outbound_of_conversation", "shop_id", "conversation_id", "id"),
        Index("ix_outbound_provider", "provider_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    """Our own id at the provider: rides in the status callback's address."""
    conversation_id: Mapped[Ref]
    enrolment_id: Mapped[OptRef]
    key: Mapped[str] = mapped_column(String(120))
    """enrolment:turn:ordinal, or staff:... or api:... for texts that no turn wrote."""
    turn: Mapped[int | None]
    ordinal: Mapped[int] = mapped_column(default=0)
    author: Mapped[Word] = mapped_column(default="bot")
    """bot, staff, api."""
    staff_id: Mapped[OptRef]
    """Which member of staff wrote it; no foreign key, for the text outlives them."""
    answers_since: Mapped[OptInstant]
    """Of a person's text: since when the customer had waited for it. Owed again if it does not leave."""
    effect: Mapped[OptDoc]
    """The SendText effect: what to render again when the gate puts the text off."""
    body: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    encoding: Mapped[Word]
    parts: Mapped[int]
    kind: Mapped[Word]
    """marketing, answer, staff, compliance: as the gate derived it at the last look."""
    status: Mapped[Word] = mapped_column(default="ready")
    why: Mapped[OptWord]
    """The rule or error that decided a status other than sent."""
    fence: Mapped[int]
    read_inbound_id: Mapped[OptRef]
    """The last inbound that this text knows of; a newer one withholds a bot answer."""
    due_at: Mapped[Instant]
    expires_at: Mapped[OptInstant]
    lease_until: Mapped[OptInstant]
    """Real time, not domain time."""
    claimed_by: Mapped[OptWord]
    attempts: Mapped[int] = mapped_column(default=0)
    attempted_at: Mapped[OptInstant]
    provider_id: Mapped[OptWord]
    provider_status: Mapped[OptWord]
    error_code: Mapped[OptWord]
    price_microcents: Mapped[int | None]
    """What the provider took for it, in millionths of a cent of `price_unit`; known a day later (bot.sending.prices)."""
    price_unit: Mapped[str | None] = mapped_column(String(3))
    billed_parts: Mapped[int | None]
    """Parts as the provider counted them; `parts` is our own count, by which caps and throttles go (R100)."""
    looked_at: Mapped[OptInstant]
    """When an unknown text was last looked for at the provider. Real time."""
    created_at: Mapped[Instant]


class Receipt(Base):
    """The gate's stored answer for one look at one text, with every fact that it used."""

    __tablename__ = "receipts"
    __table_args__ = (
        within_shop("outbound", "outbound_id"),
        Index("ix_receipts_of_outbound", "shop_id", "outbound_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    outbound_id: Mapped[Ref]
    at: Mapped[Instant]
    decision: Mapped[Word]
    until: Mapped[OptInstant]
    kind: Mapped[Word]
    rules: Mapped[DocList]
    facts: Mapped[Doc]
    data_version: Mapped[Word]


class StatusReport(Base):
    """What a carrier said, as it came: duplicates, late ones and ones that nobody asked for included."""

    __tablename__ = "status_reports"
    __table_args__ = (
        UniqueConstraint("account", "provider_id", "status", "error_code"),
        Index("ix_status_reports_outbound", "outbound_public_id"),
    )

    id: Mapped[Pk]
    account: Mapped[Word]
    provider_id: Mapped[Word]
    outbound_public_id: Mapped[str | None] = mapped_column(String(32))
    status: Mapped[Word]
    error_code: Mapped[Word] = mapped_column(default="")
    times: Mapped[int] = mapped_column(default=1)
    raw: Mapped[Doc]
    received_at: Mapped[Instant]
