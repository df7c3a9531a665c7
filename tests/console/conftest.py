"""The console over the cast, with a handset that remembers, and a hand that fills in forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from sqlalchemy import update
from werkzeug.test import TestResponse

from bot.flows_store import publish_library
from bot.models import Shop
from bot.settings import Settings, TwilioSettings
from console import create_app
from console.handset import KeywordReply, NoNetwork
from tests.console.people import member, sign_in
from tests.console.seats import Seat
from tests.support.cast import Cast
from tests.support.fakes import FakedApp


class FakeHandset:
    """Remembers what was texted; `broken` has no network, `replies` are the provider's own."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.replies: list[KeywordReply] = []
        self.broken = False

    def text(self, phone: str, ours: str, body: str) -> None:
        """Note it."""
        if self.broken:
            raise NoNetwork("The phone has no network.")
        self.sent.append((phone, ours, body))

    def keyword_replies(self, phone: str) -> Sequence[KeywordReply]:
        """As the test said."""
        return self.replies


@dataclass
class Visitor:
    """A browser: keeps its cookie, and takes the form's token from the page."""

    client: FlaskClient
    customer: int
    headers: dict[str, str] = field(default_factory=dict)

    def page(self, address: str = "/shops/juniper/simulator") -> str:
        """The page's HTML."""
        return self.client.get(address, query_string={"customer": self.customer}).get_data(as_text=True)

    def post(self, deed: str, **fields: str) -> TestResponse:
        """Press a button of the simulator."""
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', self.page())
        assert token
        form = {"form_token": token.group(1), "customer": str(self.customer)} | fields
        return self.client.post(f"/shops/juniper/simulator/{deed}", data=form, headers=self.headers)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The provider is a stand-in on this machine, so that the clock may be moved."""
    return Settings(home=tmp_path, secret_key="5e" * 32, twilio=TwilioSettings(base_url="http://127.0.0.1:9"))


@pytest.fixture
def cast(cast_alone: Cast, app: FakedApp) -> Cast:
    """Ana's shop is a demo shop with the flows that come with Winback; Cleo's is a real one."""
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast_alone.shop_id).values(demo=True))
        publish_library(session, cast_alone.shop_id, app.real_now())
    return cast_alone


@pytest.fixture
def handset() -> FakeHandset:
    """The customers' phones."""
    return FakeHandset()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """The templates, compiled once: each test has a server of its own."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def client(app: FakedApp, cast: Cast, handset: FakeHandset, templates: BytecodeCache) -> FlaskClient:
    """A browser that has seen nothing yet."""
    server = create_app(app, handset)
    server.jinja_env.bytecode_cache = templates
    return server.test_client()


@pytest.fixture
def ana(client: FlaskClient, app: FakedApp, cast: Cast) -> Visitor:
    """Somebody who holds Ana's phone, and owns both shops."""
    owner = member(app, "juniper", "owner")
    member(app, "paprika", "owner", owner.email)
    sign_in(app, client, owner)
    return Visitor(client, cast.ana.customer_id)


@pytest.fixture
def kind() -> type[Seat]:
    """In which room of the shop the people below sit; rooms have a kind of their own."""
    return Seat


@pytest.fixture
def olga(app: FakedApp, client: FlaskClient, cast: Cast, kind: type[Seat]) -> Seat:
    """The owner."""
    return kind.of(app, client, member(app, "juniper", "owner", name="Olga"))


@pytest.fixture
def ed(app: FakedApp, client: FlaskClient, cast: Cast, kind: type[Seat]) -> Seat:
    """An editor."""
    return kind.of(app, client, member(app, "juniper", "editor", name="Ed"))


@pytest.fixture
def tom(app: FakedApp, client: FlaskClient, cast: Cast, kind: type[Seat]) -> Seat:
    """An agent."""
    return kind.of(app, client, member(app, "juniper", "agent", "tom@juniper.example", name="Tom"))


@pytest.fixture
def eve(app: FakedApp, client: FlaskClient, cast: Cast, kind: type[Seat]) -> Seat:
    """Another agent."""
    return kind.of(app, client, member(app, "juniper", "agent", "eve@juniper.example", name="Eve"))


@pytest.fixture
def vic(app: FakedApp, client: FlaskClient, cast: Cast, kind: type[Seat]) -> Seat:
    """A viewer."""
    return kind.of(app, client, member(app, "juniper", "viewer", name="Vic"))


@pytest.fixture
def stranger(app: FakedApp, client: FlaskClient, cast: Cast, kind: type[Seat]) -> Seat:
    """The owner of the other shop, at this shop's addresses."""
    return kind.of(app, client, member(app, "paprika", "owner", name="Pat"))
