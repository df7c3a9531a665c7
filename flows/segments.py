"""How many parts a text costs, and the cheap spelling of the same text.

Owns encoding, counting and the look-alike table (R130-R136). Pure: no file, no clock. Count after real data is merged:
one curly quote in a name turns 160 characters a part into 70 (R136).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from flows.graphemes import graphemes
from flows.graphemes_table import PREPEND, any_of

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"
"""Sent as escape and character: two septets, never split over parts (R131)."""

_IS_GSM = re.compile(f"[{re.escape(_BASIC + _EXTENDED)}]*")
_IS_EXTENDED = re.compile(f"[{re.escape(_EXTENDED)}]")

_GSM_RUNS = re.compile(f"[{re.escape(_EXTENDED)}]|[^{re.escape(_EXTENDED)}]+")
_PLAIN = "\\x00-\u02ff\u0370-\u0482\u048a-\u0559\u2010-\u2027\u2030-\u205f\u20a0-\u20bf\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff"
"""Characters of one unit each that join with nothing but a mark after them."""
_UCS2_RUNS = re.compile(f"((?:[{_PLAIN}](?![^{_PLAIN}]))+)|[{_PLAIN}]?[^{_PLAIN}]+")

_BEFORE_LETTERS = any_of(PREPEND)

_ZWJ, _ZWNJ = "\u200d", "\u200c"


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs. `units`: septets in GSM-7, UTF-16 code units in UCS-2. `parts`: what is paid for."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int


def measure(text: str) -> Segments:
    """Encoding, units and parts of a text. An empty one is one part, as the provider counts it.

    R130: 160 septets or 70 units in a single part, 153 or 67 in each of several. R133: neither an escape pair nor a
    grapheme (a flag, a family emoji) is split over parts, so a part may hold less.
    """
    if _IS_GSM.fullmatch(text) is not None:
        extended = len(_IS_EXTENDED.findall(text))
        units = len(text) + extended
        if units <= 160:
            return Segments("GSM-7", units, 1)
        if not extended:
            return Segments("GSM-7", units, -(-units // 153))
        pieces = ((len(run), 1) if run not in _EXTENDED else (1, 2) for run in _GSM_RUNS.findall(text))
        return Segments("GSM-7", units, _pack(pieces, 153))
    units = _utf16(text)
    if units <= 70:
        return Segments("UCS-2", units, 1)
    found = list(_ucs2_pieces(text))
    parts = _pack(found, 67) if all(size <= 32 for _, size in found) else _pack_large(found)
    return Segments("UCS-2", units, parts)


def tidy(text: str) -> str:
    """The same text in cheaper characters: look-alikes become GSM-7 ones where that changes no meaning (R132, R134).

    Accents stay (está is not esta), emoji and their joiners stay, letters of other scripts stay. Accents written as
    separate marks are joined with their letters.
    """
    if _IS_GSM.fullmatch(text) is not None:
        return text.replace("\r\n", "\n")
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).translate(_LOOK_ALIKES)
    text = _LOOSE_JOINER.sub("", text)
    return text if _RIGHT_TO_LEFT.search(text) else _DIRECTIONS.sub("", text)


def _pack(pieces: Iterable[tuple[int, int]], room: int) -> int:
    """How many parts of `room` units hold these pieces in order, none split. A piece is (how many, units of each)."""
    parts, used = 1, 0
    for count, size in pieces:
        here = min(count, (room - used) // size)
        used += here * size
        if left := count - here:
            each = room // size
            more = -(-left // each)
            parts, used = parts + more, (left - (more - 1) * each) * size
    return parts


def _pack_large(pieces: Iterable[tuple[int, int]]) -> int:
    """The same for UCS-2 where a grapheme is half a part or more (one letter under thirty marks), as the provider's
    calculator has it: what the header of the second part pushes out of the first goes there whole, with what comes
    next, and so does a grapheme that is larger than a part. A phone would cut it; a bill may be higher than this.
    """
    parts, used, room = 1, 0, 70
    first: list[int] = []
    for size in (size for count, size in pieces for _ in range(count)):
        if used + size > room:
            pushed = 0
            while parts == 1 and used - pushed > 67:
                pushed += first.pop()
            parts, used, room = parts + 1, pushed, 67
        used += size
        if parts == 1:
            first.append(size)
    return parts


def _ucs2_pieces(text: str) -> Iterator[tuple[int, int]]:
    """Runs of single units, and graphemes; a run ends before a character that a mark may join."""
    if _BEFORE_LETTERS.search(text):  # a sign that joins with the letter after it: runs would cut it off
        yield from ((1, _utf16(grapheme)) for grapheme in graphemes(text))
        return
    for match in _UCS2_RUNS.finditer(text):
        run = match.group()
        if match.lastindex == 1:
            yield len(run), 1
        else:
            for grapheme in graphemes(run):
                yield 1, _utf16(grapheme)


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


_SPELLED: dict[str, str] = {
    "'": "‘’‚‛ʹʻʼʽˈˊˋ′‵`´❛❜＇",
    '"': "“”„‟ʺˮ″‶«»❝❞〝〞＂",
    "<": "‹",
    ">": "›",
    "-": "‐‑‒–—―⁃−﹘﹣－⁻˗•∙",
    "...": "…",
    "..": "‥",
    "*": "⁎∗＊",
    "x": "×",
    "/": "⁄∕⧸／",
    ":": "∶：",
    ";": "；",
    ",": "﹐，",
    "!": "！",
    "!!": "‼",
    "?": "？",
    "%": "％",
    "&": "＆",
    "#": "＃",
    "@": "＠",
    "+": "＋",
    "=": "＝",
    "$": "＄",
    "(": "（",
    ")": "）",
    "_": "＿",
    " ": "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t",
    "\n": "\u2028\u2029\u0085\x0b",
    "": "\u200b\u2060\u2061\u2062\u2063\ufeff\u00ad",
    "fi": "ﬁ",
    "fl": "ﬂ",
    "ff": "ﬀ",
}
"""GSM spelling: what looks like it. No fractions: 2½ would become 21/2."""
_LOOK_ALIKES = {ord(char): cheap for cheap, chars in _SPELLED.items() for char in chars}
_LOOK_ALIKES |= {0xFF10 + n: str(n) for n in range(10)}  # full-width digits

_LOOSE_JOINER = re.compile(f"(?<=[\\x00-\\u024f])[{_ZWJ}{_ZWNJ}]+|[{_ZWJ}{_ZWNJ}]+(?=[\\x00-\\u024f]|$)")
"""A joiner beside a Latin letter joins nothing; between emoji or other scripts it does."""
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
