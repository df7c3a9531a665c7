"""`python -m benchmarks.chart`: the pictures in docs/benchmarks.md, drawn from what the last whole run wrote.

Owns their looks. Measures nothing; `make bench` draws them at its end. Plain SVG, so that a change shows in a diff.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
IMAGES = Path(__file__).parents[1] / "docs" / "img"

MET, SHORT, INK, PAPER = "#2f6b57", "#b4532a", "#1d2a26", "#fbfaf7"
SHADES = ("#2f6b57", "#4a6583", "#b98a1d", "#7c9a8d", "#9aa7a1", "#c9b27c", "#d8d4c8")
FONT = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"
LEFT, WIDTH, LINE = 400, 520, 30


def times_better(row: Mapping[str, Any]) -> float:
    """How many times better than wanted a row is: 1 is just met, 0.5 half as good. Read from its `wanted`."""
    words = str(row["wanted"]).split()
    ratio = words[0] == "ratio"
    sign, bound = (words[1], float(words[2])) if ratio else (words[0], float(words[1]))
    figure = float(row["ratio"] if ratio else row["value"])
    return figure / bound if sign == ">=" else bound / figure


def against_wanted(rows: Sequence[Mapping[str, Any]]) -> str:
    """A bar for each row, on a scale of doublings, from the line of what was wanted."""
    better = [times_better(row) for row in rows]
    least, most = min(-1.0, *map(math.log2, better)), max(1.0, *map(math.log2, better))
    step = WIDTH / (most - least)
    zero = LEFT - least * step
    height = 76 + LINE * len(rows)
    lines = [_head(LEFT + WIDTH + 90, height, "Each figure as a multiple of what was wanted")]
    for power in range(math.ceil(least), math.floor(most) + 1):
        x = zero + power * step
        lines.append(_line(x, 44, x, height - 22, INK if power == 0 else "#e3e0d7"))
        lines.append(_text(x, height - 6, "wanted" if power == 0 else f"{2.0**power:g}x", 12, "middle"))
    for number, (row, times) in enumerate(zip(rows, better, strict=True)):
        y = 52 + number * LINE
        end = zero + math.log2(times) * step
        colour = MET if row["met"] else SHORT
        lines.append(_text(LEFT - 12, y + 15, str(row["name"]), 13, "end"))
        lines.append(_bar(min(zero, end), y, max(abs(end - zero), 2), 20, colour))
        said = f"{row['value']:g} {row['unit']}"
        lines.append(_text(max(end, zero) + 6, y + 15, said, 12, "start"))
    return "\n".join([*lines, "</svg>"]) + "\n"


def cost_of_a_turn(costs: Mapping[str, float]) -> str:
    """One bar, cut into processes; `costs` in milliseconds of processor time a turn."""
    shown = sorted(((ms, name) for name, ms in costs.items() if ms >= 0.05), reverse=True)
    whole = sum(ms for ms, _ in shown)
    lines = [_head(920, 132, f"Processor time of one turn: {whole:.1f} ms")]
    x = 20.0
    for (ms, name), shade in zip(shown, SHADES, strict=False):
        width = ms / whole * 880
        lines.append(_bar(x, 48, width - 2, 34, shade))
        lines.append(_text(x + 2, 102, name, 12.5, "start"))
        lines.append(_text(x + 2, 119, f"{ms:.1f}", 12, "start"))
        x += width
    return "\n".join([*lines, "</svg>"]) + "\n"


def draw() -> list[Path]:
    """Both pictures, as far as their figures are there."""
    made: list[Path] = []
    for source, target, picture in (
        ("latest.json", "benchmarks.svg", against_wanted),
        ("turn.json", "turn-cost.svg", cost_of_a_turn),
    ):
        found = RESULTS / source
        if found.exists():
            (IMAGES / target).write_text(picture(json.loads(found.read_text("utf-8"))), "utf-8")
            made.append(IMAGES / target)
    return made


def _head(width: float, height: float, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(title)}" font-family="{FONT}">\n'
        f'<rect width="{width:g}" height="{height:g}" rx="12" fill="{PAPER}"/>\n'
        f'<text x="20" y="28" font-size="16" font-weight="650" fill="{INK}">{escape(title)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3" fill="{colour}"/>'


def _text(x: float, y: float, words: str, size: float, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" fill="{INK}">'
        f"{escape(words)}</text>"
    )


if __name__ == "__main__":
    for path in draw():
        print(path.name)
    sys.exit(0)
