"""Which happenings come to the same: walked once at each stop, and all of them where people first wait.

Owns that choice, and what a turn may come by before it ends. It rests on the order of `flows.routing`: at a node that asks
for no value, a reply that neither the node nor its moods route goes to the courtesy of its intent, and from there on only
that courtesy's own lines decide. Two courtesies that differ in nothing but their words therefore lead to the same stop; a
courtesy that the flow words itself is always walked, for its words are printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flows.definition import Flow, Node
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
    Stopped,
    TimerFired,
)
from flows.prover.happenings import Happening
from flows.prover.paths import way_at_once
from flows.prover.spots import Move, Spot
from flows.state import State

_ABOUT_OFFERS = ("offer", "checkout", "link.to")
_UNTOUCHED = (Ordered, Stopped, NotSent, HandedBack)
"""Events that no text answers: whether an offer has ended by then makes no difference."""


class Alike:
    """What is alike in one flow. `worded`: the courtesies that it words itself."""

    def __init__(self, flow: Flow, worded: frozenset[str]) -> None:
        self.flow = flow
        self.worded = worded
        self._seen_waiting = False
        self._shapes: dict[str, object] = {}
        self._about: dict[str, bool] = {}
        self._at_once: dict[str, frozenset[str]] = {}

    def once(self, spot: Spot, found: Iterable[Happening], came: Move | None) -> Iterator[Happening]:
        """Of what can happen at this stop, one of each kind."""
        state = spot.state
        if state.again and came is not None and came.kind == "report":
            # whatever is said here takes the refusal back, and goes the way that it goes without one
            yield from (each for each in found if each.kind != "reply")
            return
        plain = state.phase == "waiting" and self.flow.node(state.node).ask is None
        if not plain or not self._seen_waiting:
            self._seen_waiting = self._seen_waiting or plain
            yield from found
            return
        seen: set[object] = set()
        for each in found:
            if isinstance(each.event, Stopped) or (
                isinstance(each.event, OptedOut) and not each.event.confirm
            ):
                continue  # whatever the node
            courtesy = self.courtesy(state, each)
            if courtesy is None or each.said == "customer: (human)" or courtesy in self.worded:
                yield each
                continue
            shape = self._shape(courtesy)
            if shape not in seen:
                seen.add(shape)
                yield each

    def courtesy(self, state: State, happening: Happening) -> str | None:
        """The courtesy to which a reply at a plain wait goes; None where it goes elsewhere, or by more than its intent."""
        event = happening.event
        if not isinstance(event, Replied) or state.phase != "waiting":
            return None
        node, reading = self.flow.node(state.node), event.reading
        asks = reading.slots.get("asks")
        if asks == "code_fails" and happening.facts.code is not None:
            return {"live": "code_works", "used": "code_used"}.get(happening.facts.code.state, "code_ended")
        if asks == "loss":
            return "condolence"
        if asks == "who":
            return "who"
        known = reading.understood and reading.intent != "other"
        if reading.slots or reading.mood in node.replies or not known or reading.intent in node.replies:
            return None
        return self.flow.courtesy.replies[reading.intent]

    def targets(self, state: State, event: Event) -> tuple[str, ...]:
        """Where a turn with this event may go first, as far as conditions can matter there."""
        node = self.flow.nodes.get(state.node)
        if isinstance(event, Started):
            return (self.flow.start,)
        if node is None:
            return ()
        ways: list[str | None]
        match event:
            case Replied():
                known = event.reading.understood
                ways = [node.replies.get(event.reading.mood)]
                ways.append(node.replies.get(event.reading.intent if known else "other"))
                ways += [node.then, node.ask.otherwise] if node.ask else []
            case TimerFired():
                ways = [node.silence.then] if node.silence else []
                ways += [node.then, node.ask.otherwise if node.ask else None]
                ways += [state.spoke] if state.again else []
            case CouponReady():
                ways = [node.name]
            case CouponUnavailable():
                ways = [node.otherwise, node.name]
            case _:
                ways = []
        return tuple(dict.fromkeys(way for way in ways if way))

    def conditions(self, targets: tuple[str, ...]) -> frozenset[str]:
        """The nodes with conditions that a turn which goes there may come by before it ends."""
        return frozenset[str]().union(*(self._conditions(target) for target in targets))

    def by_offer(self, state: State, happening: Happening) -> bool:
        """Whether the turn can go otherwise, or say something else, for an offer in hand that has ended by then. Where it
        cannot, the offer is left in hand, and its end is looked at where it matters."""
        if isinstance(happening.event, _UNTOUCHED):
            return False
        courtesy = self.courtesy(state, happening)
        return courtesy is None or self._about_offers(courtesy)

    def _conditions(self, name: str) -> frozenset[str]:
        found = self._at_once.get(name)
        if found is None:
            seen, pending = {name}, [name]
            while pending:
                node = self.flow.nodes.get(pending.pop())
                for target in way_at_once(node) if node else ():
                    if target in self.flow.nodes and target not in seen:
                        seen.add(target)
                        pending.append(target)
            held = (each for each in seen if each in self.flow.nodes)
            found = self._at_once[name] = frozenset(each for each in held if self.flow.nodes[each].when)
        return found

    def _shape(self, name: str) -> object:
        if name not in self._shapes:
            self._shapes[name] = _shape(name, self.flow.courtesy.nodes[name])
        return self._shapes[name]

    def _about_offers(self, name: str) -> bool:
        if name not in self._about:
            node = self.flow.courtesy.nodes[name]
            elsewhere = node.when or node.offer or node.then or node.otherwise
            said = (
                words for variant in (node.say.variants if node.say else ()) for words in variant.values()
            )
            self._about[name] = bool(elsewhere) or any(
                each in words for words in said for each in _ABOUT_OFFERS
            )
        return self._about[name]


def _shape(name: str, node: Node) -> object:
    """What of a courtesy matters beside its words."""
    if (
        node.when
        or node.offer
        or node.answer
        or node.otherwise
        or node.then
        or node.set
        or node.tag
        or node.run
    ):
        return name
    return (
        node.say is not None,
        node.notice is not None,
        node.hold is not None,
        node.hand_off is not None,
        node.end is not None,
        node.wait,
    )
