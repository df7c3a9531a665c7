"""What was taken for what, as text and as a picture: labels down, readings across.

Owns the looks of both. Counts nothing: `nlu.evaluate` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape

from nlu.training_data import INTENTS

INK, PAPER, RIGHT, WRONG = "#1d2a26", "#fbfaf7", "47,107,87", "180,83,42"
FONT = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"
CELL, LEFT, TOP, EDGE = 40, 132, 132, 14
"""Pixels: a cell's side, room for the labels, for the readings' names, around."""


def confusion_table(confusion: Counter[tuple[str, str]], intents: Iterable[str] = INTENTS) -> str:
    """Labels down, readings across, as text; empty rows are left out."""
    columns = list(intents)
    rows = [label for label in columns if any(confusion[label, read] for read in columns)]
    head = " " * 15 + " ".join(f"{name[:6]:>6}" for name in columns)
    body = [
        f"{label:<15}" + " ".join(f"{confusion[label, read] or '.':>6}" for read in columns) for label in rows
    ]
    return "\n".join([head, *body])


def confusion_picture(
    confusion: Counter[tuple[str, str]], title: str, intents: Iterable[str] = INTENTS
) -> str:
    """The same as an SVG. A cell is as dark as its share of the label's lines; green is right, red is not."""
    columns = list(intents)
    rows = [label for label in columns if any(confusion[label, read] for read in columns)]
    width, height = LEFT + CELL * len(columns) + EDGE, TOP + CELL * len(rows) + EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{FONT}" role="img" aria-label="{escape(title)}">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        f'<text x="{EDGE}" y="26" font-size="16" font-weight="600" fill="{INK}">{escape(title)}</text>',
    ]
    for place, name in enumerate(columns):
        x = LEFT + CELL * place + CELL / 2 + 4
        parts.append(
            f'<text x="{x:g}" y="{TOP - 8}" font-size="12" fill="{INK}" transform="rotate(-55 {x:g} {TOP - 8})">{name}</text>'
        )
    for line, label in enumerate(rows):
        y = TOP + CELL * line
        whole = sum(confusion[label, read] for read in columns)
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + CELL / 2 + 4:g}" font-size="12" text-anchor="end" fill="{INK}">{label}</text>'
        )
        for place, read in enumerate(columns):
            parts += _cell(LEFT + CELL * place, y, confusion[label, read], whole, label == read)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _cell(x: int, y: int, count: int, whole: int, right: bool) -> list[str]:
    box = f'<rect x="{x + 1}" y="{y + 1}" width="{CELL - 2}" height="{CELL - 2}" rx="3" '
    if not count:
        return [box + 'fill="#f0ede4"/>']
    share = count / whole
    # a single misreading has to be seen beside hundreds that are right
    depth = share if right else min(1.0, 0.25 + 3 * share)
    ink = PAPER if depth > 0.55 else INK
    return [
        box + f'fill="rgba({RIGHT if right else WRONG},{depth:.2f})"/>',
        f'<text x="{x + CELL // 2}" y="{y + CELL // 2 + 4}" font-size="12" text-anchor="middle" fill="{ink}">{count}</text>',
    ]
