"""Who may be texted: the ledger (proof, append-only), and what it says today (consent, suppression).

Keyed by `phone_key`, an HMAC of the number: proof outlives the customer's erasure without keeping the number.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Doc, Instant, Pk, ShopId, Word


class LedgerEntry(Base):
    """One link of a customer's hash chain. `seq` counts from 1; a conflict on it means: read the head again, retry."""

    __tablename__ = "consent_ledger"
    __table_args__ = (UniqueConstraint("shop_id", "phone_key", "seq"), UniqueConstraint("shop_id", "id"))

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    phone_key: Mapped[Word]
    seq: Mapped[int]
    act: Mapped[Word]
    """opted_in, opted_out, held, released."""
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
    ledger_seq: Mapped[int]


class Suppression(Base):
    """No text but compliance goes to this number. `kind`: opted_out (for ever), held (doubt), wrong_number."""

    __tablename__ = "suppressions"

    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    phone_key: Mapped[Word] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    source: Mapped[Word]
    since: Mapped[Instant]
    ledger_seq: Mapped[int]
