"""What is wrong with the words of a flow before anybody gets them: their cost, and words that carriers take for orders.

Owns the checks that need the text as it would read, with usual names in it. What it costs with a real customer's data
is counted again at dispatch (R136).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from liquid.exceptions import LiquidError

from flows.definition import Flow, Node
from flows.effects import SendText
from flows.places import Places
from flows.problems import Problem
from flows.render import as_written
from flows.sample import NOW, sample_facts
from flows.segments import Segments, measure, tidy
from flows.source import FlowSource

MOST_PARTS = 10
"""R135: more leave in no case."""

_ORDERS = ("STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT", "OPT OUT")
_ASKED = re.compile(
    r"\b(?:reply|answer|text|say|send|type|responde|contesta|escribe|manda|di|env[ií]a)(?:\s+(?:with|con))?\s*[:\"“«']?\s*"
    rf"(?P<word>{'|'.join(_ORDERS)})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Said:
    """One text as the usual customer would get it: as it was written, and as it leaves."""

    path: tuple[str | int, ...]
    language: str
    written: Segments
    leaves: Segments
    notice: bool


def words(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    """Texts that cost more than a part, look-alikes that would, and answers that carriers take for an opt-out."""
    said = list(_texts(flow, source))
    yield from _lengths(said, places)
    yield from _look_alikes(said, places)
    yield from _orders(flow, source, places)


def _lengths(said: list[_Said], places: Places) -> Iterator[Problem]:
    for each in said:
        size, long = each.leaves, each.leaves.parts > MOST_PARTS
        if size.parts == 1 or (each.notice and not long):
            continue
        room = 160 if size.encoding == "GSM-7" else 70
        yield places.problem(
            "parts",
            each.path,
            f"Costs {size.parts} parts with usual names ({size.units} of {room} {size.encoding}, {each.language}).",
            "Shorten it."
            if size.encoding == "GSM-7"
            else "Shorten it, or take out emoji and accents like á.",
            "error" if long else "warning",
        )


def _look_alikes(said: list[_Said], places: Places) -> Iterator[Problem]:
    """R134: said once a flow. Nothing is to be done: look-alikes are replaced when the text leaves."""
    dear = [each for each in said if each.written.parts > each.leaves.parts]
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


def _orders(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    for name, node in flow.nodes.items():
        if name not in source.nodes:
            continue
        for template in _templates(node):
            if found := _ASKED.search(template):
                word = found["word"].upper()
                yield places.problem(
                    "carrier-word",
                    ("nodes", name, "say"),
                    f"Whoever answers «{word}» is opted out by the carrier, whatever the text meant (R53).",
                    "Ask for another word.",
                )


def _texts(flow: Flow, source: FlowSource) -> Iterator[_Said]:
    nodes: list[tuple[tuple[str | int, ...], Node]] = [
        (("nodes", name, "say"), node) for name, node in flow.nodes.items()
    ]
    nodes += [(("words", name), flow.courtesy.nodes[name]) for name in source.words]
    for path, node in nodes:
        for variant in node.say.variants if node.say else ():
            yield from _in_each_language(flow, path, node, variant)


def _in_each_language(
    flow: Flow, path: tuple[str | int, ...], node: Node, variant: Mapping[str, str]
) -> Iterator[_Said]:
    for language, template in variant.items():
        if node.link:
            template = template.replace("link.here", node.link.name)
        effect = SendText(0, node.name, template, language, None)
        try:
            written = as_written(effect, sample_facts(flow, node.offer, language), NOW)
        except (LiquidError, ValueError, TypeError):
            continue  # a name of the shop's own, which the sample does not have
        yield _Said(path, language, measure(written), measure(tidy(written)), node.notice is not None)


def _templates(node: Node) -> list[str]:
    return [words for variant in (node.say.variants if node.say else ()) for words in variant.values()]
