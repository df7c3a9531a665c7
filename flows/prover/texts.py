"""What is printed: every text that the walk says, in every variant and language, for customers of whom little is known.

Owns two proofs: the first text of each path names the shop and how to stop, and no text prints what may be missing. The
texts are really rendered, with the facts that the walk had on the way there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from liquid.exceptions import LiquidError

from flows.conditions import holds
from flows.definition import COURTESY, Flow, Node
from flows.effects import SendText
from flows.facts import Facts
from flows.names import condition_names
from flows.places import Places
from flows.problems import Problem
from flows.prover.people import admits, may_be_empty, with_fact
from flows.prover.says import Wording, names_of, wordings
from flows.prover.spots import ALONE, Move, Walk
from flows.render import as_written
from flows.sample import NOW
from flows.saying import introduced
from flows.source import FlowSource

_STOP = re.compile(r"\bSTOP\b")
_STOP_SAID = re.compile(r"\b(?:text|reply|say|send|answer|responde|escribe|di|manda)\s+[\"'«]?stop\b", re.I)
_BOT = re.compile(r"\bbot\b|automat|autom[áa]tic", re.I)


_NEEDS = {"`day` needs a date": "The day", "`money` needs an amount": "The amount"}
"""What the filters say of nothing."""

MOST_NAMES = 30
"""Names in one text that are taken away one by one. None that could leave has half as many."""


MOST_PRINTED = 500
"""Texts, each in one state of knowledge, that are rendered: three times what the largest flow that ships has."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One wording as the walk says it: `effect` has its template, `facts` are those of that moment."""

    wording: Wording
    effect: SendText
    move: Move


def prints(source: FlowSource, walk: Walk) -> Iterator[Printed]:
    """Every wording of every text that is said on the walk, once for each difference in what is known then."""
    by_node: dict[str, list[Wording]] = {}
    for wording in wordings(source):
        by_node.setdefault(COURTESY + wording.node if wording.own_words else wording.node, []).append(wording)
    once: set[object] = set()
    for move in walk.moves():
        for text in move.texts:
            said = by_node.get(text.node)
            if not said:
                continue
            if len(once) > MOST_PRINTED:
                walk.whole = False
                return
            held = move.facts.offer
            values = tuple(sorted((name, str(value)) for name, value in text.values.items()))
            begun = _introduced(walk.flow, text)
            key = (
                text.node,
                move.person and move.person.called,
                held and held.name,
                values,
                begun,
                text.prompted_by is None,
            )
            if key in once:
                continue
            once.add(key)
            for wording in said:
                yield Printed(wording, _as_said(walk.flow, text, wording, begun=begun), move)


def openers(flow: Flow, source: FlowSource, places: Places, walk: Walk) -> Iterator[Problem]:
    """First texts that hide who writes, or how to stop (R121), or that a bot does (R160)."""
    if flow.desk:
        return
    first: dict[str, Move] = {}
    for move in walk.moves():
        if not walk.spots[move.before].spoken and move.kind in ALONE:
            own = [text for text in move.texts if not text.node.startswith(COURTESY)]
            if own:
                first.setdefault(own[0].node, move)
    answers = {name for name, node in flow.nodes.items() if node.answer and not node.say}
    for wording in wordings(source):
        found = first.get(wording.node)
        if found is None or wording.own_words or wording.node in answers:
            continue
        yield from _opener(flow, places, walk, wording, found)


def _opener(flow: Flow, places: Places, walk: Walk, wording: Wording, move: Move) -> Iterator[Problem]:
    effect = next(text for text in move.texts if text.node == wording.node)
    for facts in (
        move.facts,
        *_poorer(flow, move.facts, names_of(wording.template), list(flow.nodes.values())),
    ):
        try:
            body = as_written(_as_said(flow, effect, wording, begun=False), facts, _at(move))
        except (LiquidError, ValueError, TypeError, RecursionError):
            continue
        transcript = (*walk.transcript_to(move.before), f"bot: {body}")
        if facts.shop.text_name not in body and facts.shop.name not in body:
            yield places.problem(
                "opener-name",
                wording.path,
                "The first text does not say who writes.",
                "Use {{ shop.text_name }} (R121).",
                transcript=transcript,
            )
        if not _STOP.search(body) and not _STOP_SAID.search(body):
            yield places.problem(
                "opener-stop",
                wording.path,
                "The first text does not say how to stop.",
                "End with «STOP to opt out.» (R121).",
                transcript=transcript,
            )
        if not _BOT.search(body):
            yield places.problem(
                "opener-bot",
                wording.path,
                "The first text does not say that a bot writes; the words «text bot» will be put before it.",
                "Say it in your own words.",
                severity="warning",
            )


