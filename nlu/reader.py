"""Reads a text: opt-out rules, bare words, model, thresholds, details. Where a newcomer to this room starts.

Decides what a text means; what to do about it is the flow's. The rules of `nlu.optout` have the last word on consent:
the model may add an opt-out or a doubt, never take one away (sms-rules R148).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol

from nlu import answers as shop_answers
from nlu import cascade, optout, slots
from nlu.asks import asks_of, bare_wish
from nlu.bare import bare_intent
from nlu.beside import beside
from nlu.cascade import Cascade
from nlu.clauses import second
from nlu.contact_card import FACT as CARD
from nlu.contact_card import wants_card
from nlu.interpretation import Interpretation, Slot
from nlu.language import language_of
from nlu.model import Model
from nlu.mood import mood_of, verdict
from nlu.normalise import Plain, normalise
from nlu.own import OwnHead, TaughtModel, is_own, without_own
from nlu.rhythm import Rhythm, in_words
from nlu.rhythm_wishes import read_rhythm
from nlu.topics import GOODS

if TYPE_CHECKING:  # it is heavy, and most have no such server
    from nlu.served import Change

NO_ANSWERS: Mapping[str, str] = MappingProxyType({})

MODEL_OPTS_OUT = 0.72
"""Share of stop from which the models alone opt out. It is the geometric mean of what both judges say: both have to hear it. So
0.3% of those who wrote of other things are opted out, on held-out lines and real private messages; what lies below is held."""
MODEL_AGREES = 0.30
"""Share of stop from which the model makes an opt-out of a rule's match that may be about something else."""
MODEL_HOLDS = 0.05
"""Share of stop from which marketing pauses and a person looks: 99.8% of held-out stop lines, 3.4% of the others."""
HOLDS_BESIDE = 0.30
"""The same where a rule has found what the text is about: a code that fails, a loss."""
WISH_IS_A_STOP = 0.30
"""Share of stop, by the linear model, from which a wish about a topic that the grammar does not know is not taken for one."""
LIMITED = "a wish about what to write of, by a word that no rule knows"
"""Where the model hears a stop in it («only texts about removal», «about restocks»), a person looks: neither is for sure."""
CLEAR_MARGIN = 0.15
"""Between `unsure` and `sure`: how far the best intent must be ahead to count as understood."""


class Reader(Protocol):
    """Whatever makes an interpretation of a text. Safe to share between threads; never raises for a text."""

    def read(self, text: str, *, today: date, answers: Mapping[str, str] = NO_ANSWERS) -> Interpretation:
        """What `text` means. `today`: the customer's date, for «next week». `answers`: key of a shop fact -> its
        wordings (alternative questions and the answer, one a line)."""
        ...


def embedded_reader(*, sure: float, unsure: float) -> Reader:
    """The reader with the shipped model. Costs nothing until the first text, which loads the model (once a process)."""
    return _TextReader(shared_model, sure, unsure)


def served_reader(
    url: str,
    *,
    seconds: float,
    sure: float,
    unsure: float,
    clock: Callable[[], float],
    tell: Callable[[Change, str], None],
) -> Reader:
    """The reader that asks the Rasa server at `url`, for `seconds` at most, where no rule decides; while that does not
    answer, the shipped model, and the reading says so. `clock`: seconds that never go back. `tell` hears when the server is
    given up, and when it is back. Thresholds and opt-out rules are the same; what the server calls 0.9 is its own affair.
    """
    from nlu.served import ServedModel

    model = ServedModel(url, seconds=seconds, fallback=shared_model, clock=clock, tell=tell)
    return _TextReader(lambda: model, sure, unsure)


