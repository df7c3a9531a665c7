"""Engine and transactions, the same for SQLite and PostgreSQL.

Owns how a connection is opened and how a transaction begins. SQLite gets WAL, synchronous=FULL (what a webhook
acknowledged survives a power cut, I9) and BEGIN IMMEDIATE for writers: plain BEGIN fails under concurrent writers when
a reader wants to become one.
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Result, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import Session

from bot.db_faults import Fault, everybodys, fault_of
from bot.pending import Pending

SQLITE_PATIENCE_MS = 20
"""How long SQLite itself waits at a time; see _begin_sqlite."""
IDLE_SECONDS = 0.25
"""A connection that lay unused for longer is asked whether it still stands; a server restarts more slowly than that."""


class WritingSession(Session):
    """A session whose writes may wait for company, and never longer than until the next look at the database."""

    def __init__(self, bind: Engine) -> None:
        super().__init__(bind, expire_on_commit=False)
        self.pending = Pending()

    def execute(self, *args: Any, **options: Any) -> Result[Any]:
        """See Session. What waits is written first."""
        self.write_down()
        return super().execute(*args, **options)

    def scalar(self, *args: Any, **options: Any) -> Any:
        """See Session. What waits is written first."""
        self.write_down()
        return super().scalar(*args, **options)

    def scalars(self, *args: Any, **options: Any) -> Any:
        """See Session. What waits is written first."""
        self.write_down()
        return super().scalars(*args, **options)

    def flush(self, objects: Any = None) -> None:
        """See Session. What waits is written first."""
        self.write_down()
        super().flush(objects)

    def write_down(self) -> None:
        """Write what waits."""
        if self.pending:
            self.pending.write(self.connection())


def pending_of(session: Session) -> Pending:
    """What waits in a session that `Database.write` gave. Raises TypeError for one that only reads."""
    if not isinstance(session, WritingSession):
        raise TypeError("this session only reads")
    return session.pending


LOCK_SECONDS = 10.0
"""How long a writer waits for its turn (on PostgreSQL: for a row) before it gives up. Twilio waits for 15 (R71)."""
STALLED_SECONDS = 60
"""PostgreSQL: a transaction in which nothing was asked for so long is ended by the server. Its client was cut off, and
the rows that it locked are wanted."""
POOL_SECONDS = 10.0
"""How long a thread waits for a connection of the pool."""
_KEEP_ALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds in which the other side must have taken what was sent
}
"""libpq's, for a server that went away without a word: else a statement waits for it for a quarter of an hour."""


class Database:
    """Hands out transactions. `write()` for whatever changes a row, `read()` for the rest; both commit or roll back."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.trouble: Fault | None = None
        """What kept this process's last write from being stored, and would keep any other; None once one is stored."""
        self._writer = engine.execution_options(winback_write=True)

    @property
    def is_sqlite(self) -> bool:
        """SQLite has one writer and no SKIP LOCKED; a few statements differ."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[WritingSession]:
        """A transaction that may write. Commits at the end of the block, rolls back on any exception."""
        with self._noting_trouble(), WritingSession(self._writer) as session, session.begin():
            yield session
            session.write_down()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def driver_cursor(self) -> Iterator[Any]:
        """The driver's own cursor, for a single statement on PostgreSQL, which commits by itself, or for several in a
        write transaction on SQLite.

        For what is done at every webhook: what SQLAlchemy adds to a call costs as much as the call. Errors are the
        driver's own.
        """
        with self._noting_trouble():
            if self.is_sqlite:
                with self._writer.begin() as transaction:
                    yield transaction.connection.cursor()
            else:
                with self._postgres_cursor() as cursor:
                    yield cursor

    @contextmanager
    def _postgres_cursor(self) -> Iterator[Any]:
        connection = self.engine.raw_connection()
        driver: Any = connection.driver_connection
        try:
            driver.autocommit = True
            with driver.cursor() as cursor:
                yield cursor
            driver.autocommit = False
        except Exception:
            connection.invalidate()  # whatever state it is in, nobody else gets it
            raise
        finally:
            connection.close()

    @contextmanager
    def _noting_trouble(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if everybodys(error):
                self.trouble = fault_of(error)
            raise
        self.trouble = None

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def connect(url: str, *, pool_size: int = 8, lock_seconds: float = LOCK_SECONDS) -> Database:
    """Open the database at `url` (sqlite:///file or postgresql://...). `lock_seconds`: see LOCK_SECONDS."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=32,
            connect_args={"timeout": lock_seconds},
            hide_parameters=True,  # an error's text must not carry bodies and numbers into a log (I12)
        )
        event.listen(engine, "connect", functools.partial(_prepare_sqlite, lock_seconds))
        event.listen(engine, "begin", functools.partial(_begin_sqlite, lock_seconds))
    else:
        wanted = {name: value for name, value in _KEEP_ALIVE.items() if name not in parsed.query}
        engine = create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=32,
            pool_timeout=POOL_SECONDS,
            pool_use_lifo=True,
            connect_args=wanted,
            hide_parameters=True,
        )
        event.listen(engine, "connect", functools.partial(_prepare_postgres, lock_seconds))
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", functools.partial(_ping_if_idle, engine))
    return Database(engine)


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _ping_if_idle(engine: Engine, connection: Any, record: Any, _proxy: Any) -> None:
    """A server that was restarted leaves dead connections behind. Asking before each use would cost a round trip a
    transaction, so only what lay idle is asked; the pool replaces what does not answer."""
    used = record.info.get("used")
    if used is None or time.monotonic() - used < IDLE_SECONDS:
        return
    try:
        alive = engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        alive = False
    if not alive:
        raise DisconnectionError


def _prepare_postgres(lock_seconds: float, connection: Any, _record: Any) -> None:
    """One trip for each new connection. By SET and not by the address's `options`, which poolers refuse."""
    connection.autocommit = True
    connection.execute(_PREPARE_POSTGRES, {"lock": f"{lock_seconds * 1000:.0f}ms"})
    connection.autocommit = False


_PREPARE_POSTGRES = f"""
SELECT set_config('lock_timeout', %(lock)s, false),
    set_config('idle_in_transaction_session_timeout', '{STALLED_SECONDS}s', false),
    set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
    set_config('tcp_keepalives_count', '3', false)
"""


def _prepare_sqlite(lock_seconds: float, connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # pysqlite must not begin by itself: we say which kind
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={lock_seconds * 1000:.0f}",
        "cache_size=-20000",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(lock_seconds: float, connection: Connection) -> None:
    writing = connection.get_execution_options().get("winback_write", False)
    if not writing:
        connection.exec_driver_sql("BEGIN")
        return
    # SQLite's own busy handler soon looks only every 100 ms: under a steady writer the others starve behind it. Asking
    # often, and at odd moments, gives everybody a turn.
    until = time.monotonic() + lock_seconds
    cursor = (
        connection.connection.cursor()
    )  # two pragmas a transaction: by the driver, they cost next to nothing
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_PATIENCE_MS}")
    try:
        while not _began(connection, until):
            time.sleep(random.uniform(0.001, 0.005))  # noqa: S311  no secret, only spread
    finally:
        cursor.execute(f"PRAGMA busy_timeout={lock_seconds * 1000:.0f}")
        cursor.close()


def _began(connection: Connection, until: float) -> bool:
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if "locked" not in str(error.orig) or time.monotonic() > until:
            raise
        return False
    return True
