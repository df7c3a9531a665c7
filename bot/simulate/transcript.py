"""One simulated conversation, written out: who said what, when, and what happened between.

Owns the writing. The words are invented, and so are the people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flows.zones import zone_named

if TYPE_CHECKING:
    from bot.simulate.life import Life


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `who`: shop, staff, customer or note. `at`: local time where the customer is."""

    at: str
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """One conversation. `why`: what makes it an example; None: nothing does."""

    customer: int
    inclination: str
    zone: str
    lines: tuple[Line, ...]
    why: str | None = None

    def because(self, why: str) -> Transcript:
        """The same, as an example of that."""
        return replace(self, why=why)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "customer": self.customer,
            "inclination": self.inclination,
            "zone": self.zone,
            "why": self.why,
            "lines": [{"at": line.at, "who": line.who, "words": line.words} for line in self.lines],
        }

    def as_text(self) -> str:
        """Lines for people."""
        head = f"customer {self.customer} ({self.inclination.replace('_', ' ')}), {self.zone}"
        if self.why:
            head += f": {self.why}"
        return "\n".join([head, *(f"  {line.at}  {line.who:>8}  {line.words}" for line in self.lines)])


def transcript_of(life: Life) -> Transcript:
    """The whole conversation of one customer, in order."""
    log, zone = life.talk.log, zone_named(life.person.home.zone)
    # at one instant the customer's text comes before what it leads to
    found: list[tuple[datetime, int, str, str]] = []
    for each in log.arrived:
        words = each.said.words or f"({each.said.kind})"
        found.append((each.at, 0, "customer", words + (" (the same webhook again)" if each.repeat else "")))
    for text in log.left:
        lost = "" if text.arrives_at else " (never arrives)"
        staff = text.author == "staff"  # who writes before handing back
        found.append((text.at, 1 if staff else 3, "staff" if staff else "shop", text.body + lost))
    found += [(at, 2, "note", f"({words})") for at, words in log.notes]
    found.sort(key=lambda each: (each[0], each[1]))
    return Transcript(
        life.person.number,
        life.person.inclination,
        life.person.home.zone,
        tuple(Line(f"{at.astimezone(zone):%b %d %H:%M}", who, words) for at, _, who, words in found),
    )
