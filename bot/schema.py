"""Bringing the database to this version of the schema, and refusing to work on another one.

Owns migrations. Processes other than `winback migrate` and `winback up` only check.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.db import Database
from bot.db_faults import fault_of

if TYPE_CHECKING:  # eight megabytes that only the migrating process needs
    from alembic.config import Config

_LOCK = 7_203_811_944
"""PostgreSQL advisory lock: one migration at a time, whoever starts it."""


MARK = "backup"
"""Stands in a backup in place of its version, so that nobody works on one that was put back by hand (bot.backups)."""


class WrongSchema(RuntimeError):
    """The database is at another version than this program; the message says which command mends it."""


TRIES = 10
MEETING_SECONDS = 3
"""PostgreSQL: how long a migration waits for a table that is in use before it steps back. While it waits, everybody who
comes after it waits behind it."""


def migrate(database: Database, to: str = "head") -> None:
    """Upgrade to the newest revision, or to the one named. Safe to run twice and from several machines at once.

    On PostgreSQL it may run while everything serves: one that meets a long transaction steps back, and tries again.
    """
    for left in range(TRIES, -1, -1):
        try:
            return _migrate(database, to)
        except DBAPIError as error:
            if not left or fault_of(error) not in ("busy", "collided"):
                raise
            time.sleep(1)
    raise AssertionError("the last try returned or raised")


def _migrate(database: Database, to: str) -> None:
    from alembic import command

    with _alone(database), database.engine.connect().execution_options(winback_write=True) as connection:
        config = _config()
        config.attributes["connection"] = connection
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
            with connection.begin():
                _no_backup(connection)
                command.upgrade(config, to)
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
            connection.commit()
        else:
            # each migration is a transaction of its own, but for indexes on tables in use: they are made in none
            connection.exec_driver_sql(f"SET lock_timeout = '{MEETING_SECONDS}s'")
            _no_backup(connection)
            connection.commit()
            try:
                command.upgrade(config, to)
            finally:
                connection.invalidate()  # with its lock_timeout


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """One migration at a time, whoever starts it. The lock is asked for again and again: an index made beside the
    traffic waits for every statement that has begun, also for one that only waits for this lock."""
    if database.is_sqlite:
        yield
        return
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}):
            time.sleep(0.2)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})


def check(database: Database) -> None:
    """Raises WrongSchema unless the database is exactly at this program's revision."""
    wanted = newest()
    with database.engine.connect() as connection:
        try:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            found = None  # no such table: nothing was migrated yet
    if found == MARK:
        raise WrongSchema(_RAW)
    if found != wanted:
        raise WrongSchema(
            f"the database is at schema {found}, this program needs {wanted}: run `winback migrate`"
        )


_RAW = "the database is a backup as it was made: bring it back with `winback restore`, or texts would leave twice"


def _no_backup(connection: Connection) -> None:
    has = inspect(connection).has_table("alembic_version")
    if has and connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == MARK:
        raise WrongSchema(_RAW)


def newest() -> str:
    """The revision that this program needs: the highest number among the files of migrations."""
    names = (path.name for path in (files("bot") / "migrations" / "versions").iterdir())
    return max(name[:4] for name in names if name[:4].isdigit())


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("bot") / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
