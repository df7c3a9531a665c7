"""A wrong offer being mended: what was decided, and what became of each code, so that it goes on where it was stopped."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
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

TELLS = "mend:"
"""How the key of a text begins that tells of a mended code (Outbound.key)."""


class Mending(Base):
    """One decision about the codes of one offer (bot.inbox.mending)."""

    __tablename__ = "mendings"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "key"),
        Index(
            "ix_mendings_open",
            "id",
            postgresql_where=text("done_at IS NULL"),
            sqlite_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    key: Mapped[Word]
    """Given by the form: sent twice, it is one."""
    staff_id: Mapped[OptRef]
    flow_id: Mapped[Ref]
    offer: Mapped[Word]
    given_after: Mapped[OptInstant]
    given_before: Mapped[OptInstant]
    pool: Mapped[OptWord]
    """Where the codes that are right come from. Empty: everybody keeps their own."""
    ends_at: Mapped[Instant]
    """Till when they last at least; the texts say this day."""
    bodies: Mapped[Doc]
    """The texts by language; empty: nobody is told."""
    upto: Mapped[int] = mapped_column(default=0)
    """Not looked at any more, and always 0: which codes are seen to, their rows say. A later release drops it."""
    at: Mapped[Instant]
    done_at: Mapped[OptInstant]


class MendedCode(Base):
    """What became of one code (bot.inbox.mended_code.Fate)."""

    __tablename__ = "mended_codes"
    __table_args__ = (UniqueConstraint("mending_id", "coupon_id"), within_shop("mendings", "mending_id"))

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    mending_id: Mapped[Ref]
    coupon_id: Mapped[Ref]
    fate: Mapped[Word]
    by_coupon_id: Mapped[OptRef]
    """The code in its place."""
    outbound_id: Mapped[OptRef]
    """The text that says so."""
