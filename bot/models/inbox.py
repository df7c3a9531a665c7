"""What people do with a conversation: notes, drafts, read marks, promises, ready-made replies, and who is looking.

What a conversation itself carries (holder, assignee, snooze, return) stands in its own row (bot.models.conversations).
"""

from __future__ import annotations

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Instant, OptInstant, OptRef, Pk, Ref, ShopId, Word, within_shop


class Note(Base):
    """Something that staff, and never a customer, read in a conversation.

    `kind`: note (written by a colleague), brief (what was promised and given, at a handover), or what was done:
    took_over, waits, handed_back, returned, assigned, snoozed, closed, reopened, paused, settled, promised, drafts,
    mended.
    """

    __tablename__ = "notes"
    __table_args__ = (
        within_shop("conversations", "conversation_id"),
        Index("ix_notes_of_conversation", "shop_id", "conversation_id", "id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    conversation_id: Mapped[Ref]
    staff_id: Mapped[OptRef]
    """Empty: a rule of the shop's did it."""
    kind: Mapped[Word] = mapped_column(default="note")
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[Instant]


class Draft(Base):
    """A text that somebody has begun, or that the bot had ready when it was stopped. Never sent by itself."""

    __tablename__ = "drafts"
    __table_args__ = (
        UniqueConstraint("conversation_id", "staff_id"),
        within_shop("conversations", "conversation_id"),
        Index(
            "ix_drafts_of_the_bot",
            "conversation_id",
            unique=True,
            postgresql_where=text("staff_id IS NULL"),
            sqlite_where=text("staff_id IS NULL"),
        ),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    conversation_id: Mapped[Ref]
    staff_id: Mapped[OptRef]
    """Whose. Empty: the bot's, which whoever answers may take."""
    body: Mapped[str] = mapped_column(Text)
    outbound_id: Mapped[OptRef]
    """The withheld text that it was."""
    at: Mapped[Instant]


class ReadMark(Base):
    """How far one member of staff has read one conversation."""

    __tablename__ = "read_marks"
    __table_args__ = (
        UniqueConstraint("staff_id", "conversation_id"),
        within_shop("conversations", "conversation_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    conversation_id: Mapped[Ref]
    staff_id: Mapped[Ref]
    inbound_id: Mapped[Ref]


class Watch(Base):
    """Who has a conversation open, and whether they are typing. Real time; a row that is over means nothing."""

    __tablename__ = "watches"
    __table_args__ = (
        UniqueConstraint("staff_id", "conversation_id"),
        within_shop("conversations", "conversation_id"),
        Index("ix_watches_of_conversation", "conversation_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    conversation_id: Mapped[Ref]
    staff_id: Mapped[Ref]
    looks_until: Mapped[Instant]
    types_until: Mapped[OptInstant]


class Promise(Base):
    """What staff told a customer that they would do, and by when."""

    __tablename__ = "promises"
    __table_args__ = (
        within_shop("conversations", "conversation_id"),
        Index("ix_promises_of_conversation", "shop_id", "conversation_id"),
        Index(
            "ix_promises_open",
            "shop_id",
            "due_at",
            postgresql_where=text("kept_at IS NULL"),
            sqlite_where=text("kept_at IS NULL"),
        ),
        Index(
            "ix_promises_untold",
            "due_at",
            postgresql_where=text("kept_at IS NULL AND told_at IS NULL"),
            sqlite_where=text("kept_at IS NULL AND told_at IS NULL"),
        ),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    conversation_id: Mapped[Ref]
    staff_id: Mapped[OptRef]
    what: Mapped[str] = mapped_column(String(300))
    due_at: Mapped[Instant]
    kept_at: Mapped[OptInstant]
    told_at: Mapped[OptInstant]
    """When staff were reminded that it is due."""
    at: Mapped[Instant]


class ReadyReply(Base):
    """A reply that a shop keeps ready, in one language, with variables as in flows ({{ customer.first_name }})."""

    __tablename__ = "ready_replies"
    __table_args__ = (UniqueConstraint("shop_id", "name", "language"),)

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    name: Mapped[Word]
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    used: Mapped[int] = mapped_column(default=0)
    at: Mapped[Instant]
