"""What a member of staff can give in a conversation: the shop's offers, a filled cart, a product; as words for their text.

Owns the picker. A code is given by the very code that flows give it by (bot.offers.giving: one live offer a customer, the
budgets, the pools), so facts, pages and the bot know of it afterwards. Sends nothing: what is picked is words for a text
that a person writes. Such a code is reserved until that text leaves, and goes back to its pool if none does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy.orm import Session

from bot.inbox import Actor, Gone, NotAllowed
from bot.keys import Keys
from bot.models import Conversation


@dataclass(frozen=True, slots=True)
class OfferPick:
    """An offer of one of the shop's flows, by the names that they have there."""

    flow: str
    offer: str


@dataclass(frozen=True, slots=True)
class LinkPick:
    """A link: reorder (the same cart again), checkout (the same with the customer's code in it), shop."""

    purpose: Literal["reorder", "checkout", "shop"]


@dataclass(frozen=True, slots=True)
class ProductPick:
    """One product, by the platform's id; the customer's code goes with it."""

    product: str


Pick: TypeAlias = OfferPick | LinkPick | ProductPick


@dataclass(frozen=True, slots=True)
class OfferChoice:
    """One offer that might be given. `worth`: in words (15%, $5, free shipping). `left`: free codes in its pool."""

    flow: str
    offer: str
    worth: str
    days: int
    left: int
    why_not: str | None
    """Why it cannot be given here; None: it can."""


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """One link that might be given."""

    purpose: Literal["reorder", "checkout", "shop"]
    why_not: str | None


@dataclass(frozen=True, slots=True)
class ProductChoice:
    """One product that might be named."""

    product: str
    name: str
    price_cents: int | None


@dataclass(frozen=True, slots=True)
class Picker:
    """What may be given here now. `holds`: the code that the customer has, in words."""

    offers: tuple[OfferChoice, ...]
    links: tuple[LinkChoice, ...]
    holds: str | None


@dataclass(frozen=True, slots=True)
class Picked:
    """Words to put into the text, in the customer's language, dates true if it leaves now."""

    words: str
    code: str | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotGiven:
    """It cannot be given. `why`: one sentence for the screen."""

    why: str


def choices(
    session: Session, conversation_id: int, actor: Actor, now: datetime
) -> Picker | Gone | NotAllowed:
    """What may be given in this conversation. Changes nothing."""
    raise NotImplementedError


def products(session: Session, actor: Actor, search: str, limit: int = 20) -> tuple[ProductChoice, ...]:
    """The shop's products whose name has these words in it."""
    raise NotImplementedError


def pick(
    session: Session, keys: Keys, link_url: str, conversation_id: int, what: Pick, actor: Actor, now: datetime
) -> Picked | NotGiven | Gone | NotAllowed:
    """Reserve what was picked, and give the words for it. Picked twice, it is the same code and the same link."""
    raise NotImplementedError


def carried(session: Session, conversation: Conversation, body: str) -> dict[str, Any] | None:
    """What `Outbound.effect` of a staff text with these words has to be, so that the code in it goes live when it leaves.

    None: it carries none. Whoever writes a staff text asks this (bot.inbox.replying).
    """
    raise NotImplementedError
