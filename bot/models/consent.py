"""Who may be texted: the ledger (proof, append-only), and what it says today (consent, suppression).

Keyed by `phone_key`, an HMAC of the number: proof outlives the customer's erasure without keeping the number.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Doc, Instant, OptInstant, Pk, ShopId, Word


class LedgerEntry(Base):
    """One link of a customer's hash chain. `seq` counts from 1; a conflict on it means: read the head again, retry."""

    __tablename__ = "consent_ledger"
    __table_args__ = (UniqueConstraint("shop_id", "phone_key", "seq"), UniqueConstraint("shop_id", "id"))

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    phone_key: Mapped[Word]
    seq: Mapped[int]
    act: Mapped[Word]
    """opted_in, opted_out, held, released; signed_up (asked to confirm, nothing given yet), verified and moved (what a
    reassigned-numbers service said)."""
    source: Mapped[Word]
    """carrier_word, rule, model, import, join, start, api, staff, provider ..."""
    at: Mapped[Instant]
    details: Mapped[Doc]
    """Nothing personal: kind of consent, wording version, the id of the inbound text."""
    payload_hash: Mapped[Word]
    """SHA-256 of salt and personal payload; still verifiable as a chain when the payload is erased."""
    prev_hash: Mapped[Word]
    hash: Mapped[Word]


class ConsentPayload(Base):
    """The personal half of a ledger entry (raw words, address, agent). Erasure deletes the row, salt included."""

    __tablename__ = "consent_payloads"

    ledger_id: Mapped[int] = mapped_column(ForeignKey("consent_ledger.id"), primary_key=True)
    salt: Mapped[Word]
    payload: Mapped[Doc]


class Consent(Base):
    """What the ledger says today: the consent in force for one number at one shop."""

    __tablename__ = "consents"

    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    phone_key: Mapped[Word] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    """written, express, implied, soft."""
    source: Mapped[str] = mapped_column(String(100))
    at: Mapped[Instant]
    dated: Mapped[bool | None]
    """False: `at` is the day of an import that gave none, which proves nothing about when it was given. Empty: unknown
    (written before this was kept), taken for dated."""
    ledger_seq: Mapped[int]


class Suppression(Base):
    """No text but compliance goes to this number. `kind`: opted_out (for ever), no_marketing (the same, but what the
    customer asks may be answered; a shop's own setting), held (doubt), wrong_number, blocked (consent is there, and the
    provider still needs the text START)."""

    __tablename__ = "suppressions"
    __table_args__ = (
        Index(
            "ix_suppressions_held",
            "since",
            postgresql_where=text("kind = 'held'"),
            sqlite_where=text("kind = 'held'"),
        ),
        Index(
            "ix_suppressions_wrong_number",
            "shop_id",
            postgresql_where=text("kind = 'wrong_number'"),
            sqlite_where=text("kind = 'wrong_number'"),
        ),
    )

    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    phone_key: Mapped[Word] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    source: Mapped[Word]
    since: Mapped[Instant]
    ledger_seq: Mapped[int]


class Signup(Base):
    """A consent that waits for the customer's YES (double opt-in). None of it counts before that.

    One a number: a second sign-up takes the first one's place. The row ends with the YES, with an opt-out, or unused.
    """

    __tablename__ = "signups"
    __table_args__ = (Index("ix_signups_of_shop", "shop_id", "asked_at"),)

    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    phone_key: Mapped[Word] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    """The consent that a YES makes: written, express."""
    source: Mapped[Word]
    """signup, import, api."""
    at: Mapped[Instant]
    """When they signed up."""
    asked_at: Mapped[OptInstant]
    """When the question was written; empty: it has not been asked."""
    until: Mapped[OptInstant]
    """A YES after this makes nothing."""
    ledger_seq: Mapped[int]
