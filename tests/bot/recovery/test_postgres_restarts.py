"""PostgreSQL is restarted at the worst moment: what was not committed is done again, and nothing is twice."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from sqlalchemy import func, select

from bot.conversations.work import take_turns
from bot.db import Database
from bot.jobs.worker import steps, work_off
from bot.models import Conversation, Inbound, Outbound
from bot.sending.dispatch import send_due
from bot.sending.outcomes import Outcome, Sent, TextToSend
from tests.bot.recovery.conftest import Door, once_at, refuse
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading
from tests.support.postgres import Mode, OwnPostgres

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]

MODES: list[Mode] = ["fast", "immediate"]


@pytest.fixture
def db(restarting_db: Database) -> Database:
    """All of it on the server that may be restarted."""
    return restarting_db


@pytest.fixture
def asked(door: Door, cast: Cast, reader: FakeReader, clock: StillClock) -> None:
    """Ana has said something, and no turn has taken it."""
    reader.reads["hello"] = reading("smalltalk")
    assert door.text(cast.ana, "hello").status_code == 200
    clock.move(seconds=1)


def _rows(app: FakedApp) -> tuple[int, list[str]]:
    """Texts received, and the states of those to send."""
    with app.database.read() as session:
        received = session.execute(select(func.count()).select_from(Inbound)).scalar_one()
        return received, list(session.execute(select(Outbound.status).order_by(Outbound.id)).scalars())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.usefixtures("asked")
def test_in_the_middle_of_a_turn_it_is_taken_again_at_once(
    app: FakedApp, postgres: OwnPostgres, mode: Mode
) -> None:
    met = once_at(app.database, "INSERT INTO outbound", partial(postgres.restart, mode))
    assert take_turns(app) == 1
    assert met
    assert _rows(app) == (1, ["ready"])


@pytest.mark.parametrize("words", ["INSERT INTO receipts", "UPDATE outbound"])
@pytest.mark.usefixtures("asked")
def test_in_the_middle_of_a_claim_the_text_leaves_once(
    app: FakedApp, provider: FakeProvider, postgres: OwnPostgres, words: str
) -> None:
    take_turns(app)
    met = once_at(app.database, words, partial(postgres.restart, "fast"))
    send_due(app)
    assert met
    assert len(provider.asked) == 1
    assert _rows(app) == (1, ["sent"])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.usefixtures("asked")
def test_during_the_call_the_end_is_written_down_all_the_same(
    app: FakedApp, provider: FakeProvider, postgres: OwnPostgres, mode: Mode
) -> None:
    """Otherwise the text would be unknown, and somebody would have to look at the provider's log."""

    def call(_text: TextToSend) -> Outcome:
        postgres.restart(mode)
        return Sent("SM" + "2" * 32, "queued")

    take_turns(app)
    provider.will(call)
    send_due(app)
    assert len(provider.asked) == 1
    assert _rows(app) == (1, ["sent"])


@pytest.mark.usefixtures("asked")
def test_an_end_waits_for_a_database_that_is_down(
    app: FakedApp, provider: FakeProvider, postgres: OwnPostgres
) -> None:
    take_turns(app)
    starting = threading.Thread(target=postgres.start)

    def call(_text: TextToSend) -> Outcome:
        postgres.stop()
        starting.start()
        return Sent("SM" + "2" * 32, "queued")

    provider.will(call)
    send_due(app)
    starting.join(30)
    assert _rows(app) == (1, ["sent"])


def test_a_webhook_is_refused_while_it_is_down_and_taken_when_it_is_back(
    app: FakedApp, door: Door, cast: Cast, postgres: OwnPostgres
) -> None:
    assert door.text(cast.ana, "one", "SM" + "1" * 32).status_code == 200
    postgres.stop("immediate")
    try:
        refused = door.text(cast.ana, "two", "SM" + "2" * 32)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert door.ready().status_code == 503
    finally:
        postgres.start()
    for _ in range(2):
        assert door.text(cast.ana, "two", "SM" + "2" * 32).status_code == 200
    assert door.ready().json == {"ready": True, "database": "ok", "redis": "unused"}
    assert _rows(app) == (2, [])


@pytest.mark.parametrize("mode", MODES)
def test_in_the_middle_of_a_webhook_the_text_is_stored_once(
    app: FakedApp, door: Door, cast: Cast, postgres: OwnPostgres, mode: Mode
) -> None:
    """STOP takes the long way in: several statements, and the ledger in the same commit."""
    met = once_at(app.database, "INSERT INTO inbound", partial(postgres.restart, mode))
    assert door.text(cast.ana, "STOP").status_code == 200
    assert met
    assert _rows(app) == (1, [])


def test_a_dead_connection_in_the_pool_costs_no_text(
    app: FakedApp, door: Door, cast: Cast, postgres: OwnPostgres
) -> None:
    """It was used a moment ago, so nobody asks it whether it still stands."""
    assert door.text(cast.ana, "one", "SM" + "1" * 32).status_code == 200
    postgres.restart("fast")
    assert door.text(cast.ana, "two", "SM" + "2" * 32).status_code == 200
    assert _rows(app) == (2, [])


@pytest.mark.parametrize("code", ["40001", "40P01"])
@pytest.mark.usefixtures("asked")
def test_what_collided_is_done_again_and_nobody_is_put_off(
    app: FakedApp, cast: Cast, door: Door, provider: FakeProvider, code: str
) -> None:
    """Serialization failures and deadlocks: at the door, in the turn, at the claim."""
    for table in ("inbound", "outbound", "receipts"):
        refuse(app.database, table, code, times=1)
    assert door.text(cast.ana, "hello", "SM" + "2" * 32).status_code == 200
    while work_off(app, *steps()):
        """Time was up first: the machine is busy."""
    assert len(provider.asked) == 1
    assert _rows(app) == (2, ["sent"])


@pytest.mark.usefixtures("asked")
def test_a_lost_connection_puts_nobody_off(app: FakedApp, cast: Cast, postgres: OwnPostgres) -> None:
    """It is not this conversation's fault; the next look, a second later, takes it."""
    with app.database.read() as session:
        before = session.get_one(Conversation, cast.ana.conversation_id).work_due_at
    met = once_at(app.database, "INSERT INTO outbound", postgres.stop)
    try:
        assert not work_off(app, *steps()), "logged, and left to the next look"
    finally:
        postgres.start()
    assert met
    with app.database.read() as session:
        assert session.get_one(Conversation, cast.ana.conversation_id).work_due_at == before
    assert take_turns(app) == 1
