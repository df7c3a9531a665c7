"""SQLAlchemy's two dialects, as tests use them: what was compiled for one test's database serves all others.

Owns nothing but the equality of dialects. Each test has a database, and thus an engine, of its own; with an empty cache
in each, half of a test's time was spent on compiling the statements that the test before had compiled already.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite


class _Alike:
    """The dialect is a part of a statement's key in the cache: two of the same kind count as one."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """SQLAlchemy's hook: called with each new engine."""
        engine.update_execution_options(compiled_cache=_compiled)


_compiled: dict[Any, Any] = {}


class SharingSQLite(_Alike, SQLiteDialect_pysqlite):
    """For sqlite:// addresses."""

    supports_statement_cache = True


class SharingPostgreSQL(_Alike, PGDialect_psycopg):
    """For postgresql:// addresses."""

    supports_statement_cache = True


def share_compiled_statements() -> None:
    """From now on, in this process."""
    registry.register("sqlite", __name__, SharingSQLite.__name__)
    registry.register("postgresql", __name__, SharingPostgreSQL.__name__)
    registry.register("postgresql.psycopg", __name__, SharingPostgreSQL.__name__)
