"""The words of a text on their last way: what stands against them stops it, whoever wrote them, and how to stop is said."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.models import Conversation, Customer, Outbound, Product, Receipt, Shop, ShopFact
from flows.segments import measure
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


@pytest.fixture(autouse=True)
def _saturday(clock: StillClock) -> None:
    """Saturday noon in San Francisco and 3 pm in New York: every window is open."""
    clock.set(datetime(2026, 3, 14, 20, 0, tzinfo=UTC))


def ends(app: FakedApp) -> list[tuple[str, str | None]]:
    with app.database.read() as session:
        return [(row.status, row.why) for row in session.scalars(select(Outbound).order_by(Outbound.id))]


def rules(app: FakedApp) -> dict[str, dict[str, Any]]:
    """The newest receipt's rules."""
    with app.database.read() as session:
        newest = session.scalars(select(Receipt).order_by(Receipt.id.desc())).first()
        assert newest is not None
        return {rule["id"]: rule for rule in newest.rules}


def test_r125_an_answer_with_a_public_shortener_does_not_leave_and_a_person_has_the_question(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """I16: somebody asked, so somebody answers."""
    with app.database.write() as session:
        session.add(
            ShopFact(shop_id=cast.shop_id, key="grind", language="en", answer="See https://bit.ly/grind")
        )
    reader.reads["which grind?"] = reading("question", slots={"fact": "grind"})
    text_in(app, cast, cast.ana, "which grind?")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert provider.bodies == []
    assert ends(app)[0] == ("denied", "in the words: public shortener bit.ly")
    assert rules(app)["content"]["verdict"] == "deny"
    assert conversation(app, cast.ana).holder == "nobody"


def test_r128_a_persons_text_is_looked_at_like_the_bots(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    for body in ("Have a look: https://elsewhere.example/x", "Have a look: https://juniper.example/x"):
        with app.database.write() as session:
            own = session.get_one(Shop, cast.shop_id)
            own.site_url = "https://juniper.example"
            held = session.get_one(Conversation, cast.ana.conversation_id)
            held.holder, held.last_inbound_at = "staff", clock()
            session.add(
                Outbound(
                    shop_id=cast.shop_id,
                    public_id=uuid.uuid4().hex,
                    conversation_id=held.id,
                    key=uuid.uuid4().hex,
                    author="staff",
                    body=body,
                    language="en",
                    encoding="GSM-7",
                    parts=1,
                    kind="staff",
                    status="ready",
                    fence=held.fence,
                    due_at=clock(),
                    created_at=clock(),
                )
            )
        run_until_quiet(app)
    assert provider.bodies == ["Have a look: https://juniper.example/x"]
    assert ends(app)[0] == ("denied", "in the words: foreign link elsewhere.example")


@pytest.mark.parametrize(("looked_at", "leaves"), [([], False), (["bourbon"], True)])
def test_r126_a_products_name_is_looked_at_when_it_is_in_the_text(
    app: FakedApp, cast: Cast, provider: FakeProvider, looked_at: list[str], leaves: bool
) -> None:
    with app.database.write() as session:
        session.execute(update(Product).values(name="Bourbon Santos", text_name=None))
        session.get_one(Shop, cast.shop_id).settings = {"words_looked_at": looked_at}
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert [("Bourbon Santos" in body) for body in provider.bodies] == ([True] if leaves else [])
    if not leaves:
        assert rules(app)["content"]["why"] == "in the words: alcohol: bourbon"


def test_r135_r136_an_opener_that_a_name_makes_dear_is_said_without_it(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    """One Polish letter costs a part; with one allowed, she is greeted without her name."""
    with app.database.write() as session:
        session.execute(
            update(Customer).where(Customer.id == cast.ana.customer_id).values(first_name="Łucja")
        )
        session.get_one(Shop, cast.shop_id).settings = {"marketing_parts": 1}
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert provider.bodies[0].startswith("Hi there, Juniper's text bot here.")
    assert measure(provider.bodies[0]).parts == 1


def test_r121_who_was_never_told_how_to_stop_is_told_in_the_next_offer(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    with app.database.write() as session:  # as if the opener had not said it
        session.execute(update(Outbound).values(body="Hi Ana, Juniper's text bot here."))
    clock.move(days=7)
    run_until_quiet(app)
    assert "15% off" in provider.bodies[1]
    assert provider.bodies[1].endswith(" STOP to opt out.")
    with app.database.read() as session:
        row = session.scalars(select(Outbound).order_by(Outbound.id.desc())).first()
        assert row is not None
        assert (row.body, row.parts) == (provider.bodies[1], measure(provider.bodies[1]).parts)


def test_r121_who_was_told_this_month_is_not_told_again(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(days=7)
    run_until_quiet(app)
    assert "15% off" in provider.bodies[1]
    assert "STOP" not in provider.bodies[1]
