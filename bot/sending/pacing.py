"""How fast texts may leave, as arithmetic: virtual scheduling (GCRA) per sender and account, a count per brand and day.

A pace is one instant: until when what has left fills the line at the allowed rate. A text of n parts moves it n/rate
seconds on, and may leave while it is at most BURST ahead. So in any T seconds no more than rate * (T + BURST) parts leave
(or one text, where it alone is longer), whoever counts. Decides and touches nothing; bot.sending.throttle keeps the
levels in the database. All times are real ones.

Known gap: machines whose clocks differ by d seconds may together send rate * d parts more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flows.zones import zone_named

BURST = timedelta(seconds=10)
"""How far ahead of its rate a sender may run: what then waits at the provider is ten seconds long at most, and so is
what an answer waits behind."""
OPENERS_SHARE = 0.75
"""Of BURST and of the brand's day: openers never take the last quarter, so that an answer finds room at once."""
SLOWED = 0.25
"""Of the rate, while the provider says «too fast»."""
AWAY_AFTER = 5
"""Connections in a row that did not come about: then the account rests, and one text at a time looks whether it is back."""
PROBE = timedelta(seconds=60)
"""How long a probe may take before somebody else probes: longer than a call."""
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(seconds=300)

CARRIERS_ZONE = "America/Los_Angeles"
"""Carriers' days end at midnight Pacific (R102)."""


@dataclass(frozen=True, slots=True)
class Level:
    """The values of one pace; see models.Pace."""

    spoken_until: datetime | None = None
    day: str = ""
    day_parts: int = 0
    slow_until: datetime | None = None
    paused_until: datetime | None = None
    openers_until: datetime | None = None
    failures: int = 0
    why: str | None = None

    def spent(self, most: int | None, day: str, *, opener: bool, parts: int = 1) -> bool:
        """Whether a brand that may send `most` parts a day has no room for these any more."""
        if most is None:
            return False
        so_far = self.day_parts if self.day == day else 0
        return so_far + parts > (most * OPENERS_SHARE if opener else most)


@dataclass(frozen=True, slots=True)
class Names:
    """The three paces that a text counts in."""

    sender: str
    account: str
    shop: str


@dataclass(frozen=True, slots=True)
class Rates:
    """Parts a second of sender and account, parts a day of the brand. None: no limit."""

    sender: float | None = None
    account: float | None = None
    day: int | None = None
    when_slow: float = 1.0
    """Of a sender that has no limit and was told to be slower."""


@dataclass(frozen=True, slots=True)
class Want:
    """A text that would like to leave. `over`: it will end instead of leaving, and needs no room."""

    id: int
    kind: str
    parts: int
    names: Names
    rates: Rates
    over: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    """Who may leave, the levels after that, and the accounts whose one probe is among them."""

    ids: frozenset[int]
    levels: Mapping[str, Level]
    probing: frozenset[str]


def grant(levels: Mapping[str, Level], wants: Iterable[Want], real: datetime) -> Granted:
    """Give room in the order of `wants`. `levels`: by name; one that is missing is a fresh one.

    Whoever finds no room is not overtaken by a shorter text of the same sender: else a long one might wait for ever.
    """
    now = dict(levels)
    queued: set[str] = set()
    ids: set[int] = set()
    probing: set[str] = set()
    for want in wants:
        if want.over:
            ids.add(want.id)
            continue
        names, opener = want.names, want.kind == "marketing"
        sender, account, shop = (now.get(name, Level()) for name in (names.sender, names.account, names.shop))
        if any(held(level, real, opener=opener) for level in (sender, account)):
            continue
        if names.sender in queued:
            continue
        sender_then = _charged(sender, want.parts, slowed(sender, want.rates, real), real, opener=opener)
        account_then = _charged(account, want.parts, want.rates.account, real, opener=opener)
        shop_then = _counted(shop, want.parts, want.rates.day, carriers_day(real), want.kind)
        if sender_then is None or account_then is None or shop_then is None:
            queued.add(names.sender)
            continue
        if account.failures >= AWAY_AFTER:
            probing.add(names.account)
            account_then = replace(account_then, paused_until=real + PROBE)
        now |= {names.sender: sender_then, names.account: account_then, names.shop: shop_then}
        ids.add(want.id)
    return Granted(frozenset(ids), now, frozenset(probing))


def held(level: Level, real: datetime, *, opener: bool) -> bool:
    """Whether nothing of this kind leaves now, whatever the rate."""
    paused = level.paused_until is not None and level.paused_until > real
    return paused or (opener and level.openers_until is not None and level.openers_until > real)


def full(level: Level, rate: float | None, real: datetime, *, opener: bool) -> bool:
    """Whether not even a text of one part has room now."""
    return _charged(level, 1, rate, real, opener=opener) is None


def slowed(level: Level, rates: Rates, real: datetime) -> float | None:
    """The sender's rate right now."""
    if level.slow_until is None or level.slow_until <= real:
        return rates.sender
    return SLOWED * (rates.when_slow if rates.sender is None else rates.sender)


def carriers_day(real: datetime) -> str:
    """The date at the carriers."""
    return real.astimezone(zone_named(CARRIERS_ZONE)).date().isoformat()


def rest(failures: int) -> timedelta:
    """How long an account is left alone after so many connections that did not come about; doubling."""
    return min(FIRST_REST * (1 << min(max(failures - AWAY_AFTER, 0), 10)), LONGEST_REST)


def _charged(level: Level, parts: int, rate: float | None, real: datetime, *, opener: bool) -> Level | None:
    """The level after this text, or None where it has to wait. An empty line takes a text of any length."""
    if rate is None:
        return level
    begin = max(level.spoken_until or real, real)
    end = begin + timedelta(seconds=parts / rate)
    if begin > real and end - real > BURST * (OPENERS_SHARE if opener else 1):
        return None
    return replace(level, spoken_until=end)


def _counted(level: Level, parts: int, most: int | None, day: str, kind: str) -> Level | None:
    """The same for the brand's day. The confirmation of a stop is owed whatever the carrier thinks of it (R5)."""
    if most is None:
        return level
    if kind != "compliance" and level.spent(most, day, opener=kind == "marketing", parts=parts):
        return None
    so_far = level.day_parts if level.day == day else 0
    return replace(level, day=day, day_parts=so_far + parts)
