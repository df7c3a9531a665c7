"""Transactions on SQLite: writers wait for each other, and nobody starves."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from sqlalchemy import text

from bot.db import Database, connect


def test_what_was_committed_survives_a_power_cut(tmp_path: Path) -> None:
    """I9. (The databases of the other tests need not.)"""
    database = connect(f"sqlite:///{tmp_path / 'winback.db'}")
    with database.write() as session:
        assert session.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    database.close()


def test_writers_queue_up_and_none_is_refused(sqlite_db: Database) -> None:
    """Eight at once, each a row: plain BEGIN would refuse some of them."""
    with sqlite_db.write() as session:
        session.execute(text("CREATE TABLE heap (n INTEGER)"))

    def write(n: int) -> None:
        for _ in range(10):
            with sqlite_db.write() as session:
                held = session.execute(text("SELECT count(*) FROM heap")).scalar_one()
                session.execute(text("INSERT INTO heap VALUES (:n)"), {"n": held})

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sqlite_db.read() as session:
        assert session.execute(text("SELECT count(*), count(DISTINCT n) FROM heap")).one() == (80, 80)


def test_a_steady_writer_leaves_the_others_their_turn(sqlite_db: Database) -> None:
    """An import holds the lock nearly all the time; a webhook still gets in between two of its batches."""
    with sqlite_db.write() as session:
        session.execute(text("CREATE TABLE heap (n INTEGER)"))
    stop, batches = threading.Event(), []

    def steady() -> None:
        while not stop.is_set():
            with sqlite_db.write() as session:
                session.execute(text("INSERT INTO heap VALUES (1)"))
                time.sleep(0.03)  # the work of a batch, not a wait for anything
            batches.append(1)
            time.sleep(0.002)

    writer = threading.Thread(target=steady)
    writer.start()
    try:
        waited = []
        for _ in range(10):
            before = len(batches)
            with sqlite_db.write() as session:
                session.execute(text("INSERT INTO heap VALUES (2)"))
            waited.append(len(batches) - before)
    finally:
        stop.set()
        writer.join()
    assert sorted(waited)[5] <= 12, f"batches that went before: {waited}"
