"""Times as people in the inbox read them: in the zone of whoever looks, with the customer's own beside it.

Owns those words. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from console import words
from flows.zones import zone_named

_STEPS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


@dataclass(frozen=True, slots=True)
class Times:
    """Whose zone, and what time it is (domain time)."""

    zone: str
    now: datetime

    def clock(self, moment: datetime) -> str:
        """`2:05 pm`."""
        return words.clock(moment, self.zone)

    def day(self, moment: datetime) -> str:
        """`today`, `yesterday`, `tomorrow`, `Wed, Mar 11`, or with the year where it is another one."""
        at, now = self._local(moment), self._local(self.now)
        days = (at.date() - now.date()).days
        if days in (-1, 0, 1):
            return ("yesterday", "today", "tomorrow")[days + 1]
        return words.day(moment, self.zone) + (f", {at.year}" if at.year != now.year else "")

    def when(self, moment: datetime) -> str:
        """`2:05 pm` today, `tomorrow, 9:00 am`, `Wed, Mar 11, 9:00 am`."""
        day = self.day(moment)
        return self.clock(moment) if day == "today" else f"{day}, {self.clock(moment)}"

    def short(self, moment: datetime) -> str:
        """For a line of the list: `2:05 pm` today, `Mar 11` else, the year alone where it is another one."""
        at, now = self._local(moment), self._local(self.now)
        if at.date() == now.date():
            return self.clock(moment)
        return f"{at:%b} {at.day}" if at.year == now.year else f"{at:%b} {at.year}"

    def beside(self, moment: datetime, theirs: str) -> str:
        """`11:05 am there`, where the customer's clock shows something else; nothing where it shows the same."""
        at, there = self._local(moment), moment.astimezone(zone_named(theirs))
        if at.utcoffset() == there.utcoffset():
            return ""
        day = "" if at.date() == there.date() else f"{there:%a} "
        return f"{day}{words.clock(moment, theirs)} there"

    def both(self, moment: datetime, theirs: str) -> str:
        """`tomorrow, 9:00 am (6:00 am there)`."""
        there = self.beside(moment, theirs)
        return self.when(moment) + (f" ({there})" if there else "")

    def field(self, moment: datetime) -> str:
        """As a field of date and time takes it."""
        return f"{self._local(moment):%Y-%m-%dT%H:%M}"

    def midnight(self) -> datetime:
        """When today ends."""
        tomorrow = self._local(self.now).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), zone_named(self.zone))

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(zone_named(self.zone))


def short_span(length: timedelta) -> str:
    """`4 min`, `2 h`, `3 d`: cut, never rounded up; below a minute `now`."""
    for step, name in _STEPS:
        if length >= step:
            return f"{length // step} {name}"
    return "now"


def next_span(length: timedelta) -> timedelta:
    """How much longer it has to be for `short_span` to say something else."""
    step = next((step for step, _ in _STEPS if length >= step), _STEPS[-1][0])
    return step - length % step
