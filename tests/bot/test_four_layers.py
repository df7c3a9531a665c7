"""Four things stop a text, and look redundant. Each is taken out in turn, the other three left in: then an accident happens.

The publishing check (flows.prover) sees a flow before anybody is texted; the opt-out rules (nlu.optout) hear a stop with no
model; the gate (bot.compliance.gate) knows the hour; the provider's refusal (21610) knows of a stop that never reached
us. The accidents are those that their docstrings name. Nothing is patched: what is taken out is gone round, by the road
that would be left if it were not there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.audience.recovery import order_arrived
from bot.compose import App
from bot.conversations.known import store_known
from bot.conversations.work import take_turns
from bot.flows_store import publish
from bot.models import Flow, FlowRevision, Outbound, Suppression
from bot.orders import CustomerIn, OrderIn, record_order
from bot.sending.outcomes import Refused, TextToSend
from flows.definition import LANGUAGE_VERSION
from flows.parser import library, read_flow, revision_hash
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

NIGHT = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
"""3 am in San Francisco, where Ana lives."""


@pytest.fixture(autouse=True)
def _saturday(clock: StillClock) -> None:
    """Noon in San Francisco: every window is open."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


# --- the publishing check: a flow that goes on after the order -------------------------------------------------------

CARELESS = (
    library()["winback_offer"]
    .replace("flow: winback_offer", "flow: careless")
    .replace("exit_on: [ordered]\n", "")
)


def ordered_and_a_week_later(app: FakedApp, cast: Cast, clock: StillClock, flow: str) -> None:
    """Ana gets the opener, orders the day after, and her silence runs out."""
    enrol_in(app, cast, cast.ana, flow)
    run_until_quiet(app)
    clock.move(days=1)
    with app.database.write() as session:
        bought = OrderIn("new-1", clock(), 3100, "USD", CustomerIn(phone=cast.ana.phone))
        done = record_order(session, app.keys, cast.shop_id, bought, source="api", now=clock())
        assert done.order_id is not None
        order_arrived(session, cast.shop_id, done.order_id, clock())
    run_until_quiet(app)
    clock.move(days=6)  # a Saturday again
    run_until_quiet(app)


def test_the_publishing_check_refuses_a_flow_that_goes_on_after_the_order(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    with app.database.write() as session:
        done, problems = publish(session, cast.shop_id, CARELESS, file="careless.yml", by="test", now=clock())
    assert done is None
    assert [each.code for each in problems if each.severity == "error"] == ["no-exit-on-order"]
    ordered_and_a_week_later(app, cast, clock, "winback_offer")
    assert len(provider.bodies) == 1, "with the exit that the check asks for, the order is the end"


def test_without_the_publishing_check_somebody_who_has_just_bought_is_asked_to_come_back(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    with app.database.write() as session:  # as `publish` does it, but for reading the problems
        row = Flow(shop_id=cast.shop_id, name="careless")
        session.add(row)
        session.flush()
        revision = FlowRevision(
            shop_id=cast.shop_id,
            flow_id=row.id,
            number=1,
            hash=revision_hash(CARELESS),
            language_version=LANGUAGE_VERSION,
            source=CARELESS,
            published_by="test",
            published_at=clock(),
        )
        session.add(revision)
        session.flush()
        row.current_revision_id = revision.id
    ordered_and_a_week_later(app, cast, clock, "careless")
    assert len(provider.bodies) == 2
    assert "15% off your next order" in provider.bodies[1]


# --- the opt-out rules: a stop that no model understands -------------------------------------------------------------

STOP = "please quit texting me"


def misread(reader: FakeReader) -> None:
    """The model is down, or has not learned it: it hears thanks."""
    reader.reads[STOP] = reading("smalltalk")


def test_the_opt_out_rules_hear_a_stop_whatever_the_model_makes_of_it(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    misread(reader)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, STOP)
    clock.move(days=8)
    run_until_quiet(app)
    assert [body for body in provider.bodies[1:] if "off your next order" in body] == []
    assert suppressed(app, cast)


def test_without_the_opt_out_rules_somebody_who_said_stop_is_texted_again(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    misread(reader)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    heard: dict[str, Any] = {  # what `receive` stores of a text in which the rules found nothing
        "account": ACCOUNT,
        "provider_id": "SM" + "5" * 32,
        "sender_number": cast.number,
        "kind": "text",
        "body": STOP,
        "media": [],
        "opt_out": None,
        "keyword": None,
        "provider_answers": False,
    }
    assert store_known(app.database, heard, cast.ana.phone, app.real_now, timedelta())
    run_until_quiet(app)
    clock.move(days=8)
    run_until_quiet(app)
    assert [body for body in provider.bodies[1:] if "off your next order" in body]
    assert not suppressed(app, cast)


# --- the gate: a lawful-looking text at the wrong moment -------------------------------------------------------------


def test_the_gate_keeps_a_rightly_written_text_until_the_morning(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    clock.set(NIGHT)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert provider.bodies == []
    with app.database.read() as session:
        row = session.scalars(select(Outbound)).one()
    assert (row.status, row.due_at) == ("ready", datetime(2026, 11, 21, 18, 0, tzinfo=UTC))


def test_without_the_gate_it_rings_at_3_am(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """A checked flow, a customer who consented and never said stop, a provider that would deliver."""
    clock.set(NIGHT)
    enrol_in(app, cast, cast.ana)
    while take_turns(app):
        pass
    send_unasked(app, cast)
    assert [text.to for text in provider.asked] == [cast.ana.phone]
    assert clock() == NIGHT


def send_unasked(app: App, cast: Cast) -> None:
    """What dispatch is without its question: whatever is due is handed over."""
    with app.database.read() as session:
        due = session.scalars(
            select(Outbound).where(Outbound.status == "ready", Outbound.due_at <= app.real_now())
        ).all()
    for row in due:
        text = TextToSend(row.public_id, ACCOUNT, cast.ana.phone, cast.number, None, row.body, None)
        app.provider.send(text)


# --- the provider's refusal: a stop that never reached us ------------------------------------------------------------


def test_the_providers_refusal_tells_of_a_stop_that_never_reached_us(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """21610: the customer stopped us at the carrier, and the webhook that told of it was lost."""
    provider.will(Refused("21610", "the recipient has opted out", opted_out=True))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(days=8)
    run_until_quiet(app)
    assert len(provider.asked) == 1, "refused once, and never tried again"
    assert suppressed(app, cast)


def test_without_the_providers_refusal_somebody_who_stopped_at_the_carrier_is_texted_again_and_again(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """A provider that keeps no list of those who stopped: it delivers, and we know no better."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(days=8)
    run_until_quiet(app)
    assert len(provider.asked) > 1
    assert not suppressed(app, cast)


def suppressed(app: FakedApp, cast: Cast) -> bool:
    """Whether Ana's opt-out is in force."""
    with app.database.read() as session:
        found = session.scalar(select(Suppression.kind).where(Suppression.phone_key == cast.ana.phone_key))
    return found == "opted_out"


def test_the_careless_flow_has_that_one_fault_and_no_other() -> None:
    """Else another part of the check would stand behind it."""
    errors = [each.code for each in read_flow(CARELESS, "careless.yml")[1] if each.severity == "error"]
    assert errors == ["no-exit-on-order"]
