"""What would have been said instead: the same customer, the same words, another flow.

Owns the rules of such a run, which are these. Facts are the journal's, as of each moment. As long as both flows wait alike,
silence ends when it did; where they don't, the other flow's waits end by its own clock. Words that the customer said are
read where the other flow stands by then, so a reply may answer something that was never asked there; a text that nobody
answered stays unanswered. A code that the shop gave is the other flow's too, if it asks for one, at its own worth; what
could not be had stays out of reach. What came after the passage ended belongs to others and is not followed. Writes nothing,
and needs no engine of the time: only what happened, what was known, and what was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from bot.history.moving import MOVED
from bot.history.passages import Entry
from flows import codec
from flows.definition import Flow
from flows.effects import RequestCoupon, StartTimer
from flows.events import (
    CouponReady,
    CouponUnavailable,
    Event,
    NotSent,
    Ordered,
    Replied,
    Started,
    TimerFired,
)
from flows.facts import Facts, OfferFacts
from flows.play.came import Came
from flows.play.player import Player

MAX_WAITS = 50
"""Waits that may end between two events of the journal: more means a flow that never comes to rest."""

Wait: TypeAlias = tuple[int | None, str | None]
"""What a timer was started for: seconds, or an instant."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One moment in both: what happened, what was said `then`, what would have been `instead`, and where each stood after."""

    at: datetime
    happened: str
    then: tuple[str, ...]
    instead: tuple[str, ...]
    node_then: str
    node_instead: str

    @property
    def differs(self) -> bool:
        """Whether other words would have been said."""
        return self.then != self.instead

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "at": self.at.isoformat(),
            "happened": self.happened,
            "then": list(self.then),
            "instead": list(self.instead),
            "node_then": self.node_then,
            "node_instead": self.node_instead,
        }


@dataclass
class _Follower(Player):
    """A player whose codes are those that the journal gave."""

    then: Facts | None = None
    """The facts when the code was there: those that the text about it was written with."""
    refused: bool = False
    own: OfferFacts | None = None
    """A code at this flow's own worth."""

    def _coupon(self, wanted: RequestCoupon) -> Event:
        if self.refused:
            return CouponUnavailable(wanted.offer, "it could not be had then")
        if self.facts.offer is not None:  # one live offer a customer, whatever the flow
            return CouponReady(wanted.offer)
        given = self.then.offer if self.then is not None else None
        if given is not None and _worth(given) == _worth(wanted) and given.name == wanted.offer:
            assert self.then is not None
            self.facts = replace(self.facts, offer=given, code=self.then.code)
            answer: Event = CouponReady(wanted.offer)
        else:
            answer = super()._coupon(wanted)
            self.own = self.facts.offer
        if self.then is not None:
            self.facts = replace(self.facts, link=replace(self.then.link, to=self.facts.link.to))
        return answer


