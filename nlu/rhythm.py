"""A customer's own rhythm: how often, on which days, at what hours and about what they said we may text. A small value.

Owns the value: as text and back, two wishes made one, in words of both languages. How a wish is read out of a text is
nlu.rhythm_wishes; what follows from it is the gate's. Imports nothing of `bot`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

WEEK = (0, 1, 2, 3, 4, 5, 6)
DAY = 24 * 60
"""Minutes."""

_DAYS = {
    "en": ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábados", "domingos"),
}
_PERIODS = {
    "en": {1: "a day", 7: "a week", 30: "a month", 365: "a year"},
    "es": {1: "al día", 7: "por semana", 30: "al mes", 365: "al año"},
}


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What somebody allows. A part that was never spoken of allows everything; `Rhythm()` takes all wishes back.

    `at_most` texts in any `per_days` days (both or neither). `weekdays` from Monday 0; `from_minute` to `to_minute` of
    the local day, end excluded. `topic`: one word, as the customer wrote it, in small letters without accents.
    """

    at_most: int | None = None
    per_days: int | None = None
    weekdays: tuple[int, ...] = WEEK
    from_minute: int = 0
    to_minute: int = DAY
    topic: str | None = None

    def to_text(self) -> str:
        """As `from_text` reads it; the empty string for `Rhythm()`."""
        parts = []
        if self.at_most is not None:
            parts.append(f"most={self.at_most}/{self.per_days}")
        if self.weekdays != WEEK:
            parts.append("days=" + "".join(map(str, self.weekdays)))
        if (self.from_minute, self.to_minute) != (0, DAY):
            parts.append(f"minutes={self.from_minute}-{self.to_minute}")
        if self.topic is not None:
            parts.append(f"topic={self.topic}")
        return " ".join(parts)


def from_text(text: str) -> Rhythm:
    """The value that `to_text` wrote. Raises ValueError for anything else."""
    found = Rhythm()
    for part in text.split():
        name, _, value = part.partition("=")
        match name:
            case "most":
                most, _, days = value.partition("/")
                found = replace(found, at_most=int(most), per_days=int(days))
            case "days":
                found = replace(found, weekdays=tuple(int(digit) for digit in value))
            case "minutes":
                first, _, last = value.partition("-")
                found = replace(found, from_minute=int(first), to_minute=int(last))
            case "topic":
                found = replace(found, topic=value)
            case _:
                raise ValueError(f"not a rhythm: {text!r}")
    return found


def merged(known: Rhythm | None, wish: Rhythm) -> Rhythm | None:
    """What holds after one more wish: the last one wins where both speak of the same; None when nothing is left."""
    if wish == Rhythm():
        return None
    before = known or Rhythm()
    timed = (wish.from_minute, wish.to_minute) != (0, DAY)
    return Rhythm(
        *((before.at_most, before.per_days) if wish.at_most is None else (wish.at_most, wish.per_days)),
        weekdays=before.weekdays if wish.weekdays == WEEK else wish.weekdays,
        from_minute=wish.from_minute if timed else before.from_minute,
        to_minute=wish.to_minute if timed else before.to_minute,
        topic=wish.topic or before.topic,
    )


def in_words(rhythm: Rhythm, language: str) -> str:
    """«at most twice a year, never on Sundays»: what ends a sentence in an answer to the customer."""
    spanish = language == "es"
    parts = [
        _how_often(rhythm, spanish=spanish),
        _which_days(rhythm.weekdays, spanish=spanish),
        _what_hours(rhythm, spanish=spanish),
        (f"solo sobre {rhythm.topic}" if spanish else f"only about {rhythm.topic}") if rhythm.topic else "",
    ]
    said = ", ".join(part for part in parts if part)
    return said or ("textos como antes" if spanish else "texts as before")


def _how_often(rhythm: Rhythm, *, spanish: bool) -> str:
    if rhythm.at_most is None or rhythm.per_days is None:
        return ""
    count, days = rhythm.at_most, rhythm.per_days
    times = f"{count} veces" if spanish else f"{count} times"
    if count <= 2:
        times = (("una vez", "dos veces") if spanish else ("once", "twice"))[count - 1]
    period = _PERIODS["es" if spanish else "en"].get(days)
    if period is None:
        length, unit, units = (
            (30, "meses", "months")
            if days % 30 == 0
            else (7, "semanas", "weeks")
            if days % 7 == 0
            else (1, "días", "days")
        )
        period = f"en {days // length} {unit}" if spanish else f"in {days // length} {units}"
    return f"como mucho {times} {period}" if spanish else f"at most {times} {period}"


def _which_days(weekdays: Sequence[int], *, spanish: bool) -> str:
    allowed = set(weekdays)
    if allowed == set(WEEK):
        return ""
    if allowed == {5, 6}:
        return "solo en fin de semana" if spanish else "only on weekends"
    if allowed == {0, 1, 2, 3, 4}:
        return "solo entre semana" if spanish else "only on weekdays"
    never = len(allowed) > 3
    named = [day for day in WEEK if (day not in allowed) == never]
    names = _listed([_DAYS["es" if spanish else "en"][day] for day in named], "y" if spanish else "and")
    if spanish:
        return f"nunca los {names}" if never else f"solo los {names}"
    return f"never on {names}" if never else f"only on {names}"


def _what_hours(rhythm: Rhythm, *, spanish: bool) -> str:
    first, last = rhythm.from_minute, rhythm.to_minute
    if (first, last) == (0, DAY):
        return ""
    if first == 0:
        return f"no después de {_clock(last, spanish=True)}" if spanish else f"not after {_clock(last)}"
    if last == DAY:
        return f"no antes de {_clock(first, spanish=True)}" if spanish else f"not before {_clock(first)}"
    if spanish:
        return f"solo entre {_clock(first, spanish=True)} y {_clock(last, spanish=True)}"
    return f"only between {_clock(first)} and {_clock(last)}"


def _clock(minute: int, *, spanish: bool = False) -> str:
    hour, rest = divmod(minute, 60)
    if spanish:
        return f"{'la' if hour == 1 else 'las'} {hour}" + (f":{rest:02d}" if rest else "")
    if minute == 12 * 60:
        return "noon"
    return f"{hour % 12 or 12}" + (f":{rest:02d}" if rest else "") + (" am" if hour < 12 else " pm")


def _listed(names: list[str], word: str) -> str:
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
