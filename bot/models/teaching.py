"""What a shop teaches the reader: lines of its own and corrected ones, and the weights that were fitted on them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Doc, Instant, OptInstant, OptRef, OptWord, Pk, ShopId, Word, within_shop


class TaughtLine(Base):
    """One line and what it means. A corrected one is a customer's words: it goes when they are erased."""

    __tablename__ = "taught_lines"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "language", "plain_key"),
        within_shop("customers", "customer_id"),
        Index("ix_taught_lines_of_customer", "shop_id", "customer_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    language: Mapped[str] = mapped_column(String(8))
    intent: Mapped[Word]
    text: Mapped[str] = mapped_column(Text)
    plain_key: Mapped[Word]
    """Digest of the text's plain form: the same words mean one thing."""
    origin: Mapped[Word]
    """file, flow or correction."""
    flow: Mapped[OptWord]
    """Name of the flow that brought it, where one did."""
    state: Mapped[Word]
    """waiting (for somebody to look at it), taken or refused."""
    inbound_id: Mapped[OptRef]
    customer_id: Mapped[OptRef]
    staff_id: Mapped[OptRef]
    """Who taught it, or decided last."""
    at: Mapped[Instant]


class ShopHead(Base):
    """The fitted weights of a shop (nlu.own), as they are in force. `version` names their content."""

    __tablename__ = "shop_heads"

    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    version: Mapped[OptWord]
    """Empty: nothing that was taught is in force."""
    encoder: Mapped[OptWord]
    """The encoder that it was fitted on."""
    weights: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    figures: Mapped[Doc] = mapped_column(default=dict)
    """How the lines fared when it was fitted: counts of each intent and what is worth knowing."""
    fitted_at: Mapped[OptInstant]
    changed_at: Mapped[OptInstant]
    """When lines changed that it does not know yet; empty: it knows them all."""


class OpenQuestion(Base):
    """A question that no fact answers. Its text has neither numbers nor names, and goes with the customer who asked first."""

    __tablename__ = "open_questions"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        within_shop("customers", "customer_id"),
        Index("ix_open_questions_of_shop", "shop_id", "state"),
        Index("ix_open_questions_of_customer", "shop_id", "customer_id"),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    count: Mapped[int]
    last_at: Mapped[Instant]
    state: Mapped[Word]
    """open, saved (a fact answers it now) or dismissed."""
    customer_id: Mapped[OptRef]
