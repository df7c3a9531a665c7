"""Bringing the database to this version of the schema, and refusing to work on another one.

Owns migrations. Processes other than `winback migrate` and `winback up` only check.
"""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bot.db import Database

_LOCK = 7_203_811_944
"""PostgreSQL advisory lock: one migration at a time, whoever starts it."""


class WrongSchema(RuntimeError):
    """The database is at another version than this program; the message says which command mends it."""


def migrate(database: Database) -> None:
    """Upgrade to the newest revision. Safe to run twice and from several machines at once."""
    with database.engine.connect().execution_options(winback_write=True) as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
            connection.commit()


def check(database: Database) -> None:
    """Raises WrongSchema unless the database is exactly at this program's revision."""
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != wanted:
        raise WrongSchema(
            f"the database is at schema {found}, this program needs {wanted}: run `winback migrate`"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("bot") / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
