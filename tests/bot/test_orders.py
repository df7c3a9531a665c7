"""One order as the API brings it: created, changed, the same again, refused; and the customer's totals after each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from bot.db import Database
from bot.keys import Keys
from bot.models import Consent, Customer, Erasure, Order, OrderLine, Product
from bot.orders import CustomerIn, LineIn, OrderIn, Recorded, does_count, record_order, record_orders
from bot.orders.values import product_kind
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.examples import examples

TEA = LineIn("Green Tea", 2, 1250, sku="GT-1")
ORDER = OrderIn(
    external_id="1001",
    placed_at=NOW - timedelta(days=1),
    total_cents=2500,
    currency="USD",
    customer=CustomerIn(phone="+14155550101"),
    status="paid",
    lines=(TEA,),
)


def record(db: Database, keys: Keys, cast: Cast, order: OrderIn) -> Recorded:
    with db.write() as session:
        return record_order(session, keys, cast.shop_id, order, source="api", now=NOW)


def totals(db: Database, customer_id: int) -> tuple[int, int]:
    with db.read() as session:
        ana = session.get_one(Customer, customer_id)
        return ana.orders_count, ana.spent_cents


def test_an_order_finds_its_customer_and_begins_to_count(db: Database, keys: Keys, cast: Cast) -> None:
    found = record(db, keys, cast, ORDER)
    assert (found.result, found.customer_id, found.counts, found.began_to_count) == (
        "created",
        cast.ana.customer_id,
        True,
        True,
    )
    assert totals(db, cast.ana.customer_id) == (2, 5600)
    with db.read() as session:
        assert session.get_one(Customer, cast.ana.customer_id).last_order_at == ORDER.placed_at


def test_twice_is_as_once(db: Database, keys: Keys, cast: Cast) -> None:
    first = record(db, keys, cast, ORDER)
    again = record(db, keys, cast, ORDER)
    assert again == replace(first, result="unchanged", began_to_count=False)
    assert totals(db, cast.ana.customer_id) == (2, 5600)
    with db.read() as session:
        assert session.scalar(select(func.count()).where(OrderLine.order_id == first.order_id)) == 1


def test_paid_at_last_it_begins_to_count_and_refunded_it_ends(db: Database, keys: Keys, cast: Cast) -> None:
    told = [
        record(db, keys, cast, replace(ORDER, status=status)) for status in ("pending", "paid", "refunded")
    ]
    assert [(one.result, one.counts, one.began_to_count) for one in told] == [
        ("created", False, False),
        ("updated", True, True),
        ("updated", False, False),
    ]
    assert totals(db, cast.ana.customer_id) == (1, 3100)


def test_lines_are_replaced_when_told_and_kept_when_not(db: Database, keys: Keys, cast: Cast) -> None:
    order_id = record(db, keys, cast, ORDER).order_id
    assert record(db, keys, cast, replace(ORDER, lines=())).result == "unchanged"
    cup = LineIn("Cup", 1, 500)
    assert record(db, keys, cast, replace(ORDER, lines=(cup, TEA))).result == "updated"
    with db.read() as session:
        rows = session.execute(
            select(Product.external_id, OrderLine.line_no)
            .join(Product, Product.id == OrderLine.product_id)
            .where(OrderLine.order_id == order_id)
            .order_by(OrderLine.line_no)
        ).all()
    assert [tuple(row) for row in rows] == [("Cup", 1), ("GT-1", 2)]


def test_an_order_keeps_its_customer(db: Database, keys: Keys, cast: Cast) -> None:
    record(db, keys, cast, ORDER)
    moved = record(db, keys, cast, replace(ORDER, customer=CustomerIn(external_id="ben"), total_cents=1))
    assert (moved.result, moved.customer_id) == ("updated", cast.ana.customer_id)


@pytest.mark.parametrize(
    "customer",
    [
        CustomerIn(external_id="ana", phone="+17135550102"),
        CustomerIn(external_id="new", phone="+14155550101", email="nobody@example.com"),
        CustomerIn(email="ana@example.com"),
    ],
    ids=["id before phone", "phone before e-mail", "e-mail"],
)
def test_the_customer_is_found_by_id_then_phone_then_email(
    db: Database, keys: Keys, cast: Cast, customer: CustomerIn
) -> None:
    with db.write() as session:
        session.get_one(Customer, cast.ana.customer_id).email = "ana@example.com"
    assert record(db, keys, cast, replace(ORDER, customer=customer)).customer_id == cast.ana.customer_id


def test_an_address_that_two_customers_share_names_neither(db: Database, keys: Keys, cast: Cast) -> None:
    with db.write() as session:
        for member in (cast.ana, cast.ben):
            session.get_one(Customer, member.customer_id).email = "home@example.com"
    found = record(db, keys, cast, replace(ORDER, customer=CustomerIn(email="home@example.com")))
    assert (found.result, found.order_id) == ("rejected", None)
    assert found.why


def test_a_stranger_with_a_number_becomes_a_customer_without_consent(
    db: Database, keys: Keys, cast: Cast
) -> None:
    dan = CustomerIn(phone="+16045550199", email="dan@example.com", external_id="dan", first_name="Dan")
    found = record(db, keys, cast, replace(ORDER, customer=dan))
    with db.read() as session:
        made = session.get_one(Customer, found.customer_id)
        assert (made.phone, made.first_name, made.country, made.orders_count) == (
            "+16045550199",
            "Dan",
            "CA",
            1,
        )
        assert session.scalar(select(func.count()).where(Consent.phone_key == made.phone_key)) == 0


def test_another_shops_customer_is_a_stranger(db: Database, keys: Keys, cast: Cast) -> None:
    cleo = replace(ORDER, customer=CustomerIn(external_id="cleo", email="cleo@example.com"))
    assert record(db, keys, cast, cleo).result == "rejected"


def test_the_erased_stay_empty_but_their_orders_are_counted(db: Database, keys: Keys, cast: Cast) -> None:
    with db.write() as session:
        ana = session.get_one(Customer, cast.ana.customer_id)
        ana.phone, ana.first_name, ana.erased_at = None, None, NOW
    again = replace(
        ORDER, customer=CustomerIn(phone="+14155550101", first_name="Ana", email="ana@example.com")
    )
    assert record(db, keys, cast, again).customer_id == cast.ana.customer_id
    with db.read() as session:
        ana = session.get_one(Customer, cast.ana.customer_id)
        assert (ana.phone, ana.first_name, ana.email) == (None, None, None)


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"status": ""}, True),
        ({"status": "wc-completed"}, True),
        ({"status": "roasting"}, True),
        ({"status": "Partially_Refunded", "refunded_cents": 500}, True),
        ({"status": "wc-pending"}, False),
        ({"status": "Pending payment"}, False),
        ({"status": "CANCELLED"}, False),
        ({"status": "checkout-draft"}, False),
        ({"status": "failed"}, False),
        ({"test": True}, False),
        ({"refunded_cents": 2500}, False),
        ({"total_cents": 0}, True),
    ],
)
def test_what_counts_as_a_purchase(changes: dict[str, object], counts: bool) -> None:
    assert does_count(replace(ORDER, **changes)) == counts  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Morning Blend 12 oz", "product"),
        ("Shipping", "shipping"),
        ("Standard Shipping (2-4 days)", "shipping"),
        ("Delivery", "shipping"),
        ("Gift Card - $50", "gift_card"),
        ("Gift card box", "gift_card"),
        ("Shipping container planter", "product"),
        ("Delivery Boy T-Shirt", "product"),
    ],
)
def test_what_a_line_is_by_its_name(name: str, kind: str) -> None:
    assert product_kind(name) == kind


REPORTS = st.lists(
    st.tuples(
        st.integers(1, 4), st.integers(0, 30), st.integers(0, 5_000), st.sampled_from(["paid", "failed"])
    ),
    max_size=12,
)


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REPORTS)
def test_totals_are_those_of_the_orders_whatever_came_in_whatever_order(
    sqlite_db: Database, keys: Keys, reports: list[tuple[int, int, int, str]]
) -> None:
    from tests.bot.importing.conftest import make_shop

    with sqlite_db.read() as session:
        made = session.scalars(select(Order.shop_id)).all()
    shop_id = make_shop(sqlite_db, f"shop-{len(made)}-{id(reports)}") if not made else made[0]
    with sqlite_db.write() as session:
        for table in (OrderLine, Order):
            session.execute(delete(table))
        for number, days, total, status in reports:
            order = replace(
                ORDER,
                external_id=str(number),
                placed_at=NOW - timedelta(days=days),
                total_cents=total,
                status=status,
                lines=(),
            )
            record_orders(session, keys, shop_id, [order], source="api", now=NOW)
        last = {number: (days, total) for number, days, total, status in reports if status == "paid"}
        paid = {
            number: last[number]
            for number in last
            if [status for other, _, _, status in reports if other == number][-1] == "paid"
        }
        for customer in session.scalars(select(Customer).where(Customer.shop_id == shop_id)):
            if not reports:
                continue
            session.refresh(customer)
            assert customer.orders_count == len(paid)
            assert customer.spent_cents == sum(total for _, total in paid.values())
            newest = min((days for days, _ in paid.values()), default=None)
            assert customer.last_order_at == (None if newest is None else NOW - timedelta(days=newest))


def test_r153_what_an_erased_customer_bought_does_not_come_back(db: Database, keys: Keys, cast: Cast) -> None:
    """An order that is reported again, and a new one, leave their lines out; whoever came back buys as anybody else."""
    first = record(db, keys, cast, ORDER)
    with db.write() as session:
        session.execute(delete(OrderLine))
        session.add(
            Erasure(
                shop_id=cast.shop_id,
                phone_key=cast.ana.phone_key,
                customer_id=cast.ana.customer_id,
                asked_at=NOW,
                counts={},
            )
        )
        ana = session.get_one(Customer, cast.ana.customer_id)
        ana.phone, ana.erased_at = None, NOW
    assert record(db, keys, cast, ORDER) == replace(first, result="unchanged", began_to_count=False)
    new = replace(ORDER, external_id="1002", placed_at=NOW + timedelta(days=1))
    made = record(db, keys, cast, new)
    assert (made.result, made.customer_id) == ("created", cast.ana.customer_id)
    with db.write() as session:
        assert session.scalar(select(func.count()).select_from(OrderLine)) == 0
        session.get_one(Customer, cast.ana.customer_id).erased_at = None  # they texted us
    record(db, keys, cast, ORDER)
    record(db, keys, cast, new)
    with db.read() as session:
        assert list(session.scalars(select(OrderLine.order_id))) == [made.order_id]
