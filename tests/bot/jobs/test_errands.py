"""Errands: each at its time, by one process, none in another's way; and the clock that calls for them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.conversations import pictures
from bot.inbox import mending
from bot.jobs.bell import Lane
from bot.jobs.clockwork import due, tick
from bot.jobs.errands import PLANS, Plan, Runner, hasten, plan, run_due
from bot.models import Errand, Inbound
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakeArchive, FakedApp

MINUTE = timedelta(minutes=1)


def errands(app: FakedApp) -> dict[str, Errand]:
    with app.database.read() as session:
        return {row.name: row for row in session.scalars(select(Errand))}


def put(app: FakedApp, name: str, **state: Any) -> None:
    with app.database.write() as session:
        session.add(Errand(name=name, next_at=app.real_now(), state=state))


def test_planning_twice_makes_each_once_and_nothing_is_due_at_the_start(
    app: FakedApp, clock: StillClock
) -> None:
    plan(app)
    clock.move(seconds=5)
    plan(app)
    assert {name: row.next_at for name, row in errands(app).items()} == {
        name: NOW + each.every for name, each in PLANS.items()
    }
    with app.database.read() as session:
        assert due(session, clock(), clock()) == []
    assert run_due(app) == []


def test_one_that_is_due_runs_once_and_remembers(app: FakedApp, clock: StillClock) -> None:
    put(app, "count", times=1)
    plans = {"count": Plan(MINUTE, lambda _app, state: {"times": state["times"] + 1})}
    assert run_due(app, plans) == ["count"]
    assert run_due(app, plans) == []
    row = errands(app)["count"]
    assert (row.state, row.next_at) == ({"times": 2}, NOW + MINUTE)
    clock.move(MINUTE)
    assert run_due(app, plans) == ["count"]


def test_two_processes_at_once_run_it_once(app: FakedApp) -> None:
    """The other one comes between our look and our claim."""
    put(app, "slow")
    ran: list[int] = []
    plans = {"slow": Plan(MINUTE, lambda *_: ran.append(1))}  # type: ignore[arg-type, return-value, func-returns-value]
    before_us = [lambda: run_due(app, plans)]

    def now() -> datetime:
        if before_us:
            before_us.pop()()
        return NOW

    run_due(replace(app, real_now=now), plans)
    assert ran == [1]


def test_a_fault_of_one_keeps_no_other_waiting_and_it_comes_again(app: FakedApp, clock: StillClock) -> None:
    put(app, "broken", kept=1)
    put(app, "sound")

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    done: list[int] = []
    plans = {"broken": Plan(MINUTE, broken), "sound": Plan(MINUTE, lambda *_: done.append(1))}  # type: ignore[arg-type, return-value, func-returns-value]
    assert run_due(app, plans) == ["broken", "sound"]
    assert done == [1]
    assert errands(app)["broken"].state == {"kept": 1}
    clock.move(MINUTE)
    assert "broken" in run_due(app, plans)


def test_the_real_ones_run_against_a_provider_that_remembers(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    plan(app)
    clock.move(hours=1)
    assert run_due(app) == list(PLANS)
    assert isinstance(app.archive, FakeArchive)
    assert {what for what, _ in app.archive.asked} == {"received", "billed"}
    assert ACCOUNT in errands(app)["prices"].state


@pytest.mark.parametrize("heard", [True, False])
def test_the_clock_rings_for_them_and_begins_them_itself_when_nobody_can_be_rung(
    app: FakedApp, cast: Cast, heard: bool
) -> None:
    put(app, "missed")
    rung: list[Lane] = []
    begun: list[str] = []

    class Core:
        def begin_errands(self, _app: object) -> None:
            begun.append("errands")

    def strike(lane: Lane) -> bool:
        rung.append(lane)
        return heard

    tick(app, strike, Core())  # type: ignore[arg-type]
    assert rung == ["errands"]
    assert begun == ([] if heard else ["errands"])


def test_a_wrong_offer_of_many_is_gone_on_with_at_once_and_the_others_have_their_turn(
    app: FakedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(app)
    with app.database.write() as session:
        hasten(session, "offers", NOW)
    left = [mending.AT_ONCE, mending.AT_ONCE, 1]
    monkeypatch.setattr(mending, "carry_on", lambda _app: left.pop(0))
    assert [run_due(app) for _ in range(4)] == [["offers"], ["offers"], ["offers"], []]
    assert left == []
    assert errands(app)["offers"].next_at == NOW + PLANS["offers"].every


def test_a_picture_that_waits_is_an_errand(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    with app.database.write() as session:
        text = Inbound(
            shop_id=cast.shop_id,
            conversation_id=cast.ana.conversation_id,
            account=ACCOUNT,
            provider_id="MM1",
            sender_number=cast.number,
            body="",
            received_at=NOW,
            settle_at=NOW,
            turned_at=NOW,
        )
        session.add(text)
        session.flush()
        media = [{"url": "https://api.twilio.com/x", "content_type": "image/png"}]
        pictures.expect(session, cast.shop_id, text.id, ACCOUNT, media, NOW)
    with app.database.read() as session:
        assert due(session, clock(), clock()) == ["pictures"]
    assert run_due(app) == ["pictures"]
    with app.database.read() as session:
        assert due(session, clock(), clock()) == []


def test_a_runner_runs_one_at_a_time_beside_the_work(app: FakedApp) -> None:
    """It asks nothing of the network here: no errand is due. What counts is that it comes back at once, and ends."""
    runner = Runner()
    runner.begin(app)
    runner.begin(app)
    for thread in threading.enumerate():
        if thread.name.startswith("errands"):
            thread.join(10)
            assert not thread.is_alive()


def test_one_that_waits_for_a_shops_server_keeps_no_other_waiting(app: FakedApp, clock: StillClock) -> None:
    """However long it takes, the others run, and run again."""
    for name in ("told", "missed"):
        put(app, name)
    over, calls, looks = threading.Event(), [], threading.Semaphore(0)

    def slow(*_: object) -> None:
        calls.append(1)
        over.wait()

    runner = Runner(
        {
            "told": Plan(MINUTE, slow, apart=True),
            "missed": Plan(MINUTE, lambda *_: looks.release()),
        }
    )
    try:
        for _ in range(2):
            runner.begin(app)
            assert looks.acquire(timeout=10)
            for thread in threading.enumerate():
                if thread.name == "errands":
                    thread.join(10)
            clock.move(MINUTE)
    finally:
        over.set()
    for thread in threading.enumerate():
        if thread.name == "errands apart":
            thread.join(10)
    assert len(calls) == 1


def test_what_shops_servers_are_called_for_is_apart() -> None:
    assert [name for name, each in PLANS.items() if each.apart] == ["told"]
