"""What was said, what is to be decided, and the record of each decision."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, String, Text, UniqueConstraint, false, text
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


class Conversation(Base):
    """Everything between one customer and one shop. The unit that workers claim, so its texts stay in order.

    `work_due_at` (domain time) repeats the earliest thing to do here: settled inbound, signal, timer. It is kept in
    the transaction that changes any of them, so that a million sleeping conversations cost one index probe.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "customer_id"),
        within_shop("customers", "customer_id"),
        Index(
            "ix_conversations_work",
            "work_due_at",
            postgresql_where=text("work_due_at IS NOT NULL"),
            sqlite_where=text("work_due_at IS NOT NULL"),
        ),
        Index(
            "ix_conversations_waiting",
            "held_since",
            postgresql_where=text("holder = 'nobody'"),
            sqlite_where=text("holder = 'nobody'"),
        ),
        Index(
            "ix_conversations_waiting_shop",
            "shop_id",
            "held_since",
            postgresql_where=text("holder = 'nobody'"),
            sqlite_where=text("holder = 'nobody'"),
        ),
        Index(
            "ix_conversations_with_people",
            "shop_id",
            "last_inbound_at",
            postgresql_where=text("holder <> 'bot'"),
            sqlite_where=text("holder <> 'bot'"),
        ),
        Index(
            "ix_conversations_return",
            "return_at",
            postgresql_where=text("return_at IS NOT NULL"),
            sqlite_where=text("return_at IS NOT NULL"),
        ),
        Index(
            "ix_conversations_line",
            "shop_id",
            text("(CASE WHEN holder = 'nobody' OR owed_since IS NOT NULL THEN 0 ELSE 1 END)"),
            text("coalesce(owed_since, held_since, created_at)"),
            "id",
            postgresql_where=text("holder <> 'bot' AND closed_at IS NULL"),
            sqlite_where=text("holder <> 'bot' AND closed_at IS NULL"),
        ),
        Index(
            "ix_conversations_closed",
            "shop_id",
            "closed_at",
            "id",
            postgresql_where=text("closed_at IS NOT NULL"),
            sqlite_where=text("closed_at IS NOT NULL"),
        ),
        Index(
            "ix_conversations_snoozed",
            "snoozed_until",
            postgresql_where=text("snoozed_until IS NOT NULL"),
            sqlite_where=text("snoozed_until IS NOT NULL"),
        ),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    customer_id: Mapped[Ref]
    holder: Mapped[Word] = mapped_column(default="bot")
    """bot, nobody (waits for a person) or staff; `staff_id` says who. Every change raises `fence`."""
    staff_id: Mapped[OptRef]
    fence: Mapped[int] = mapped_column(default=0)
    holder_reason: Mapped[OptWord]
    held_since: Mapped[OptInstant]
    floor_enrolment_id: Mapped[OptRef]
    """Whose text was sent last, and so whom a reply belongs to. No foreign key: it would be a cycle."""
    language: Mapped[str | None] = mapped_column(String(8))
    last_inbound_id: Mapped[OptRef]
    last_inbound_at: Mapped[OptInstant]
    last_outbound_at: Mapped[OptInstant]
    silent_texts: Mapped[int] = mapped_column(default=0, server_default="0")
    """Marketing texts that left in a row, as of `silent_at`, without answer, click or order before the last of them."""
    silent_at: Mapped[OptInstant]
    """When the last of these was claimed."""
    open_matter: Mapped[OptWord]
    """complaint or question, while one is open: no marketing meanwhile (I16). identity: somebody asked who we are (R30)."""
    assignee_id: Mapped[OptRef]
    """Member of staff whose it is to answer. Who speaks is the holder's affair: an assigned one still waits."""
    team: Mapped[OptWord]
    owed_since: Mapped[OptInstant]
    """Since when a text of the customer waits for a person's answer, while people hold. Empty: nothing is owed."""
    snoozed_until: Mapped[OptInstant]
    closed_at: Mapped[OptInstant]
    """When people were done with it; whatever the customer says then, opens it again."""
    return_at: Mapped[OptInstant]
    """When it goes back to the bot by itself, unless something is owed or open by then (domain time)."""
    returned_at: Mapped[OptInstant]
    """When people gave it back last: nothing of marketing for a day (bot.compliance)."""
    marketing_paused_until: Mapped[OptInstant]
    """Until when staff want nothing of marketing to leave to this customer."""
    bot_drafts: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The bot writes its answers down, and a person sends them."""
    work_due_at: Mapped[OptInstant]
    version: Mapped[int] = mapped_column(default=0)
    """Raised by every change that a screen shows."""
    created_at: Mapped[Instant]


class Inbound(Base):
    """A text received. Its reading is stored beside it, so that a replay needs no model."""

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("account", "provider_id"),
        within_shop("conversations", "conversation_id"),
        Index("ix_inbound_of_conversation", "shop_id", "conversation_id", "id"),
        Index(
            "ix_inbound_undone",
            "conversation_id",
            "id",
            postgresql_where=text("turned_at IS NULL"),
            sqlite_where=text("turned_at IS NULL"),
        ),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    conversation_id: Mapped[Ref]
    account: Mapped[Word]
    provider_id: Mapped[Word]
    sender_number: Mapped[str] = mapped_column(String(20))
    """Our number that it was sent to."""
    kind: Mapped[Word] = mapped_column(default="text")
    """text, picture, reaction, empty, call."""
    body: Mapped[str] = mapped_column(Text)
    media: Mapped[DocList] = mapped_column(default=list)
    received_at: Mapped[Instant]
    opt_out: Mapped[OptWord]
    """carrier_word, rule, model or held: decided before anything else."""
    keyword: Mapped[OptWord]
    """STOP, START or HELP, where the text is one of the carriers' words."""
    provider_answers: Mapped[bool] = mapped_column(default=False)
    """The provider itself has answered this keyword (R50), so we must not (R7)."""
    reading: Mapped[OptDoc]
    settle_at: Mapped[Instant]
    turned_at: Mapped[OptInstant]


