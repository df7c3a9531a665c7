"""What leads where in a flow: its nodes with what they say, and the ways between them, each with its reason. Pure.

Owns the ways and their words, and Mermaid's form of them. The picture is `flows.play.picture`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from flows.conditions import Test
from flows.definition import COURTESY, Flow, Node
from flows.effects import SendText
from flows.intents import ANYTHING_ELSE
from flows.play.words import span
from flows.render import Rendered, render
from flows.sample import NOW, sample_facts

Kind: TypeAlias = Literal["reply", "silence", "way"]


@dataclass(frozen=True, slots=True)
class Way:
    """From one node to another. `why`: `reorder, yes`, `4 days of silence`, `no code`; `kind` is how it is drawn."""

    source: str
    target: str
    why: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Stop:
    """A node as a picture has it: its name, the beginning of what it says to a usual customer, and what it does beside."""

    name: str
    says: str
    does: tuple[str, ...] = ()


def stops(flow: Flow) -> list[Stop]:
    """The nodes in the file's order, the start first; built-in nodes and other flows that are named follow."""
    names = [flow.start, *(name for name in flow.nodes if name != flow.start)]
    found = [_stop(flow, flow.nodes[name], name) for name in names]
    for way in ways(flow):
        if way.target not in {stop.name for stop in found}:
            found.append(_elsewhere(flow, way.target))
    return found


def ways(flow: Flow) -> list[Way]:
    """Every way on, in the file's order; two that lead from here to there for like reasons are one."""
    found: list[Way] = []
    for name, node in flow.nodes.items():
        grouped: dict[tuple[str, Kind], list[str]] = {}
        for way in _ways_of(name, node):
            grouped.setdefault((way.target, way.kind), []).append(way.why)
        found += [Way(name, target, ", ".join(whys), kind) for (target, kind), whys in grouped.items()]
    return found


def mermaid(flow: Flow) -> str:
    """The same as text for whatever draws Mermaid."""
    ids = {stop.name: f"n{number}" for number, stop in enumerate(stops(flow))}
    lines = ["flowchart TD"]
    for stop in stops(flow):
        words = "<br/>".join(
            _escaped(part) for part in (stop.name, _short(stop.says, 60), *stop.does) if part
        )
        lines.append(f'    {ids[stop.name]}["{words}"]')
    for way in ways(flow):
        arrow = "-.->" if way.kind == "silence" else "-->"
        lines.append(f'    {ids[way.source]} {arrow}|"{_escaped(way.why)}"| {ids[way.target]}')
    return "\n".join(lines) + "\n"


def _ways_of(name: str, node: Node) -> Iterator[Way]:
    for branch in node.when:
        why = f"if {' and '.join(_test(test) for test in branch.tests)}" if branch.tests else "otherwise"
        yield Way(name, branch.go, why, "way")
    if node.otherwise:
        yield Way(name, node.otherwise, "no code" if node.offer else "no answer", "way")
    for intent, target in node.replies.items():
        other = f"{ANYTHING_ELSE}{f' (asked again {node.tries}x)' if node.tries else ''}"
        yield Way(name, target, other if intent == "other" else intent, "reply")
    if node.ask:
        if node.ask.otherwise:
            yield Way(name, node.ask.otherwise, f"no fitting {node.ask.kind}", "reply")
        if node.then:
            yield Way(name, node.then, f"a {node.ask.kind}", "reply")
    if node.silence:
        yield Way(name, node.silence.then, f"{span(node.silence.after_seconds)} of silence", "silence")
    if node.then and not node.ask:
        yield Way(name, node.then, _pause(node), "silence" if node.wait else "way")
    if node.run:
        yield Way(name, f"run {node.run}", "runs", "way")


def _pause(node: Node) -> str:
    if node.wait is None:
        return "then"
    match node.wait.until:
        case None:
            return f"after {span(node.wait.seconds)}"
        case "named":
            return f"on the day named, or after {span(node.wait.seconds)}"
        case "payday":
            return "on payday"
        case "weekday":
            day = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
            at = f"{node.wait.minute // 60}:{node.wait.minute % 60:02}"
            return f"on {day[node.wait.weekday or 0]} at {at}"


def _test(test: Test) -> str:
    if test.value is None:
        return f"{test.fact} {test.compare}"
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    words = ", ".join(str(value) for value in values)
    return f"{test.fact} {words}" if test.compare == "=" else f"{test.fact} {test.compare} {words}"


def _stop(flow: Flow, node: Node, name: str) -> Stop:
    does = [f"offer {node.offer}"] if node.offer else []
    if node.ask:
        does.append(f"asks for {node.ask.name}")
    if node.answer:
        does.append("answers what was asked" if node.answer == "asked" else f"answers: {node.answer}")
    does += [f"tag {tag}" for tag in node.tag]
    does += [f"{key} = {value}" for key, value in node.set.items()]
    if node.hand_off:
        does.append(f"to a person: {node.hand_off}")
    if node.end:
        does.append(f"ends: {node.end}")
    return Stop(name, _says(flow, node), tuple(does))


def _elsewhere(flow: Flow, name: str) -> Stop:
    if name.startswith(COURTESY) and name.removeprefix(COURTESY) in flow.courtesy.nodes:
        return _stop(flow, flow.node(name), name)
    return Stop(name, "", ("another flow",))


def _says(flow: Flow, node: Node) -> str:
    if node.say is None:
        return ""
    words = node.say.variants[0]
    language = "en" if "en" in words else next(iter(words))
    template = words[language]
    if node.link:
        template = template.replace("link.here", node.link.name)
    facts = sample_facts(flow, node.offer, language)
    effect = SendText(0, node.name, template, language, None)
    shown = render(effect, facts, NOW)
    return shown.body if isinstance(shown, Rendered) else " ".join(template.split())


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(char, char) for char in text)


_ESCAPES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "|": "#124;", "`": "#96;", "\\": "#92;"}