def printed(flow: Flow, source: FlowSource, places: Places, walk: Walk) -> Iterator[Problem]:
    """Texts that print what may be missing on the way to them: those would never leave."""
    for each in prints(source, walk):
        nodes = _vouching(flow, walk, each.move)
        names = names_of(each.wording.template)
        for facts in (each.move.facts, *_poorer(flow, each.move.facts, names, nodes)):
            why = _failure(each.effect, facts, _at(each.move))
            if why is None:
                continue
            missing = why.removesuffix(" is missing")
            lacks = why.endswith(" is missing") or why in _NEEDS
            yield places.problem(
                "no-default" if lacks else "bad-template",
                each.wording.path,
                f"{_called(missing)} may be missing here ({each.wording.language}){_reason(_asker(flow, missing))}, and then the "
                "text can't leave."
                if lacks
                else f"The text can't be written: {why}.",
                _remedy(missing, _asker(flow, missing)) if lacks else "Make the text simpler.",
                transcript=walk.transcript(each.move)
                if facts is each.move.facts
                else (*walk.transcript(each.move), f"bot, to somebody without it: ({why})"),
            )
            break


def _called(missing: str) -> str:
    if missing in _NEEDS:
        return _NEEDS[missing]
    return f"`{missing}`"


def _asker(flow: Flow, missing: str) -> str | None:
    """The node that asks for this value, if one does."""
    return next((n.name for n in flow.nodes.values() if n.ask and missing == f"said.{n.ask.name}"), None)


def _reason(asker: str | None) -> str:
    return f", when what was said at `{asker}` was no answer" if asker else ""


def _remedy(missing: str, asker: str | None) -> str:
    if asker:
        return f'Say where to go then, at `{asker}`: `ask: {{ ..., otherwise: NODE }}`; or add `| default: "..."`.'
    if missing in _NEEDS or missing.startswith(
        ("offer", "percent", "ends", "code", "amount", "what", "gift")
    ):
        return (
            "Ask for the offer in this node (`offer:`), or branch before it: `when: - if: { offer: absent }`."
        )
    return 'Add `| default: "..."`, or put it between {% if %} and {% endif %}.'


def _failure(effect: SendText, facts: Facts, now: datetime) -> str | None:
    try:
        as_written(effect, facts, now)
    except (LiquidError, ValueError, TypeError, RecursionError) as error:
        lines = str(error).splitlines()
        return lines[0][:80] if lines else type(error).__name__
    return None


def _vouching(flow: Flow, walk: Walk, move: Move) -> list[Node]:
    """The nodes whose conditions hold where this is said. A code is awaited between the turn of whatever was asked before
    it and this one: a fact may have changed by then."""
    if move.kind != "coupon":
        return list(flow.nodes.values())
    here = flow.nodes.get(walk.spots[move.before].state.node)
    return [here] if here else []


def _poorer(flow: Flow, facts: Facts, names: frozenset[str], nodes: list[Node]) -> Iterator[Facts]:
    """The same customer without one of these, and without any of them; what a condition of `nodes` asked about stays."""
    asked = {test.fact for node in nodes for branch in node.when for test in branch.tests} | {
        test.fact for test in flow.audience
    }
    bare = facts
    for name in sorted(names)[:MOST_NAMES]:
        if not may_be_empty(name) or name in asked:
            continue
        without = with_fact(facts, name, None)
        if admits(flow, without) and _alike(nodes, facts, without):
            yield without
        barer = with_fact(bare, name, None)
        bare = barer if admits(flow, barer) and _alike(nodes, facts, barer) else bare
    if bare != facts:
        yield bare


def _alike(nodes: list[Node], one: Facts, other: Facts) -> bool:
    """Whether no condition of these tells them apart, so that the way to the text is the same."""
    here, there = condition_names(one, {}), condition_names(other, {})
    return all(
        holds(test, here) == holds(test, there)
        for node in nodes
        for branch in node.when
        for test in branch.tests
    )


def _as_said(flow: Flow, text: SendText, wording: Wording, *, begun: bool) -> SendText:
    """The effect with this wording in it, as the engine would say it."""
    node = flow.node(text.node)
    template = wording.template
    if node.link:
        template = template.replace("link.here", node.link.name)
    if begun:
        template = introduced(template, flow.courtesy, wording.language)
    return replace(text, template=template, language=wording.language)


def _introduced(flow: Flow, text: SendText) -> bool:
    """Whether the bot's introduction stands before it."""
    return any(text.template.startswith(words) for words in flow.courtesy.disclosure.values())


def _at(move: Move) -> datetime:
    return NOW + timedelta(seconds=move.elapsed)
