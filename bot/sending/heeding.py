"""What the provider's answer to one text means for all the others: slower, not now, tell the operator.

Owns the acting on slow_down, pause_all and alert, the circuit that opens when nobody can be reached, and the alerts. All
of it in short transactions of its own, once a batch, while no conversation is locked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Table, bindparam, select, update

from bot.compose import App
from bot.conversations.rows import insert_once
from bot.models import Alert
from bot.sending.outcomes import AWAY, Outcome, Refused, TextToSend, TryLater, Unknown
from bot.sending.pacing import AWAY_AFTER, Level, rest
from bot.sending.senders import account_name, sender_of
from bot.sending.throttle import Room, change
from bot.sending.twilio_errors import ProviderError, look_up

OPENERS_REST = timedelta(minutes=15)
"""How long openers leave a sender or account alone that the operator must mend. Then one batch of them tries it again."""
SAID_LATELY = timedelta(minutes=1)
"""An alert that was told within this is not told again: its row would be what all workers wait for."""
NEARLY = timedelta(seconds=2)
NO_CONNECTION = "no connection to the provider"

_log = structlog.stdlib.get_logger(__name__)

Changes = dict[str, Callable[[Level], Level]]


def heed_ends(app: App, room: Room, ends: Mapping[int, tuple[TextToSend, Outcome]]) -> None:
    """Act on a batch's outcomes. Where all is well nothing is asked of the database."""
    real = app.real_now()
    changes: Changes = {}
    _weigh_connections(room, ends, real, changes)
    for text, outcome in ends.values():
        match outcome:
            case TryLater(code=code, after_seconds=seconds) if code not in AWAY:
                _answered(app, account_name(text.account), sender_of(text), code, seconds, real, changes)
            case Refused(code=code):
                _answered(app, account_name(text.account), sender_of(text), code, None, real, changes)
            case _:
                pass
    if changes:
        change(app, changes)


def heed_report(app: App, account: str, sender: str, code: str) -> None:
    """The same for an error that came in a status report. `sender`: a number or a Messaging Service."""
    changes: Changes = {}
    _answered(app, account_name(account), f"sender {sender}", code, None, app.real_now(), changes)
    if changes:
        change(app, changes)


def _answered(
    app: App, account: str, sender: str, code: str, seconds: float | None, real: datetime, changes: Changes
) -> None:
    row = look_up(code)
    until = real + timedelta(seconds=max(seconds or 0, row.after_seconds))
    match row.action:
        case "slow_down":
            _later(changes, sender, "slow_until", until, row.meaning)
        case "pause_all":
            _later(changes, account, "paused_until", until, row.meaning)
            tell(app, account, row, real)
        case "retry" if seconds is not None and seconds > row.after_seconds:  # it said when: for everybody
            _later(changes, account, "paused_until", real + timedelta(seconds=seconds), row.meaning)
        case "alert":
            if row.holds is not None:
                held = account if row.holds == "account" else sender
                _later(changes, held, "openers_until", real + OPENERS_REST, row.meaning)
            tell(app, account if row.holds == "account" else sender, row, real)
        case _:
            pass  # about this one text or number


def _weigh_connections(
    room: Room, ends: Mapping[int, tuple[TextToSend, Outcome]], real: datetime, changes: Changes
) -> None:
    """Count connections that did not come about, and forget them when one did."""
    failed: Counter[str] = Counter()
    answered: set[str] = set()
    for text, outcome in ends.values():
        name = account_name(text.account)
        if isinstance(outcome, TryLater) and outcome.code in AWAY:
            failed[name] += 1
        elif not isinstance(outcome, Unknown):
            answered.add(name)
    for name in answered & room.troubled:
        _then(changes, name, lambda level: _recovered(level))
    for name in failed.keys() - answered:
        probing, times = name in room.probing, failed[name]
        _then(changes, name, lambda level, p=probing, n=times: _away(level, n, real, probing=p))  # type: ignore[misc]


def _away(level: Level, times: int, real: datetime, *, probing: bool) -> Level:
    """One step further for each probe that failed; what others had begun before it rests already counts for nothing."""
    if level.failures >= AWAY_AFTER and not probing:
        return level
    failures = level.failures + 1 if probing else min(level.failures + times, AWAY_AFTER)
    if failures < AWAY_AFTER:
        return replace(level, failures=failures)
    until = real + rest(failures)
    return replace(level, failures=failures, paused_until=until, why=NO_CONNECTION)


def _recovered(level: Level) -> Level:
    """It answers. Whatever else paused it (a daily limit) is not forgotten: only a circuit's pause is taken back."""
    if level.why != NO_CONNECTION:
        return replace(level, failures=0)
    return replace(level, failures=0, paused_until=None, why=None)


def tell(app: App, about: str, row: ProviderError, real: datetime) -> None:
    """Raise an alert about what the provider answers, or freshen the one that stands."""
    raise_alert(app, about, row.code, row.meaning, real)


def raise_alert(app: App, about: str, code: str, told: str, real: datetime) -> None:
    """Tell the operator once, however often it is met. `about`: what it is about; `told`: one sentence."""
    with app.database.read() as session:
        known = session.execute(_TOLD, {"its_about": about, "its_code": code}).scalar()
    if known is not None and known >= real - SAID_LATELY:
        return
    with app.database.write() as session:
        fresh = session.execute(
            _AGAIN, {"its_about": about, "its_code": code, "real": real, "before": real - SAID_LATELY}
        )
        if fresh.rowcount:  # type: ignore[attr-defined]
            return
        values = {"about": about, "code": code, "told": told[:200], "times": 1}
        made = insert_once(session, Alert, {**values, "first_at": real, "last_at": real})
    if made is not None:
        _log.error("the operator has to look at this", code=code, meaning=told)


def _later(changes: Changes, name: str, column: str, until: datetime, why: str) -> None:
    def lengthen(level: Level) -> Level:
        known: datetime | None = getattr(level, column)
        if known and known >= until - NEARLY:  # a flood of reports says the same again and again
            return level
        return replace(level, **{column: until, "why": why[:64]})  # type: ignore[arg-type]

    _then(changes, name, lengthen)


def _then(changes: Changes, name: str, turn: Callable[[Level], Level]) -> None:
    before = changes.get(name)
    changes[name] = turn if before is None else lambda level: turn(before(level))


_ALERTS: Table = Alert.__table__  # type: ignore[assignment]
_TOLD = select(_ALERTS.c.last_at).where(
    _ALERTS.c.about == bindparam("its_about"), _ALERTS.c.code == bindparam("its_code")
)
_AGAIN = (
    update(_ALERTS)
    .where(
        _ALERTS.c.about == bindparam("its_about"),
        _ALERTS.c.code == bindparam("its_code"),
        _ALERTS.c.last_at < bindparam("before"),
    )
    .values(times=_ALERTS.c.times + 1, last_at=bindparam("real", type_=_ALERTS.c.last_at.type))
)
