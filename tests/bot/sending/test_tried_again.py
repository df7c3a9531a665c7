"""Trying again: later and later, never for ever; and anew only what certainly reached nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.models import Outbound, Signal, Timer
from bot.sending.outcomes import Sent, TextToSend, TryLater
from bot.sending.results import TRIES, backoff
from bot.sending.status import Report, record_report
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture(autouse=True)
def _noon(clock: StillClock) -> None:
    """Saturday noon in San Francisco: every window is open."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def failed(provider: FakeProvider, code: str = "30036", status: str = "failed") -> Report:
    """The first text failed so."""
    first = provider.asked[0].public_id
    return Report(ACCOUNT, f"SM{1:032x}", first, status, code, {"From": "+12125550100"})


def texts(app: FakedApp) -> list[Outbound]:
    """All of them, in the order in which they were written."""
    with app.database.read() as session:
        return list(session.scalars(select(Outbound).order_by(Outbound.id)))


def not_sent(app: FakedApp) -> int:
    """How often a flow heard that a text will not come."""
    with app.database.read() as session:
        return len(session.scalars(select(Signal.id).where(Signal.key.like("not-sent:%"))).all())


@pytest.mark.parametrize("row_id", [1, 7, 12_345])
def test_the_wait_doubles_to_an_hour_and_never_undercuts_the_provider(row_id: int) -> None:
    """A quarter of jitter at most, the same each time it is asked for."""
    for attempts in range(1, 70):
        wait = backoff(5, attempts, row_id).total_seconds()
        plain = min(5 * 2 ** (attempts - 1), 3600)
        assert plain <= wait <= plain * 1.25
        assert backoff(7200, attempts, row_id).total_seconds() >= 7200
    assert backoff(5, 3, row_id) == backoff(5, 3, row_id)


def test_rows_do_not_come_back_together() -> None:
    """A thousand that were refused in one second."""
    assert len({backoff(30, 1, row_id) for row_id in range(1000)}) > 500


def test_an_answer_that_can_not_leave_in_time_goes_to_a_person(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """The provider asks for two hours: the customer is not kept waiting for something that will be too late."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["same again"] = reading("reorder")
    text_in(app, cast, cast.ana, "same again")
    provider.will(TryLater("20429", "too many requests", 7200))
    clock.move(seconds=4)
    run_until_quiet(app)
    assert [row.status for row in texts(app)][:2] == ["sent", "expired"]
    assert conversation(app, cast.ana).holder == "nobody"


def test_an_opener_is_tried_until_its_time_is_over(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """Three days of «too many requests», then it ends and the flow hears of it, once."""
    provider.will(*[TryLater("20429", "too many requests", 1)] * 500)
    enrol_in(app, cast, cast.ana)
    for _ in range(100):
        run_until_quiet(app)
        clock.move(minutes=61)
    (row,) = texts(app)
    assert row.status == "expired"
    assert row.expires_at is not None
    assert row.expires_at <= row.created_at + TRIES["marketing"] + timedelta(minutes=5)
    assert not_sent(app) == 1


def test_a_text_that_missed_its_hour_goes_again_in_the_next_window(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """A new row, once, however often the report comes; its flow waits from the new attempt."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    for _ in range(2):
        record_report(app, failed(provider))
        run_until_quiet(app)
    old, new = texts(app)
    assert (old.status, old.provider_status) == ("sent", "failed")
    assert new.key == old.key + ":again"
    for _ in range(50):
        clock.move(hours=1)
        run_until_quiet(app)
    assert len(provider.asked) == 2
    assert provider.asked[0].public_id != provider.asked[1].public_id
    sent = texts(app)[1]
    assert sent.status == "sent"
    assert sent.attempted_at is not None
    with app.database.read() as session:
        timer = session.scalars(select(Timer).where(Timer.outbound_id == sent.id)).one()
    assert timer.due_at == sent.attempted_at + timedelta(seconds=timer.after_seconds or 0)


@pytest.mark.parametrize(
    "case", ["a carrier had it", "they have written", "a person took over", "again already"]
)
def test_what_may_have_arrived_or_is_not_wanted_any_more_ends(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock, case: str
) -> None:
    """No second row; the flow hears that the text did not come."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    match case:
        case "a carrier had it":
            record_report(app, failed(provider, "", "sent"))
        case "they have written":
            text_in(app, cast, cast.ana, "who is this")
        case "a person took over":
            with app.database.write() as session:
                session.execute(update(Outbound).values(fence=99))
        case _:
            with app.database.write() as session:
                session.execute(update(Outbound).values(key=Outbound.key + ":again"))
    record_report(app, failed(provider))
    record_report(app, failed(provider))
    assert len(texts(app)) == 1
    assert not_sent(app) == 1


def test_without_a_connection_a_text_does_not_wait_longer_for_having_asked_more_often(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """The account rests, not the row."""
    gone = TryLater("not_connected", "no connection to the provider", 5)

    def accepted(text: TextToSend) -> Sent:
        return Sent("SM" + "9" * 32, "queued")

    provider.will(gone, gone, gone, gone, accepted)
    enrol_in(app, cast, cast.ana)
    for _ in range(5):
        run_until_quiet(app)
        clock.move(seconds=7)
    assert [row.status for row in texts(app)] == ["sent"]
