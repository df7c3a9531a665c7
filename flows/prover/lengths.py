"""What texts cost: in parts, with a usual customer's data and with the nastiest that a shop can have (R130-R136).

Owns the counting before anybody is texted. What a text costs with a real customer's data is counted again at dispatch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from liquid.exceptions import LiquidError

from flows.definition import Flow
from flows.effects import SendText
from flows.facts import Facts
from flows.places import Places
from flows.problems import Problem
from flows.prover.says import plain, wordings
from flows.prover.spots import Walk
from flows.prover.texts import prints
from flows.render import Rendered, as_written, render_within
from flows.sample import NOW, nasty_facts, sample_facts
from flows.segments import Segments, measure, tidy
from flows.source import FlowSource

MOST_PARTS = 10
"""R135: more leave in no case."""

MARKETING_PARTS = 3
"""More than this nobody pays for a text that was not asked for."""

_VALUES = {"later_until": (NOW + timedelta(days=20)).date().isoformat()}


@dataclass(frozen=True, slots=True)
class _Said:
    """One text as somebody would get it: as it was written, and as it leaves."""

    path: tuple[str | int, ...]
    language: str
    written: Segments
    leaves: Segments
    worst: Segments
    marketing: bool
    notice: bool
    template: str
    nasty: str
    """What the dearest customer of the worst case is called, and what they bought."""


def lengths(flow: Flow, source: FlowSource, places: Places, walk: Walk) -> Iterator[Problem]:
    """Texts over a part with ordinary data, or over their limit with any."""
    said = list(_on_the_walk(flow, source, walk)) + list(_notices(flow, source))
    told: set[tuple[str | int, ...]] = set()
    for each in sorted(said, key=lambda each: -each.leaves.units):
        most = MARKETING_PARTS if each.marketing else MOST_PARTS
        size = each.worst if each.worst.parts > most else each.leaves
        if each.path in told or size.parts <= (most if each.notice else 1):
            continue
        told.add(each.path)
        yield places.problem(
            "parts",
            each.path,
            _cost(each, size),
            _remedy(each),
            "error" if size.parts > most else "warning",
        )
    yield from _look_alikes(said, places)


def _cost(each: _Said, size: Segments) -> str:
    usual = f"Costs {_counted(each.leaves)} with ordinary data ({each.language})"
    return f"{usual}." if size is each.leaves else f"{usual}; {_counted(each.worst)} with {each.nasty}."


def _counted(size: Segments) -> str:
    room = 160 if size.encoding == "GSM-7" else 70
    return f"{size.parts} {'part' if size.parts == 1 else 'parts'} ({size.units} of {room} {size.encoding})"


def _remedy(each: _Said) -> str:
    """Letters are only to blame where they stand in the text itself: nobody can take the accent out of a customer's name."""
    dear = [char for char in tidy(plain(each.template)) if measure(char).encoding != "GSM-7"]
    return f"Shorten it, or take «{dear[0]}» out: with it a part has room for 70." if dear else "Shorten it."


def _nasty(template: str, facts: Facts) -> str:
    """The data of the worst case that this text prints."""
    called = [f"a customer called {facts.customer.first_name}"] if "customer.first_name" in template else []
    product = facts.last_order and facts.last_order.product
    called += [f"{product} as the last order"] if product and "last_order.product" in template else []
    return " and ".join(called) or "the longest names and prices that a shop can have"


def _on_the_walk(flow: Flow, source: FlowSource, walk: Walk) -> Iterator[_Said]:
    for each in prints(source, walk):
        if each.wording.own_words:
            continue
        effect, held = each.effect, each.move.facts.offer
        now = NOW + timedelta(seconds=each.move.elapsed)
        facts = replace(each.move.facts, customer=replace(each.move.facts.customer, language=effect.language))
        written = _as_written(effect, facts, now)
        if written is None:
            continue
        nasty = nasty_facts(facts, effect.language)
        marketing = effect.prompted_by is None or (held is not None and effect.offer is not None)
        worst = render_within(effect, nasty, now, MARKETING_PARTS)
        leaves = measure(tidy(written))
        yield _Said(
            each.wording.path,
            effect.language,
            measure(written),
            leaves,
            measure(worst.body) if isinstance(worst, Rendered) else leaves,
            marketing,
            notice=False,
            template=each.wording.template,
            nasty=_nasty(each.wording.template, nasty),
        )


def _notices(flow: Flow, source: FlowSource) -> Iterator[_Said]:
    for wording in wordings(source):
        if not wording.own_words:
            continue
        node = flow.courtesy.nodes[wording.node]
        facts = sample_facts(flow, None, wording.language)
        effect = SendText(0, wording.node, wording.template, wording.language, "x", values=_VALUES)
        written = _as_written(effect, facts, NOW)
        if written is None:
            continue
        leaves = measure(tidy(written))
        yield _Said(
            wording.path,
            wording.language,
            measure(written),
            leaves,
            leaves,
            marketing=False,
            notice=node.notice is not None,
            template=wording.template,
            nasty="",
        )


def _as_written(effect: SendText, facts: Facts, now: datetime) -> str | None:
    try:
        return as_written(effect, facts, now)
    except (LiquidError, ValueError, TypeError, RecursionError):
        return None  # a name of the shop's own, which the sample does not have


def _look_alikes(said: list[_Said], places: Places) -> Iterator[Problem]:
    """R134: said once a flow. Nothing is to be done: look-alikes are replaced when the text leaves."""
    by_path = {each.path: each for each in said if each.written.parts > each.leaves.parts}
    dear = list(by_path.values())
    if dear:
        before, after = sum(each.written.parts for each in dear), sum(each.leaves.parts for each in dear)
        many = "A text" if len(dear) == 1 else f"{len(dear)} texts"
        yield places.problem(
            "look-alikes",
            dear[0].path,
            f"{many} would cost {before} parts instead of {after}, for curly quotes, dashes or blanks.",
            "They are cleaned when sent; nothing to do.",
            "warning",
        )
