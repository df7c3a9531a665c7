"""What keeps promises about data: who was erased, what the provider is asked to forget, the ledger's daily checkpoint."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
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


class Erasure(Base):
    """One customer's erasure, by phone key: the work that is left, and then the tombstone.

    Everything up to `asked_at` (domain time) is erased. What the customer says after that is new, and theirs.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "phone_key"),
        within_shop("customers", "customer_id"),
        Index(
            "ix_erasures_open",
            "id",
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    phone_key: Mapped[Word]
    customer_id: Mapped[OptRef]
    """Empty: never a customer, only a number in the ledger."""
    asked_at: Mapped[Instant]
    finished_at: Mapped[OptInstant]
    """When nothing was left here. The provider's copies have rows of their own."""
    counts: Mapped[Doc] = mapped_column(default=dict)
    """What was erased, by name: for the person who asked."""


class ProviderCopy(Base):
    """A text that the provider is asked to delete. `status`: waiting (until `next_try_at`, real time), gone, given_up."""

    __tablename__ = "provider_copies"
    __table_args__ = (
        UniqueConstraint("account", "provider_id"),
        within_shop("erasures", "erasure_id"),
        Index(
            "ix_provider_copies_waiting",
            "next_try_at",
            postgresql_where=text("status = 'waiting'"),
            sqlite_where=text("status = 'waiting'"),
        ),
        Index("ix_provider_copies_of_erasure", "shop_id", "erasure_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId]
    erasure_id: Mapped[Ref]
    account: Mapped[Word]
    provider_id: Mapped[Word]
    status: Mapped[Word] = mapped_column(default="waiting")
    why: Mapped[OptWord]
    """What the last try met."""
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[OptInstant]


class Checkpoint(Base):
    """A digest of the heads of all chains of the ledger, once a day: a chain cut short at its end no longer fits it."""

    __tablename__ = "ledger_checkpoints"
    __table_args__ = (UniqueConstraint("day"),)

    id: Mapped[Pk]
    day: Mapped[str] = mapped_column(String(10))
    """The UTC day, ISO 8601. Real time."""
    at: Mapped[Instant]
    last_link: Mapped[int] = mapped_column(BigInteger)
    """The newest ledger entry that counts here."""
    heads: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[Word]
    """SHA-256 over shop, key, number and hash of every chain's last link up to `last_link`, in order."""
    prev_hash: Mapped[Word]
    hash: Mapped[Word]
    """SHA-256 of the columns above: the checkpoints are a chain themselves."""
