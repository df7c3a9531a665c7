"""Plays a transcript with `flows.play.player`, and says what came of it in the transcript's words.

Owns the form of tests/flows/transcripts/*.yml: each step says what happens (`started`, `says` with `intent`, `silence`,
`ordered`, `opted_out`, `handed_back`), and then what comes of it (`bot`, `effects`, `at`, `stands`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flows import codec
from flows.effects import Effect, RequestCoupon, SendText, StartTimer
from flows.events import HandedBack, NotSent, OptedIn, OptedOut, Ordered, Reading, Started
from flows.facts import Facts
from flows.parser import library, published, read_flow
from flows.play.came import Came, Heard
from flows.play.customer import BEGIN, customer_facts
from flows.play.player import Player

__all__ = ["BEGIN", "Conversation", "facts_for"]

TEST_FLOWS = Path(__file__).parent / "transcripts" / "flows"
"""Flows for what the shipped ones do not use."""


@dataclass
class Conversation:
    """One customer in one flow, on a virtual clock."""

    flow_name: str
    facts: Facts
    pool: int = 5

    def __post_init__(self) -> None:
        if self.flow_name in library():
            flow, problems = read_flow(library()[self.flow_name], self.flow_name)
            assert flow is not None, problems
        else:
            flow = published((TEST_FLOWS / f"{self.flow_name}.yml").read_text("utf-8"))
        self.player = Player(flow, self.facts, BEGIN, codes=self.pool, offer_ends=_the_night_before)

    def step(self, said: dict[str, Any]) -> dict[str, Any]:
        """Let one thing happen; gives what came of it in the transcript's words."""
        came = self._happen(said)
        assert not came.lacking, came.lacking
        player = self.player
        step: dict[str, Any] = {"at": player.state.node, "stands": player.state.phase}
        if came.said:
            step["bot"] = list(came.bodies)
        others = [self._in_words(each) for each in came.effects if not isinstance(each, SendText)]
        if others:
            step["effects"] = others
        return step

    def _in_words(self, effect: Effect) -> str:
        match effect:
            case StartTimer():
                due = effect.until or self.player.now + timedelta(seconds=effect.after_seconds or 0)
                return f"wait till {due:%a %b %-d %H:%M}"
            case RequestCoupon():
                return f"coupon {effect.offer}"
            case _:
                values = {key: value for key, value in codec.encode(effect).items() if key != "type"}
                words_of = ", ".join(f"{key}={value}" for key, value in values.items() if value is not None)
                return f"{type(effect).__name__}({words_of})"

    def _happen(self, said: dict[str, Any]) -> Came:
        player = self.player
        if "says" in said:
            reading = Reading(
                said.get("intent", "other"),
                0.9,
                understood=said.get("understood", True),
                slots=said.get("slots", {}),
                language=said.get("language"),
                mood=said.get("mood", "neutral"),
            )
            return player.say(said["says"], Heard(reading))
        if "silence" in said:
            came = player.silence()
            assert came is not None, "nothing is waited for: this conversation sleeps for ever"
            return came
        if "ordered" in said:
            return player.happen(Ordered("1001", 3100, player.now))
        if "opted_out" in said:
            return player.happen(OptedOut("rule", said["opted_out"] == "confirm", said.get("also")))
        if "opted_in" in said:
            return player.happen(OptedIn("start", confirm=True))
        if "handed_back" in said:
            return player.happen(HandedBack(said["handed_back"]))
        if "not_sent" in said:
            final, prompted = said.get("final", True), said.get("prompted", False)
            passing = said.get("passing", False)
            return player.happen(NotSent(player.state.turn, 0, said["not_sent"], final, prompted, passing))
        return player.happen(Started())


def facts_for(given: dict[str, Any]) -> Facts:
    """Facts of a plain customer, changed by what the transcript gives."""
    named = {name: value for name, value in given.items() if name != "ordered"}
    if not given.get("ordered", True):
        named["last_order"] = "absent"
    return customer_facts(named)


def _the_night_before(start: datetime, valid_for_seconds: int, zone: str) -> datetime:
    """The end of an offer in these transcripts: the night before its last day is over."""
    return (start + timedelta(seconds=valid_for_seconds)).replace(hour=4, minute=59)
