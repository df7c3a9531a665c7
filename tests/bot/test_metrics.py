"""The figures say what is in the database, at a cost that does not grow with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from bot.clock import set_offset
from bot.conversations import holders
from bot.conversations.work import take_turns
from bot.metrics import Figures, look
from bot.models import Conversation, Outbound
from bot.schema import newest
from bot.sending.outcomes import Refused, Unknown
from bot.sending.status import Report, record_report
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


@pytest.fixture(autouse=True)
def evening(clock: StillClock) -> None:
    """Openers may leave, everywhere."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def figures(app: FakedApp) -> Figures:
    """One look."""
    with app.database.read() as session:
        return look(session, app.real_now)


def test_an_empty_database_has_nothing_to_tell(app: FakedApp) -> None:
    found = figures(app)
    assert found.schema == newest()
    assert (found.oldest_undone, found.unknown.count, found.texts.total, found.errors) == (0.0, 0, 0, {})


def test_what_was_said_and_sent_is_counted(app: FakedApp, cast: Cast) -> None:
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "STOP")
    run_until_quiet(app)
    found = figures(app)
    assert found.texts.counts["marketing", "sent", ""] == 1
    assert found.gate.counts["marketing", "allow"] == 1
    assert found.inbound.counts == {("text",): 1}
    assert found.consent.counts["opted_out", "carrier_word"] == 1
    assert found.oldest_undone == 0


@pytest.mark.parametrize(
    ("model", "why", "by"),
    [
        ("cascade", ("model: yes 0.91",), "embedded"),
        ("cascade", ("a bare word",), "rules"),
        ("rasa", ("opt-out rule: typo",), "rules"),
        ("rasa", ("model: yes 0.91",), "rasa"),
        (
            "rasa",
            ("rasa: stop 0.01, and 0.80 by the linear model, which it may not fall below", "model: yes 0.97"),
            "rasa",
        ),
        ("cascade", ("rasa: it answers with status 500; read by cascade", "model: yes 0.9"), "fallback"),
        ("cascade", ("rasa: not asked: it kept failing; read by cascade", "model: yes 0.9"), "breaker_open"),
    ],
)
def test_who_read_a_text_is_counted(
    app: FakedApp,
    cast: Cast,
    reader: FakeReader,
    clock: StillClock,
    model: str,
    why: tuple[str, ...],
    by: str,
) -> None:
    """One that is not read yet counts as received only."""
    reader.reads = {"hello": reading("smalltalk", model=model, why=why)}
    text_in(app, cast, cast.ana, "hello")
    clock.move(seconds=4)
    take_turns(app)
    text_in(app, cast, cast.ana, "anybody?")
    found = figures(app)
    assert found.readings.counts == {(by,): 1}
    assert found.inbound.counts == {("text",): 2}


def test_the_past_hour_is_all_that_counts(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    text_in(app, cast, cast.ana, "hello")
    clock.move(hours=2)
    assert figures(app).inbound.total == 0


def test_a_crowd_shortens_the_window_and_says_so(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    for _ in range(5):
        text_in(app, cast, cast.ana, "hello")
        clock.move(seconds=10)
    with app.database.read() as session:
        found = look(session, app.real_now, at_most=3).inbound
    assert (found.total, found.seconds) == (3, 30.0)


def test_lags_grow_while_nobody_works(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    text_in(app, cast, cast.ana, "hello")
    clock.move(seconds=app.settings.settle_seconds + 60)
    waiting = figures(app)
    assert (waiting.lags.turns, waiting.unread.count, waiting.unread.seconds) == (60.0, 1, 60.0)
    take_turns(app)
    clock.move(seconds=25)
    written = figures(app)
    assert (written.lags.turns, written.unread.count, written.lags.sends) == (0.0, 0, 25.0)
    assert written.oldest_undone == 25.0


def test_lags_are_told_in_domain_time_and_leases_in_real_time(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    text_in(app, cast, cast.ana, "hello")
    with app.database.write() as session:
        set_offset(session, timedelta(days=3))
    assert figures(app).lags.turns == pytest.approx(3 * 86_400 - app.settings.settle_seconds)
    take_turns(app)
    with app.database.write() as session:
        lease = clock() - timedelta(seconds=7)
        session.execute(update(Outbound).values(status="claimed", lease_until=lease))
    assert figures(app).lags.claims == 7.0


def test_unknown_ends_and_people_who_wait_are_seen(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    provider.will(Unknown("ReadTimeout"))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    with app.database.write() as session:
        conversation = session.get_one(Conversation, cast.ben.conversation_id)
        holders.hand_off(conversation, "asked for a person", "question", clock())
    clock.move(minutes=5)
    found = figures(app)
    assert (found.unknown.count, found.unknown.seconds) == (1, 300.0)
    assert (found.handed_off.count, found.handed_off.seconds) == (1, 300.0)


def test_an_error_counts_once_wherever_it_stands(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    provider.will(Refused("21408", "no permission"))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "hello")
    clock.move(seconds=4)
    run_until_quiet(app)
    with app.database.read() as session:
        sent = session.execute(select(Outbound).where(Outbound.status == "sent")).scalars().one()
    report = Report(ACCOUNT, sent.provider_id or "", sent.public_id, "undelivered", "30003", {})
    record_report(app, report)
    record_report(app, report)
    found = figures(app)
    assert found.errors == {"21408": 1, "30003": 1}
    assert found.reports.counts == {("undelivered", "30003"): 1}


@contextmanager
def statements(app: FakedApp) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database inside the block."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(app.database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(app.database.engine, "before_cursor_execute", note)


def test_a_look_is_eleven_statements_whatever_there_is(app: FakedApp, cast: Cast) -> None:
    with statements(app) as empty:
        figures(app)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    with statements(app) as later:
        figures(app)
    plain = [sum(statement.startswith("SELECT") for statement, _ in each) for each in (empty, later)]
    assert plain == [11, 11]


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_no_statement_reads_a_whole_table(app: FakedApp) -> None:
    """SQLite's own word: an index of what waits, or the newest rows along the primary key."""
    with statements(app) as asked:
        figures(app)
    with app.database.engine.connect() as connection:
        for statement, parameters in asked:
            if " FROM " not in statement:
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            steps = [str(row[-1]) for row in plan]
            for step in steps:
                whole = step.startswith("SCAN ") and "INDEX" not in step
                walks = "LIMIT" in statement and "ORDER BY" in statement
                small = any(name in step for name in ("clock", "alembic_version", "anon_"))
                assert small or walks or not whole, (statement, steps)
