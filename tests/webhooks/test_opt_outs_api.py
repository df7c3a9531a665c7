"""Opt-outs from a shop's own programs (R3, R123): whose key, which shop; none is lost over another's mistake."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bot.compliance.consent import status, verify_chain
from bot.keys import api_key_hash
from bot.models import ApiKey, Conversation, LedgerEntry, Signal
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakeBell, FakedApp
from webhooks import create_app

KEY = "k-juniper"


@pytest.fixture
def client(app: FakedApp, cast: Cast) -> FlaskClient:
    with app.database.write() as session:
        session.add(ApiKey(shop_id=cast.shop_id, key_hash=api_key_hash(KEY), label="test", created_at=NOW))
    return create_app(app).test_client()


def post(client: FlaskClient, document: Any, key: str | None = KEY) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return client.post("/api/v1/opt-outs", json=document, headers=headers)


def stopped(app: FakedApp, shop_id: int, phone_key: str) -> str | None:
    with app.database.read() as session:
        standing = status(session, shop_id, phone_key).suppression
        return f"{standing.kind} by {standing.source}" if standing else None


def test_r3_an_opt_out_is_in_force_when_the_call_returns(
    client: FlaskClient, app: FakedApp, cast: Cast, bell: FakeBell
) -> None:
    answer = post(client, {"phone": "(415) 555-0101", "medium": "email", "reason": "wrote to help@"})
    assert (answer.status_code, answer.json["opt_outs"]) == (
        200,
        [{"phone": "(415) 555-0101", "result": "opted_out"}],
    )
    assert stopped(app, cast.shop_id, cast.ana.phone_key) == "opted_out by api"
    with app.database.read() as session:
        assert session.scalar(
            select(func.count(Signal.id)).where(Signal.conversation_id == cast.ana.conversation_id)
        )
        due = session.scalar(
            select(Conversation.work_due_at).where(Conversation.id == cast.ana.conversation_id)
        )
    assert due is not None
    assert bell.rung == ["turns"], "the flows hear of it"


def test_i10_the_second_call_changes_nothing(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    for result in ("opted_out", "unchanged"):
        answer = post(client, {"phone": "+1 415 555 0101"})
        assert answer.json["opt_outs"][0]["result"] == result
    with app.database.read() as session:
        links = session.scalars(
            select(LedgerEntry.act)
            .where(LedgerEntry.phone_key == cast.ana.phone_key)
            .order_by(LedgerEntry.seq)
        ).all()
    assert links == ["opted_in", "opted_out"]


def test_somebody_who_was_never_a_customer_can_opt_out(
    client: FlaskClient, app: FakedApp, cast: Cast
) -> None:
    phone = "+16465550177"
    assert post(client, {"phone": phone}).status_code == 200
    key = app.keys.phone_key(cast.shop_id, phone)
    assert stopped(app, cast.shop_id, key) == "opted_out by api"
    with app.database.read() as session:
        assert verify_chain(session, cast.shop_id, key) == []


def test_an_unreadable_number_keeps_nobody_else_from_opting_out(
    client: FlaskClient, app: FakedApp, cast: Cast
) -> None:
    document = {"opt_outs": [{"phone": "4155550101", "medium": 7, "x": "y"}, {"phone": "12"}, {}, "z"]}
    answer = post(client, document)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["problems"]] == [
        "opt_outs.1.phone",
        "opt_outs.2.phone",
        "opt_outs.3.phone",
    ]
    assert stopped(app, cast.shop_id, cast.ana.phone_key) == "opted_out by api"


def test_i13_a_key_opts_out_at_its_own_shop_alone(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    post(client, {"phone": cast.cleo.phone})
    assert stopped(app, cast.other_shop_id, cast.cleo.phone_key) is None
    assert post(client, {"phone": cast.ana.phone}, key=None).status_code == 401
    assert post(client, {"phone": cast.ana.phone}, key="k-other").status_code == 401
    assert stopped(app, cast.shop_id, cast.ana.phone_key) is None


@pytest.mark.parametrize(
    "document", [[], {"opt_outs": []}, {"opt_outs": [{}] * 1001}, None, {"opt_outs": {}}]
)
def test_what_is_no_list_of_numbers_is_said(client: FlaskClient, document: Any) -> None:
    answer = post(client, document)
    assert answer.status_code == 422
    assert answer.json["problems"]