class _TextReader:
    def __init__(self, model: Callable[[], Model], sure: float, unsure: float) -> None:
        self._model = model
        self._sure = sure
        self._unsure = unsure

    def taught(self, head: OwnHead) -> Reader:
        """This reader with what a shop taught over it."""
        return _TextReader(lambda: TaughtModel(self._model(), shared_model(), head), self._sure, self._unsure)

    def read(self, text: str, *, today: date, answers: Mapping[str, str] = NO_ANSWERS) -> Interpretation:
        plain = normalise(text)
        return beside(self._read(text, plain, today, answers), text, plain)

    def _read(self, text: str, plain: Plain, today: date, answers: Mapping[str, str]) -> Interpretation:
        model = self._model()
        decided = optout.decide(text, plain=plain)
        if decided.keyword in ("START", "HELP"):
            intent = decided.keyword.lower()
            return self._sure_reading(text, plain, model, intent, f"carrier word {decided.keyword}", "none")
        if decided.outcome == "opted_out":
            found = self._sure_reading(
                text, plain, model, "stop", f"opt-out rule: {decided.rule}", "opted_out"
            )
            return _with_second(found, second(plain, model))
        if (bare := bare_intent(plain)) and decided.outcome == "none":
            return self._sure_reading(text, plain, model, bare[0], bare[1], "none")
        if not plain.text:
            return self._nothing(model)
        if decided.outcome == "none" and (wish_of := bare_wish(plain)):
            found = self._sure_reading(text, plain, model, *wish_of, "none")
            return replace(found, slots={"asks": "who"}) if wish_of[0] == "help" else found
        if decided.outcome == "none" and (opinion := verdict(plain)):
            found = self._sure_reading(text, plain, model, opinion[0], "an opinion, and nothing else", "none")
            return replace(found, mood=opinion[1])
        if decided.outcome == "none" and wants_card(plain):
            found = self._sure_reading(text, plain, model, "question", "wishes a contact card", "none")
            return replace(found, slots={"fact": CARD})
        if decided.outcome == "none" and (wish := read_rhythm(plain)) is not None:
            if wish.impossible:
                decided = optout.OptOut("held", "a wish that leaves no time to text at all")
            elif _closed(wish) or dict(model.scores(plain.text).ranking).get("stop", 0.0) < WISH_IS_A_STOP:
                why = "a wish about when and how often"
                found = self._sure_reading(text, plain, model, "rhythm", why, "none")
                return replace(found, slots=_rhythm_slots(wish))
            else:
                decided = optout.OptOut("held", LIMITED)
        return self._modelled(text, plain, model, decided, today, answers)

    def _modelled(
        self,
        text: str,
        plain: Plain,
        model: Model,
        decided: optout.OptOut,
        today: date,
        answers: Mapping[str, str],
    ) -> Interpretation:
        language = language_of(text, plain.words)
        # a phone's reaction quotes a text of ours: it is cut out of the plain form, and not theirs to be read
        theirs = plain.text if plain.reaction else text
        scores = model.weigh(theirs, plain.text, language)
        intent, confidence = scores.ranking[0]
        together = _add(decided, scores.stop, MODEL_HOLDS if asks_of(plain) is None else HOLDS_BESIDE)
        why = [*scores.notes, f"model: {intent} {confidence:.2f}"]
        if scores.strongest:
            why.append("strongest words: " + ", ".join(scores.strongest))
        if together.outcome != "none":
            why.append(f"{together.outcome.replace('_', ' ')} by {together.rule}")
            if together.outcome == "opted_out":
                intent = "stop"
        margin = confidence - scores.ranking[1][1]
        understood = confidence >= self._sure or (confidence >= self._unsure and margin >= CLEAR_MARGIN)
        if not understood:
            why.append(f"not understood: {confidence:.2f} is below {self._sure:.2f}, ahead by {margin:.2f}")
        # what a shop's own intent is to whoever does not know it
        known = without_own(scores.ranking, self._sure) if is_own(intent) else intent
        found: dict[str, Slot] = slots.details(known, plain, today)
        if known != intent:
            found["instead"] = known
        if known == "question" and answers:
            about, because = shop_answers.found_in(shop_answers.judge(theirs, answers, shared_model()))
            found |= about
            why += [because] if because else []
        return Interpretation(
            intent=intent,
            confidence=round(confidence, 4),
            understood=understood or together.outcome == "opted_out",
            ranking=_top(scores.ranking),
            also=second(plain, model) if intent == "stop" else None,
            mood=mood_of(text, plain.words, plain.text),
            language=language,
            slots=found,
            why=tuple(why),
            model=scores.by or model.name,
            opt_out=together.outcome,
        )

    def _sure_reading(
        self,
        text: str,
        plain: Plain,
        model: Model,
        intent: str,
        why: str,
        opt_out: Literal["opted_out", "none"],
    ) -> Interpretation:
        """A reading that needed no model."""
        return Interpretation(
            intent=intent,
            confidence=1.0,
            understood=True,
            ranking=((intent, 1.0),),
            also=None,
            mood=mood_of(text, plain.words, plain.text),
            language=language_of(text, plain.words),
            slots={},
            why=(why,),
            model=model.name,
            opt_out=opt_out,
        )

    def _nothing(self, model: Model) -> Interpretation:
        return Interpretation(
            intent="other",
            confidence=0.0,
            understood=False,
            ranking=(("other", 0.0),),
            also=None,
            mood="neutral",
            language=None,
            slots={},
            why=("nothing to read",),
            model=model.name,
        )


def _add(decided: optout.OptOut, stop: float, holds: float = MODEL_HOLDS) -> optout.OptOut:
    """What the model adds to the rules. An explicit wish to be texted is a rule's finding too: there it can only raise doubt."""
    if decided.outcome == "opted_out" or stop < holds or decided.keyword:
        return decided
    if decided.leans and stop >= MODEL_AGREES:
        return optout.OptOut("opted_out", f"{decided.rule}, and model ({stop:.2f})")
    if stop >= MODEL_OPTS_OUT and decided.rule not in (optout.WISH, LIMITED):
        return optout.OptOut("opted_out", f"model ({stop:.2f})")
    if decided.outcome == "held":
        return decided
    return optout.OptOut("held", f"model ({stop:.2f})")


def _with_second(reading: Interpretation, also: str | None) -> Interpretation:
    return replace(reading, also=also, why=(*reading.why, f"another clause: {also}")) if also else reading


def _closed(wish: Rhythm) -> bool:
    """Whether every word of the wish is one that the grammar knows. Any word may follow «only texts about»: «removal»."""
    return wish.topic is None or wish.topic in GOODS


def _rhythm_slots(wish: Rhythm) -> dict[str, Slot]:
    """The wish, and how to say it back: words are language, and flows have none."""
    return {
        "rhythm": wish.to_text(),
        "rhythm_en": in_words(wish, "en"),
        "rhythm_es": in_words(wish, "es"),
    }


def _top(ranking: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    return tuple((intent, round(share, 4)) for intent, share in ranking[:5])


_model: Cascade | None = None
_loading = threading.Lock()


def shared_model() -> Cascade:
    """The shipped model, loaded once a process by whoever asks first."""
    global _model
    if _model is None:
        with _loading:
            if _model is None:
                _model = cascade.load()
    return _model
