"""What a flow may know of somebody: their birthday and segment, and what their last order is called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, update

from bot.conversations.snapshot import facts_of, links_in
from bot.conversations.subjects import subject_of, words_ahead
from bot.db import Database
from bot.keys import Keys
from bot.models import Conversation, Customer, OrderLine, Product, SegmentBounds
from bot.offers.naming import LONGEST, short_name
from flows.definition import LinkTo
from flows.facts import Facts
from flows.segments import measure
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.examples import examples


def facts(database: Database, keys: Keys, cast: Cast) -> Facts:
    """Ana's."""
    with database.read() as session:
        ana = subject_of(session, session.get_one(Conversation, cast.ana.conversation_id))
        return facts_of(session, keys, "https://l.example", ana, enrolment_id=1, turn=1, now=NOW)


@pytest.mark.parametrize(
    ("told", "birthday"),
    [("05-04", "05-04"), ("1990-05-04", "05-04"), ("13-40", None), ("soon", None), (504, None), (None, None)],
)
def test_a_birthday_is_month_and_day(
    db: Database, cast: Cast, keys: Keys, told: Any, birthday: str | None
) -> None:
    with db.write() as session:
        session.execute(
            update(Customer)
            .where(Customer.id == cast.ana.customer_id)
            .values(attributes={"birthday": told} if told else {})
        )
    assert facts(db, keys, cast).customer.birthday == birthday


def test_a_segment_is_told_once_somebody_has_reckoned_the_fifths(
    db: Database, cast: Cast, keys: Keys
) -> None:
    assert facts(db, keys, cast).customer.segment is None
    never: list[None] = [None] * 4
    with db.write() as session:
        session.add(
            SegmentBounds(
                shop_id=cast.shop_id,
                day="2026-03-11",
                bounds={"recency": ["2025-01-01"] * 4, "frequency": never, "value": [1] * 4},
                reckoned_at=NOW,
            )
        )
    assert facts(db, keys, cast).customer.segment == "loyal"


def test_what_was_read_with_the_customer_is_not_asked_for_again(db: Database, cast: Cast, keys: Keys) -> None:
    """Segment, code and birthday cost no statement of their own."""
    test_a_segment_is_told_once_somebody_has_reckoned_the_fifths(db, cast, keys)
    with db.read() as session:
        ana = subject_of(session, session.get_one(Conversation, cast.ana.conversation_id))
        words_ahead(session, [ana])
        with statements(db) as asked:
            facts_of(session, keys, "https://l.example", ana, enrolment_id=1, turn=1, now=NOW)
    assert asked == []


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", listen)
    yield asked
    event.remove(database.engine, "before_cursor_execute", listen)


@pytest.mark.parametrize(
    ("product", "named"),
    [
        ({}, "Morning Blend"),
        ({"text_name": None}, "Morning Blend 12 oz"),
        ({"text_name": None, "name": "☕️"}, None),
        ({"private": True}, "Filters"),
        ({"kind": "shipping"}, "Filters"),
        ({"kind": "gift_card"}, "Filters"),
    ],
)
def test_the_last_order_is_called_what_the_customer_would_call_it(
    db: Database, cast: Cast, keys: Keys, product: dict[str, Any], named: str | None
) -> None:
    """Beside the blend there are filters in the order, which cost less."""
    with db.write() as session:
        session.execute(
            update(Product).where(Product.id == cast.product_id).values(**({"private": False} | product))
        )
        filters = Product(shop_id=cast.shop_id, external_id="f", name="Filters", price_cents=100)
        session.add(filters)
        session.flush()
        order = session.query(OrderLine).filter_by(product_id=cast.product_id).first()
        assert order is not None
        session.add(
            OrderLine(
                shop_id=cast.shop_id,
                order_id=order.order_id,
                line_no=2,
                product_id=filters.id,
                quantity=1,
                price_cents=100,
            )
        )
        if named != "Filters":  # nothing else to name
            session.execute(update(Product).where(Product.id == filters.id).values(private=True))
    found = facts(db, keys, cast).last_order
    assert found is not None
    assert found.product == named


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Morning Blend (12 oz)", "Morning Blend"),
        ("Jamón Ibérico de Bellota", "Jamon Ibérico de Bellota"),
        ("Café Olé ☕ 🎉", "Café Olé"),
        ("Łódź “Special” – 1½ lb", 'Lodz "Special" - 1 1/2'),
        ("Brilliant™ Shampoo®", "Brilliant Shampoo"),
        ("お茶", ""),
        ("茶 Sencha", "Sencha"),
        ("🎁", ""),
        ("Gifts & more, a very long name", "Gifts & more, a very"),
        ("Supercalifragilisticexpialidocious", "Supercalifragilisticexpi"),
        ("2 [big] {boxes}", "2"),
    ],
)
def test_a_name_is_cut_to_what_a_text_can_afford(name: str, short: str) -> None:
    assert short_name(name) == short


@settings(max_examples=examples(200))
@given(st.text(max_size=120))
def test_no_name_costs_more_than_24_characters_of_the_cheap_alphabet(name: str) -> None:
    size = measure(short_name(name))
    assert size.encoding == "GSM-7"
    assert size.units <= LONGEST


def test_a_text_knows_its_own_links_without_its_flow() -> None:
    """One that waited is rendered again long after, from the effect alone."""
    links = [LinkTo("product", ("8812",)), LinkTo("choose", ("a:1", "b/2"))]
    template = " ".join("{{ " + each.name + " }}" for each in links) + " {{ link.shop }}"
    assert links_in(template) == [each.key for each in links]
