"""People at the inbox: Tom and Eve answer for Juniper, Vic reads along, Paprika's owner is a stranger."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from bot.clock import domain_now
from bot.models import Conversation
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.console.people import Known, member, sign_in
from tests.support.cast import Cast, Member
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


@dataclass
class Desk:
    """Somebody's browser at the inbox of a shop."""

    client: FlaskClient
    known: Known
    slug: str = "juniper"
    htmx: bool = False

    @property
    def root(self) -> str:
        """Where this inbox is."""
        return f"/shops/{self.slug}/inbox"

    def get(self, path: str = "", **query: str) -> TestResponse:
        """Open a page of it."""
        headers = {"HX-Request": "true"} if self.htmx else {}
        return self.client.get(self.root + path, query_string=query, headers=headers)

    def page(self, path: str = "", **query: str) -> str:
        """Its HTML."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form of the inbox."""
        found = TOKEN.search(self.client.get("/account").get_data(as_text=True))
        assert found
        headers = {"HX-Request": "true"} if self.htmx else {}
        form = {"form_token": found.group(1)} | fields
        return self.client.post(self.root + path, data=form, headers=headers)

    def hidden(self, page: str, name: str) -> str:
        """The value of a hidden field of a page."""
        found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
        assert found, name
        return found.group(1)

    def send(self, conversation: int, body: str, **fields: str) -> TestResponse:
        """Write a text as the page's form does."""
        page = self.page(f"/{conversation}") if not self.htmx else ""
        if page:
            fields = {"key": self.hidden(page, "key"), "seen": self.hidden(page, "seen")} | fields
        return self.post(f"/{conversation}/send", body=body, **fields)


def desk(app: FakedApp, client: FlaskClient, who: Known, slug: str = "juniper") -> Desk:
    """A browser of its own for this person."""
    own = client.application.test_client()
    sign_in(app, own, who)
    return Desk(own, who, slug)


@pytest.fixture
def tom(app: FakedApp, client: FlaskClient, cast: Cast) -> Desk:
    """An agent."""
    return desk(app, client, member(app, "juniper", "agent", "tom@juniper.example", name="Tom"))


@pytest.fixture
def eve(app: FakedApp, client: FlaskClient, cast: Cast) -> Desk:
    """Another agent."""
    return desk(app, client, member(app, "juniper", "agent", "eve@juniper.example", name="Eve"))


@pytest.fixture
def vic(app: FakedApp, client: FlaskClient, cast: Cast) -> Desk:
    """A viewer."""
    return desk(app, client, member(app, "juniper", "viewer", name="Vic"))


@pytest.fixture
def stranger(app: FakedApp, client: FlaskClient, cast: Cast) -> Desk:
    """The owner of the other shop, who tries the addresses of this one."""
    return desk(app, client, member(app, "paprika", "owner", name="Pat"))


def hand_off(app: FakedApp, who: Member, reason: str = "asked for a person") -> None:
    """Leave this conversation to people, as of now."""
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        session.execute(
            update(Conversation)
            .where(Conversation.id == who.conversation_id)
            .values(
                holder="nobody",
                holder_reason=reason,
                held_since=now,
                owed_since=now,
                fence=Conversation.fence + 1,
                version=Conversation.version + 1,
            )
        )


def says(app: FakedApp, cast: Cast, who: Member, body: str, clock: StillClock) -> None:
    """The customer texts, and everything that follows of it happens."""
    text_in(app, cast, who, body)
    clock.move(seconds=4)
    run_until_quiet(app)


def held(app: FakedApp, who: Member) -> Conversation:
    """The conversation as it is now."""
    with app.database.read() as session:
        return session.get_one(Conversation, who.conversation_id)
