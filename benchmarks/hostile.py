"""Random and hostile strings through the whole reading: none may raise, and the slowest is a row.

Owns the strings: seeded, so that a run can be repeated. Each figure is CPU time of this process. «Whole» is rules, model,
details, products, mood, rhythm and a shop's answers, as a turn reads a text. A string that took long is read again, and its
least time counts: another process on the same core makes any string slow once, and a slow string is slow each time.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from benchmarks.figures import Row, bounded
from benchmarks.run import Run
from nlu.products import Product
from nlu.reader import Reader, embedded_reader
from nlu.slots import picking

COUNT = 100_000
QUICK = 5_000
LONGEST = 10_000
"""Characters; a carrier delivers 1,600 at most."""
SEED = 2026
LONG = 20.0
"""Milliseconds from which a string is read again, so many times:"""
AGAIN = 4
TODAY = date(2026, 11, 21)
ANSWERS = {
    "shipping": "how long does delivery take\n2 to 4 days",
    "returns": "can i return it\nwithin 30 days",
}
PRODUCTS = (
    Product("1", ("Midnight Dark Roast 12 oz", "Dark Roast")),
    Product("2", ("Swiss Water Decaf", "Decaf")),
)
WORDS = (
    "stop end quit cancel no not dont never more texts text me you remove my number take off list please the a to by in and or but send order bag bags 2 weeks"
    " after payday march may 5th 20 % off just dark one decaf without filters not before 9 pm only on sundays mondays every month twice a year"
    " ya me manden mensajes quiero baja de la lista el los lunes quincena mi pedido codigo scam is this who code expired died dog love it meh lol ok"
).split()  # fmt: skip

LEADS = (
    "",
    "only ",
    "solo ",
    "text me ",
    "no more than ",
    "como mucho ",
    "please just ",
    "not before 9 and only ",
)
OFTEN = (
    "once a ",
    "once every ",
    "every ",
    "cada ",
    "una vez cada ",
    "twice per ",
    "3 veces al ",
    "6 times in a ",
)
GAPS = (
    "",
    "",
    "other ",
    "two ",
    "three ",
    "four ",
    "six ",
    "2 ",
    "6 ",
    "dos ",
    "tres ",
    "cuatro ",
    "seis ",
    "12 ",
)
UNITS = (
    "day",
    "weeks",
    "month",
    "quarter",
    "years",
    "dia",
    "semanas",
    "meses",
    "ano",
    "Sunday",
    "weekends",
    "lunes",
    "9 pm",
)
JOINTS = (" please", ", ", " and ", " y ", ". ", "", " is enough ", " only on mondays ")


@dataclass(frozen=True, slots=True)
class Result:
    """One run. Times in milliseconds of CPU a string."""

    count: int
    raised: int
    p50: float
    p99: float
    slowest: float
    kind: str
    """Of the slowest string."""


def rows(run: Run) -> Iterator[Row]:
    """Two: how many raised, and the slowest."""
    run.say("hostile strings")
    found = measure(QUICK if run.quick else round(COUNT * run.scale))
    yield bounded(f"hostile strings that raise, of {found.count:,}", found.raised, "", "<=", 0)
    words = f"the slowest hostile string ({found.kind}; p50 {found.p50:.1f}, p99 {found.p99:.1f}), CPU"
    yield bounded(words, found.slowest, "ms", "<", 50)


def measure(count: int, seed: int = SEED) -> Result:
    """Read so many strings, of each kind in turn."""
    reader, random_ = embedded_reader(sure=0.55, unsure=0.30), random.Random(seed)
    for text in ("good morning", "two of the dark one, where do you ship?"):
        _read(reader, text)
    took: list[tuple[float, str]] = []
    raised = 0
    kinds = sorted(KINDS)
    for n in range(count):
        kind = kinds[n % len(kinds)]
        text = KINDS[kind](random_)
        try:
            spent = _spent(reader, text)
        except Exception:
            raised += 1
            continue
        if spent >= LONG:
            spent = min(spent, *(_spent(reader, text) for _ in range(AGAIN)))
        took.append((spent, kind))
    times = sorted(took)
    cuts = statistics.quantiles([each for each, _ in times], n=100) if len(times) > 1 else [0.0] * 99
    slowest, kind = times[-1] if times else (0.0, "none")
    return Result(count, raised, cuts[49], cuts[98], slowest, kind)


def _spent(reader: Reader, text: str) -> float:
    before = time.process_time()
    _read(reader, text)
    return (time.process_time() - before) * 1000


def _read(reader: Reader, text: str) -> None:
    picking(reader.read(text, today=TODAY, answers=ANSWERS), text, PRODUCTS).to_json()


def _length(random_: random.Random) -> int:
    return min(LONGEST, int(10 ** random_.uniform(0, 4.01)))


def _of(*spans: tuple[int, int]) -> Callable[[random.Random], str]:
    """Characters out of these spans of code points."""

    def make(random_: random.Random) -> str:
        return "".join(chr(random_.randint(*random_.choice(spans))) for _ in range(_length(random_)))

    return make


def _again(*pieces: str) -> Callable[[random.Random], str]:
    """One of the pieces, over and over."""
    return lambda random_: (random_.choice(pieces) * LONGEST)[: _length(random_)]


def _mixed(random_: random.Random) -> str:
    return " ".join(random_.choices(WORDS, k=max(1, _length(random_) // 5)))[:LONGEST]


def _two_words(random_: random.Random) -> str:
    pair = random_.choice(WORDS), random_.choice(WORDS)
    return (" ".join(pair) + random_.choice((" ", ", ", ". ", "? ", " but "))) * (_length(random_) // 12 + 1)


def _clauses(random_: random.Random) -> str:
    joint = random_.choice((" but ", ", and where ", ". ", "? ", " y quiero "))
    return joint.join(
        " ".join(random_.choices(WORDS, k=random_.randint(2, 40))) for _ in range(random_.randint(2, 60))
    )


def _wishes(random_: random.Random) -> str:
    """Wishes about when and how often, one after the other: whole sentences of a grammar, and no two tables of it agree by
    themselves."""
    parts = (LEADS, OFTEN, GAPS, UNITS, JOINTS)
    said = ["".join(random_.choice(part) for part in parts) for _ in range(random_.randint(1, 8))]
    return "".join(said)


def _stop_at_the_end(random_: random.Random) -> str:
    return (_mixed(random_) + " . stop texting me")[-LONGEST:]


KINDS: dict[str, Callable[[random.Random], str]] = {
    "any Unicode": _of((0, 0xD7FF), (0xE000, 0x10FFFF)),
    "half surrogates": _of((0xD800, 0xDFFF), (32, 126)),
    "ASCII": _of((32, 126)),
    "control characters": _of((0, 31), (127, 159), (32, 126)),
    "right to left": _of((0x590, 0x6FF), (0x200E, 0x202E)),
    "combining marks": _of((0x300, 0x36F), (0x300, 0x36F), (97, 122)),
    "emoji": _of((0x1F300, 0x1FAFF), (0x1F1E6, 0x1F1FF), (0x200D, 0x200D), (0xFE0F, 0xFE0F)),
    "digits": _of((48, 57)),
    "look-alikes": _of((0x400, 0x45F), (0x370, 0x3FF), (97, 122), (0x1D400, 0x1D7FF)),
    "ligatures": _of((0xFB00, 0xFDFF), (0x3300, 0x33FF)),
    "quotes": _again('"', "“", "«", "'\"", "Liked “", 'Disliked "', "“Liked “", "le gusta «"),
    "one piece again": _again(
        "stop ",
        "s.t.o.p.",
        "no ",
        "dont want to ",
        "take me off ",
        "no quiero ",
        "u n s u b ",
        "@1",
        "a",
        ", ",
        "2 weeks ",
        "just the ",
        "9 ",
    ),
    "two words again": _two_words,
    "words": _mixed,
    "clauses": _clauses,
    "wishes": _wishes,
    "a stop at the end": _stop_at_the_end,
}
