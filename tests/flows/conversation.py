"""Plays a transcript: events in, texts and other effects out, the state through JSON between any two of them.

Owns the form of tests/flows/transcripts/*.yml: each step says what happens (`started`, `says` with `intent`, `silence`,
`ordered`, `opted_out`, `handed_back`), and then what comes of it (`bot`, `effects`, `at`, `stands`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flows import advance, begin, codec
from flows import state as states
from flows.effects import Effect, RequestCoupon, SendText, StartTimer
from flows.events import (
    CouponReady,
    CouponUnavailable,
    Event,
    HandedBack,
    NotSent,
    OptedIn,
    OptedOut,
    Ordered,
    Reading,
    Replied,
    Started,
    TimerFired,
)
from flows.facts import CustomerFacts, Facts, LinkFacts, OfferFacts, OrderFacts, ShopFacts
from flows.parser import library, read_flow
from flows.render import Rendered, render

BEGIN = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)


@dataclass
class Conversation:
    """One customer in one flow, on a virtual clock."""

    flow_name: str
    facts: Facts
    pool: int = 5

    def __post_init__(self) -> None:
        flow, problems = read_flow(library()[self.flow_name], self.flow_name)
        assert flow is not None, problems
        self.flow = flow
        self.state = begin(flow)
        self.now = BEGIN
        self.timer: tuple[int, datetime] | None = None

    def step(self, said: dict[str, Any]) -> dict[str, Any]:
        """Let one thing happen; gives what came of it in the transcript's words."""
        bodies: list[str] = []
        others: list[str] = []
        pending: list[Event] = [self._event(said)]
        while pending:
            event = pending.pop(0)
            assert codec.decode(Event, codec.encode(event)) == event
            before = states.from_json(states.to_json(self.state))
            assert before == self.state
            self.state, effects = advance(self.flow, before, event, self.facts, self.now)
            for effect in effects:
                assert codec.decode(Effect, codec.encode(effect)) == effect
                pending += self._obey(effect, bodies, others)
        came: dict[str, Any] = {"at": self.state.node, "stands": self.state.phase}
        if bodies:
            came["bot"] = bodies
        if others:
            came["effects"] = others
        return came

    def _obey(self, effect: Effect, bodies: list[str], others: list[str]) -> list[Event]:
        match effect:
            case SendText():
                words = render(effect, self.facts, self.now)
                assert isinstance(words, Rendered), words
                bodies.append(words.body)
            case StartTimer():
                due = effect.until or self.now + timedelta(seconds=effect.after_seconds or 0)
                self.timer = (effect.wait, due)
                others.append(f"wait till {due:%a %b %-d %H:%M}")
            case RequestCoupon():
                others.append(f"coupon {effect.offer}")
                if not self.pool:
                    return [CouponUnavailable(effect.offer, "the pool is dry")]
                self.pool -= 1
                ends = (self.now + timedelta(seconds=effect.valid_for_seconds)).replace(hour=4, minute=59)
                offer = OfferFacts(effect.offer, "BACK-A1", effect.percent, effect.amount_cents, ends)
                self.facts = replace(self.facts, offer=offer)
                return [CouponReady(effect.offer)]
            case _:
                values = {key: value for key, value in codec.encode(effect).items() if key != "type"}
                words_of = ", ".join(f"{key}={value}" for key, value in values.items() if value is not None)
                others.append(f"{type(effect).__name__}({words_of})")
        return []

    def _event(self, said: dict[str, Any]) -> Event:
        if "says" in said:
            self.now += timedelta(minutes=20)
            self._forget_ended_offer()
            reading = Reading(
                said.get("intent", "other"),
                0.9,
                understood=said.get("understood", True),
                slots=said.get("slots", {}),
                language=said.get("language"),
            )
            return Replied(said["says"], reading, self.now)
        if "silence" in said:
            assert self.timer is not None, "nothing is waited for: this conversation sleeps for ever"
            wait, self.now = self.timer
            self._forget_ended_offer()
            return TimerFired(wait)
        if "ordered" in said:
            return Ordered("1001", 3100, self.now)
        if "opted_out" in said:
            return OptedOut("rule", confirm=said["opted_out"] == "confirm", also=said.get("also"))
        if "opted_in" in said:
            return OptedIn("start", confirm=True)
        if "handed_back" in said:
            return HandedBack(said["handed_back"])
        if "not_sent" in said:
            return NotSent(
                self.state.turn, 0, said["not_sent"], said.get("final", True), said.get("prompted", False)
            )
        return Started()

    def _forget_ended_offer(self) -> None:
        if self.facts.offer and self.facts.offer.ends <= self.now:
            self.facts = replace(self.facts, offer=None)


def facts_for(given: dict[str, Any]) -> Facts:
    """Facts of a plain customer, changed by what the transcript gives."""
    person_by = {"en": "today", "es": "hoy"}
    language = given.get("language", "en")
    product = given.get("product", "Morning Blend")
    return Facts(
        customer=CustomerFacts(
            key="k1",
            first_name=given.get("first_name", "Ana"),
            language=language,
            orders=given.get("orders", 2),
        ),
        shop=ShopFacts(
            name="Juniper Coffee",
            text_name="Juniper",
            site="https://juniper.example",
            contact="help@juniper.example",
            answers={"shipping": "Orders leave within a day and take 2 to 4 days."},
            person_by=person_by[language],
        ),
        link=LinkFacts("https://jun.pr/l/r", "https://jun.pr/l/c", "https://jun.pr/l/s"),
        zone="America/New_York",
        last_order=OrderFacts(product, 2, 3100, BEGIN - timedelta(days=60))
        if given.get("ordered", True)
        else None,
    )
