"""What questions are matched against: a shop's facts as customers ask for them, in the language that the answer will be in.

Owns the choice of language, which is the texts' (`bot.conversations.snapshot`): a fact's own words in that language, in
English where it has none. So whatever is found can be said. Matching is `nlu.answers`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.conversations.rows import some
from bot.models import ShopFact
from nlu.language import language_of
from nlu.normalise import normalise

SHARED = "en"
"""The language whose answer is said where a fact has none in the customer's."""


@dataclass(frozen=True, slots=True)
class Wordings:
    """A shop's facts: language -> key -> wordings (other ways to ask, and the answer, one a line)."""

    by_language: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def spoken(self, language: str) -> Mapping[str, str]:
        """Key -> wordings for a question in this language."""
        shared, own = self.by_language.get(SHARED, {}), self.by_language.get(language, {})
        return {**shared, **own} if language != SHARED and own else shared

    def asked(self, text: str, otherwise: str) -> Mapping[str, str]:
        """The same for this text; `otherwise`: the language of a text that does not tell («decaf?»)."""
        if self.by_language.keys() <= {SHARED}:
            return self.spoken(SHARED)
        return self.spoken(asked_in(text) or otherwise)


def asked_in(text: str) -> str | None:
    """The language of a text; None when it can't be told."""
    return language_of(text, normalise(text).words)


def wordings_of(session: Session, shop_ids: Iterable[int]) -> dict[int, Wordings]:
    """What the reader matches questions against, by shop."""
    found: dict[int, dict[str, dict[str, str]]] = {shop: {} for shop in shop_ids}
    for row in session.execute(_WORDINGS, {"shops": some(found)}) if found else ():
        wordings = "\n".join(part for part in (row.asked_as, row.answer) if part)
        found[row.shop_id].setdefault(row.language, {})[row.key] = wordings
    return {shop: Wordings(by_language) for shop, by_language in found.items()}


# Built once: building a statement costs SQLAlchemy about as much as running it.
_WORDINGS = (
    select(ShopFact.shop_id, ShopFact.language, ShopFact.key, ShopFact.asked_as, ShopFact.answer)
    .where(ShopFact.shop_id.in_(bindparam("shops", expanding=True)))
    .order_by(ShopFact.key)
)
