"""Measures a reader on labelled lines: shares of right readings, opt-outs found and invented, time a text.

Owns the figures that are published and the form of the files that give them. Opens files, decides nothing.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from nlu.reader import Reader
from nlu.training_data import INTENTS, read_file


@dataclass(frozen=True, slots=True)
class Line:
    """One line to be read. No `intent`: real messages that ask nobody to stop, counted among `not_stop` alone."""

    text: str
    intent: str | None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of it. `confusion` counts (label, reading); `wrong` lists line and reading for people to look at."""

    values: dict[str, Any]
    confusion: Counter[tuple[str, str]]
    wrong: tuple[tuple[Line, str], ...]


def lines_of(path: Path) -> list[Line]:
    """The lines of a .jsonl file ({"text", "intent", "also"}) or of our YAML. Raises ValueError naming the place."""
    if path.suffix in (".yml", ".yaml"):
        return [Line(example.text, example.intent, example.also) for example in read_file(path)]
    found = []
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not raw.strip():
            continue
        try:
            value = json.loads(raw)
            line = Line(str(value["text"]), value.get("intent"), tuple(value.get("also") or ()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{path}:{number}: not a line of the form {{text, intent, also}} ({error!r})"
            ) from error
        if unknown := [
            label for label in (line.intent, *line.also) if label is not None and label not in INTENTS
        ]:
            raise ValueError(f"{path}:{number}: {unknown[0]!r} is not an intent")
        found.append(line)
    return found


def evaluate(reader: Reader, lines: Sequence[Line], today: date) -> Figures:
    """Read every line once and count. The first line is read twice, so that loading the model is not timed."""
    if lines:
        reader.read(lines[0].text, today=today)
    times: list[float] = []
    stop: Counter[str] = Counter()
    not_stop: Counter[str] = Counter()
    confusion: Counter[tuple[str, str]] = Counter()
    wrong: list[tuple[Line, str]] = []
    right = strict = labelled = 0
    by_intent: dict[str, Counter[str]] = {intent: Counter() for intent in INTENTS}
    for line in lines:
        started = time.perf_counter()
        reading = reader.read(line.text, today=today)
        times.append(1000 * (time.perf_counter() - started))
        if line.intent == "stop":
            stop.update(("lines", "missed" if reading.opt_out == "none" else reading.opt_out))
        elif "stop" not in line.also:
            not_stop.update(("lines", reading.opt_out))
        if line.intent is None:
            continue
        labelled += 1
        fits = reading.intent == line.intent or reading.intent in line.also
        strict += reading.intent == line.intent
        right += fits
        by_intent[line.intent].update(("lines", "right") if fits else ("lines",))
        confusion[line.intent, reading.intent] += 1
        if not fits:
            wrong.append((line, reading.intent))
    times.sort()
    values = {
        "lines": len(lines),
        "right": round(right / labelled, 4) if labelled else None,
        "right_strict": round(strict / labelled, 4) if labelled else None,
        "stop": {key: stop[key] for key in ("lines", "opted_out", "held", "missed")},
        "not_stop": {key: not_stop[key] for key in ("lines", "opted_out", "held")},
        "by_intent": {
            intent: {"lines": counts["lines"], "right": counts["right"]}
            for intent, counts in by_intent.items()
            if counts
        },
        "p50_ms": _quantile(times, 0.50),
        "mean_ms": round(sum(times) / len(times), 3) if times else 0.0,
        "p99_ms": _quantile(times, 0.99),
    }
    return Figures(values, confusion, tuple(wrong))


def _quantile(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else 0.0
