"""Every act of staff is in the audit: each form of the console is sent once with success, and its line is looked for.

Whoever adds a route that changes something adds a step here, or a reason to NOT_ACTS: a route in neither fails.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.models import (
    Audit,
)
from console.access import declared
from tests.console.acts import STEPS
from tests.console.people import member, sign_in
from tests.console.stage import Stage, send
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow

NOT_ACTS = {
    "inbox.watch": "a heartbeat: who looks, and how far they have read",
    "inbox.draft": "what is being typed; the text that comes of it is an act",
    "inbox.count": "counts while one types, and changes nothing",
    "inbox.not_read": "one's own mark",
    "inbox.take_reply": "puts words into the field; the text that has them is an act",
    "inbox.take_fact": "puts words into the field; the text that has them is an act",
    "work.preview_reply": "shows, and changes nothing",
    "work.preview_mending": "shows, and changes nothing",
    "work.test_way": "recorded where there is a way to test (tests/bot/alerts/test_trying.py)",
    "cart.order": "a customer of the demo shop orders",
    "simulator.text": "a customer of the demo shop texts",
    "simulator.start": "the demo is played, by whoever sits at the machine",
    "simulator.hand_back": "the demo is played, by whoever sits at the machine",
    "simulator.clock": "the demo is played, by whoever sits at the machine",
}


@pytest.fixture
def db(sqlite_db: Any) -> Any:
    """One database is enough: the lines are written by the same statement on both."""
    return sqlite_db


@pytest.fixture
def stage(app: FakedApp, cast: Cast, client: FlaskClient, clock: StillClock) -> Stage:
    """The owner of Juniper with a password, signed in."""
    owner = member(app, "juniper", "owner", "olga@juniper.example", name="Olga", password=True)
    sign_in(app, client, owner)
    flask = client.application
    assert isinstance(flask, Flask)
    return Stage(app, flask, cast, clock, owner, client)


def test_every_route_that_changes_something_is_tried_or_excused(stage: Stage) -> None:
    """And nothing stands here that is no route any more."""
    rules = stage.flask.url_map.iter_rules()
    posts = {rule.endpoint for rule in rules if "POST" in (rule.methods or ())}
    assert STEPS.keys() | NOT_ACTS.keys() == posts
    assert not STEPS.keys() & NOT_ACTS.keys()


@pytest.mark.timeout(400)
def test_every_act_of_staff_is_in_the_audit_with_account_and_address(stage: Stage) -> None:
    wrong = []
    for endpoint, step in STEPS.items():
        stage.clock.move(minutes=1)
        sent = step(stage)
        before = stage.newest(Audit)
        answer = send(stage, sent)
        if answer.status_code >= 400:
            wrong.append(f"{endpoint}: {answer.status} {words(answer)}")
            continue
        lines = stage.acts(before)
        needs_shop = declared(stage.flask, endpoint).permission is not None
        if not any(each.account_id and each.address and (each.staff_id or not needs_shop) for each in lines):
            wrong.append(
                f"{endpoint}: {[(each.action, each.account_id, each.staff_id, each.address) for each in lines]}"
            )
    assert not wrong, "\n".join(wrong)


def words(answer: Any) -> str:
    """What a page says of a problem."""
    page = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return " ".join(page.split())[:600]
