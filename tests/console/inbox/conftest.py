"""Seats at the inbox, and what customers do meanwhile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from bot.clock import domain_now
from bot.models import Conversation
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.console.seats import Seat
from tests.support.cast import Cast, Member
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp


@dataclass
class Desk(Seat):
    """Somebody's browser at the inbox of a shop."""

    room: ClassVar[str] = "/inbox"

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


@pytest.fixture
def kind() -> type[Seat]:
    """At the inbox."""
    return Desk


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
