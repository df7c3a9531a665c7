"""What is in a text beside its intent: who is asking, a code that fails, a loss, trouble with what was bought, a thumb's mood.

Decides the intent anew only where a rule knows better than the model, and the mood and the slot `asks`. Whatever may be an
opt-out stays what it is. The phrases are those of `nlu.identity`, `nlu.asks` and `nlu.trouble`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from nlu.asks import asks_of
from nlu.identity import asks_who
from nlu.interpretation import Interpretation, Mood
from nlu.normalise import Plain, Reaction
from nlu.trouble import is_to_be_put_right, tells_of_trouble, upset_beside_a_wish

WISHES = frozenset({"coupon", "reorder", "later"})
"""What a complaint may come with, and is not to be met by: a discount, a cart, a month of silence."""
REASONS = frozenset({"churn_reason", "no"})
"""What a complaint may be the reason of, and is not to be thanked for alone where a shop would put it right."""

_WRONG_NUMBER = re.compile(r"\b(?:wrong (?:number|person)|numero equivocado)\b")
_THUMB_MOODS: Mapping[Reaction, Mood] = MappingProxyType(
    {"liked": "pleased", "loved": "pleased", "disliked": "upset"}
)
"""What a thumb on a text of ours says, where the text was «how was it?»."""


def beside(reading: Interpretation, text: str, plain: Plain) -> Interpretation:
    """The reading with what else the text says. `text` as it was written, `plain` its plain form."""
    return _troubled(_told(_who(reading, plain), plain), text, plain)


def _who(reading: Interpretation, plain: Plain) -> Interpretation:
    """«Who is this?» is a question of its own (R30): whatever may be an opt-out, or says that it is the wrong number, stays
    what it is."""
    if reading.intent == "help" and reading.opt_out == "none" and _WRONG_NUMBER.search(plain.text):
        return replace(
            reading, intent="wrong_number", understood=True, why=(*reading.why, "says wrong number")
        )
    if reading.opt_out != "none" or reading.intent in ("stop", "wrong_number") or not asks_who(plain):
        return reading
    return replace(
        reading,
        intent="help",
        understood=True,
        confidence=max(reading.confidence, 0.9),
        slots={**reading.slots, "asks": "who"},
        why=(*reading.why, "asks who is texting"),
    )


def _told(reading: Interpretation, plain: Plain) -> Interpretation:
    """A thumb's mood, a code that fails, a loss."""
    if not plain.words and plain.reaction:
        return replace(reading, mood=_THUMB_MOODS.get(plain.reaction, reading.mood))
    if reading.intent in ("churn_reason", "no") and reading.mood == "pleased":
        reading = replace(
            reading, mood="neutral"
        )  # «love it, but I quit coffee» is no praise to fill a cart on
    if reading.opt_out != "none" or reading.intent in ("stop", "start") or (found := asks_of(plain)) is None:
        return reading
    intent = "coupon" if found == "code_fails" else "churn_reason"
    return replace(
        reading,
        intent=intent,
        understood=True,
        confidence=max(reading.confidence, 0.9),
        slots={**reading.slots, "asks": found},
        why=(*reading.why, "says that the code fails" if found == "code_fails" else "tells of a loss"),
    )


def _troubled(reading: Interpretation, text: str, plain: Plain) -> Interpretation:
    """A complaint beside a wish, or as the reason for a no: in the mood, and in the slot `asks`. Anger that is an idiom
    («sick of waiting») is none."""
    if reading.opt_out != "none" or "asks" in reading.slots or plain.reaction:
        return reading
    if tells_of_trouble(plain):
        complains = reading.intent in WISHES or (reading.intent in REASONS and is_to_be_put_right(plain))
        told = {**reading.slots, "asks": "trouble"} if complains else reading.slots
        why = (*reading.why, "tells of trouble with what they bought")
        if not reading.understood and is_to_be_put_right(plain):
            reading = replace(reading, intent="order_issue", understood=True, confidence=0.9)
        return replace(reading, mood="upset", slots=told, why=why)
    if reading.intent in WISHES and reading.mood == "upset" and not upset_beside_a_wish(text, plain):
        return replace(reading, mood="neutral")
    return reading
