"""What the provider is asked now and then: for texts that no webhook brought, for unknown ends, prices and pictures.

Owns when each is asked, and that one process asks at a time. Each errand is a row with its next time; moving that time
on is the claim, so it costs one index probe a second, two clocks do no harm, and an errand that dies comes again. Every
errand waits for the network, so it runs in a thread beside the work, never in its way; those that call whoever a shop
named, in a thread of their own, for no shop's server may keep a look for missed texts waiting. What each does is the core's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.compose import App
from bot.conversations.rows import insert_once
from bot.models import Errand

State: TypeAlias = Mapping[str, Any]
Run: TypeAlias = Callable[[App, State], dict[str, Any] | None]
"""Takes what the errand remembers, gives what it shall remember; None: as it was."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """One errand: how often, and what it does."""

    every: timedelta
    run: Run
    apart: bool = False
    """Whether it runs in the thread of those that call servers which shops named."""


def _missed(app: App, _state: State) -> None:
    from bot.conversations.missed import look_for_missed

    look_for_missed(app)


def _unknown(app: App, _state: State) -> None:
    from bot.sending.unknowns import look_for_unknown

    look_for_unknown(app)


def _prices(app: App, state: State) -> dict[str, Any]:
    from bot.sending.prices import price_texts

    return price_texts(app, state)


def _holds(app: App, _state: State) -> None:
    from bot.compliance.holds import end_holds

    end_holds(app)


def _erasures(app: App, _state: State) -> None:
    from bot.privacy import erased_list
    from bot.privacy.erase import carry_on
    from bot.privacy.provider_copies import forget_copies

    erased_list.keep(app)
    carry_on(app)
    forget_copies(app)


def _retention(app: App, state: State) -> dict[str, Any]:
    from bot.privacy.retention import clear_out

    return clear_out(app, state)


def _checkpoint(app: App, state: State) -> dict[str, Any]:
    from bot.compliance.checkpoints import write_daily

    return write_daily(app, state)


def _watch(app: App, _state: State) -> None:
    from bot.sending.breaker import look
    from bot.sending.feeds import tell_of_silent_feeds

    look(app)
    tell_of_silent_feeds(app)


def _absent(app: App, _state: State) -> None:
    from bot.inbox.shift import release_absent

    release_absent(app)


def _told(app: App, _state: State) -> None:
    from bot.alerts.deliver import deliver
    from bot.inbox.alerting import look

    try:
        look(app)
    finally:  # what was found before has to be told all the same
        deliver(app)


def _offers(app: App, _state: State) -> None:
    from bot.inbox.mending import AT_ONCE, carry_on
    from bot.offers.by_hand import take_back_unsent

    if carry_on(app) >= AT_ONCE:  # there is more: go on when the others have had their turn
        with app.database.write() as session:
            hasten(session, "offers", app.real_now())
    take_back_unsent(app)


def _segments(app: App, _state: State) -> None:
    from bot.audience.fifths import reckon_daily

    reckon_daily(app)


def _teaching(app: App, _state: State) -> None:
    from bot.teaching.refit import refit_due

    refit_due(app.database, app.real_now, app.settings.home)


PLANS: Mapping[str, Plan] = {
    "missed": Plan(timedelta(minutes=2), _missed),
    "unknown": Plan(timedelta(minutes=1), _unknown),
    "prices": Plan(timedelta(hours=1), _prices),
    "holds": Plan(timedelta(minutes=1), _holds),
    "watch": Plan(timedelta(minutes=1), _watch),
    "told": Plan(timedelta(seconds=20), _told, apart=True),
    "offers": Plan(timedelta(minutes=1), _offers),
    "absent": Plan(timedelta(minutes=1), _absent),
    "erasures": Plan(timedelta(minutes=1), _erasures),
    "retention": Plan(timedelta(hours=1), _retention),
    "checkpoint": Plan(timedelta(hours=1), _checkpoint),
    "segments": Plan(timedelta(hours=1), _segments),
    "teaching": Plan(timedelta(minutes=1), _teaching),
}
"""One listing for each number of ours, none unless a text is unknown, one for each thousand texts a day; and, for the
doubts that nobody settled, a look at an index."""


def plan(app: App) -> None:
    """See that each errand has its row. The first time is one interval from now: starting up is quick, and stays so."""
    with app.database.write() as session:
        known = set(session.scalars(select(Errand.name)))
        for name in PLANS.keys() - known:
            values = {"name": name, "next_at": app.real_now() + PLANS[name].every, "state": {}}
            insert_once(session, Errand, values)


def hasten(session: Session, name: str, real: datetime) -> None:
    """Make an errand due now, for somebody waits for it; ring for `errands` once this is committed."""
    session.execute(update(Errand).where(Errand.name == name, Errand.next_at > real).values(next_at=real))


def run_due(app: App, plans: Mapping[str, Plan] = PLANS, *, pictures: bool = True) -> list[str]:
    """Run what is due, and fetch the pictures that wait; gives the names. A fault of one keeps no other waiting."""
    done = []
    for name, errand in plans.items():
        state = _claim(app, name, errand.every)
        if state is None:
            continue
        done.append(name)
        try:
            after = errand.run(app, state)
        except Exception:
            log.exception("an errand failed", errand=name)
            continue
        if after is not None and after != state:
            with app.database.write() as session:
                session.execute(update(Errand).where(Errand.name == name).values(state=after))
    if pictures and _fetch(app):
        done.append("pictures")
    return done


class Runner:
    """Runs them in threads of this process: those that are apart, and the others. Each one at a time; asking while it runs
    does nothing. A thread dies with the process: whatever it was at comes again."""

    def __init__(self, plans: Mapping[str, Plan] = PLANS) -> None:
        self._kinds = {
            "errands": {name: each for name, each in plans.items() if not each.apart},
            "errands apart": {name: each for name, each in plans.items() if each.apart},
        }
        self._threads: dict[str, threading.Thread] = {}

    def begin(self, app: App) -> None:
        """Run what is due, beside."""
        for kind, plans in self._kinds.items():
            before = self._threads.get(kind)
            if before is None or not before.is_alive():
                thread = threading.Thread(
                    target=_run_apart, args=(app, plans, kind == "errands"), name=kind, daemon=True
                )
                self._threads[kind] = thread
                thread.start()


def _run_apart(app: App, plans: Mapping[str, Plan], pictures: bool) -> None:
    try:
        run_due(app, plans, pictures=pictures)
    except Exception:
        log.exception("errands failed")


def _claim(app: App, name: str, every: timedelta) -> State | None:
    """The state of an errand that is due, and ours now; None when it is not, or somebody else's."""
    with app.database.read() as session:
        row = session.execute(select(Errand.next_at, Errand.state).where(Errand.name == name)).one_or_none()
    real = app.real_now()
    if row is None or row.next_at > real:
        return None
    with app.database.write() as session:
        moved = session.execute(
            update(Errand)
            .where(Errand.name == name, Errand.next_at == row.next_at)
            .values(next_at=real + every)
        )
    state: State = row.state
    return state if moved.rowcount else None  # type: ignore[attr-defined]


def _fetch(app: App) -> int:
    from bot.conversations.pictures import fetch_due

    return fetch_due(app)
