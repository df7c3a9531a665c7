"""Through the door into the database, with the real core behind it: whatever a customer said is kept, once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from bot.models import Consent, Inbound, Outbound, StatusReport, StrayText, Suppression
from tests.support.cast import Cast
from tests.support.fakes import FakeBell, FakedApp
from tests.webhooks.conftest import Carrier, body_of, recorded
from webhooks import create_app


@pytest.fixture
def carrier(app: FakedApp, cast: Cast) -> Carrier:
    return Carrier(create_app(app).test_client())


KINDS = {
    "text": "text",
    "emoji": "text",
    "nul": "text",
    "long": "text",
    "new_fields": "text",
    "no_sid": "text",
    "wrong_count": "text",
    "huge_count": "text",
    "keyword_with_advanced_opt_out": "text",
    "picture_with_words": "text",
    "empty": "empty",
    "picture": "picture",
    "reaction": "reaction",
    "unknown_number_of_ours": "stray",
    "short_code_sender": "stray",
    "alphanumeric_sender": "stray",
    "malformed_number": "stray",
    "number_of_ours_sender": "stray",
}


def test_each_recorded_body_has_its_line_here() -> None:
    assert {name.removeprefix("inbound_") for name in recorded("inbound")} == set(KINDS)


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_what_a_customer_sent_is_kept_once_and_as_what_it_is(
    carrier: Carrier, app: FakedApp, name: str, kind: str
) -> None:
    for _ in range(2):
        assert carrier.post("/twilio/inbound", body_of(f"inbound_{name}")).status_code == 200
    with app.database.read() as session:
        kept = [row.kind for row in session.scalars(select(Inbound))]
        strays = session.scalar(select(func.count()).select_from(StrayText))
    assert (kept, strays) == (([], 1) if kind == "stray" else ([kind], 0))


def test_a_text_rings_the_bell_and_its_repeat_does_not(carrier: Carrier, bell: FakeBell) -> None:
    carrier.post("/twilio/inbound", body_of("inbound_text"))
    assert bell.rung == ["turns"]
    carrier.post("/twilio/inbound", body_of("inbound_text"))
    assert bell.rung == ["turns"]


def test_a_stop_is_in_force_before_it_is_answered(carrier: Carrier, app: FakedApp, cast: Cast) -> None:
    carrier.text(Body="STOP", MessageSid="SM-stop")
    with app.database.read() as session:
        assert session.get(Suppression, (cast.shop_id, cast.ana.phone_key)) is not None
        assert session.get(Suppression, (cast.other_shop_id, cast.cleo.phone_key)) is None
        assert session.scalar(select(func.count()).select_from(Consent)) is not None


def test_ten_webhooks_at_once_for_one_text_keep_it_once(carrier: Carrier, app: FakedApp) -> None:
    start = threading.Barrier(10)

    def post(_: int) -> int:
        start.wait(10)
        return carrier.post("/twilio/inbound", body_of("inbound_text")).status_code

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(post, range(10))) == {200}
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Inbound)) == 1


def test_a_call_is_noted_and_asks_for_no_turn(carrier: Carrier, app: FakedApp) -> None:
    carrier.post("/twilio/voice", body_of("voice_ringing"))
    with app.database.read() as session:
        (call,) = session.scalars(select(Inbound))
    assert (call.kind, call.turned_at is not None) == ("call", True)


def test_with_the_database_gone_twilio_is_told_to_come_again(carrier: Carrier, app: FakedApp) -> None:
    with app.database.write() as session:
        session.execute(text("ALTER TABLE inbound RENAME TO inbound_gone"))
    assert carrier.post("/twilio/inbound", body_of("inbound_text")).status_code == 503


def test_a_report_for_nobody_is_kept(carrier: Carrier, app: FakedApp) -> None:
    assert carrier.post("/twilio/status?id=unknown", body_of("status_delivered")).status_code == 204
    with app.database.read() as session:
        (report,) = session.scalars(select(StatusReport))
        assert session.scalar(select(func.count()).select_from(Outbound)) == 0
    assert (report.status, report.outbound_public_id) == ("delivered", "unknown")
