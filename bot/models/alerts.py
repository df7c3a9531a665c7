"""What people of a shop were told, and how each telling went. (What the operator must mend is an Alert: models.paces.)"""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Instant, OptInstant, OptRef, OptWord, Pk, Ref, ShopId, Word, within_shop


class Notification(Base):
    """One matter of a shop that its people hear of, once (`key`). Holds neither what a customer said nor who they are."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "key"),
        Index("ix_notifications_of_conversation", "shop_id", "conversation_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    key: Mapped[str] = mapped_column(String(120))
    """What makes it this matter: waits:CONVERSATION:since ..."""
    matter: Mapped[Word]
    """waits, late, promise, doubt or unknown; or test, which somebody sent to see whether it arrives."""
    conversation_id: Mapped[OptRef]
    staff_id: Mapped[OptRef]
    """Whose affair it is; empty: everybody's."""
    line: Mapped[str] = mapped_column(String(200))
    at: Mapped[Instant]


class Notice(Base):
    """One notification on one way out. `status`: waiting (for `next_try_at`, real time) -> sent | failed | skipped."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("notification_id", "channel", "address"),
        within_shop("notifications", "notification_id"),
        Index(
            "ix_notices_waiting",
            "next_try_at",
            postgresql_where=text("status = 'waiting'"),
            sqlite_where=text("status = 'waiting'"),
        ),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    notification_id: Mapped[Ref]
    channel: Mapped[Word]
    """webhook, email, text, or answer: what somebody texted back, which is to be handed on."""
    address: Mapped[str] = mapped_column(String(300))
    """Where to: a URL, an e-mail address, or the number of a confirmed phone's row; of an answer, the inbound's number."""
    status: Mapped[Word] = mapped_column(default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[OptInstant]
    why: Mapped[OptWord]
    """What the last try met."""
