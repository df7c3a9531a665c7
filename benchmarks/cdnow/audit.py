"""What reached the handsets, counted once more: outside the hours, after a stop, twice.

Owns the second reading. Uses nothing of the gate and no receipt: the stand-in's record, the area codes' zones from the
phone metadata, and `areas.yml` and `windows.yml` read by the lines below. Where both readings agree they are right for
two reasons.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from phonenumbers.tzdata import TIMEZONE_DATA
from ruamel.yaml import YAML

LAW = Path(__file__).parents[2] / "bot" / "compliance"
SEND_WINDOW = "evenings_and_weekends"
"""What the shipped win-back asks for, on top of the law."""
ANSWERS_WITHIN = timedelta(minutes=10)
CONFIRMS_WITHIN = timedelta(minutes=5)
REPEATS_WITHIN = timedelta(hours=24)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass
class Timeline:
    """Which domain time it was at a real instant: the clock stands still between two moves."""

    _real: list[datetime] = field(default_factory=list)
    _virtual: list[datetime] = field(default_factory=list)

    def note(self, real: datetime, virtual: datetime) -> None:
        """At `real` the clock still stood at `virtual`, and everything there was done."""
        self._real.append(real)
        self._virtual.append(virtual)

    def virtual(self, real: datetime) -> datetime:
        """The domain time of something that happened at `real`: that of the first note after it."""
        return self._virtual[min(bisect.bisect_left(self._real, real), len(self._real) - 1)]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One text at a handset (`author` shop or Twilio), or from it (handset)."""

    seq: int
    phone: str
    at: datetime
    author: str
    body: str
    public_id: str | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What should all be empty, each finding in a sentence; and how many texts of the shop there were."""

    texts: int
    outside_window: list[str]
    after_stop: list[str]
    twice: list[str]


def deliveries(texts: Iterable[Mapping[str, Any]], timeline: Timeline) -> list[Delivery]:
    """The stand-in's record (GET /standin/texts), in domain time."""
    return [
        Delivery(
            seq=text["seq"],
            phone=text["from"] if text["author"] == "handset" else text["to"],
            at=timeline.virtual(datetime.fromisoformat(text["at"])),
            author=text["author"],
            body=text["body"],
            public_id=text["public_id"],
        )
        for text in texts
    ]


def audit(record: list[Delivery], stops: Mapping[str, int]) -> Findings:
    """Look at every text. `stops`: phone -> the number in the record of the text that said stop."""
    by_phone: dict[str, list[Delivery]] = defaultdict(list)
    for text in record:
        by_phone[text.phone].append(text)
    outside: list[str] = []
    late: list[str] = []
    twice: list[str] = []
    hours = Hours()
    for phone, texts in by_phone.items():
        asked = [text.at for text in texts if text.author == "handset"]
        arrived = [text for text in texts if text.author != "handset"]
        for text in arrived:
            answers = any(timedelta() <= text.at - at <= ANSWERS_WITHIN for at in asked)
            if not answers and (why := hours.closed(phone, text.at)):
                outside.append(f"{text.at:%Y-%m-%d %H:%M} UTC to {phone[:5]}: {why}")
        if phone in stops:
            late += _after_stop(texts, stops[phone])
        twice += _twice(arrived)
    return Findings(sum(text.author == "shop" for text in record), outside, late, twice)


def _after_stop(texts: list[Delivery], stop: int) -> list[str]:
    said = next(text.at for text in texts if text.seq >= stop and text.author == "handset")
    after = [text for text in texts if text.seq > stop and text.author != "handset"]
    confirmed = [text for text in after if text.at - said <= CONFIRMS_WITHIN and _confirms(text)][:1]
    return [f"{text.at:%Y-%m-%d %H:%M} UTC: {text.body[:60]}" for text in after if text not in confirmed]


def _confirms(text: Delivery) -> bool:
    return bool(re.search(r"opted out|unsubscribed", text.body))


def _twice(arrived: list[Delivery]) -> list[str]:
    found = []
    for place, text in enumerate(arrived):
        for other in arrived[:place]:
            same_id = text.public_id is not None and text.public_id == other.public_id
            if same_id or (text.body == other.body and abs(text.at - other.at) <= REPEATS_WITHIN):
                found.append(f"{text.at:%Y-%m-%d %H:%M} UTC: {text.body[:60]}")
                break
    return found


class Hours:
    """The two tables, read anew: for each area code its states and zones, for each state its rows."""

    def __init__(self) -> None:
        self._law = _table("windows.yml")
        states = _table("areas.yml")["area_codes"]["US"]
        self._states: dict[str, set[str]] = defaultdict(set)
        for state, codes in states.items():
            for code in codes.split():
                self._states[code].add(state)

    def closed(self, phone: str, at: datetime) -> str | None:
        """Why no marketing text may reach that US number at `at`; None when it may."""
        code = phone[2:5]
        zones = {
            zone
            for prefix, listed in TIMEZONE_DATA.items()
            if prefix.startswith(f"1{code}")
            for zone in listed
        }
        states = self._states.get(code)
        if not zones or not states:
            return "nobody knows where that is"
        for zone in sorted(zones):
            local = at.astimezone(ZoneInfo(zone))
            for name, row in self._rows(states, local.date()):
                if "holidays" in row and self._holiday(row["holidays"], local.date()):
                    return f"a holiday in {name}"
                if not _open(row, local):
                    return f"{local:%a %H:%M} in {zone}, {name} is closed"
        return None

    def _rows(self, states: set[str], day: date) -> list[tuple[str, Mapping[str, Any]]]:
        federal = ("the whole country", _in_force(self._law["federal"], day))
        window = (SEND_WINDOW, self._law["send_windows"][SEND_WINDOW])
        own = [
            (state, _in_force(self._law["states"].get(state, self._law["default"]), day))
            for state in sorted(states)
        ]
        return [federal, window, *own]

    def _holiday(self, calendar: str, day: date) -> bool:
        """The holidays of fixed date, with the weekday on which they are observed (as all calendars of US states have it),
        and those of a weekday. The play ends before any that hang on Easter."""
        for text in self._law["holidays"][calendar]["fixed"]:
            month, number = (int(part) for part in text.split("-"))
            real = date(day.year, month, number)
            observed = real + timedelta(days={5: -1, 6: 1}.get(real.weekday(), 0))
            if day in (real, observed):
                return True
        for text in self._law["holidays"][calendar]["nth"]:
            month, weekday, which = text.split("-")
            if day.month != int(month) or _DAYS[day.weekday()] != weekday:
                continue
            last = (day + timedelta(days=7)).month != day.month
            if last if which == "last" else (day.day - 1) // 7 + 1 == int(which):
                return True
        return False


@functools.cache
def _table(name: str) -> Any:
    return YAML(typ="safe").load((LAW / name).read_text("utf-8"))


def _in_force(rows: list[Mapping[str, Any]], day: date) -> Mapping[str, Any]:
    """The latest row that has begun, else the first one: the table is of today, the play of 1998."""
    begun = [row for row in rows if row["effective_from"] <= day]
    return max(begun, key=lambda row: row["effective_from"]) if begun else rows[0]


def _open(row: Mapping[str, Any], local: datetime) -> bool:
    for days, hours in row.items():
        first, _, last = str(days).partition("-")
        if first not in _DAYS or (last and last not in _DAYS):
            continue
        if _DAYS.index(first) <= local.weekday() <= _DAYS.index(last or first):
            opens, closes = (_minutes(part) for part in hours.split("-"))
            return opens <= local.hour * 60 + local.minute < closes
    return False


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
