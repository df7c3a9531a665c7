"""What may be wrong with a flow beyond its shape: nodes, paths, offers, words. Returns problems, never raises.

Owns the publishing check. Of the four things that stop a text it is the only one that sees a flow before anybody is
texted: a conversation that would strand, loop or hide how to stop never gets as far as the gate.
"""

from __future__ import annotations

from collections.abc import Iterator

from liquid.exceptions import LiquidError

from flows.checks_answers import unanswered
from flows.checks_notices import notices
from flows.checks_words import words
from flows.definition import COURTESY, Flow, Node
from flows.intents import ANYTHING_ELSE, INTENTS, MOODS, PROTECTED
from flows.names import NAMES
from flows.places import Places
from flows.problems import Problem
from flows.render import compile_text
from flows.source import FlowSource, goes_to

_SAID = ("said", "customer.attributes", "shop.answers")


def check(flow: Flow, source: FlowSource, places: Places) -> list[Problem]:
    """Everything that is wrong, in no particular order."""
    found = list(_targets(flow, source, places))
    found += _replies(source, places)
    found += _offers(source, places)
    found += _builtin_only(source, places)
    found += _texts(source, places)
    found += notices(source, places)
    if not found:  # paths are only worth walking when every step leads somewhere
        found += _paths(flow, places)
        found += _promises(flow, source, places)
        found += unanswered(flow, source, places)
        found += words(flow, source, places)
    return found


