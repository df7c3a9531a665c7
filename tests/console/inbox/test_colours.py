"""Every pair of ink and ground that the inbox shows has enough contrast, in both schemes (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[3] / "console" / "static"
TEXT, EDGE = 4.5, 3.0

PAIRS = (
    ("ink", "panel"),
    ("ink", "ground"),
    ("ink", "sunk"),
    ("ink", "theirs"),
    ("ink", "accent-wash"),
    ("quiet", "panel"),
    ("quiet", "ground"),
    ("quiet", "sunk"),
    ("quiet", "accent-wash"),
    ("accent", "panel"),
    ("accent", "ground"),
    ("accent", "accent-wash"),
    ("accent-ink", "accent"),
    ("mine-ink", "mine"),
    ("bot-ink", "bot"),
    ("note-ink", "note"),
    ("chip-ink", "chip"),
    ("wait", "wait-wash"),
    ("wait", "ground"),
    ("wait", "panel"),
    ("stop", "stop-wash"),
    ("stop", "ground"),
    ("stop", "panel"),
    ("go", "panel"),
    ("go", "ground"),
)
"""(ink, ground), by the names of the style sheets."""


def colours(scheme: str) -> dict[str, str]:
    """The names of a scheme, dark ones over the light ones."""
    found: dict[str, str] = {}
    for name in ("console.css", "inbox.css"):
        sheet = (STATIC / name).read_text()
        dark = "".join(re.findall(r"prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}", sheet, re.DOTALL))
        light = "".join(re.findall(r"^:root \{(.*?)^\}", sheet, re.DOTALL | re.MULTILINE))
        for part in (light, dark) if scheme == "dark" else (light,):
            found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part))
    return found


def contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminance, as WCAG reckons it."""

    def luminance(colour: str) -> float:
        shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_can_be_read(scheme: str, ink: str, ground: str) -> None:
    there = colours(scheme)
    assert contrast(there[ink], there[ground]) >= TEXT, (scheme, ink, ground)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_field_to_write_in_has_an_edge_that_shows(scheme: str) -> None:
    there = colours(scheme)
    assert contrast(there["quiet"], there["ground"]) >= EDGE
    assert contrast(there["accent"], there["ground"]) >= EDGE, "and so has what has the focus"


def test_the_reckoning_itself_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
