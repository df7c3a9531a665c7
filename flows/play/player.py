"""One customer in one flow, on a virtual clock: what happens goes in, the texts that leave come out.

Owns what the shell does around the engine when there is no shell: timers, codes, facts that were set, another flow that is
run. Every event, effect and state goes through JSON, as it would through a journal. Decides nothing about the dialogue,
and knows neither gate nor sending hours: here every text leaves at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, assert_never

from flows import codec
from flows import state as states
from flows.definition import Flow
from flows.effects import (
    AddTag,
    Effect,
    Finish,
    HandOff,
    HoldMarketing,
    RequestCoupon,
    RunFlow,
    SendText,
    SetFact,
    StartTimer,
)
from flows.engine import advance, begin
from flows.events import (
    CouponReady,
    CouponUnavailable,
    Event,
    HandedBack,
    NotSent,
    OptedOut,
    Ordered,
    Replied,
    Started,
    TimerFired,
)
from flows.facts import CodeFacts, Facts, OfferFacts
from flows.play.came import Came, Heard, Said
from flows.render import Rendered, render
from flows.segments import measure
from flows.state import State
from flows.zones import zone_named

REPLY_AFTER = timedelta(minutes=20)
"""How long a customer takes to answer, unless it is said."""

MAX_EVENTS = 12
"""Events that one happening's own effects may cause, as in a turn."""

MAX_WAITS = 50
"""Waits that may end in one span of time: more means a flow that never comes to rest."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a player stands: what `Player.back_to` takes up again."""

    flow: Flow
    state: Mapping[str, Any]
    facts: Facts
    now: datetime
    timer: tuple[int, datetime] | None
    codes: int | None
    given: int
    person: bool


def last_minute(start: datetime, valid_for_seconds: int, zone: str) -> datetime:
    """When an offer made at `start` ends: the last minute of that day where the customer is, as with real ones."""
    last_day = (start + timedelta(seconds=valid_for_seconds)).astimezone(zone_named(zone)).date()
    return datetime.combine(last_day, time(23, 59), zone_named(zone))


