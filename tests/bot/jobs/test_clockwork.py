"""The sweep: sees what is due, rings, and does it itself when nobody can be rung."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NoReturn

import pytest
from sqlalchemy import event, update

from bot.clock import set_offset
from bot.db import Database
from bot.jobs.bell import Lane
from bot.jobs.clockwork import PATIENCE, Caller, due, the_one_clock, tick
from bot.jobs.ringing import rq_bell
from bot.models import Conversation, Outbound
from bot.settings import Settings
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp


def _work_at(db: Database, cast: Cast, when: object) -> None:
    with db.write() as session:
        session.execute(
            update(Conversation).where(Conversation.id == cast.ana.conversation_id).values(work_due_at=when)
        )


def _text_at(db: Database, cast: Cast, when: object, status: str = "ready") -> None:
    with db.write() as session:
        session.add(
            Outbound(
                shop_id=cast.shop_id,
                public_id="p1",
                conversation_id=cast.ana.conversation_id,
                key="1:1:0",
                body="hello",
                language="en",
                encoding="gsm7",
                parts=1,
                kind="answer",
                status=status,
                fence=0,
                due_at=when,
                created_at=when,
            )
        )


@pytest.mark.parametrize(
    ("turn_in", "text_in", "lanes"),
    [
        (None, None, []),
        (0, None, ["turns"]),
        (60, None, []),
        (None, -5, ["sends"]),
        (None, 5, []),
        (-1, 0, ["turns", "sends"]),
    ],
)
def test_it_sees_what_is_due_now(
    db: Database, cast: Cast, clock: StillClock, turn_in: int | None, text_in: int | None, lanes: list[Lane]
) -> None:
    if turn_in is not None:
        _work_at(db, cast, clock() + timedelta(seconds=turn_in))
    if text_in is not None:
        _text_at(db, cast, clock() + timedelta(seconds=text_in))
    with db.read() as session:
        assert due(session, clock(), clock()) == lanes


def test_a_text_that_is_under_way_or_done_is_not_due(db: Database, cast: Cast, clock: StillClock) -> None:
    _text_at(db, cast, clock(), status="claimed")
    with db.read() as session:
        assert due(session, clock(), clock()) == []


def test_what_is_due_follows_the_domain_clock(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock
) -> None:
    _work_at(db, cast, clock() + timedelta(days=4))
    rung: list[Lane] = []

    def strike(lane: Lane) -> bool:
        rung.append(lane)
        return True

    tick(app, strike, Nobody())
    assert rung == []
    with db.write() as session:
        set_offset(session, timedelta(days=4))
    tick(app, strike, Nobody())
    assert rung == ["turns"]


def test_what_nobody_can_be_rung_for_is_done_in_place(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock
) -> None:
    _work_at(db, cast, clock())
    done = []

    def take_turns(_app: object, _limit: int) -> int:
        _work_at(db, cast, None)
        done.append("turn")
        return 0

    core = Nobody()
    core.steps = lambda: (take_turns, lambda *_: 0)
    tick(app, lambda _: False, core)
    assert done == ["turn"]


@pytest.mark.parametrize(("lease_in", "called"), [(-1, ["expire_leases"]), (60, [])])
def test_expired_claims_are_given_up_in_real_time(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock, lease_in: int, called: list[str]
) -> None:
    _text_at(db, cast, clock(), status="claimed")
    with db.write() as session:
        session.execute(update(Outbound).values(lease_until=clock() + timedelta(seconds=lease_in)))
        set_offset(session, timedelta(days=4))  # a moved clock expires no claim
    done: list[str] = []
    core = Nobody()
    core.expire_leases = lambda _: done.append("expire_leases")
    tick(app, lambda _: True, core)
    assert done == called


def test_only_one_clock_ticks_and_the_next_takes_over(app: FakedApp) -> None:
    with the_one_clock(app) as first:
        assert first()
        with the_one_clock(app) as second:
            assert not second()
    with the_one_clock(app) as second:
        assert second()


def test_the_look_uses_the_indexes_of_undone_rows(db: Database, clock: StillClock) -> None:
    """Otherwise a million sleeping conversations would be read every second."""
    asked: list[tuple[str, Any]] = []
    with db.read() as session:
        connection = session.connection()
        event.listen(
            connection, "before_cursor_execute", lambda _c, _cur, sql, values, *_: asked.append((sql, values))
        )
        due(session, clock(), clock())
        explain = "EXPLAIN QUERY PLAN" if db.is_sqlite else "EXPLAIN"
        if not db.is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the tables are empty
        plans = [
            str(connection.exec_driver_sql(f"{explain} {sql}", values).all()) for sql, values in asked[:6]
        ]
    wanted = (
        "ix_outbound_claimed",
        "ix_flow_starts_due",
        "ix_conversations_work",
        "ix_outbound_",  # ready texts: two partial indexes can answer
        "errands",  # three rows
        "ix_inbound_media_waiting",
    )
    for index, plan in zip(wanted, plans, strict=True):
        assert index in plan


@pytest.mark.server
@pytest.mark.usefixtures("valkey_server")
def test_a_bell_that_nobody_hears_is_the_clock_s_own_work_after_a_few_ticks(settings: Settings) -> None:
    """Every worker may be dead, or cut off from Redis without knowing it."""
    bell = rq_bell(settings)
    caller = Caller(bell)
    assert [caller("turns") for _ in range(PATIENCE + 2)] == [True] * PATIENCE + [False] * 2
    bell.answered("turns")
    assert caller("turns"), "somebody came: the next ring is theirs again"


def test_without_redis_everything_is_the_clock_s_own_work(settings: Settings) -> None:
    assert not Caller(rq_bell(settings))("turns")


class Nobody:
    """A core that must not be called, except for what a test puts in its place."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} was called")
