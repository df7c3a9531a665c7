"""A customer's own rhythm: how often, on which days, at what hours and about what they said we may text. A small value.

Owns the value: as text and back, two wishes made one, in words of both languages. How a wish is read out of a text is
nlu.rhythm_wishes; what follows from it is the gate's. Imports nothing of `bot`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

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
    the local day, end excluded. `topic`: one word, as the customer wrote it, in small letters without accents. `without`:
    products that are not to be spoken of (a flow sets it after a loss), each in plain small words.

    `less_days`, `less_hours`: a wish that only takes away («not on Sundays») from what was wished before, where «only on
    Sundays» takes its place. Of what holds they are never set.
    """

    at_most: int | None = None
    per_days: int | None = None
    weekdays: tuple[int, ...] = WEEK
    from_minute: int = 0
    to_minute: int = DAY
    topic: str | None = None
    without: tuple[str, ...] = ()
    less_days: bool = field(default=False, compare=False)
    less_hours: bool = field(default=False, compare=False)

    @property
    def impossible(self) -> bool:
        """Whether it leaves no time at all."""
        return not self.weekdays or self.from_minute >= self.to_minute

    def to_text(self) -> str:
        """As `from_text` reads it; the empty string for `Rhythm()`."""
        parts = []
        if self.at_most is not None:
            parts.append(f"most={self.at_most}/{self.per_days}")
        if self.weekdays != WEEK:
            parts.append(("less_days=" if self.less_days else "days=") + "".join(map(str, self.weekdays)))
        if (self.from_minute, self.to_minute) != (0, DAY):
            name = "less_minutes" if self.less_hours else "minutes"
            parts.append(f"{name}={self.from_minute}-{self.to_minute}")
        if self.topic is not None:
            parts.append(f"topic={self.topic}")
        parts += [f"not={'_'.join(words.split())}" for words in self.without]
        return " ".join(parts)


def from_text(text: str) -> Rhythm:
    """The value that `to_text` wrote. Raises ValueError for anything else."""
    found = Rhythm()
    for part in text.split():
        name, _, value = part.partition("=")
        match name:
            case "most":
                most, _, period = value.partition("/")
                found = replace(found, at_most=int(most), per_days=int(period))
            case "days" | "less_days":
                days = tuple(int(digit) for digit in value)
                found = replace(found, weekdays=days, less_days=name == "less_days")
            case "minutes" | "less_minutes":
                first, _, last = value.partition("-")
                found = replace(found, from_minute=int(first), to_minute=int(last))
                found = replace(found, less_hours=name == "less_minutes")
            case "topic":
                found = replace(found, topic=value)
            case "not" if value:
                found = replace(found, without=(*found.without, value.replace("_", " ")))
            case _:
                raise ValueError(f"not a rhythm: {text!r}")
    return found


def merged(known: Rhythm | None, wish: Rhythm) -> Rhythm | None:
    """What holds after one more wish; None when nothing is left. It may leave no time at all (`impossible`).

    A wish that only takes away takes away from what was known; otherwise the last one wins where both speak of the same.
    """
    if wish == Rhythm():
        return None
    before = known or Rhythm()
    days, hours = wish.weekdays, (wish.from_minute, wish.to_minute)
    if wish.less_days:
        days = _both_days(before, wish)
    elif days == WEEK:
        days = before.weekdays
    if wish.less_hours:
        hours = _both_hours(before, wish)
    elif hours == (0, DAY):
        hours = (before.from_minute, before.to_minute)
    return Rhythm(
        *((before.at_most, before.per_days) if wish.at_most is None else (wish.at_most, wish.per_days)),
        weekdays=days,
        from_minute=hours[0],
        to_minute=hours[1],
        topic=wish.topic or before.topic,
        without=_both_named(before, wish),
    )


def joined(first: Rhythm, second: Rhythm) -> Rhythm:
    """Two wishes of one text: both hold. It may leave no time at all (`impossible`)."""
    often = [each for each in (first, second) if each.at_most is not None]
    seldom = min(often, key=lambda each: (each.at_most or 0) / (each.per_days or 1), default=first)
    hours = _both_hours(first, second)
    return Rhythm(
        seldom.at_most,
        seldom.per_days,
        weekdays=_both_days(first, second),
        from_minute=hours[0],
        to_minute=hours[1],
        topic=second.topic or first.topic,
        without=_both_named(first, second),
        # one that speaks of all days speaks of none
        less_days=all(each.less_days for each in (first, second) if each.weekdays != WEEK),
        less_hours=all(
            each.less_hours for each in (first, second) if (each.from_minute, each.to_minute) != (0, DAY)
        ),
    )


def _both_days(first: Rhythm, second: Rhythm) -> tuple[int, ...]:
    return tuple(day for day in first.weekdays if day in second.weekdays)


def _both_hours(first: Rhythm, second: Rhythm) -> tuple[int, int]:
    return max(first.from_minute, second.from_minute), min(first.to_minute, second.to_minute)


def _both_named(first: Rhythm, second: Rhythm) -> tuple[str, ...]:
    return (*first.without, *(words for words in second.without if words not in first.without))


def in_words(rhythm: Rhythm, language: str) -> str:
    """«at most twice a year, never on Sundays»: what ends a sentence in an answer to the customer."""
    spanish = language == "es"
    parts = [
        _how_often(rhythm, spanish=spanish),
        _which_days(rhythm.weekdays, spanish=spanish),
        _what_hours(rhythm, spanish=spanish),
        (f"solo sobre {rhythm.topic}" if spanish else f"only about {rhythm.topic}") if rhythm.topic else "",
        *(f"nada sobre {words}" if spanish else f"not about {words}" for words in rhythm.without),
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
            (365, "años", "years")
            if days % 365 == 0
            else (30, "meses", "months")
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
    names = [_DAYS["es" if spanish else "en"][day] for day in named]
    if not names:
        return "nunca" if spanish else "never"
    if spanish and never:
        return "nunca " + _listed([f"los {name}" for name in names], "ni")
    if spanish:
        return "solo los " + _listed(names, "y")
    return "never on " + _listed(names, "or") if never else "only on " + _listed(names, "and")


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