@dataclass
class Player:
    """A conversation under way. `codes`: how many are left, None for any number. `others`: flows that can be run."""

    flow: Flow
    facts: Facts
    now: datetime
    codes: int | None = None
    others: Mapping[str, Flow] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    """What gifts are called, by the product's id."""
    offer_ends: Callable[[datetime, int, str], datetime] = last_minute
    timer: tuple[int, datetime] | None = None
    person: bool = False
    """Whether a person has it because of a doubt (`held`), of which the flow knows nothing."""
    _given: int = 0

    def __post_init__(self) -> None:
        self.state: State = begin(self.flow)
        self._link()

    # --- what can happen ------------------------------------------------------------------------------------------

    def start(self) -> Came:
        """The customer enters: the first text. The front desk says nothing until it is spoken to."""
        if self.flow.desk:
            return Came()
        return self.happen(Started("keyword" if self.flow.trigger.keywords else None))

    def say(self, text: str, heard: Heard, *, after: timedelta | None = None) -> Came:
        """The customer texts. `after`: how long after the last happening; waits don't end meanwhile."""
        gap = REPLY_AFTER if after is None else after
        if self.timer is not None and self.timer[1] > self.now:
            gap = min(gap, (self.timer[1] - self.now) / 2)
        self._pass_to(self.now + gap)
        if heard.consent == "held":
            self.person, self.timer = True, None
            return Came()
        if self.person:
            return Came()
        reading = heard.reading
        if heard.consent == "opted_out" or reading.intent == "stop":
            return self.happen(OptedOut("rule", confirm=True, also=reading.also))
        return self.happen(Replied(text, reading, self.now))

    def silence(self) -> Came | None:
        """Nothing is said until the wait is over. None: nothing is waited for."""
        if self.timer is None:
            return None
        wait, due = self.timer
        self._pass_to(max(due, self.now))
        self.timer = None
        return self.happen(TimerFired(wait))

    def wait(self, span: timedelta) -> Came:
        """So much time passes; waits that are over meanwhile end."""
        until, came = self.now + span, Came()
        for _ in range(MAX_WAITS):
            if self.timer is None or self.timer[1] > until:
                break
            came = came.and_then(self.silence() or Came())
        self._pass_to(max(until, self.now))
        return came

    def order(self) -> Came:
        """The customer buys. A code in their hands is used."""
        if self.facts.offer is not None and self.facts.code is not None:
            used = replace(self.facts.code, state="used", used_at=self.now)
            self.facts = replace(self.facts, offer=None, code=used)
        return self.happen(Ordered("1001", 3100, self.now))

    def hand_back(self, node: str | None = None) -> Came:
        """A person who had the conversation gives it back: to go on at `node`, or to wait where it stood."""
        self.person = False
        return self.happen(HandedBack(node))

    def happen(self, event: Event) -> Came:
        """Take any event through the engine, with all that it causes at once."""
        came, pending = Came(), [event]
        for _ in range(MAX_EVENTS):
            if not pending:
                break
            taken = codec.decode(Event, codec.encode(pending.pop(0)))  # type: ignore[var-annotated]
            before = states.from_json(states.to_json(self.state))
            self.state, effects = advance(self.flow, before, taken, self.facts, self.now)
            turn = self.state.turn
            for effect in effects:
                kept = codec.decode(Effect, codec.encode(effect))  # type: ignore[var-annotated]
                done, caused = self._obey(kept, turn)
                came = came.and_then(done)
                pending += caused
        return came

    # --- where it stands ------------------------------------------------------------------------------------------

    @property
    def standing(self) -> Standing:
        """Everything, to come back to."""
        return Standing(
            self.flow,
            states.to_json(self.state),
            self.facts,
            self.now,
            self.timer,
            self.codes,
            self._given,
            self.person,
        )

    def back_to(self, standing: Standing) -> None:
        """Be where it stood then."""
        self.flow, self.facts, self.now = standing.flow, standing.facts, standing.now
        self.state = states.from_json(standing.state)
        self.timer, self.codes, self._given = standing.timer, standing.codes, standing.given
        self.person = standing.person

    @property
    def stands(self) -> str:
        """The phase, `handed_off` also for what a person has because of a doubt."""
        return "handed_off" if self.person else self.state.phase

    @property
    def today(self) -> date:
        """The date where the customer is."""
        return self.now.astimezone(zone_named(self.facts.zone)).date()

    # --- doing what the engine wants ------------------------------------------------------------------------------

    def _obey(self, effect: Effect, turn: int) -> tuple[Came, list[Event]]:
        came = Came(effects=(effect,))
        match effect:
            case SendText():
                words = render(effect, self.facts, self.now)
                if not isinstance(words, Rendered):
                    prompted = effect.prompted_by is not None
                    lost = NotSent(turn, effect.ordinal, words.why, final=True, prompted=prompted)
                    return replace(came, lacking=(f"{effect.node}: {words.why}",)), [lost]
                parts = measure(words.body).parts
                return replace(came, said=(Said(words.body, effect.node, parts, effect.prompted_by),)), []
            case StartTimer():
                due = effect.until or self.now + timedelta(seconds=effect.after_seconds or 0)
                self.timer = (effect.wait, due)
            case RequestCoupon():
                return came, [self._coupon(effect)]
            case SetFact():
                self._set_fact(effect)
            case RunFlow():
                other = self.others.get(effect.flow)
                if other is None:
                    return replace(came, ran=effect.flow), []
                self.flow, self.state, self.timer = other, begin(other), None
                self._link()
                return came, [Started(effect.prompted_by)]
            case HandOff():
                self.timer = None
            case Finish():
                if self.state.phase == "ended":
                    self.timer = None
            case AddTag() | HoldMarketing():
                pass
            case _:
                assert_never(effect)
        return came, []

    def _coupon(self, wanted: RequestCoupon) -> Event:
        if self.codes is not None and self.codes <= 0:
            return CouponUnavailable(wanted.offer, "the pool is dry")
        self.codes = None if self.codes is None else self.codes - 1
        self._given += 1
        code = f"BACK-A{self._given}"
        ends = self.offer_ends(self.now, wanted.valid_for_seconds, self.facts.zone)
        offer = OfferFacts(
            wanted.offer,
            code,
            wanted.percent,
            wanted.amount_cents,
            ends,
            free_shipping=wanted.free_shipping,
            gift=wanted.gift and self.products.get(wanted.gift, wanted.gift),
            points=wanted.points,
        )
        self.facts = replace(self.facts, offer=offer, code=CodeFacts(code, "live", ends))
        return CouponReady(wanted.offer)

    def _set_fact(self, effect: SetFact) -> None:
        customer = self.facts.customer
        if effect.name == "language" and isinstance(effect.value, str):
            customer = replace(customer, language=effect.value)
        elif effect.name == "rhythm":
            customer = replace(customer, rhythm=str(effect.value) if effect.value else None)
        else:
            customer = replace(customer, attributes={**customer.attributes, effect.name: effect.value})
        self.facts = replace(self.facts, customer=customer)

    def _pass_to(self, moment: datetime) -> None:
        self.now = moment
        offer, code = self.facts.offer, self.facts.code
        if offer and offer.ends <= moment:
            ended = code and replace(code, state="ended")
            self.facts = replace(self.facts, offer=None, code=ended)

    def _link(self) -> None:
        """An address for each of the flow's own links."""
        to = {key: f"https://jun.pr/l/{number}" for number, key in enumerate(self.flow.links, start=1)}
        self.facts = replace(self.facts, link=replace(self.facts.link, to=to))
