"""What a text can mean, in plain words: the reader's intents and those that a shop taught.

Owns these words. Which intents there are is nlu's and the shop's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.teaching.from_file import NEVER_TAUGHT
from console.words import intent_words
from nlu.training_data import INTENTS

MEANINGS: Final[dict[str, str]] = {
    "stop": "wants no more texts",
    "start": "wants our texts again",
    "help": "asks who is texting, or whether this is a bot",
    "wrong_number": "is not the person meant",
    "reorder": "wants to buy again",
    "coupon": "wants a discount or a code",
    "yes": "yes to what the last text proposed",
    "no": "no, without asking to stop",
    "later": "ask me another time",
    "question": "asks about the shop or a product",
    "order_issue": "has trouble with an order",
    "human": "wants a person",
    "already_bought": "has just ordered",
    "churn_reason": "says why they left",
    "smalltalk": "thanks, greets, or is just friendly",
    "other": "none of these",
}


def meaning(intent: str) -> str:
    """An intent in plain words; one of the shop's own by its name."""
    return MEANINGS.get(intent, intent_words(intent))


def choices(own: Iterable[str]) -> list[tuple[str, str]]:
    """(intent, words) of all that a text may be said to mean: the shop's own first."""
    ours = [(intent, meaning(intent)) for intent in INTENTS if intent not in NEVER_TAUGHT]
    return [(intent, f"{intent_words(intent)} (our own)") for intent in sorted(own)] + ours
