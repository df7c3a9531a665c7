"""Search: people by what they are known by, texts newest first and bounded, and nothing of another shop."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.db import Database
from bot.inbox import Actor, searching
from bot.inbox.listing import Filters, Page, mark, page
from bot.inbox.searching import stretch
from bot.models import Coupon, Customer
from tests.bot.inbox.staffed import change, hear, hire, more_customers, say
from tests.support.cast import Cast
from tests.support.clock import NOW

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

MINUTE = timedelta(minutes=1)


@pytest.fixture
def tom(db: Database, cast: Cast) -> Actor:
    """An agent of Ana's and Ben's shop."""
    with db.write() as session:
        ana = session.get_one(Customer, cast.ana.customer_id)
        ana.last_name, ana.email = "Quinn Lopez", "ana@example.com"
        session.add(
            Coupon(
                shop_id=cast.shop_id,
                pool="p",
                code="BACK-77",
                status="live",
                customer_id=cast.ana.customer_id,
            )
        )
        return hire(session, cast.shop_id, "Tom", NOW)


def search(db: Database, actor: Actor, words: str, after: str | None = None) -> Page:
    """One page of what was found."""
    with db.read() as session:
        return page(session, actor, Filters(search=words, after=after), NOW, NOW)


@pytest.mark.parametrize(
    "words",
    [
        "ana",
        "ANA",
        "  an ",
        "quinn",
        "ana quinn",
        "quinn lopez ana",
        "ana quinn lo",
        "0101",
        "555-0101",
        "(415) 555-0101",
        "+14155550101",
        "order-ana",
        "#order-ana",
        "back-77",
        "ana@example.com",
        "Ana@Example.com",
    ],
)
def test_a_customer_is_found_by_what_staff_know(db: Database, cast: Cast, tom: Actor, words: str) -> None:
    found = search(db, tom, words)
    assert [line.conversation_id for line in found.lines] == [cast.ana.conversation_id]
    assert found.lines[0].found is None
    assert (found.back_to, found.more) == (None, None)


@pytest.mark.parametrize(
    "words", ["a", "", "zz", "na", "cleo", "+13055550103", "order-cleo", "%", "a%", "__", "0102x", "'; --"]
)
def test_what_fits_nobody_here_finds_nothing(db: Database, cast: Cast, tom: Actor, words: str) -> None:
    assert search(db, tom, words).lines == () or not words.strip()


def test_texts_of_both_sides_are_found_with_what_stands_around(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        hear(session, cast.ana, "my GRINDER is broken", NOW - 3 * MINUTE)
        say(session, cast.ben, "About the grinder: we have one.", NOW - 2 * MINUTE)
        hear(session, cast.cleo, "grinder!", NOW)
        hear(session, cast.ana, "100% sure_", NOW - MINUTE)
    lines = search(db, tom, "grinder").lines
    assert [line.conversation_id for line in lines] == [cast.ben.conversation_id, cast.ana.conversation_id]
    assert [line.found for line in lines] == ["About the grinder: we have one.", "my GRINDER is broken"]
    assert [line.found for line in search(db, tom, "0% s").lines] == ["100% sure_"]
    assert search(db, tom, "0_ s").lines == ()


def test_a_search_narrows_with_the_filters(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        hear(session, cast.ana, "grinder", NOW)
        hear(session, cast.ben, "grinder", NOW)
        change(session, cast.ben, language="es")
    with db.read() as session:
        found = page(session, tom, Filters(search="grinder", language="es"), NOW, NOW)
    assert [line.conversation_id for line in found.lines] == [cast.ben.conversation_id]


def test_somebody_to_whom_nothing_was_said_yet_is_found_as_such(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        session.add(
            Customer(
                shop_id=cast.shop_id,
                phone="+12125550177",
                phone_key="new",
                first_name="Zoe",
                country="US",
                created_at=NOW,
            )
        )
    found = search(db, tom, "zoe")
    assert found.lines == ()
    assert [(each.name, each.phone) for each in found.strangers] == [("Zoe", "+12125550177")]


def test_what_was_found_stays_as_it_was_found(db: Database, cast: Cast, tom: Actor) -> None:
    """Else a page would look for it anew each second."""
    found = search(db, tom, "ana").mark
    with db.write() as session:
        hear(session, cast.ana, "hi", NOW)
    with db.read() as session:
        assert mark(session, tom, Filters(search="ana"), NOW, NOW) == found


def test_the_erased_are_not_found(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        session.get_one(Customer, cast.ana.customer_id).erased_at = NOW
    assert search(db, tom, "ana").lines == ()


def test_further_back_goes_on_and_finds_each_conversation_once(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        people = more_customers(session, cast, [f"P{n:02d}" for n in range(70)], NOW)
        for n, who in enumerate(people):
            hear(session, who, "a grinder" if n % 2 else "hello", NOW + n * MINUTE)
            say(session, who, "of the grinder" if n % 5 == 0 else "yes", NOW + n * MINUTE)
    expected = [who for n, who in enumerate(people) if n % 2 or n % 5 == 0]
    seen: list[int] = []
    after: str | None = None
    for _ in range(20):
        with db.read() as session:
            found = searching.search(session, cast.shop_id, "grinder", after, 50, texts=20)
        seen += [hit.conversation_id for hit in found.conversations]
        after = found.more
        if after is None:
            break
        assert found.back_to is not None
    assert after is None
    assert sorted(set(seen)) == sorted(expected)


def test_more_hits_than_a_page_go_on_with_the_next(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        people = more_customers(session, cast, [f"P{n:02d}" for n in range(70)], NOW)
        for n, who in enumerate(people):
            hear(session, who, "a grinder", NOW + n * MINUTE)
    first = search(db, tom, "grinder")
    assert [line.conversation_id for line in first.lines] == people[:-51:-1]
    second = search(db, tom, "grinder", first.more)
    assert [line.conversation_id for line in second.lines] == people[19::-1]
    assert second.more is None


@pytest.mark.parametrize(
    ("body", "words", "expected"),
    [
        ("short", "HOR", "short"),
        ("a" * 100 + " here " + "b" * 100, "here", "…" + "a" * 39 + " here " + "b" * 39 + "…"),
        ("nothing of it", "else", "nothing of it"),
    ],
)
def test_a_stretch_is_cut_around_the_words(body: str, words: str, expected: str) -> None:
    assert stretch(body, words) == expected
