"""A PostgreSQL that remembers when each transaction was committed, so that «later» needs no word of the code under test.

Owns the server's settings. Everything else of it is benchmarks.stack's.
"""

from __future__ import annotations

from sqlalchemy import text

from benchmarks.stack import Postgres


class Witness(Postgres):
    """PostgreSQL with `track_commit_timestamp`, and room for the connections that killed processes leave behind."""

    def __init__(self) -> None:
        super().__init__()
        with self._admin.connect() as connection:
            for name, value in (("track_commit_timestamp", "on"), ("max_connections", "300")):
                connection.execute(text(f"ALTER SYSTEM SET {name} = '{value}'"))
        self._admin.dispose()
        self._server.stop()
        self._server.start()
