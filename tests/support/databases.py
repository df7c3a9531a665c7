"""Databases for tests: migrated once a session, then copied, so that each test has its own in milliseconds."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, event, make_url, text

from bot.db import Database, connect
from bot.schema import migrate


def sqlite_template(folder: Path) -> Path:
    """A migrated SQLite file to copy. Closing the last connection folds the write-ahead log into it."""
    path = folder / "template.db"
    database = connect(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@contextmanager
def sqlite_copy(template: Path, path: Path) -> Iterator[Database]:
    """A fresh database at `path`, closed at the end. It need not survive a power cut: nobody waits for the disk."""
    shutil.copyfile(template, path)
    database = connect(f"sqlite:///{path}")
    event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    yield database
    database.close()


class PostgresServer:
    """A running server: hands out addresses of fresh databases, each a copy of one migrated template."""

    def __init__(self, address: str) -> None:
        self._address = make_url(address)
        self._admin = create_engine(self._address, isolation_level="AUTOCOMMIT")
        # what the tests write may be lost with the machine
        self._run("ALTER SYSTEM SET fsync = off")
        self._run("ALTER SYSTEM SET synchronous_commit = off")
        self._run("SELECT pg_reload_conf()")
        self.template = self.create()
        """The name of a migrated, empty database, which nobody writes into."""
        database = connect(self.url(self.template))
        migrate(database)
        database.close()

    def create(self, template: str | None = None) -> str:
        """Make a database, empty or a copy; gives its name."""
        name = f"t_{uuid4().hex}"
        self._run(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    def url(self, name: str) -> str:
        """The address of a database, as DATABASE_URL wants it."""
        return self._address.set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def fresh(self, template: str | None = None) -> Iterator[str]:
        """The address of a migrated database that nobody else uses; dropped at the end. `template`: what it is a copy of,
        if not of the empty one."""
        name = self.create(template or self.template)
        yield self.url(name)
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Give the connections back (the server itself is the caller's)."""
        self._admin.dispose()

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))


def wait_for_a_lock(database: Database) -> None:
    """Until somebody in this PostgreSQL database waits for a row: the moment in which two transactions have met."""
    pause = threading.Event()
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(500):
        with database.read() as session:
            if session.execute(waiting).scalar_one():
                return
        pause.wait(0.02)
    raise AssertionError("nobody came to wait")