@dataclass
class Instead:
    """One passage under another flow. Give it the rows of the journal in order, then `finish`."""

    flow: Flow
    turns: list[Turn] = field(default_factory=list)
    complete: bool = True
    """False: a part of the passage was erased, so the rest was not followed."""
    _player: _Follower | None = None
    _held: tuple[Entry, str] | None = None
    """A turn that asked for a code: what it says stands in the turn after it."""
    _alike: bool = True
    _same_texts: dict[int, int] = field(default_factory=dict)
    """Turns that said the same in both: theirs -> ours. What became of such a text became of it here, too."""
    _their_codes: set[str] = field(default_factory=set)
    _node_then: str = ""

    def take(self, entry: Entry, node_then: str = "") -> None:
        """The next row. One that a newer text undid is left out: its words are in the turn after it."""
        if entry.event.get("erased"):
            self.complete = False
        if entry.superseded or not self.complete:
            return
        if self._held is not None:
            (held, node), self._held = self._held, None
            if entry.event.get("type") in ("CouponReady", "CouponUnavailable"):
                self._follow(held, entry, node_then or node)
                return
            self._follow(held, None, node)
        if any(each.get("type") == "RequestCoupon" for each in entry.effects):
            self._held = (entry, node_then)
            return
        self._follow(entry, None, node_then)

    def finish(self, until: datetime) -> None:
        """What the other flow would still have said by `until`, on silence."""
        if self._held is not None:
            (held, node), self._held = self._held, None
            self._follow(held, None, node)
        if self._player is not None and self.complete and not self._alike:
            self._catch_up(until)

    @property
    def first_difference(self) -> Turn | None:
        """The first moment at which something else would have been said."""
        return next((each for each in self.turns if each.differs), None)

    def _follow(self, entry: Entry, coupon: Entry | None, node_then: str) -> None:
        facts: Facts = codec.decode(Facts, entry.facts)
        if self._player is None:
            self._player = _Follower(self.flow, facts, entry.at)
        player = self._player
        self._catch_up(entry.at)
        effects, texts = list(entry.effects), list(entry.texts)
        player.then, player.refused = None, False
        if coupon is not None:
            later: Facts = codec.decode(Facts, coupon.facts)
            player.then = later
            player.refused = coupon.event["type"] == "CouponUnavailable"
            effects, texts = effects + coupon.effects, texts + coupon.texts
            if later.offer is not None and (facts.offer is None or facts.offer.code != later.offer.code):
                self._their_codes.add(later.offer.code)
        event = None if entry.event.get("type") == MOVED else codec.decode(Event, entry.event)
        heard = self._heard(event) if event is not None else None
        came = self._hear(heard, facts, entry.at) if heard is not None else Came()
        theirs, ours = _wait_in(effects), _wait_in([codec.encode(each) for each in came.effects])
        if theirs is not None or ours is not None:
            self._alike = theirs == ours
        if tuple(texts) == came.bodies:
            self._same_texts[(coupon or entry).turn] = player.state.turn
        self._node_then = node_then or self._node_then
        if texts or came.said or came.lacking or not isinstance(event, TimerFired | NotSent | None):
            self._add(entry.at, _happened(event), tuple(texts), came)

    def _heard(self, event: Event) -> Event | None:
        """What the other flow hears of it."""
        assert self._player is not None
        player = self._player
        match event:
            case TimerFired():
                if not self._alike or player.timer is None:
                    return None
                wait, player.timer = player.timer[0], None
                return TimerFired(wait)
            case NotSent():
                ours = self._same_texts.get(event.turn)
                return None if ours is None else replace(event, turn=ours)
            case CouponReady() | CouponUnavailable():
                return None  # the other flow had its answer when it asked
            case _:
                return event

    def _hear(self, event: Event, facts: Facts, at: datetime) -> Came:
        assert self._player is not None
        player = self._player
        player.now, player.facts = at, self._facts(facts, at)
        came = player.happen(event)
        if player.facts.offer is not None:
            self._their_codes.discard(player.facts.offer.code)  # it is this flow's as well
        return came

    def _facts(self, facts: Facts, at: datetime) -> Facts:
        """The journal's facts, without a code that only the old flow gave, with one that only this flow would have given,
        and with an address for each of this flow's links."""
        assert self._player is not None
        offer = facts.offer
        if offer is not None and offer.code in self._their_codes:
            offer = None
        own = self._player.own
        if own is not None and own.ends > at:
            offer = own
        to = {key: facts.link.to.get(key, facts.link.shop) for key in self.flow.links}
        return replace(facts, offer=offer, link=replace(facts.link, to=to))

    def _catch_up(self, until: datetime) -> None:
        """Waits of the other flow that ended before `until`, as far as its clock is its own."""
        player = self._player
        for _ in range(MAX_WAITS):
            if player is None or self._alike or player.timer is None or player.timer[1] >= until:
                return
            (wait, due), player.timer = player.timer, None
            came = self._hear(TimerFired(wait), player.facts, due)
            if came.said or came.lacking:
                self._add(due, "silence", (), came)

    def _add(self, at: datetime, happened: str, then: tuple[str, ...], came: Came) -> None:
        assert self._player is not None
        lacking = tuple(f"(no text: {each})" for each in came.lacking)
        node = self._player.state.node
        self.turns.append(Turn(at, happened, then, came.bodies + lacking, self._node_then, node))


def _wait_in(effects: Sequence[dict[str, Any]]) -> Wait | None:
    found = next((each for each in reversed(effects) if each.get("type") == StartTimer.__name__), None)
    return None if found is None else (found.get("after_seconds"), found.get("until"))


def _worth(offer: OfferFacts | RequestCoupon) -> tuple[Any, ...]:
    return offer.percent, offer.amount_cents, offer.free_shipping, offer.points


def _happened(event: Event | None) -> str:
    match event:
        case None:
            return "moved to another revision"
        case Replied(text=text):
            return f"says: {text}"
        case TimerFired():
            return "silence"
        case Started():
            return "enters"
        case Ordered():
            return "orders"
        case _:
            words = "".join(f" {each.lower()}" if each.isupper() else each for each in type(event).__name__)
            return words.strip()
