"""Circles in a picture of arrows: its strongly connected parts, in linear time and a fixed order.

Owns that algorithm (Tarjan's, without recursion: a merchant's file may have ten thousand nodes in a row).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

Place = TypeVar("Place", bound=Hashable)


def circles(ways: Mapping[Place, Sequence[Place]]) -> list[list[Place]]:
    """One way around for each part of the picture in which one can go round, in the order of `ways`."""
    order = {place: number for number, place in enumerate(ways)}
    found = []
    for part in _parts(ways):
        first = min(part, key=lambda place: order[place])
        if len(part) > 1 or first in ways[first]:
            found.append(_around(ways, first, part))
    return sorted(found, key=lambda circle: order[circle[0]])


def _around(ways: Mapping[Place, Sequence[Place]], first: Place, part: set[Place]) -> list[Place]:
    """The shortest way from `first` back to itself."""
    pending: list[list[Place]] = [[first]]
    seen: set[Place] = set()
    for way in pending:
        for target in ways[way[-1]]:
            if target == first:
                return way
            if target in part and target not in seen:
                seen.add(target)
                pending.append([*way, target])
    return [first]


def _parts(ways: Mapping[Place, Sequence[Place]]) -> Iterator[set[Place]]:
    number: dict[Place, int] = {}
    lowest: dict[Place, int] = {}
    stack: list[Place] = []
    on_stack: set[Place] = set()
    for root in ways:
        if root in number:
            continue
        work: list[tuple[Place, int]] = [(root, 0)]
        while work:
            place, index = work.pop()
            if index == 0:
                number[place] = lowest[place] = len(number)
                stack.append(place)
                on_stack.add(place)
            targets = [target for target in ways[place] if target in ways]
            while index < len(targets):
                target = targets[index]
                index += 1
                if target not in number:
                    work += [(place, index), (target, 0)]
                    break
                if target in on_stack:
                    lowest[place] = min(lowest[place], number[target])
            else:
                for target in targets:
                    if target in on_stack:
                        lowest[place] = min(lowest[place], lowest[target])
                if lowest[place] == number[place]:
                    part: set[Place] = set()
                    while place not in part:
                        last = stack.pop()
                        on_stack.discard(last)
                        part.add(last)
                    yield part
