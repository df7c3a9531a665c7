"""Opt-outs from a shop's own programs (R3, R123): whose key, which shop; none is lost over another's mistake."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bot.compliance.consent import status, verify_chain
from bot.keys import Keys, api_key_hash
from bot.models import ApiKey, ConsentPayload, Conversation, LedgerEntry, Signal
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


BROKEN = "please \ud83d\x00stop"


def test_r3_a_broken_character_in_the_reason_loses_nobody_s_opt_out(
    client: FlaskClient, app: FakedApp, cast: Cast
) -> None:
    document = {"opt_outs": [{"phone": cast.ana.phone}, {"phone": "+16465550177", "reason": BROKEN}]}
    assert post(client, document).status_code == 200
    assert stopped(app, cast.shop_id, cast.ana.phone_key) == "opted_out by api"
    key = app.keys.phone_key(cast.shop_id, "+16465550177")
    assert stopped(app, cast.shop_id, key) == "opted_out by api"
    with app.database.read() as session:
        assert verify_chain(session, cast.shop_id, key) == []
        kept = session.scalars(
            select(ConsentPayload.payload).join(LedgerEntry).where(LedgerEntry.phone_key == key)
        ).one()
    assert kept["reason"] == "please ?\ufffdstop"


class Stumbling:
    """Keys that have none for one number."""

    def __init__(self, keys: Keys, over: str) -> None:
        self._keys, self._over = keys, over

    def phone_key(self, shop_id: int, phone: str) -> str:
        if phone == self._over:
            raise ValueError(phone)
        return self._keys.phone_key(shop_id, phone)


def test_r3_one_that_fails_undoes_no_other(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    bad = "+16465550177"
    stumbling = create_app(dataclasses.replace(app, keys=Stumbling(app.keys, bad))).test_client()  # type: ignore[arg-type]
    document = {"opt_outs": [{"phone": cast.ana.phone}, {"phone": bad}] + [{"phone": "+16465550188"}] * 25}
    answer = post(stumbling, document)
    assert answer.status_code == 500
    assert [each["result"] for each in answer.json["opt_outs"]] == [
        "opted_out",
        "failed",
        "opted_out",
        *["unchanged"] * 24,
    ]
    assert stopped(app, cast.shop_id, cast.ana.phone_key) == "opted_out by api"
    assert stopped(app, cast.shop_id, app.keys.phone_key(cast.shop_id, "+16465550188")) == "opted_out by api"


@pytest.mark.parametrize(
    "document", [[], {"opt_outs": []}, {"opt_outs": [{}] * 1001}, None, {"opt_outs": {}}]
)
def test_what_is_no_list_of_numbers_is_said(client: FlaskClient, document: Any) -> None:
    answer = post(client, document)
    assert answer.status_code == 422
    assert answer.json["problems"]
