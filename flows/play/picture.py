"""A flow as an SVG: a card a node, its ways on as lines of the card, and arrows to the cards that come later. Pure.

Owns the layout. Columns are steps away from the start. Every way stands in its card in words, so no label ever lies on a
line; a way back, or to a card of the same column, is told by its name alone, which keeps the lines few.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from flows.definition import Flow
from flows.play.graph import Stop, Way, stops, ways

WIDTH = 300
GAP = 90
BETWEEN = 26
LINE = 17
MARGIN = 24
LETTERS = 46
"""Letters in a line of a card, at its width and size of type."""

_STYLE = """
.page{fill:#ffffff}.card{fill:#f6f8fa;stroke:#c8d1da}.first{stroke:#0a69da;stroke-width:2}.over{stroke:#8a6d00}
text{font:12px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;fill:#1f2328}
.name{font-weight:600;font-size:13.5px}.says{fill:#424a53}.does{fill:#7a5d00}.to{fill:#0858b8}.why{fill:#1f2328}
.line{fill:none;stroke:#7d8b99;stroke-width:1.3}.silence{stroke-dasharray:5 4}.rule{stroke:#d5dce3}.head{fill:#7d8b99}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.card{fill:#161b22;stroke:#3d444d}.first{stroke:#4493f8}.over{stroke:#bb9a2e}
text{fill:#e6edf3}.says{fill:#b1bac4}.does{fill:#d9b44a}.to{fill:#79b8ff}.why{fill:#e6edf3}
.line{stroke:#768390}.rule{stroke:#30363d}.head{fill:#768390}}
"""


@dataclass
class _Card:
    """A node where it is drawn. `rows`: the height of each way's line below the card's top."""

    stop: Stop
    ways: list[Way]
    column: int
    x: int = 0
    y: int = 0
    says: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    height: int = 0


def svg(flow: Flow) -> str:
    """The picture, readable by light and by dark."""
    cards = _placed(flow)
    width = max(card.x + WIDTH for card in cards.values()) + MARGIN
    height = max(card.y + card.height for card in cards.values()) + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(f"The flow {flow.name}: {flow.title}")}">',
        f"<style>{''.join(_STYLE.splitlines())}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="head" d="M0 0 8 4 0 8z"/></marker></defs>',
        f'<rect class="page" width="{width}" height="{height}"/>',
    ]
    for card in cards.values():
        lines += [_arrow(card, row, way, cards[way.target]) for row, way in _drawn(card, cards)]
    for card in cards.values():
        lines += _card(card, card.stop.name == flow.start, cards)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _placed(flow: Flow) -> dict[str, _Card]:
    leading: dict[str, list[Way]] = {}
    for way in ways(flow):
        leading.setdefault(way.source, []).append(way)
    columns = _columns(flow, leading)
    cards = {
        stop.name: _Card(stop, leading.get(stop.name, []), columns[stop.name])
        for stop in sorted(stops(flow), key=lambda stop: list(columns).index(stop.name))
    }
    below: dict[int, int] = {}
    for card in cards.values():
        _measure(card)
        card.x = MARGIN + card.column * (WIDTH + GAP)
        card.y = below.get(card.column, MARGIN)
        below[card.column] = card.y + card.height + BETWEEN
    tallest = max(below.values())
    for card in cards.values():  # the middles of all columns at one height
        card.y += (tallest - below[card.column]) // 2
    return cards


def _columns(flow: Flow, leading: Mapping[str, list[Way]]) -> dict[str, int]:
    """Steps from the start, in the order in which they are met; what no way leads to stands in the first column."""
    found = {flow.start: 0}
    pending = [flow.start]
    while pending:
        name = pending.pop(0)
        for way in leading.get(name, []):
            if way.target not in found:
                found[way.target] = found[name] + 1
                pending.append(way.target)
    return {**found, **{stop.name: 0 for stop in stops(flow) if stop.name not in found}}


def _measure(card: _Card) -> None:
    says = textwrap.wrap(card.stop.says, LETTERS)
    card.says = (
        says
        if len(says) <= 3
        else [*says[:2], textwrap.shorten(" ".join(says[2:]), LETTERS, placeholder="…")]
    )
    y = 26 + LINE * (len(card.says) + len(card.stop.does))
    y += 8 if card.ways else 0
    for way in card.ways:
        y += LINE * len(_row(way))
        card.rows.append(y - LINE // 2 + 4)
    card.height = y + 12


def _row(way: Way) -> list[str]:
    """The reason of a way, in lines; on the last there is room for where it leads."""
    room = LETTERS - len(way.target) - 4
    if len(way.why) <= room:
        return [way.why]
    wrapped = textwrap.wrap(way.why, LETTERS - 2)
    return wrapped if len(wrapped[-1]) <= room else [*wrapped, ""]


def _drawn(card: _Card, cards: Mapping[str, _Card]) -> list[tuple[int, Way]]:
    found = zip(card.rows, card.ways, strict=True)
    return [(row, way) for row, way in found if cards[way.target].column > card.column]


def _arrow(card: _Card, row: int, way: Way, target: _Card) -> str:
    x, y, to_x, to_y = card.x + WIDTH, card.y + row - 4, target.x, target.y + 20
    bend = min(GAP, (to_x - x)) * 0.6
    silence = " silence" if way.kind == "silence" else ""
    return (
        f'<path class="line{silence}" marker-end="url(#head)" '
        f'd="M{x} {y} C{x + bend:.0f} {y} {to_x - bend:.0f} {to_y} {to_x} {to_y}"/>'
    )


def _card(card: _Card, first: bool, cards: Mapping[str, _Card]) -> list[str]:
    over = any(does.startswith(("ends: ", "to a person")) for does in card.stop.does)
    kind = "card first" if first else "card over" if over else "card"
    x, y = card.x, card.y + 20
    lines = [
        f'<rect class="{kind}" x="{x}" y="{card.y}" width="{WIDTH}" height="{card.height}" rx="8"/>',
        f'<text class="name" x="{x + 12}" y="{y}">{escape(card.stop.name)}</text>',
    ]
    for says in card.says:
        y += LINE
        lines.append(f'<text class="says" x="{x + 12}" y="{y}">{escape(says)}</text>')
    for does in card.stop.does:
        y += LINE
        lines.append(f'<text class="does" x="{x + 12}" y="{y}">{escape(does[:LETTERS])}</text>')
    if card.ways:
        lines.append(f'<path class="rule" d="M{x} {y + 9}h{WIDTH}"/>')
    for row, way in zip(card.rows, card.ways, strict=True):
        reasons = _row(way)
        for number, reason in enumerate(reasons):
            at = card.y + row - LINE * (len(reasons) - 1 - number)
            lines.append(f'<text class="why" x="{x + 12}" y="{at}">{escape(reason)}</text>')
        arrow = "→" if cards[way.target].column > card.column else "↩"
        lines.append(
            f'<text class="to" text-anchor="end" x="{x + WIDTH - 10}" y="{card.y + row}">'
            f"{escape(way.target)} {arrow}</text>"
        )
    return lines
