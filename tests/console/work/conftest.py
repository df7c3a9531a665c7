"""People at the pages of work: Olga owns Juniper, Ed edits it, Tom and Eve answer, Vic looks, Paprika's owner is a stranger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.keys import Keys
from tests.console.people import Known, member, sign_in
from tests.support.cast import Cast, bring_cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
HOSTILE = '<img src=x onerror="alert(1)">{{7*7}}'


@dataclass
class Place:
    """Somebody's browser at a shop."""

    client: FlaskClient
    known: Known
    slug: str = "juniper"

    def get(self, path: str, **query: str) -> TestResponse:
        """Open a page of the shop."""
        return self.client.get(f"/shops/{self.slug}{path}", query_string=query)

    def page(self, path: str, **query: str) -> str:
        """Its HTML."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form, and follow to where it leads."""
        found = TOKEN.search(self.client.get("/account").get_data(as_text=True))
        assert found
        form = {"form_token": found.group(1)} | fields
        return self.client.post(f"/shops/{self.slug}{path}", data=form, follow_redirects=True)

    def does(self, path: str, status: int = 200, /, **fields: str) -> str:
        """The page that a form leads to."""
        answer = self.post(path, **fields)
        assert answer.status_code == status, answer.status
        return answer.get_data(as_text=True)


@pytest.fixture
def db(sqlite_db: Any) -> Any:
    """One database is enough: the deeds themselves are tried on both where they are made (tests/bot)."""
    return sqlite_db


@pytest.fixture
def cast(db: Any, keys: Keys, clock: StillClock) -> Cast:
    """The cast alone: no page of work needs a flow."""
    with db.write() as session:
        return bring_cast(session, keys, clock())


def seat(app: FakedApp, client: FlaskClient, who: Known, slug: str = "juniper") -> Place:
    """A browser of its own for this person."""
    own = client.application.test_client()
    sign_in(app, own, who)
    return Place(own, who, slug)


@pytest.fixture
def olga(app: FakedApp, client: FlaskClient, cast: Cast) -> Place:
    """The owner."""
    return seat(app, client, member(app, "juniper", "owner", name="Olga"))


@pytest.fixture
def ed(app: FakedApp, client: FlaskClient, cast: Cast) -> Place:
    """An editor."""
    return seat(app, client, member(app, "juniper", "editor", name="Ed"))


@pytest.fixture
def tom(app: FakedApp, client: FlaskClient, cast: Cast) -> Place:
    """An agent."""
    return seat(app, client, member(app, "juniper", "agent", "tom@juniper.example", name="Tom"))


@pytest.fixture
def eve(app: FakedApp, client: FlaskClient, cast: Cast) -> Place:
    """Another agent."""
    return seat(app, client, member(app, "juniper", "agent", "eve@juniper.example", name="Eve"))


@pytest.fixture
def vic(app: FakedApp, client: FlaskClient, cast: Cast) -> Place:
    """A viewer."""
    return seat(app, client, member(app, "juniper", "viewer", name="Vic"))


@pytest.fixture
def stranger(app: FakedApp, client: FlaskClient, cast: Cast) -> Place:
    """The owner of the other shop, at this shop's addresses."""
    return seat(app, client, member(app, "paprika", "owner", name="Pat"))
