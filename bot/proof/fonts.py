"""Signs on paper: the one font that comes with us, and what is written in place of signs that it lacks.

Owns the substitution. Nothing is downloaded, and nothing that was said is left out: an emoji is printed as its name.
"""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONT, BOLD = "Vera", "VeraBd"


def printable(text: str) -> str:
    """The text with whatever the font lacks written out by its name: an emoji as [smiling face with sunglasses]."""
    known = _glyphs()
    out = []
    for char in text:
        if char in "\n\t" or ord(char) in known:
            out.append(char)
        elif (
            unicodedata.category(char) in ("Cf", "Mn", "Cc") and not char.isprintable()
        ) or char in "\u200d\ufe0f\ufe0e":
            continue
        else:
            plain = unicodedata.normalize("NFKD", char)
            if plain != char and all(ord(each) in known for each in plain):
                out.append(plain)
            else:
                out.append(f"[{unicodedata.name(char, f'U+{ord(char):04X}').lower()}]")
    return "".join(out)


@functools.cache
def load() -> None:
    """Make the fonts known to the library."""
    folder = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont(FONT, str(folder / "Vera.ttf")))
    pdfmetrics.registerFont(TTFont(BOLD, str(folder / "VeraBd.ttf")))


@functools.cache
def _glyphs() -> frozenset[int]:
    load()
    return frozenset(pdfmetrics.getFont(FONT).face.charToGlyph)
