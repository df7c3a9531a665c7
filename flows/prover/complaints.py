"""Whether a complaint is ever met by a discount. A person goes first: what was wrong is heard before anything is sold.

Owns that one check, on the picture of nodes and arrows. It follows a complaint's line as far as the flow goes on by itself, in
the same turn or after silence; what the customer says next is a wish of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.definition import COURTESY, Flow, Node
from flows.places import Places
from flows.problems import Problem
from flows.source import FlowSource, goes_to

COMPLAINTS = frozenset({"order_issue", "upset"})
_SELLS = re.compile(r"\{[{%][^}]*\b(?:offer\.|link\.checkout\b)")
_COURTESIES = frozenset({"courtesy.coupon", "courtesy.coupon_again"})


def complaints(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    """Lines for a complaint that lead to an offer, or to a text with one in it, with no person before it."""
    for name, node in source.nodes.items():
        for key, target in node.replies.items():
            said = sorted({part.strip() for part in key.split(",")} & COMPLAINTS)
            way = _to_an_offer(flow, goes_to(target)) if said else None
            if way:
                who = "Who is upset here" if said == ["upset"] else "Who complains here"
                yield places.problem(
                    "complaint-sold",
                    ("nodes", name, "replies", key),
                    f"{who} is met by an offer, and by no person: {' -> '.join(way)}.",
                    f"Lead {' and '.join(f'`{each}`' for each in said)} to a node with `hand_off`, or leave it to the language.",
                )


def _to_an_offer(flow: Flow, start: str) -> tuple[str, ...] | None:
    """The shortest way by which the flow goes on by itself to something that sells."""
    pending: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while pending:
        way = pending.pop(0)
        if way[-1] in _COURTESIES:
            return way
        if way[-1].startswith(COURTESY):
            continue
        node = flow.nodes[way[-1]]
        if _sells(node):
            return way
        for target in _goes_on(node):
            if target not in seen:
                seen.add(target)
                pending.append((*way, target))
    return None


def _sells(node: Node) -> bool:
    always = any(not branch.tests for branch in node.when)
    texts = [words for variant in (node.say.variants if node.say else ()) for words in variant.values()]
    link = node.link is not None and node.link.key == "checkout"
    return not always and (
        node.offer is not None
        or any(_SELLS.search(words) or (link and "link.here" in words) for words in texts)
    )


def _goes_on(node: Node) -> list[str]:
    found = [branch.go for branch in node.when]
    if any(not branch.tests for branch in node.when):
        return found
    if node.otherwise and node.answer:
        found.append(node.otherwise)
    if node.hand_off or node.end or node.run:
        return found
    return found + [each for each in (node.then, node.silence and node.silence.then) if each]
