"""What can be seen of a flow's paths without walking them: nodes that nothing leads to, or that lead nowhere.

Owns the checks on the picture of nodes and arrows. They take no account of facts; what depends on them is the walk's.
"""

from __future__ import annotations

from collections.abc import Iterator

from flows.definition import Flow, Node
from flows.places import Places
from flows.problems import Problem
from flows.prover.circles import circles
from flows.source import FlowSource


def paths(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    """Unreachable nodes, dead ends, circles without a wait, words that are never said, orders that end nothing."""
    yield from _dead_ends(flow, places)
    if not flow.desk and "ordered" not in flow.exit_on:
        yield places.problem(
            "no-exit-on-order", ("flow",), "The flow would go on after an order.", "Add `exit_on: [ordered]`."
        )
    for circle in circles({name: way_at_once(node) for name, node in flow.nodes.items()}):
        yield places.problem(
            "loop",
            ("nodes", circle[0]),
            f"Goes in a circle without the customer: {' -> '.join([*circle, circle[0]])}.",
            "Wait somewhere in it.",
        )


def _dead_ends(flow: Flow, places: Places) -> Iterator[Problem]:
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
        always = any(not branch.tests for branch in node.when)
        goes = bool(node.end or node.hand_off or node.run)
        if (node.replies or node.ask) and not (node.silence or node.wait or flow.desk or goes or always):
            yield places.problem(
                "no-silence",
                path,
                f"`{name}` would wait for ever when no answer comes.",
                "Add `silence: { after: 4 days, then: ... }`.",
            )
        for key in ("wait", "ask"):
            if getattr(node, key) and not (node.then or goes or always):
                yield places.problem(
                    "no-way-on", (*path, key), f"`{name}` {key}s and then goes nowhere.", "Add `then: ...`."
                )
        if not (node.waits or goes or node.then or always):
            yield places.problem(
                "no-way-on",
                path,
                f"`{name}` neither waits nor ends.",
                "Add `replies` with `silence`, `then`, `hand_off` or `end`.",
            )
        ends = next((key for key in ("end", "hand_off", "run") if getattr(node, key)), None)
        for key in ("wait", "ask", "replies", "silence"):
            if ends and getattr(node, key):
                yield places.problem(
                    "never-waits",
                    (*path, key),
                    f"`{name}` has `{ends}` and never waits, so that its `{key}` means nothing.",
                    f"Take `{key}` out, or put `{ends}` into a node of its own.",
                )
        if node.say and always:
            yield places.problem(
                "never-said",
                (*path, "say"),
                f"`{name}` always goes on by its `when`, so this text is never said.",
                "Put it into the nodes that it goes to.",
            )


def _ways_on(node: Node) -> list[str]:
    found = [branch.go for branch in node.when] + list(node.replies.values())
    found += [
        target
        for target in (
            node.then,
            node.otherwise,
            node.silence and node.silence.then,
            node.ask and node.ask.otherwise,
        )
        if target
    ]
    return found


def way_at_once(node: Node) -> list[str]:
    """Where a turn may go on from this node without waiting for anybody."""
    found = [branch.go for branch in node.when]
    if node.otherwise and (node.offer or node.answer):
        found.append(node.otherwise)
    if node.then and not (node.waits or node.end or node.hand_off or node.run):
        found.append(node.then)
    return found
