"""What an edit changed, in a merchant's words: texts, ways, waits, offers, who enters. Pure.

Owns the comparison of two revisions and the sorting of changes into words, offers and structure. What an edit means for
whoever is under way is a rehearsal's to say.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

from flows.definition import Flow, Node, Offer, Text
from flows.play.graph import Way, ways
from flows.play.words import span

Sort: TypeAlias = Literal["words", "offer", "structure"]

_FILE = {
    "start": "it starts at",
    "priority": "the priority is",
    "exit_on": "it ends on",
    "holdout_percent": "the holdout is, in percent,",
    "send_window": "texts leave in",
    "desk": "it is the front desk:",
}
_LIKE = 0.55
"""How much alike two nodes' words are, from 0 to 1, to be one node with another name."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `where` is a node, `offer NAME`, `trigger` or the like; `words` shows a text's change word by word,
    as (how, words) with how being same, old or new."""

    sort: Sort
    where: str
    what: str
    words: tuple[tuple[Literal["same", "old", "new"], str], ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """`only_words`: nothing but what is said. `only_offers`: nothing but what offers are worth, and perhaps words, too.

    An edit that changes nothing at all is both.
    """

    only_words: bool
    only_offers: bool

    @property
    def small(self) -> bool:
        """Whether everybody can go on where they stand."""
        return self.only_words or self.only_offers


@dataclass(frozen=True, slots=True)
class Changes:
    """All differences."""

    all: tuple[Change, ...]
    renamed: Mapping[str, str]
    """Old name of a node -> its new one, where that can be told."""

    @property
    def kind(self) -> Kind:
        """Of which kind the edit is: on it depends whether a rehearsal has to ask."""
        sorts = {change.sort for change in self.all}
        return Kind(sorts <= {"words"}, sorts <= {"words", "offer"})


def changes(old: Flow, new: Flow) -> Changes:
    """What `new` has, says or does otherwise than `old`."""
    renamed = _renamed(old, new)
    found = [
        *_file(old, new),
        *_offers(old, new),
        *_nodes(old, new, renamed),
        *_courtesies(old, new),
    ]
    return Changes(tuple(found), renamed)


def _file(old: Flow, new: Flow) -> Iterator[Change]:
    if old.name != new.name:
        yield Change("structure", "flow", f"the name is {new.name}, it was {old.name}")
    if old.title != new.title:
        yield Change("words", "title", "the title changed", _word_by_word(old.title, new.title))
    for name, words in _FILE.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change("structure", "flow", f"{words} {_plain(after)}; before: {_plain(before)}")
    if old.at_most != new.at_most:
        yield Change("structure", "texts", f"at most {_cap(new)}; before: {_cap(old)}")
    for field in fields(old.trigger):
        before, after = getattr(old.trigger, field.name), getattr(new.trigger, field.name)
        if before != after:
            name = field.name.removesuffix("_seconds")
            told = (
                (_seconds(before), _seconds(after))
                if field.name.endswith("_seconds")
                else (_plain(before), _plain(after))
            )
            yield Change("structure", "trigger", f"{name.replace('_', ' ')}: {told[1]}; before: {told[0]}")
    if old.audience != new.audience:
        yield Change("structure", "audience", "other customers fit")


def _offers(old: Flow, new: Flow) -> Iterator[Change]:
    for name in old.offers.keys() - new.offers.keys():
        yield Change("structure", f"offer {name}", "is gone")
    for name, offer in new.offers.items():
        before = old.offers.get(name)
        if before is None:
            yield Change("structure", f"offer {name}", f"is new: {_worth(offer)}")
        elif before != offer:
            if _worth(before) != _worth(offer):
                yield Change("offer", f"offer {name}", f"{_worth(offer)}; before: {_worth(before)}")
            if before.pool != offer.pool:
                yield Change("offer", f"offer {name}", f"codes from {offer.pool}; before: from {before.pool}")
            if before.budget != offer.budget:
                yield Change("offer", f"offer {name}", f"{_budget(offer)}; before: {_budget(before)}")


def _nodes(old: Flow, new: Flow, renamed: Mapping[str, str]) -> Iterator[Change]:
    came_from = {after: before for before, after in renamed.items()}
    for name in old.nodes:
        if name not in new.nodes and name not in renamed:
            yield Change("structure", name, "is gone")
    before_ways, after_ways = _by_source(old, renamed), _by_source(new, {})
    for name, node in new.nodes.items():
        earlier = old.nodes.get(came_from.get(name, name))
        if earlier is None:
            yield Change("structure", name, "is new")
            continue
        if name in came_from:
            yield Change("structure", name, f"was called {came_from[name]}")
        yield from _texts(name, earlier.say, node.say)
        yield from _routes(name, before_ways.get(name, []), after_ways.get(name, []))
        yield from _rest(name, earlier, node)


def _texts(name: str, old: Text | None, new: Text | None) -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            yield Change("structure", name, "says nothing any more" if new is None else "says something now")
        return
    if len(old.variants) != len(new.variants):
        sort: Sort = "structure"  # who gets which variant is another draw
        yield Change(sort, name, f"{len(new.variants)} variants of the text; before: {len(old.variants)}")
    for number, (before, after) in enumerate(zip(old.variants, new.variants, strict=False), start=1):
        which = f", variant {number}" if len(new.variants) > 1 else ""
        for language in sorted(before.keys() | after.keys()):
            if language not in after or language not in before:
                told = "is gone" if language not in after else "is new"
                yield Change("words", name, f"the text in {language}{which} {told}")
            elif before[language] != after[language]:
                words = _word_by_word(before[language], after[language])
                yield Change("words", name, f"says something else in {language}{which}", words)


def _routes(name: str, old: list[Way], new: list[Way]) -> Iterator[Change]:
    before = {(way.kind, reason): way.target for way in old for reason in way.why.split(", ")}
    after = {(way.kind, reason): way.target for way in new for reason in way.why.split(", ")}
    for (kind, reason), target in before.items():
        if (kind, reason) not in after and not (
            kind == "silence" and _silences(before) == _silences(after) == 1
        ):
            yield Change("structure", name, f"{reason} no longer leads to {target}")
    for (kind, reason), target in after.items():
        was = before.get((kind, reason))
        if was == target:
            continue
        if was is None and kind == "silence" and _silences(before) == _silences(after) == 1:
            earlier, where = next((each[1], to) for each, to in before.items() if each[0] == "silence")
            yield Change("structure", name, f"{reason} leads to {target}; before: {earlier}, to {where}")
        elif was is None:
            yield Change("structure", name, f"{reason} leads to {target}")
        else:
            yield Change("structure", name, f"{reason} leads to {target}; before: to {was}")


def _rest(name: str, old: Node, new: Node) -> Iterator[Change]:
    """What is neither text nor way."""
    for key, words in _KEYS.items():
        before, after = getattr(old, key), getattr(new, key)
        if before != after:
            yield Change("structure", name, f"{words}: {_plain(after)}; before: {_plain(before)}")
    if old.wait != new.wait and old.then == new.then is None:
        yield Change("structure", name, "waits for another time")
    if old.ask != new.ask:
        yield Change("structure", name, "asks for something else, or in another way")


_KEYS = {
    "offer": "the offer",
    "link": "the link",
    "answer": "the answer",
    "set": "what is remembered",
    "tag": "the tag",
    "hold": "the hold",
    "hand_off": "to a person",
    "matter": "the matter",
    "end": "ends as",
    "notice": "the notice",
}


def _courtesies(old: Flow, new: Flow) -> Iterator[Change]:
    for name, node in new.courtesy.nodes.items():
        before = old.courtesy.nodes.get(name)
        if before != node:
            yield from _texts(f"words {name}", before.say if before else None, node.say)


def _renamed(old: Flow, new: Flow) -> dict[str, str]:
    """Nodes that are gone, paired with new ones that say or do nearly the same; the likeliest pair first."""
    gone = [name for name in old.nodes if name not in new.nodes]
    came = [name for name in new.nodes if name not in old.nodes]
    pairs = sorted(
        ((_alike(old.nodes[a], new.nodes[b]), a, b) for a in gone for b in came), key=lambda pair: -pair[0]
    )
    found: dict[str, str] = {}
    for likeness, a, b in pairs:
        if likeness >= _LIKE and a not in found and b not in found.values():
            found[a] = b
    return found


def _alike(old: Node, new: Node) -> float:
    if old.say is None or new.say is None:
        same = old.say is new.say and (old.end, old.hand_off, old.run) == (new.end, new.hand_off, new.run)
        return 1.0 if same and (old.end or old.hand_off or old.run) else 0.0
    before, after = (" ".join(each.variants[0].values()).split() for each in (old.say, new.say))
    return difflib.SequenceMatcher(None, before, after, autojunk=False).ratio()


def _word_by_word(old: str, new: str) -> tuple[tuple[Literal["same", "old", "new"], str], ...]:
    before, after = old.split(), new.split()
    found: list[tuple[Literal["same", "old", "new"], str]] = []
    for how, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if how == "equal":
            found.append(("same", " ".join(before[a:b])))
            continue
        if b > a:
            found.append(("old", " ".join(before[a:b])))
        if d > c:
            found.append(("new", " ".join(after[c:d])))
    return tuple(found)


def _by_source(flow: Flow, renamed: Mapping[str, str]) -> dict[str, list[Way]]:
    found: dict[str, list[Way]] = {}
    for way in ways(flow):
        source, target = renamed.get(way.source, way.source), renamed.get(way.target, way.target)
        found.setdefault(source, []).append(Way(source, target, way.why, way.kind))
    return found


def _silences(routes: Mapping[Any, str]) -> int:
    return sum(1 for kind, _ in routes if kind == "silence")


def _worth(offer: Offer) -> str:
    what = (
        f"{offer.percent}% off"
        if offer.percent is not None
        else f"{offer.amount_cents / 100:g} off"
        if offer.amount_cents is not None
        else f"{offer.gift} as a gift"
        if offer.gift
        else f"{offer.points} points"
        if offer.points
        else "free shipping"
    )
    return f"{what} for {span(offer.valid_for_seconds)}"


def _budget(offer: Offer) -> str:
    return "any number of codes" if offer.budget is None else f"at most {offer.budget:,} codes"


def _cap(flow: Flow) -> str:
    return f"{flow.at_most[0]} texts in {span(flow.at_most[1])}" if flow.at_most else "any number of texts"


def _seconds(value: int | None) -> str:
    return "never" if value is None else span(value)


def _plain(value: Any) -> str:
    if value is None or value in ((), {}, frozenset(), ""):
        return "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {each}" for key, each in value.items())
    if isinstance(value, (tuple, frozenset)):
        return (
            ", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else ", ".join(map(str, value))
        )
    return str(getattr(value, "key", value)).replace("_", " " if " " in str(value) else "_")