class InboundMedia(Base):
    """A picture, or whatever else came beside a text: fetched from the provider by a job, kept with the text.

    `status`: waiting (for `next_try_at`, real time) -> picture | not_a_picture | given_up. `kind` is what the bytes
    say, never what the sender said. Deleted with the text (erasure).
    """

    __tablename__ = "inbound_media"
    __table_args__ = (
        ForeignKeyConstraint(
            ["shop_id", "inbound_id"], ["inbound.shop_id", "inbound.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("inbound_id", "place"),
        Index(
            "ix_inbound_media_waiting",
            "next_try_at",
            postgresql_where=text("status = 'waiting'"),
            sqlite_where=text("status = 'waiting'"),
        ),
        Index("ix_inbound_media_of_inbound", "shop_id", "inbound_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    inbound_id: Mapped[Ref]
    place: Mapped[int]
    """0 for the first."""
    account: Mapped[Word]
    url: Mapped[str] = mapped_column(Text)
    claimed_type: Mapped[str] = mapped_column(String(100))
    status: Mapped[Word] = mapped_column(default="waiting")
    why: Mapped[OptWord]
    """What the last try met."""
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[OptInstant]
    kind: Mapped[OptWord]
    """image/jpeg, image/png, image/gif, image/webp or image/heic."""
    size: Mapped[int | None]
    sha256: Mapped[OptWord]
    body: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    fetched_at: Mapped[OptInstant]


class StrayText(Base):
    """A rightly signed text to a number that no shop has: kept for the operator."""

    __tablename__ = "stray_texts"
    __table_args__ = (UniqueConstraint("account", "provider_id"),)

    id: Mapped[Pk]
    account: Mapped[Word]
    provider_id: Mapped[Word]
    from_number: Mapped[str] = mapped_column(String(40))
    to_number: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[Instant]


class Signal(Base):
    """An event that waits for its turn: Started, Ordered, CouponReady, NotSent, OptedOut, HandedBack ..."""

    __tablename__ = "signals"
    __table_args__ = (
        UniqueConstraint("shop_id", "key"),
        within_shop("conversations", "conversation_id"),
        Index(
            "ix_signals_undone",
            "conversation_id",
            "id",
            postgresql_where=text("taken_at IS NULL"),
            sqlite_where=text("taken_at IS NULL"),
        ),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    conversation_id: Mapped[Ref]
    enrolment_id: Mapped[OptRef]
    """Empty: every live enrolment of the conversation hears it."""
    key: Mapped[str] = mapped_column(String(120))
    event: Mapped[Doc]
    at: Mapped[Instant]
    taken_at: Mapped[OptInstant]


class Timer(Base):
    """A row that wakes an enrolment. A timer whose wait number is not the state's is stale and does nothing.

    Anchored to a text (`outbound_id`) it has no due time until that text was attempted: waiting starts when the text
    was sent (I11).
    """

    __tablename__ = "timers"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "wait_no"),
        within_shop("conversations", "conversation_id"),
        within_shop("enrolments", "enrolment_id"),
        Index(
            "ix_timers_armed",
            "conversation_id",
            "due_at",
            postgresql_where=text("status = 'armed'"),
            sqlite_where=text("status = 'armed'"),
        ),
        Index("ix_timers_anchor", "outbound_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    conversation_id: Mapped[Ref]
    enrolment_id: Mapped[Ref]
    wait_no: Mapped[int]
    status: Mapped[Word] = mapped_column(default="armed")
    """armed, fired, stale."""
    after_seconds: Mapped[int | None]
    outbound_id: Mapped[OptRef]
    due_at: Mapped[OptInstant]


class Journal(Base):
    """One turn as it happened: event, facts, effects, texts. Replaying it must give the same bytes (I7)."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "turn", "superseded"),
        within_shop("enrolments", "enrolment_id"),
        Index("ix_journal_of_enrolment", "shop_id", "enrolment_id", "turn"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    enrolment_id: Mapped[Ref]
    turn: Mapped[int]
    superseded: Mapped[int] = mapped_column(default=0)
    """0: in force. n: the n-th version of this turn that a newer text undid."""
    at: Mapped[Instant]
    revision_hash: Mapped[Word]
    engine_version: Mapped[int]
    event: Mapped[Doc]
    facts: Mapped[Doc]
    effects: Mapped[DocList]
    texts: Mapped[DocList]
    inbound_ids: Mapped[DocList]
    state: Mapped[OptDoc]
    """The state before this turn, on every 20th turn and on turns that a newer text may still undo."""
