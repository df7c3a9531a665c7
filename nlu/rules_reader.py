"""Reads by the opt-out rules alone: what is missed and invented without any model. For comparison; no shop is read by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from nlu import optout
from nlu.interpretation import Interpretation
from nlu.language import language_of
from nlu.normalise import normalise
from nlu.reader import NO_ANSWERS, Reader

NAME = "rules"


def rules_reader() -> Reader:
    """A text is `stop`, or `other`: what the rules of `nlu.optout` hold is `other`, and held."""
    return _RulesReader()


class _RulesReader:
    def read(self, text: str, *, today: date, answers: Mapping[str, str] = NO_ANSWERS) -> Interpretation:
        decided = optout.decide(text)
        stop = decided.outcome == "opted_out"
        intent = "stop" if stop else "other"
        return Interpretation(
            intent=intent,
            confidence=1.0 if stop else 0.0,
            understood=stop,
            ranking=((intent, 1.0 if stop else 0.0),),
            also=None,
            mood="neutral",
            language=language_of(text, normalise(text).words),
            slots={},
            why=(f"opt-out rule: {decided.rule}" if decided.rule else "no opt-out rule",),
            model=NAME,
            opt_out=decided.outcome,
        )
