"""One HTTP server process: gunicorn with threads, around whatever application a factory makes.

Owns how the server is set; knows no routes. The factory runs in the worker process (no preloading): the parent stays
small, and no database connection crosses a fork.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

from gunicorn.app.base import BaseApplication
from gunicorn.errors import AppImportError

from bot.processes.tether import follow_parent


class CannotServe(RuntimeError):
    """The application can't be made; the message says why. Ends the server, without a traceback."""


WsgiApp: TypeAlias = Callable[..., Iterable[bytes]]


def serve(make: Callable[[], WsgiApp], *, host: str, port: int, threads: int, workers: int = 1) -> None:
    """Serve until SIGTERM. Returns only by SystemExit."""
    _Server(
        make,
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "preload_app": False,
            # it would lie in the user's home folder, one for all instances
            "control_socket_disable": True,
            "graceful_timeout": 10,
            "timeout": 60,
            "keepalive": 15,
            "loglevel": "warning",
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108  a heartbeat file, no data
            "post_fork": _post_fork,
        },
    ).run()


def _post_fork(_server: Any, _worker: Any) -> None:
    """A worker whose arbiter was killed would hold the port for a while."""
    follow_parent()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
    def __init__(self, make: Callable[[], WsgiApp], options: dict[str, Any]) -> None:
        self._make = make
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> WsgiApp:
        try:
            return self._make()
        except CannotServe as error:
            raise AppImportError(str(error)) from error
