"""Flows as published, and the passage of each customer through one revision."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import (
    Base,
    Doc,
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


class Flow(Base):
    """A merchant's dialogue, by name. Editing makes a revision; the enrolled stay on theirs (I8)."""

    __tablename__ = "flows"
    __table_args__ = (UniqueConstraint("shop_id", "id"), UniqueConstraint("shop_id", "name"))

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    name: Mapped[Word]
    current_revision_id: Mapped[OptRef]
    """The newest published revision: what a start or a new conversation uses."""
    held_at: Mapped[OptInstant]
    """Since when the breaker holds its marketing texts (bot.sending.breaker). Empty: it does not."""
    held_why: Mapped[OptWord]
    watched_from: Mapped[OptInstant]
    """What left before is weighed no more: a person let the flow go on."""


class FlowRevision(Base):
    """One immutable published version. `hash` covers source, built-in texts and language version."""

    __tablename__ = "flow_revisions"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "flow_id", "number"),
        UniqueConstraint("shop_id", "flow_id", "hash"),
        within_shop("flows", "flow_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    flow_id: Mapped[Ref]
    number: Mapped[int]
    hash: Mapped[Word]
    language_version: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    published_by: Mapped[str] = mapped_column(String(100))
    published_at: Mapped[Instant]


class FlowStart(Base):
    """Somebody said «start»: enrol who fits, at most `daily_limit` a day. `next_batch_at` is when the clock looks next;
    empty while it runs: a keyword's, which waits for a text."""

    __tablename__ = "flow_starts"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        within_shop("flow_revisions", "revision_id"),
        Index("ix_flow_starts_due", "next_batch_at"),
        Index(
            "ix_flow_starts_running",
            "shop_id",
            "kind",
            postgresql_where=text("status = 'running'"),
            sqlite_where=text("status = 'running'"),
        ),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    revision_id: Mapped[Ref]
    status: Mapped[Word] = mapped_column(default="running")
    """running, done, stopped."""
    trial: Mapped[bool] = mapped_column(default=False)
    """`winback flow try`: waits shortened, left out of results."""
    kind: Mapped[OptWord]
    """Of its flow's trigger (bot.audience.kinds). Empty in starts of before: lapsed."""
    priority: Mapped[int | None]
    """Its flow's. Empty: 50, as a flow that names none has it."""
    daily_limit: Mapped[int]
    total_limit: Mapped[int | None]
    params: Mapped[Doc] = mapped_column(default=dict)
    started_at: Mapped[Instant]
    started_by: Mapped[str] = mapped_column(String(100))
    next_batch_at: Mapped[OptInstant]


class Enrolment(Base):
    """One customer's passage through one revision. `state` is the engine's value, versioned JSON."""

    __tablename__ = "enrolments"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "flow_id", "customer_id", "passage"),
        within_shop("customers", "customer_id"),
        within_shop("conversations", "conversation_id"),
        within_shop("flows", "flow_id"),
        within_shop("flow_revisions", "revision_id"),
        within_shop("flow_starts", "start_id"),
        Index("ix_enrolments_of_customer", "shop_id", "customer_id", "status"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    customer_id: Mapped[Ref]
    conversation_id: Mapped[Ref]
    flow_id: Mapped[Ref]
    revision_id: Mapped[Ref]
    start_id: Mapped[OptRef]
    passage: Mapped[int] = mapped_column(default=1)
    """1 for the first time through this flow, 2 for the second ... (re-entry)."""
    arm: Mapped[Word] = mapped_column(default="treated")
    """treated, or control: the holdout, who get nothing."""
    trial: Mapped[bool] = mapped_column(default=False)
    status: Mapped[Word] = mapped_column(default="active")
    """active, ended. A control enrolment is active until an order or the window's end."""
    outcome: Mapped[OptWord]
    state: Mapped[Doc]
    turn: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[Instant]
    ended_at: Mapped[OptInstant]
