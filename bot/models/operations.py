"""The clock, the instance, long imports, and who did what."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Doc, Instant, OptInstant, OptRef, OptWord, Pk, ShopId, Word


class Clock(Base):
    """Domain time is real time plus this offset. One row; the offset is zero in production."""

    __tablename__ = "clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    offset_us: Mapped[int] = mapped_column(BigInteger, default=0)


class Instance(Base):
    """What this installation is: small facts by name (which key signed the phone keys, last backup ...)."""

    __tablename__ = "instance"

    name: Mapped[Word] = mapped_column(primary_key=True)
    value: Mapped[Doc]


class Errand(Base):
    """What the provider is asked now and then (bot.jobs.errands). `next_at` is real time; moving it is the claim."""

    __tablename__ = "errands"

    id: Mapped[Pk]
    name: Mapped[Word] = mapped_column(unique=True)
    next_at: Mapped[Instant]
    state: Mapped[Doc] = mapped_column(default=dict)
    """What the errand has to remember until the next time."""


class ImportRun(Base):
    """One import of one file. `done_lines` is committed with the rows, so a killed import goes on where it was."""

    __tablename__ = "import_runs"
    __table_args__ = (UniqueConstraint("shop_id", "kind", "digest"),)

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    kind: Mapped[Word]
    """customers, orders, products."""
    digest: Mapped[Word]
    """SHA-256 of the file and the mapping."""
    file_name: Mapped[str] = mapped_column(String(300))
    done_lines: Mapped[int] = mapped_column(default=0)
    counts: Mapped[Doc] = mapped_column(default=dict)
    started_at: Mapped[Instant]
    finished_at: Mapped[OptInstant]


class Audit(Base):
    """Who did what, from a screen, a command or the API (bot.staff.audit writes and reads it)."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_of_shop", "shop_id", "at"),)

    id: Mapped[Pk]
    shop_id: Mapped[ShopId | None] = mapped_column(nullable=True)
    actor: Mapped[str] = mapped_column(String(100))
    """In words: a person's name, or what acted (`command`, `breaker`)."""
    account_id: Mapped[OptRef]
    staff_id: Mapped[OptRef]
    action: Mapped[Word]
    subject_kind: Mapped[OptWord]
    """What it was done to, by the name of its table in the singular: `conversation`, `staff`, `coupon` ..."""
    subject_id: Mapped[OptRef]
    details: Mapped[Doc] = mapped_column(default=dict)
    address: Mapped[OptWord]
    """Where the request came from."""
    at: Mapped[Instant]
