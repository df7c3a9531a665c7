"""How fast texts leave, and what the operator must hear of. All times here are real ones: carriers know no other."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Instant, OptInstant, OptWord, Pk, Word


class Pace(Base):
    """What one sender, one account or one shop has used of its speed: shared by all workers, never held by one.

    `name`: «sender +1...», «sender MG...», «account AC...», «shop 3» (bot.sending.pacing makes them).
    """

    __tablename__ = "paces"

    id: Mapped[Pk]
    name: Mapped[Word] = mapped_column(unique=True)
    spoken_until: Mapped[OptInstant]
    """The instant until which what has left fills the line at the allowed rate (GCRA's theoretical arrival time)."""
    day: Mapped[Word] = mapped_column(default="")
    """The carriers' day (midnight Pacific, R102) that `day_parts` counts."""
    day_parts: Mapped[int] = mapped_column(default=0)
    slow_until: Mapped[OptInstant]
    """The provider said «too fast»: a fraction of the rate until then."""
    paused_until: Mapped[OptInstant]
    """Nothing leaves until then."""
    openers_until: Mapped[OptInstant]
    """No opener leaves until then: the operator must mend something first."""
    failures: Mapped[int] = mapped_column(default=0)
    """Of an account: connections that did not come about, in a row."""
    why: Mapped[OptWord]
    """What the last pause or slowing down was for."""


class Alert(Base):
    """Something that the operator must mend or know, once however many texts met it. Open while `last_at` is recent."""

    __tablename__ = "alerts"
    __table_args__ = (UniqueConstraint("about", "code"),)

    id: Mapped[Pk]
    about: Mapped[Word]
    """A pace's name."""
    code: Mapped[Word]
    told: Mapped[str] = mapped_column(String(200))
    times: Mapped[int] = mapped_column(default=1)
    """Batches that met it, not texts."""
    first_at: Mapped[Instant]
    last_at: Mapped[Instant]
