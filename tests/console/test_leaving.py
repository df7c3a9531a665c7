"""Who leaves, lets go: signing out, being removed, losing the right to answer. And links that go by mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.clock import domain_now
from bot.inbox import Actor
from bot.inbox.holding import take_over
from bot.models import Audit, Conversation
from bot.settings import MailSettings, Settings
from console import create_app
from tests.console.conftest import FakeHandset
from tests.console.people import Browser, Known, link_in, member, sign_in
from tests.support.cast import Cast
from tests.support.fakes import FakedApp
from tests.support.smtp import mail_server

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture
def db(sqlite_db: Any) -> Any:
    """The deeds themselves are tried on both databases in tests/bot."""
    return sqlite_db


@pytest.fixture
def tom(app: FakedApp, cast: Cast) -> Known:
    """An agent who holds Ana's conversation."""
    known = member(app, "juniper", "agent", "tom@juniper.example", name="Tom")
    with app.database.write() as session:
        actor = Actor(cast.shop_id, known.staff_id, "Tom", "agent")
        take_over(session, cast.ana.conversation_id, actor, domain_now(session, app.real_now))
    return known


def holder(app: FakedApp, cast: Cast) -> tuple[str, str | None]:
    """Who speaks with Ana, and why."""
    with app.database.read() as session:
        row = session.get_one(Conversation, cast.ana.conversation_id)
        return row.holder, row.holder_reason


def acts(app: FakedApp, action: str) -> list[tuple[str, dict[str, Any]]]:
    """Who did that, and what is kept of it."""
    with app.database.read() as session:
        asked = select(Audit.actor, Audit.details).where(Audit.action == action).order_by(Audit.id)
        return [(actor, dict(details)) for actor, details in session.execute(asked)]


def test_who_signs_out_lets_go_of_their_conversations(
    client: FlaskClient, app: FakedApp, cast: Cast, tom: Known
) -> None:
    sign_in(app, client, tom)
    assert Browser(client).post("/sign-out", on="/shops/juniper/").status_code == 303
    assert holder(app, cast) == ("nobody", "a colleague signed off")
    assert [actor for actor, _ in acts(app, "signed out")] == ["Tom"]
    assert acts(app, "conversations let go") == [
        ("Tom", {"conversations": 1, "why": "a colleague signed off"})
    ]


def test_who_is_signed_in_elsewhere_too_keeps_them(
    client: FlaskClient, app: FakedApp, cast: Cast, tom: Known
) -> None:
    phone = client.application.test_client()
    sign_in(app, phone, tom)
    sign_in(app, client, tom)
    Browser(client).post("/sign-out", on="/shops/juniper/")
    assert holder(app, cast)[0] == "staff"
    Browser(phone).post("/sign-out", on="/shops/juniper/")
    assert holder(app, cast)[0] == "nobody"


@pytest.mark.parametrize(
    ("deed", "fields", "left"),
    [
        ("remove", {}, ("nobody", "a colleague works here no more")),
        ("role", {"role": "viewer"}, ("nobody", "a colleague answers customers no more")),
        ("role", {"role": "owner"}, ("staff", None)),
    ],
)
def test_who_is_removed_or_may_not_answer_any_more_lets_go(
    client: FlaskClient,
    app: FakedApp,
    cast: Cast,
    tom: Known,
    deed: str,
    fields: dict[str, str],
    left: tuple[str, str | None],
) -> None:
    sign_in(app, client, member(app, "juniper", "owner", name="Olive"))
    people = "/shops/juniper/people"
    assert Browser(client).post(f"{people}/{tom.staff_id}/{deed}", on=people, **fields).status_code == 303
    found = holder(app, cast)
    assert (found[0], found[1] if left[1] else None) == left
    assert [actor for actor, _ in acts(app, "conversations let go")] == (["Olive"] if left[1] else [])


class TestMailed:
    """With a mail server, links are mailed; where that does not work they are shown."""

    @pytest.fixture
    def mails(self) -> Iterator[tuple[int, list[EmailMessage]]]:
        with mail_server() as found:
            yield found

    @pytest.fixture
    def settings(self, settings: Settings, mails: tuple[int, list[EmailMessage]]) -> Settings:
        server = MailSettings(host="127.0.0.1", port=mails[0], security="none", timeout_seconds=5)
        return settings.model_copy(update={"mail": server})

    def test_an_invitation_and_a_reset_go_by_mail_and_are_not_shown(
        self,
        app: FakedApp,
        cast: Cast,
        handset: FakeHandset,
        tom: Known,
        mails: tuple[int, list[EmailMessage]],
    ) -> None:
        client = create_app(app, handset).test_client()
        sign_in(app, client, member(app, "juniper", "owner", password=True))
        member(app, "juniper", "agent", tom.email, password=True)
        people = "/shops/juniper/people"
        pages = [
            Browser(client).post(f"{people}/invite", on=people, email="new@juniper.example", role="agent"),
            Browser(client).post(f"{people}/{tom.staff_id}/reset", on=people),
        ]
        for page, mail, to in zip(pages, mails[1], ("new@juniper.example", tom.email), strict=True):
            assert page.status_code == 200
            assert "/link/" not in page.get_data(as_text=True)
            assert f"mailed to {to}" in page.get_data(as_text=True)
            assert mail["To"] == to
            found = re.search(r"http://\S+(/link/[\w-]+)", mail.get_content())
            assert found, "it opens the page behind the link"
            assert client.get(found.group(1)).status_code == 200

    def test_a_mail_server_that_does_not_answer_leaves_the_link_to_be_copied(
        self, app: FakedApp, cast: Cast, handset: FakeHandset, tom: Known
    ) -> None:
        gone = app.settings.mail.model_copy(update={"port": 9})
        app = replace(app, settings=app.settings.model_copy(update={"mail": gone}))
        client = create_app(app, handset).test_client()
        sign_in(app, client, member(app, "juniper", "owner"))
        people = "/shops/juniper/people"
        page = Browser(client).post(f"{people}/invite", on=people, email="new@juniper.example", role="agent")
        assert page.status_code == 200
        assert "could not be mailed" in page.get_data(as_text=True)
        assert client.get(link_in(page)).status_code == 200
