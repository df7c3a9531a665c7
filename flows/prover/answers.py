"""Whether every reply that a flow routes is answered, or brought to a person, before the dialogue waits or ends (I16),
and whether the answer can leave at once.

Owns those two checks. What comes with the language needs none: it says something, or hands off, wherever it answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from flows.definition import COURTESY, Flow
from flows.intents import ASKS_FOR_OFFER
from flows.places import Places
from flows.problems import Problem
from flows.prover.spots import Walk
from flows.source import FlowSource, goes_to

_WANTS_NOTHING = "reaction"
"""A thumb on one of our texts: it is kept, and no answer is missed."""


def unanswered(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    """A reply whose way leads to an end, or to a wait, with nobody having said anything to the customer."""
    for name, node in source.nodes.items():
        for key, target in node.replies.items():
            intents = {part.strip() for part in key.split(",")} - {_WANTS_NOTHING}
            way = _silent_way(flow, goes_to(target), ()) if intents else None
            dry = way and _dry(flow, way)
            if way and dry:
                said = sorted(intents)[0]
                yield places.problem(
                    "unanswered",
                    ("nodes", dry, "otherwise"),
                    f"When no code is to be had, who says {' or '.join(sorted(intents))} at `{name}` hears nothing: {' -> '.join(way)}.",
                    "Leave `otherwise` out (a person looks), or name a node that says something.",
                    transcript=(f"customer: ({said})", "(no code is to be had)", "bot: (nothing)"),
                )
            elif way:
                yield places.problem(
                    "unanswered",
                    ("nodes", name, "replies", key),
                    f"Who says {' or '.join(sorted(intents))} here hears nothing: {' -> '.join(way)}.",
                    f"Let `{way[-1]}` `say` something, or `hand_off` to a person.",
                )


def _dry(flow: Flow, way: tuple[str, ...]) -> str | None:
    """The node of a silent way that leads on only because its pool is empty."""
    for name, following in pairwise(way):
        node = flow.nodes[name]
        if node.offer and node.otherwise == following and all(each.go != following for each in node.when):
            return name
    return None


def _silent_way(flow: Flow, name: str, before: tuple[str, ...]) -> tuple[str, ...] | None:
    """A way from this node on which nothing is said and no person is asked, down to where it ends or waits."""
    if name in before or name.startswith(COURTESY):
        return None  # a circle is a problem of its own
    node, way = flow.nodes[name], (*before, name)
    for branch in node.when:
        if found := _silent_way(flow, branch.go, way):
            return found
        if not branch.tests:
            return None  # whatever else stands in this node, nobody comes to it
    if node.offer and node.otherwise and (found := _silent_way(flow, node.otherwise, way)):
        return found
    if node.answer and node.otherwise:
        return _silent_way(flow, node.otherwise, way) if node.say is None else None
    if node.say or node.answer or node.hand_off or node.run:
        return None
    if node.end or node.waits or not node.then:
        return way
    return _silent_way(flow, node.then, way)


def unasked(flow: Flow, places: Places, walk: Walk) -> Iterator[Problem]:
    """An answer with an offer in it, to a reply that asked for none. The gate takes it for marketing: after another text of
    the same day it waits for the next one's window, and the customer has said something and hears nothing."""
    told: set[str] = set()
    for move in walk.moves():
        for text in move.texts:
            said = text.prompted_by
            carries = text.offer is not None and text.node in flow.nodes and text.node not in told
            if not carries or said is None or said in ASKS_FOR_OFFER:
                continue
            told.add(text.node)
            yield places.problem(
                "offer-unasked",
                ("nodes", text.node, "say"),
                f"`{text.node}` answers «{said}» with an offer that was not asked for, and may wait a day for it.",
                "Answer without `offer.` and `link.checkout`, and ask whether they want it; or `wait: 1 day`, `then:` the offer.",
                "warning",
                transcript=walk.transcript(move),
            )
