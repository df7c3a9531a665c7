"""What the shop makes of a text: the opt-out rules over its words, always; its meaning, from the person or from the model.

Owns the step from Said to a Reading. The rules are the real ones (nlu.optout); what the model adds with --nlu is, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from bot.simulate.shop import WORDINGS
from bot.simulate.words import Said
from flows.events import Reading
from flows.values import Scalar
from nlu import optout, slots
from nlu.interpretation import Interpretation
from nlu.normalise import normalise
from nlu.reader import Reader
from nlu.rhythm import in_words
from nlu.rhythm_wishes import read_rhythm

Rules: TypeAlias = Callable[[str], optout.OptOut]
"""The opt-out rules: bot.simulate uses nlu.optout.decide, a test may plant others."""

SURE = 0.95
"""The confidence of a reading whose meaning the person brought along."""
_WEIGHT = {"stop": 3, "other": 0, "smalltalk": 1}
"""Which of several meanings in one breath counts: the gravest."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A reading, and whether it takes consent away beyond what the rules found when the text came."""

    reading: Reading
    opt_out: Literal["opted_out", "held", "none"] = "none"


@dataclass(frozen=True, slots=True)
class Hearing:
    """How texts are heard. `reader`: the model; None: people's own meaning counts."""

    rules: Rules = field(default=optout.decide)
    reader: Reader | None = None

    def listen(self, breath: Sequence[Said], today: date) -> Heard:
        """What a breath of texts means, all of them together."""
        kinds = {each.kind for each in breath}
        if "picture" in kinds and "text" not in kinds:
            return Heard(Reading("picture", 1.0))
        if kinds == {"reaction"}:
            return Heard(Reading("reaction", 1.0))
        spoken = [each for each in breath if each.kind == "text"]
        if self.reader is not None:
            return _read(self.reader, spoken, today)
        meant = max(spoken, key=lambda each: _WEIGHT.get(each.meaning.intent, 2))
        return Heard(_as_meant(meant, today), "opted_out" if meant.meaning.intent == "stop" else "none")


def _as_meant(said: Said, today: date) -> Reading:
    """What they mean, with the details that stand in the words."""
    meaning, plain = said.meaning, normalise(said.words)
    found: dict[str, Scalar] = {}
    if meaning.asks:
        found["asks"] = meaning.asks
    if meaning.fact:
        found["fact"] = meaning.fact
    if meaning.intent == "later" and (until := slots.later_until(plain.text, today)):
        found["later_until"] = until.isoformat()
    if meaning.intent in ("reorder", "yes") and (count := slots.quantity(plain.text)):
        found["quantity"] = count
    intent = meaning.intent
    if intent == "rhythm":
        wish = read_rhythm(plain)
        if wish is None or wish.impossible:  # a slip of the thumb in it: nobody can tell what they wish
            return Reading("other", 0.3, understood=False, language=said.language)
        words: Mapping[str, Scalar] = {
            "rhythm": wish.to_text(),
            "rhythm_en": in_words(wish, "en"),
            "rhythm_es": in_words(wish, "es"),
        }
        found |= words
    return Reading(
        intent,
        SURE if meaning.understood else 0.2,
        understood=meaning.understood,
        slots=found,
        language=said.language,
        mood=meaning.mood,
    )


def _read(reader: Reader, spoken: Sequence[Said], today: date) -> Heard:
    """As bot.conversations.reading reads a breath: all of it as one, unless one text alone may be an opt-out."""
    apart = [reader.read(each.words, today=today, answers=WORDINGS) for each in spoken]
    together = apart[0]
    if len(apart) > 1:
        together = reader.read("\n".join(each.words for each in spoken), today=today, answers=WORDINGS)
    grave = {"none": 0, "held": 1, "opted_out": 2}
    counts = max([together, *apart], key=lambda each: grave[each.opt_out])
    if counts.opt_out == together.opt_out:
        counts = together
    if not counts.understood:
        counts = max(apart, key=lambda each: (each.understood, each.confidence))
    return Heard(_in_flow_words(counts), counts.opt_out)


def _in_flow_words(reading: Interpretation) -> Reading:
    return Reading(
        intent=reading.intent,
        confidence=round(reading.confidence, 4),
        understood=reading.understood,
        slots=dict(reading.slots),
        language=reading.language,
        mood=reading.mood,
        also=reading.also,
    )
