"""How many unasked texts a customer can get in the window that a flow declares, on the worst of its paths.

Owns that one proof: the least time in which so many texts can leave, over all ways, answers that hurry things along
included. A day that the customer named counts as the pause that it replaces: that text was asked for.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count

from flows.definition import Flow
from flows.places import Places
from flows.problems import Problem
from flows.prover.spots import Move, Walk

BY_LAW = (3, 86_400)
"""R42: without a cap of its own, what the gate lets through in 24 hours."""

_KINDS = frozenset({"began", "silence", "coupon", "reply"})


def too_many(flow: Flow, places: Places, walk: Walk) -> Iterator[Problem]:
    """More texts in the window than `at_most` says: the gate would hold the rest back, and they would come late."""
    most, window = flow.at_most or BY_LAW
    worst = _fastest(walk, most, window)
    if worst is None:
        return
    last = worst[-1].unasked[-1].node
    yield places.problem(
        "at-most",
        ("texts", "at_most") if flow.at_most else ("nodes", last),
        f"More than {most} texts in {window // 86_400 or 1} days: `{last}` would be one too many.",
        "Wait longer between texts, leave one out, or allow more.",
        transcript=walk.transcript(*worst),
    )


def _fastest(walk: Walk, most: int, window: int) -> list[Move] | None:
    """The moves of a way on which more than `most` unasked texts leave in less than `window` seconds."""
    tick = count()
    queue: list[tuple[int, int, int, int]] = []
    best: dict[tuple[int, int], int] = {}
    came: dict[tuple[int, int], tuple[tuple[int, int] | None, Move]] = {}

    def reach(place: tuple[int, int], at: int, before: tuple[int, int] | None, move: Move) -> None:
        if at < window and at < best.get(place, window):
            best[place] = at
            came[place] = (before, move)
            heapq.heappush(queue, (at, next(tick), *place))

    for move in walk.moves():
        if move.unasked and move.kind in _KINDS:
            reach((move.after, len(move.unasked)), 0, None, move)
    while queue:
        at, _, number, sent = heapq.heappop(queue)
        if at > best[(number, sent)]:
            continue
        if sent > most:
            return _back((number, sent), came)
        for move in walk.moves_of.get(number, ()):
            if move.kind in _KINDS:
                reach((move.after, sent + len(move.unasked)), at + _time(walk, move), (number, sent), move)
    return None


def _time(walk: Walk, move: Move) -> int:
    before = walk.spots[move.before].state
    node = walk.flow.nodes.get(before.node)
    if move.kind == "silence" and node and node.wait and node.wait.until == "named":
        return max(move.elapsed, node.wait.seconds)
    return move.elapsed if move.kind == "silence" else 0


def _back(
    place: tuple[int, int], came: dict[tuple[int, int], tuple[tuple[int, int] | None, Move]]
) -> list[Move]:
    way: list[Move] = []
    here: tuple[int, int] | None = place
    while here is not None:
        here, move = came[here]
        way.append(move)
    return way[::-1]
