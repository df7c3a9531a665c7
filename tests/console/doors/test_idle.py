"""Twelve hours without a deed end a session, however many tabs lie open: what pages ask by themselves is nobody's deed."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from console.access import declared
from tests.console.people import Browser, Known, sign_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

POLLS = {
    "inbox.live": "/shops/juniper/inbox/live",
    "inbox.live_conversation": "/shops/juniper/inbox/{conversation}/live",
    "inbox.watch": "/shops/juniper/inbox/{conversation}/watch",
    "simulator.live": "/shops/juniper/simulator/live?customer={customer}",
}
"""What a page that lies open asks for, and where."""


@pytest.mark.parametrize("endpoint", POLLS)
def test_an_open_tab_does_not_keep_a_session_alive(
    app: FakedApp, client: FlaskClient, cast: Cast, olive: Known, clock: StillClock, endpoint: str
) -> None:
    sign_in(app, client, olive)
    where = POLLS[endpoint].format(conversation=cast.ana.conversation_id, customer=cast.ana.customer_id)
    form = {"form_token": Browser(client, "/account").token()}
    for hour in range(12):
        clock.move(minutes=59)
        answer = client.post(where, data=form) if endpoint == "inbox.watch" else client.get(where)
        assert answer.status_code in (200, 204), hour
    clock.move(minutes=13)
    assert client.get("/account").status_code == 303


def test_every_route_that_is_asked_by_itself_is_tried_here(client: FlaskClient) -> None:
    rules = client.application.url_map.iter_rules()
    asked = {rule.endpoint for rule in rules if declared(client.application, rule.endpoint).by_itself}
    assert asked == set(POLLS)
