"""The paces in the database: read, used and given back, the same for all workers. Nothing is held in a worker's memory.

Owns the rows of `paces`. Room is taken in a short transaction of its own, before any conversation is locked: claims of
different workers do not queue behind one row, and a worker that dies with what it took has only cost speed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta

from sqlalchemy import Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from bot.compose import App
from bot.conversations.rows import insert_once
from bot.models import Pace
from bot.sending.pacing import Granted, Level, Names, Want, carriers_day, grant, slowed

_COLUMNS = tuple(each.name for each in fields(Level))


@dataclass(frozen=True, slots=True)
class Room:
    """What a batch took: for each text what it cost, and where the paces stood afterwards."""

    costs: Mapping[int, tuple[Names, timedelta, timedelta, int]] = field(default_factory=dict)
    """By text: its names, the sender's time, the account's time, the parts of the brand's day."""
    after: Mapping[str, datetime] = field(default_factory=dict)
    day: str = ""
    troubled: frozenset[str] = frozenset()
    """Accounts that had failed connections when this was taken: a good end clears them."""
    probing: frozenset[str] = frozenset()


def troubles(session: Session, real: datetime) -> dict[str, Level]:
    """The levels that hold something back now, whatever the rates. Most of the time: none."""
    return {row.name: _level(row) for row in session.execute(_TROUBLED, {"real": real}).all()}


def levels(session: Session, names: Iterable[str]) -> dict[str, Level]:
    """The levels of these paces; those that never left anything are missing."""
    found = session.execute(_LEVELS.where(_PACES.c.name.in_(sorted(set(names))))).all()
    return {row.name: _level(row) for row in found}


def take(app: App, wants: Sequence[Want], real: datetime) -> tuple[frozenset[int], Room]:
    """Take room for as many of these as have it, in their order; gives their ids."""
    names = {name for want in wants for name in (want.names.sender, want.names.account, want.names.shop)}
    with app.database.write() as session:
        before = _locked(session, names)
        granted = grant(before, wants, real)
        _write(session, before, granted.levels)
    return granted.ids, _room(before, granted, wants, real)


def give_back(app: App, room: Room, unused: Iterable[int]) -> None:
    """Give back what texts did not use in the end. Only where nobody took room since: then it is as if they had never
    asked. Otherwise the room is lost, which costs nothing but speed."""
    senders: dict[str, timedelta] = {}
    shops: dict[str, int] = {}
    for names, sender_time, account_time, parts in (
        room.costs[each] for each in unused if each in room.costs
    ):
        senders[names.sender] = senders.get(names.sender, timedelta()) + sender_time
        senders[names.account] = senders.get(names.account, timedelta()) + account_time
        shops[names.shop] = shops.get(names.shop, 0) + parts
    if not any(senders.values()) and not any(shops.values()):
        return
    with app.database.write() as session:
        for name in sorted(
            senders.keys() | shops.keys()
        ):  # always in this order, so that nobody locks crosswise
            if time := senders.get(name):
                session.execute(
                    _GIVE_BACK, {"its_name": name, "was": room.after[name], "then": room.after[name] - time}
                )
            if counted := shops.get(name):
                session.execute(_UNCOUNT, {"its_name": name, "its_day": room.day, "parts": counted})


def change(app: App, changes: Mapping[str, Callable[[Level], Level]]) -> None:
    """Change these levels, each under its lock. What already stands as it should is not even locked."""
    with app.database.read() as session:
        known = levels(session, changes)
    if all(turn(known.get(name, Level())) == known.get(name, Level()) for name, turn in changes.items()):
        return
    with app.database.write() as session:
        before = _locked(session, changes.keys())
        _write(session, before, {name: turn(before.get(name, Level())) for name, turn in changes.items()})


def _locked(session: Session, names: Iterable[str]) -> dict[str, Level]:
    wanted = sorted(set(names))
    statement = _LEVELS.where(_PACES.c.name.in_(wanted)).order_by(_PACES.c.name).with_for_update()
    found = session.execute(statement).all()
    if len(found) < len(wanted):
        for name in wanted:
            insert_once(session, Pace, {"name": name, "day": "", "day_parts": 0, "failures": 0})
        found = session.execute(statement).all()
    return {row.name: _level(row) for row in found}


def _write(session: Session, before: Mapping[str, Level], after: Mapping[str, Level]) -> None:
    for name in sorted(after):
        if after[name] != before.get(name):
            values = {f"new_{column}": value for column, value in asdict(after[name]).items()}
            session.execute(_STORE, {"its_name": name, **values})


def _room(before: Mapping[str, Level], granted: Granted, wants: Sequence[Want], real: datetime) -> Room:
    costs = {}
    for want in wants:
        if want.id in granted.ids and not want.over:
            sender = slowed(before.get(want.names.sender, Level()), want.rates, real)
            times = [
                timedelta(seconds=want.parts / rate) if rate else timedelta()
                for rate in (sender, want.rates.account)
            ]
            parts = want.parts if want.rates.day is not None else 0
            costs[want.id] = (want.names, times[0], times[1], parts)
    return Room(
        costs=costs,
        after={name: level.spoken_until for name, level in granted.levels.items() if level.spoken_until},
        day=carriers_day(real),
        troubled=frozenset(name for name, level in before.items() if level.failures),
        probing=granted.probing,
    )


def _level(row: object) -> Level:
    return Level(**{name: getattr(row, name) for name in _COLUMNS})


_PACES: Table = Pace.__table__  # type: ignore[assignment]
_LEVELS = select(_PACES.c.name, *(_PACES.c[name] for name in _COLUMNS))
_TROUBLED = _LEVELS.where(
    or_(
        _PACES.c.paused_until > bindparam("real"),
        _PACES.c.openers_until > bindparam("real"),
        _PACES.c.slow_until > bindparam("real"),
        _PACES.c.failures > 0,
    )
)
_STORE = (
    update(_PACES)
    .where(_PACES.c.name == bindparam("its_name"))
    .values({name: bindparam(f"new_{name}", type_=_PACES.c[name].type) for name in _COLUMNS})
)
_GIVE_BACK = (
    update(_PACES)
    .where(_PACES.c.name == bindparam("its_name"), _PACES.c.spoken_until == bindparam("was"))
    .values(spoken_until=bindparam("then", type_=_PACES.c.spoken_until.type))
)
_UNCOUNT = (
    update(_PACES)
    .where(_PACES.c.name == bindparam("its_name"), _PACES.c.day == bindparam("its_day"))
    .values(day_parts=_PACES.c.day_parts - bindparam("parts"))
)
