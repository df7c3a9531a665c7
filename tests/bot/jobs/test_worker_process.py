"""The worker as a process: hears the bell through RQ, works on without Redis, and ends politely."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.clock import real_now
from bot.db import Database
from bot.jobs.ringing import RqBell, client, rq_bell
from bot.keys import Keys
from bot.models import Conversation
from bot.processes import tether, valkey
from bot.settings import Settings
from tests.support.cast import Cast, bring_cast
from tests.support.processes import wait_until

pytestmark = pytest.mark.server


@pytest.fixture
def people(sqlite_db: Database, keys: Keys) -> Cast:
    """The cast, at the real time: the process has no other."""
    with sqlite_db.write() as session:
        return bring_cast(session, keys, real_now())


@pytest.fixture
def worker(settings: Settings, people: Cast, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`winback worker` on the test's home folder."""
    config = tmp_path / "config.yml"
    config.write_text("{}\n")  # not the checkout's own
    environment = {
        **os.environ,
        "WINBACK_HOME": str(settings.home),
        "WINBACK_SECRET_KEY": settings.secret().decode(),
        "WINBACK_CONFIG": str(config),
        "REDIS_URL": valkey.address(settings.home),
    }
    environment.pop("DATABASE_URL", None)
    with subprocess.Popen([sys.executable, "-m", "bot.cli", "worker"], env=environment) as process:
        yield process
        process.kill()


def _give_work(db: Database, who: int) -> None:
    with db.write() as session:
        due = real_now() - timedelta(seconds=1)
        session.execute(update(Conversation).where(Conversation.id == who).values(work_due_at=due))


def _done(db: Database, who: int) -> bool:
    with db.read() as session:
        return session.scalar(select(Conversation.work_due_at).where(Conversation.id == who)) is None


@pytest.mark.usefixtures("worker")
def test_the_bell_is_heard_through_rq(
    settings: Settings, sqlite_db: Database, people: Cast, valkey_server: subprocess.Popen[bytes]
) -> None:
    assert valkey_server.poll() is None
    listening = client(valkey.address(settings.home), 1)
    wait_until(lambda: listening.scard("rq:workers"), what="a worker listens")
    for _ in range(2):
        _give_work(sqlite_db, people.ana.conversation_id)
        rq_bell(settings).ring("turns")
        wait_until(lambda: _done(sqlite_db, people.ana.conversation_id), what="the turn is taken")


@pytest.mark.usefixtures("worker")
def test_without_redis_the_work_goes_on(settings: Settings, sqlite_db: Database, people: Cast) -> None:
    assert not RqBell(valkey.address(settings.home)).answers()
    _give_work(sqlite_db, people.ana.conversation_id)
    wait_until(lambda: _done(sqlite_db, people.ana.conversation_id), what="the turn is taken")


def test_when_redis_goes_away_the_work_goes_on(
    worker: subprocess.Popen[bytes],
    settings: Settings,
    sqlite_db: Database,
    people: Cast,
    valkey_server: subprocess.Popen[bytes],
) -> None:
    listening = client(valkey.address(settings.home), 1)
    wait_until(lambda: listening.scard("rq:workers"), what="a worker listens")
    valkey_server.kill()
    valkey_server.wait()
    _give_work(sqlite_db, people.ana.conversation_id)
    wait_until(lambda: _done(sqlite_db, people.ana.conversation_id), what="the turn is taken")
    assert worker.poll() is None
    valkey.socket_path(settings.home).unlink()


@pytest.mark.usefixtures("worker")
def test_a_flush_and_a_restart_of_redis_lose_a_bell_and_no_work(
    settings: Settings, sqlite_db: Database, people: Cast, valkey_server: subprocess.Popen[bytes]
) -> None:
    """The worker listens again by itself: the bell alone wakes it, no look of its own is left to help."""
    listening = client(valkey.address(settings.home), 1)
    wait_until(lambda: listening.scard("rq:workers"), what="a worker listens")
    rq_bell(settings).ring("turns")
    listening.flushall()
    _give_work(sqlite_db, people.ana.conversation_id)
    rq_bell(settings).ring("turns")
    wait_until(lambda: _done(sqlite_db, people.ana.conversation_id), what="the turn is taken after a flush")
    valkey_server.kill()
    valkey_server.wait()
    _give_work(sqlite_db, people.ana.conversation_id)
    wait_until(lambda: _done(sqlite_db, people.ana.conversation_id), what="the turn is taken without it")
    reading, _writing = tether.rope()
    again = subprocess.Popen(tether.tied(valkey.prepare(settings.home), reading), pass_fds=(reading,))
    try:
        bell = rq_bell(settings)
        wait_until(bell.answers, what="it is back")
        _give_work(sqlite_db, people.ana.conversation_id)
        bell.ring("turns")
        wait_until(lambda: not bell.unheard("turns"), what="the bell is heard")
        wait_until(
            lambda: _done(sqlite_db, people.ana.conversation_id), what="the turn is taken after a restart"
        )
    finally:
        again.kill()
        again.wait()
        valkey.socket_path(settings.home).unlink()


def test_it_ends_politely_with_and_without_redis(
    worker: subprocess.Popen[bytes], sqlite_db: Database, people: Cast
) -> None:
    _give_work(sqlite_db, people.ana.conversation_id)
    wait_until(lambda: _done(sqlite_db, people.ana.conversation_id), what="it is at work")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=15) == 0
