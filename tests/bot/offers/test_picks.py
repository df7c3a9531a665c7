"""«Just the decaf»: what a customer picks from the last order is what the link has in its cart, and what the text names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.conversations.work import take_turns
from bot.models import Journal, Link, Order, OrderLine, Outbound, Product
from bot.offers.picks import items_picked, picked_by, read_picks
from flows import codec
from flows.events import Event, Reading, Replied, TimerFired
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

SATURDAY = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
SITE = "https://juniper.example"


@dataclass
class Line:
    """A row of LAST_LINES, as far as picks look at it."""

    line_no: int
    external_id: str
    name: str | None
    text_name: str | None = None
    quantity: int = 1
    price_cents: int = 1000
    private: bool = False


DARK, DECAF = Line(1, "sku-1", "Midnight Dark Roast", "Dark Roast", 2), Line(2, "sku-2", "Swiss Water Decaf")
SHIPPING = Line(3, "ship", None)
LINES = (DARK, DECAF, SHIPPING)


@pytest.mark.parametrize(
    ("text", "lines", "slots", "picked", "product"),
    [
        ("just the decaf", LINES, {}, "sku-2:1", "Swiss Water Decaf"),
        ("just the dark one", LINES, {}, "sku-1:2", "Dark Roast"),
        ("2 bags of the decaf", LINES, {"quantity": 2}, "sku-2:2", "Swiss Water Decaf"),
        ("same again", LINES, {}, None, None),
        ("same but 3 bags", LINES, {"quantity": 3}, None, None),
        ("same but only one", (DARK, SHIPPING), {"quantity": 1}, "sku-1:1", "Dark Roast"),
        ("same again", (DARK,), {}, None, None),
        ("just the decaf", (DARK, Line(2, "sku-2", "Decaf", private=True)), {}, "sku-2:1", None),
        ("just the decaf", (), {}, None, None),
    ],
)
def test_a_wish_to_order_says_what_is_in_the_cart(
    text: str, lines: tuple[Line, ...], slots: dict[str, int], picked: str | None, product: str | None
) -> None:
    found = read_picks(reading("reorder", slots=slots), text, lines).slots
    assert (found.get("picked"), found.get("product")) == (picked, product)


@pytest.mark.parametrize("intent", ["stop", "later", "question", "order_issue"])
def test_nobody_picks_who_does_not_order(intent: str) -> None:
    read = reading(intent, slots={"quantity": 2})
    assert "picked" not in read_picks(read, "2 bags of decaf is not what came", (DARK,)).slots


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        (Replied("same again", Reading("reorder", 1.0), NOW), None),
        (Replied("yes", Reading("yes", 1.0), NOW), "sku-1:1"),
        (Replied("the decaf", Reading("reorder", 1.0, slots={"picked": "sku-2:1"}), NOW), "sku-2:1"),
        (TimerFired(2), "sku-1:1"),
    ],
)
def test_what_was_picked_holds_until_the_same_again_is_wished(event: Event, kept: str | None) -> None:
    assert picked_by(event, {"picked": "sku-1:1"}) == kept


@given(st.one_of(st.text(), st.none(), st.integers()))
def test_a_slot_that_nobody_wrote_fills_no_cart(picked: str | int | None) -> None:
    """A merchant's file or chat may set any value under this name."""
    assert all(item in ("sku-1", "sku-2") and count > 0 for item, count in items_picked(picked, LINES))


def two_products(session: Session, cast: Cast) -> None:
    """Ana's last order gets a second product."""
    row = {
        "shop_id": cast.shop_id,
        "external_id": "sku-2",
        "name": "Swiss Water Decaf",
        "text_name": "Decaf",
        "price_cents": 1200,
    }
    decaf = session.execute(insert(Product).values(**row).returning(Product.id)).scalar_one()
    order = session.execute(select(Order.id).where(Order.customer_id == cast.ana.customer_id)).scalar_one()
    line = {
        "shop_id": cast.shop_id,
        "order_id": order,
        "line_no": 2,
        "product_id": decaf,
        "quantity": 1,
        "price_cents": 1200,
    }
    session.execute(insert(OrderLine).values(**line))


def asked(app: FakedApp, cast: Cast, clock: StillClock, *texts: str) -> None:
    """Ana is texted, and answers in so many breaths."""
    clock.set(SATURDAY)
    with app.database.write() as session:
        two_products(session, cast)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    for text in texts:
        text_in(app, cast, cast.ana, text)
        clock.move(seconds=4)
        run_until_quiet(app)


def links(app: FakedApp) -> list[str]:
    with app.database.read() as session:
        return list(
            session.scalars(select(Link.target).where(Link.purpose == "reorder").order_by(Link.created_at))
        )


def test_the_text_names_what_was_picked_and_its_link_leads_there(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    text = "just the decaf, 3 bags"
    reader.reads = {text: reading("reorder", slots={"quantity": 3})}
    asked(app, cast, clock, text)
    assert "your cart, Decaf again" in provider.bodies[-1]
    assert links(app) == [f"{SITE}/cart/?products=sku-2%3A3"]
    with app.database.read() as session:
        entry = session.scalars(select(Journal).order_by(Journal.id.desc())).first()
    assert entry is not None
    event: Event = codec.decode(Event, entry.event)
    assert isinstance(event, Replied)
    assert event.reading.slots == {"quantity": 3, "product": "Decaf", "picked": "sku-2:3"}


def test_the_same_again_is_the_whole_order(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    reader.reads = {"just the decaf": reading("reorder"), "no, same again": reading("reorder")}
    asked(app, cast, clock, "just the decaf", "no, same again")
    assert "Morning Blend" in provider.bodies[-1]
    assert links(app)[-1] == f"{SITE}/cart/?products=sku-1%3A2%2Csku-2%3A1"


def test_a_text_that_waited_speaks_of_what_was_picked(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """It is rendered anew, from facts that know nothing of the reply."""
    clock.set(SATURDAY)
    with app.database.write() as session:
        two_products(session, cast)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads = {"just the decaf": reading("reorder")}
    text_in(app, cast, cast.ana, "just the decaf")
    clock.move(seconds=4)
    take_turns(app)
    with app.database.write() as session:
        ready = update(Outbound).where(Outbound.status == "ready")
        session.execute(ready.values(created_at=clock().replace(hour=1), body="old words"))
    run_until_quiet(app)
    assert "your cart, Decaf again" in provider.bodies[-1]
