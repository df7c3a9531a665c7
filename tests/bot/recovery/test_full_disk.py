"""The disk takes no more: refused clearly, nothing half-written, said once, and over when there is room again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event, func, select

from bot.checkup import examine
from bot.conversations.work import take_turns
from bot.db import Database, connect
from bot.jobs.worker import steps, work_off
from bot.models import Base, Conversation, Inbound, Instance, LedgerEntry, Outbound
from bot.sending.dispatch import send_due
from tests.bot.recovery.conftest import Door, allow, refuse
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

TABLES = tuple(Base.metadata.tables)


@dataclass
class Disk:
    """The disk of a database: full or not."""

    database: Database

    @contextmanager
    def full(self) -> Iterator[None]:
        """SQLite: no page more than there are, for every connection. PostgreSQL: its own error, from the server."""
        if self.database.is_sqlite:
            with self._no_page_more():
                yield
            return
        for table in TABLES:
            refuse(self.database, table, "53100")
        yield
        for table in TABLES:
            allow(self.database, table)

    @contextmanager
    def _no_page_more(self) -> Iterator[None]:
        def limit(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA max_page_count=1")  # the least there can be is what there is

        event.listen(self.database.engine, "connect", limit)
        self.database.engine.dispose()
        yield
        event.remove(self.database.engine, "connect", limit)
        self.database.engine.dispose()


@pytest.fixture
def disk(db: Database) -> Disk:
    """The disk of the test's database."""
    return Disk(db)


def _fill(door: Door, cast: Cast) -> int:
    """Text until a page more is needed; gives how many were taken before."""
    for taken in range(200):
        answer = door.text(cast.ana, "x" * 1000, f"SM{taken:032d}")
        if answer.status_code != 200:
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            return taken
    raise AssertionError("the disk never filled up")


def _count(database: Database, table: Any) -> int:
    with database.read() as session:
        return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_text_is_refused_whole_and_taken_when_there_is_room_again(
    app: FakedApp, door: Door, cast: Cast, disk: Disk
) -> None:
    with disk.full():
        taken = _fill(door, cast)
        assert _count(app.database, Inbound) == taken
        with app.database.read() as session:
            last = session.get_one(Conversation, cast.ana.conversation_id).last_inbound_id
            assert last == session.scalar(select(func.max(Inbound.id)))
    assert door.text(cast.ana, "x", f"SM{taken:032d}").status_code == 200
    assert _count(app.database, Inbound) == taken + 1


def test_a_stop_is_refused_whole(app: FakedApp, door: Door, cast: Cast, disk: Disk) -> None:
    """Never the text without the entry in the ledger, nor the other way round (I2)."""
    with disk.full():
        _fill(door, cast)
        before = _count(app.database, Inbound), _count(app.database, LedgerEntry)
        answers = [door.text(cast.ana, "STOP", f"SM9{n:031d}").status_code for n in range(30)]
        stored = _count(app.database, Inbound) - before[0], _count(app.database, LedgerEntry) - before[1]
        assert 503 in answers
        assert stored[0] == answers.count(200)
        assert stored[1] == (1 if stored[0] else 0)


def test_health_and_doctor_say_so_and_take_it_back(app: FakedApp, door: Door, cast: Cast, disk: Disk) -> None:
    with disk.full():
        _fill(door, cast)
        answer = door.ready()
        assert (answer.status_code, answer.json) == (
            503,
            {"ready": False, "database": "full", "redis": "unused"},
        )
        room = next(check for check in examine(app) if check.name == "room")
        assert not room.ok
        assert "make room" in room.remedy
    assert door.ready().json == {"ready": True, "database": "ok", "redis": "unused"}
    assert next(check for check in examine(app) if check.name == "room").ok
    assert app.database.trouble is None
    with app.database.read() as session:
        assert session.get(Instance, "room") is None, "the probe leaves nothing"


def test_a_turn_and_a_claim_wait_and_nobody_is_put_off(
    app: FakedApp,
    door: Door,
    cast: Cast,
    disk: Disk,
    provider: FakeProvider,
    reader: FakeReader,
    clock: StillClock,
) -> None:
    reader.reads["hello"] = reading("smalltalk")
    assert door.text(cast.ana, "hello").status_code == 200
    clock.move(seconds=1)
    with disk.full():
        _fill(door, cast)
        clock.move(seconds=1)
        assert not work_off(app, *steps())
    with app.database.read() as session:
        due = session.get_one(Conversation, cast.ana.conversation_id).work_due_at
        told = session.execute(select(Outbound.status)).scalars().all()
    assert due is None or due <= clock(), "it is tried again at the next look"
    assert "claimed" not in told
    clock.move(seconds=20)
    _until_quiet(lambda: take_turns(app) + send_due(app))
    assert len(provider.asked) == 1
    with app.database.read() as session:
        assert session.execute(select(Outbound.status)).scalars().all() == ["sent"]


def test_a_lock_that_is_not_to_be_had_is_refused_in_time(
    app: FakedApp, door: Door, cast: Cast, db: Database
) -> None:
    """Before the provider gives up on us (15 s, R71): it is told 503, and may come again."""
    patient = app.database
    hasty = connect(patient.engine.url.render_as_string(hide_password=False), lock_seconds=0.2)
    object.__setattr__(app, "database", hasty)
    try:
        with patient.write() as session:
            session.execute(
                select(Conversation).where(Conversation.id == cast.ana.conversation_id).with_for_update()
            ).one()
            assert door.text(cast.ana, "hello").status_code == 503
            assert hasty.trouble == "busy"
        assert door.text(cast.ana, "hello").status_code == 200
        assert hasty.trouble is None
    finally:
        hasty.close()
    assert _count(patient, Inbound) == 1


def _until_quiet(step: Callable[[], int]) -> None:
    for _ in range(20):
        if not step():
            return
    raise AssertionError("it never comes to rest")