def _targets(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    known = {*flow.nodes, *(COURTESY + name for name in flow.courtesy.nodes)}
    if source.start not in source.nodes:
        yield places.problem(
            "unknown-node", ("start",), f"There is no node `{source.start}`.", "Name one of `nodes`."
        )
    for name, node in source.nodes.items():
        named: list[tuple[tuple[str | int, ...], str | None]] = [
            (("then",), node.then),
            (("otherwise",), node.otherwise),
            (("ask", "otherwise"), node.ask.otherwise if node.ask else None),
            (("silence", "then"), node.silence.then if node.silence else None),
        ]
        named += [(("replies", key), goes_to(target)) for key, target in node.replies.items()]
        named += [(("when", index), each.go or each.otherwise) for index, each in enumerate(node.when)]
        for path, target in named:
            if target and target not in known:
                yield places.problem(
                    "unknown-node",
                    ("nodes", name, *path),
                    f"There is no node `{target}`.",
                    "Name one of `nodes`.",
                )
    for name in source.words:
        if name not in flow.courtesy.nodes:
            yield places.problem(
                "unknown-node",
                ("words", name),
                f"There is no built-in text `{name}`.",
                "See the list in the reference.",
            )


def _replies(source: FlowSource, places: Places) -> Iterator[Problem]:
    for name, node in source.nodes.items():
        seen: set[str] = set()
        for key in node.replies:
            for intent in (part.strip() for part in key.split(",")):
                path = ("nodes", name, "replies", key)
                if intent not in INTENTS and intent not in MOODS and intent.lower() != ANYTHING_ELSE:
                    known = ", ".join((*INTENTS, *MOODS, ANYTHING_ELSE))
                    yield places.problem(
                        "unknown-intent", path, f"`{intent}` is no intent.", f"There are: {known}."
                    )
                elif intent in PROTECTED:
                    yield places.problem(
                        "protected-intent",
                        path,
                        f"`{intent}` is answered by the language itself.",
                        "Word it under `words:`, and take it out here.",
                    )
                elif intent in seen:
                    yield places.problem(
                        "intent-twice", path, f"`{intent}` is answered twice here.", "Keep one of the two."
                    )
                seen.add(intent)


def _offers(source: FlowSource, places: Places) -> Iterator[Problem]:
    for name, offer in source.offers.items():
        if offer.valid_for is None:
            yield places.problem(
                "offer-expiry",
                ("offers", name),
                f"The offer `{name}` never ends.",
                "Add `valid_for: 72 hours`.",
            )
    for name, node in source.nodes.items():
        if node.offer and node.offer not in source.offers:
            yield places.problem(
                "unknown-offer",
                ("nodes", name, "offer"),
                f"There is no offer `{node.offer}`.",
                "Define it under `offers:`.",
            )


def _builtin_only(source: FlowSource, places: Places) -> Iterator[Problem]:
    for name, node in source.nodes.items():
        for key in ("notice", "hold", "matter"):
            if getattr(node, key) is not None:
                yield places.problem(
                    "shape", ("nodes", name, key), f"`{key}` is for built-in texts only.", "Take it out."
                )


def _texts(source: FlowSource, places: Places) -> Iterator[Problem]:
    for name, node in source.nodes.items():
        for template in templates(node.say):
            path = ("nodes", name, "say")
            try:
                variables = compile_text(template).analyze().globals
            except LiquidError as error:
                yield places.problem(
                    "bad-template",
                    path,
                    f"Not valid Liquid: {str(error).splitlines()[0]}.",
                    "Mend the braces or tags.",
                )
                continue
            for each in {str(variable) for found in variables.values() for variable in found}:
                if each not in NAMES and not each.startswith(_SAID):
                    yield places.problem(
                        "unknown-variable",
                        path,
                        f"There is no `{each}`.",
                        "See the list of names in the reference.",
                    )


def _paths(flow: Flow, places: Places) -> Iterator[Problem]:
    reached, pending = {flow.start}, [flow.start]
    while pending:
        for target in _ways_on(flow.nodes[pending.pop()]):
            if target in flow.nodes and target not in reached:
                reached.add(target)
                pending.append(target)
    for name, node in flow.nodes.items():
        path = ("nodes", name)
        if name not in reached:
            yield places.problem(
                "unreachable", path, f"Nothing leads to `{name}`.", "Route a reply here, or remove it."
            )
        ends = bool(node.end or node.hand_off or node.then)
        if node.replies and not (node.silence or node.wait or flow.desk or ends):
            yield places.problem(
                "no-silence",
                path,
                f"`{name}` would wait for ever when no answer comes.",
                "Add `silence: { after: 4 days, then: ... }`.",
            )
        if node.wait and not node.then:
            yield places.problem(
                "no-way-on", path, f"`{name}` waits and then goes nowhere.", "Add `then: ...`."
            )
        if not node.waits and not ends and not any(not branch.tests for branch in node.when):
            yield places.problem(
                "no-way-on",
                path,
                f"`{name}` neither waits nor ends.",
                "Add `replies` with `silence`, `then`, `hand_off` or `end`.",
            )
        circle = _circle(flow, name)
        if circle:
            yield places.problem(
                "loop",
                path,
                f"Goes in a circle without the customer: {' -> '.join(circle)}.",
                "Wait somewhere in it.",
            )


def _promises(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    if flow.desk:
        return
    if "ordered" not in flow.exit_on:
        yield places.problem(
            "no-exit-on-order", ("flow",), "The flow would go on after an order.", "Add `exit_on: [ordered]`."
        )
    opener = flow.nodes[flow.start]
    path: tuple[str, ...] = ("nodes", flow.start, "say")
    for template in templates(source.nodes[flow.start].say) if opener.say else [""]:
        lower = template.lower()
        if "shop.text_name" not in lower and "shop.name" not in lower:
            yield places.problem(
                "opener-name",
                path,
                "The first text does not say who writes.",
                "Use {{ shop.text_name }} (R121).",
            )
        if "stop" not in lower:
            yield places.problem(
                "opener-stop",
                path,
                "The first text does not say how to stop.",
                "End with «STOP to opt out.» (R121).",
            )
        if "bot" not in lower and "automat" not in lower:
            yield places.problem(
                "opener-bot",
                path,
                "The first text does not say that a bot writes; the words «text bot» will be put before it.",
                "Say it in your own words.",
                severity="warning",
            )


def templates(say: object) -> list[str]:
    """Every template of a `say`, over variants and languages."""
    if say is None:
        return []
    if isinstance(say, str):
        return [say]
    if isinstance(say, dict):
        return [str(words) for words in say.values()]
    assert isinstance(say, list)
    return [words for variant in say for words in templates(variant)]


def _ways_on(node: Node) -> list[str]:
    found = [branch.go for branch in node.when] + list(node.replies.values())
    found += [target for target in (node.then, node.otherwise, node.silence and node.silence.then) if target]
    return found


def _circle(flow: Flow, start: str) -> list[str]:
    """A way from `start` back to itself on which nobody waits, if there is one."""
    pending: list[list[str]] = [[start]]
    while pending:
        way = pending.pop()
        node = flow.nodes.get(way[-1])
        if node is None or node.waits or node.end or node.hand_off:
            onward = [branch.go for branch in node.when] if node else []
        else:
            onward = [branch.go for branch in node.when] + ([node.then] if node.then else [])
        for target in onward:
            if target == start:
                return [*way, start]
            if target not in way and len(way) < 30:
                pending.append([*way, target])
    return []
