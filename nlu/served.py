"""The model behind a Rasa server's /model/parse: asked with a deadline, and not at all while it keeps failing.

Owns the asking, what counts as an answer, and the falling back on the embedded model, which every reading says in its
`why` and `model`. Knows no rules and no thresholds (`nlu.reader` does), and imports nothing of Rasa.
"""

from __future__ import annotations

import json
import math
import queue
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import requests

from nlu.breaker import Breaker
from nlu.classifier import Scores
from nlu.interpretation import Language
from nlu.model import Model
from nlu.training_data import INTENTS

NAME = "rasa"
PARSE = "/model/parse"
MOST_BYTES = 1_000_000
"""Of an answer. Rasa's is 2 KB; what is longer is none."""

STOP_FLOOR = 0.30
"""Share of stop, by our linear model, that a server's reading may not fall below: it then holds, whatever the server says.
A server learns from whoever trains it, and one that takes «no more of these» for small talk must not lose the stop (R145)."""
_HOLDS = 0.50
"""The share that such a floor stands for: enough to hold, never enough to opt anybody out by itself."""

_COMMAND = re.compile(r"^[\s/]+")

Change: TypeAlias = Literal["away", "back"]


@dataclass(frozen=True, slots=True)
class Failure:
    """No usable answer, and why, in words that name no text. `counts`: against the server, not only for this text."""

    why: str
    counts: bool = True


class ServedModel:
    """A Rasa server with an embedded model behind it. Safe to share between threads; never raises for a text.

    `scores` (clauses, first looks: several a text) stays with the embedded model. `tell` hears when the server is given up
    and when it is back, with the reason; not each failure.
    """

    name = NAME

    def __init__(
        self,
        url: str,
        *,
        seconds: float,
        fallback: Callable[[], Model],
        clock: Callable[[], float],
        tell: Callable[[Change, str], None],
    ) -> None:
        self._url = url
        self._seconds = seconds
        self._fallback = fallback
        self._breaker = Breaker(clock)
        self._tell = tell
        self._session = session()

    def scores(self, plain_text: str) -> Scores:
        """What a plain text probably means, by the embedded model."""
        return self._fallback().scores(plain_text)

    def weigh(self, text: str, plain_text: str, language: Language | None) -> Scores:
        """What a text probably means, by the server; by the embedded model, saying so, when that gives no usable answer."""
        if not self._breaker.asks():
            return self._weigh_here(text, plain_text, language, "not asked: it kept failing")
        found = asked(self._url, text, self._seconds, self._session)
        if isinstance(found, Failure) and found.counts:
            if self._breaker.failed():
                self._tell("away", found.why)
        elif self._breaker.answered():
            self._tell("back", "it answers again")
        if isinstance(found, Failure):
            return self._weigh_here(text, plain_text, language, found.why)
        return heard_by_both(found, self._fallback().scores(plain_text).stop)

    def _weigh_here(self, text: str, plain_text: str, language: Language | None, why: str) -> Scores:
        model = self._fallback()
        note = f"{NAME}: {why}; read by {model.name}"
        return replace(model.weigh(text, plain_text, language), by=model.name, notes=(note,))


def heard_by_both(found: Scores, stop: float) -> Scores:
    """A server's shares, and what consent goes by: both judges opt out together, and either may hold alone."""
    raised = not_below(found, stop)
    return replace(raised, heard=max(math.sqrt(found.stop * stop), min(raised.stop, _HOLDS)))


def not_below(found: Scores, stop: float) -> Scores:
    """A server's shares with that of stop raised, where the linear model's own share of it (`stop`) is a doubt."""
    shares = dict(found.ranking)
    said = shares.get("stop", 0.0)
    if stop < STOP_FLOOR or said >= min(stop, _HOLDS):
        return found
    shares["stop"] = min(stop, _HOLDS)
    ordered = sorted(shares.items(), key=lambda each: -each[1])
    note = f"{NAME}: stop {said:.2f}, and {stop:.2f} by the linear model, which it may not fall below"
    return replace(found, ranking=tuple(ordered), notes=(*found.notes, note))


def session() -> requests.Session:
    """A connection to keep. Neither a proxy nor a .netrc of the environment comes between: the server is the operator's own."""
    kept = requests.Session()
    kept.trust_env = False
    return kept


def asked(url: str, text: str, seconds: float, kept: requests.Session | None = None) -> Scores | Failure:
    """What the server at `url` says of a text. Takes `seconds` at most, and never raises.

    The limit of requests is one for each wait, and knows nothing of looking up a name: a server that sends a byte now and
    then would hold a customer's turn for ever. So somebody else waits, and is left behind when the time is over.
    """
    answers: queue.SimpleQueue[Scores | Failure] = queue.SimpleQueue()

    def ask() -> None:
        answers.put(_answer(kept or session(), url, text, seconds))

    try:
        threading.Thread(target=ask, name="rasa", daemon=True).start()
        return answers.get(timeout=seconds)
    except queue.Empty:
        return Failure(f"no answer within {seconds * 1000:.0f} ms")
    except RuntimeError as error:  # no thread can be had
        return Failure(f"not asked ({error})")


def _answer(kept: requests.Session, url: str, text: str, seconds: float) -> Scores | Failure:
    body = json.dumps({"text": as_sent(text)})
    try:
        with kept.post(
            url + PARSE,
            data=body,
            headers={"Content-Type": "application/json"},
            timeout=seconds,
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.status_code != 200:
                return Failure(f"it answers with status {response.status_code}")
            content = response.raw.read(MOST_BYTES + 1, decode_content=True)
    except requests.Timeout:
        return Failure(f"no answer within {seconds * 1000:.0f} ms")
    except Exception as error:  # requests lets some of urllib3's and http.client's through
        return Failure(f"it does not answer ({type(error).__name__})")
    if len(content) > MOST_BYTES:
        return Failure("its answer is longer than any of Rasa's")
    try:
        return scores_of(json.loads(content))
    except (ValueError, RecursionError):
        return Failure("its answer is no JSON")


def as_sent(text: str) -> str:
    """What Rasa is given to read: «/stop» is a command to it, obeyed with a share of 1, and half a pair of surrogates no text."""
    return _COMMAND.sub("", text.encode("utf-8", "replace").decode())


def scores_of(document: Any) -> Scores | Failure:
    """An answer's `intent_ranking` as shares of our intents, best first.

    Names that are not ours (`nlu_fallback`) are left out; of ours, those that it leaves out have a share of 0: Rasa ranks
    ten unless told otherwise. Shares are taken as they are: they need not sum to 1.
    """
    ranking = document.get("intent_ranking") if isinstance(document, Mapping) else None
    if not isinstance(ranking, list):
        return Failure("its answer has no intent_ranking")
    shares: dict[str, float] = {}
    for entry in ranking:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
            return Failure("its intent_ranking has an entry without a name")
        share = entry.get("confidence")
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1.001:
            return Failure("its intent_ranking has a confidence that is none")
        if entry["name"] in INTENTS:
            shares[entry["name"]] = max(min(float(share), 1.0), shares.get(entry["name"], 0.0))
    if not any(shares.values()):
        theirs = {entry["name"] for entry in ranking} - {*INTENTS, "nlu_fallback"}
        if theirs:
            return Failure("it names none of our intents: is it trained on our lines?")
        return Failure("it makes nothing of this text", counts=False)
    ordered = sorted(INTENTS, key=lambda intent: -shares.get(intent, 0.0))
    return Scores(tuple((intent, shares.get(intent, 0.0)) for intent in ordered), ())
