"""A wrong offer, mended for all who hold it: never for less than was promised, told once, and gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.db import Database, WritingSession
from bot.inbox import Actor, Gone, NotAllowed
from bot.inbox.mending import Faulty, Mend, begin, carry_on
from bot.inbox.mending_preview import TOGETHER, Preview, preview
from bot.inbox.mending_standing import Mended, standing, untold
from bot.keys import Keys
from bot.models import Audit, Conversation, Coupon, Link, MendedCode, Note, Outbound
from bot.offers.pools import add_codes
from bot.sending.dispatch import send_due
from tests.bot.inbox.staffed import hire, more_customers
from tests.bot.offers.conftest import hold
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp, FakeProvider

LINK = "http://127.0.0.1:8080"
SORRY = "{{ shop.text_name }}: your code did not work, sorry. {{ offer.percent }}% off till {{ offer.ends | day }} night: {{ link.checkout }}"
MEND = Mend(flow="earlier", offer="comeback", pool="fresh", days=5, bodies=(("en", SORRY),))


@pytest.fixture
def olga(db: Database, cast: Cast) -> Actor:
    """The owner of a shop where Ana and Ben hold a code of 15% that ends in two days, and five better ones are ready."""
    hold(db, cast.ana, "BACK15-000")
    with db.write() as session:
        add_codes(session, cast.shop_id, "fresh", [f"FRESH-{n}" for n in range(5)], percent=20)
        session.add(
            Link(
                shop_id=cast.shop_id,
                token="abc",
                customer_id=cast.ana.customer_id,
                purpose="checkout",
                target="https://juniper.example/cart/?coupon=BACK15-000",
                created_at=NOW,
            )
        )
        return hire(session, cast.shop_id, "Olga", NOW, "owner")


def ben_holds_one(db: Database, cast: Cast) -> None:
    with db.write() as session:
        first = session.execute(select(Coupon).where(Coupon.code == "BACK15-000")).scalar_one()
        its = {name: getattr(first, name) for name in ("status", "flow_id", "offer", "starts_at", "ends_at")}
        session.execute(
            update(Coupon).where(Coupon.code == "BACK15-001").values(customer_id=cast.ben.customer_id, **its)
        )


def started(db: Database, actor: Actor, mend: Mend = MEND, key: str = "form-1") -> int:
    with db.write() as session:
        made = begin(session, mend, key, actor, NOW)
        assert isinstance(made, int)
        return made


def codes(db: Database) -> dict[str, str]:
    with db.read() as session:
        rows = session.execute(select(Coupon.code, Coupon.status).where(Coupon.customer_id.is_not(None)))
        return {row.code: row.status for row in rows}


def texts(db: Database) -> list[Outbound]:
    with db.read() as session:
        return list(session.scalars(select(Outbound).order_by(Outbound.id)))


def test_a_preview_says_what_would_come_of_it_and_changes_nothing(
    db: Database, cast: Cast, keys: Keys, olga: Actor
) -> None:
    ben_holds_one(db, cast)
    before = codes(db)
    found = preview(db, keys, LINK, MEND, olga, NOW)
    assert isinstance(found, Preview)
    assert (found.holders, found.used, found.fates, found.free) == (2, 0, {"replaced": 2}, 5)
    assert found.gate == {"allow": 1, "deny suppression": 1}
    assert found.samples[0].startswith(
        "Juniper: your code did not work, sorry. 20% off till Monday night: http"
    )
    assert codes(db) == before
    assert texts(db) == []


class CountedWrites(Database):
    """The same database, that tells how many codes each transaction which writes had mended."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.engine)
        self.mended: list[int] = []

    @contextmanager
    def write(self) -> Iterator[WritingSession]:
        with super().write() as session:
            roll_back = session.rollback

            def counted() -> None:
                self.mended.append(len(session.scalars(select(MendedCode.id)).all()))
                roll_back()

            session.rollback = counted  # type: ignore[method-assign]
            yield session


def test_a_preview_keeps_nobody_waiting_for_long_and_gives_no_code_twice(
    db: Database, cast: Cast, keys: Keys, olga: Actor
) -> None:
    """On SQLite each of its transactions shuts out every webhook."""
    many = 2 * TOGETHER + 1
    with db.write() as session:
        first = session.execute(select(Coupon).where(Coupon.code == "BACK15-000")).scalar_one()
        its = {
            name: getattr(first, name)
            for name in ("percent", "pool", "status", "flow_id", "offer", "starts_at", "ends_at")
        }
        talks = more_customers(session, cast, [f"N{n}" for n in range(many - 1)], NOW)
        for n, talk in enumerate(talks):
            customer = session.get_one(Conversation, talk).customer_id
            session.add(Coupon(shop_id=cast.shop_id, code=f"HELD-{n}", customer_id=customer, **its))
    counted = CountedWrites(db)
    found = preview(counted, keys, LINK, MEND, olga, NOW)
    assert isinstance(found, Preview)
    assert counted.mended == [TOGETHER, TOGETHER, 1]
    assert (found.holders, found.looked_at, found.free) == (many, many, 5)
    assert found.fates == {"replaced": 5, "without_code": many - 5}
    assert texts(db) == []


def test_everybody_gets_the_better_of_both_and_one_text(
    app: FakedApp, provider: FakeProvider, db: Database, cast: Cast, olga: Actor
) -> None:
    made = started(db, olga)
    assert started(db, olga) == made
    assert carry_on(app) == 1
    assert carry_on(app) == 0
    assert codes(db) == {"BACK15-000": "void", "FRESH-0": "live"}
    with db.read() as session:
        new = session.execute(select(Coupon).where(Coupon.code == "FRESH-0")).scalar_one()
        assert new.ends_at is not None
        assert new.ends_at > NOW + timedelta(days=5)
        assert (
            session.execute(select(Link.target).where(Link.token == "abc")).scalar_one().endswith("FRESH-0")
        )
        assert session.scalars(select(Note.kind)).all() == ["mended"]
        assert session.scalars(select(Audit.action)).all() == ["offer_mended"]
        assert standing(session, made, olga, NOW) == Mended(made, 1, 0, {"replaced": 1}, {"ready": 1})
    assert send_due(app) == 1
    (text,) = texts(db)
    assert (text.status, text.kind, text.author) == ("sent", "marketing", "api")


def test_who_used_it_or_got_it_another_day_hears_nothing(
    app: FakedApp, db: Database, cast: Cast, olga: Actor
) -> None:
    ben_holds_one(db, cast)
    with db.write() as session:
        session.execute(update(Coupon).where(Coupon.code == "BACK15-000").values(status="redeemed"))
        session.execute(
            update(Coupon).where(Coupon.code == "BACK15-001").values(starts_at=NOW - timedelta(days=9))
        )
    started(db, olga, Mend(flow="earlier", offer="comeback", days=5, given_after=NOW - timedelta(days=2)))
    assert carry_on(app) == 0
    assert texts(db) == []


@pytest.mark.parametrize(
    ("percent", "fate"), [(10, "without_code"), (15, "replaced"), (None, "without_code")]
)
def test_nobody_gets_less_than_was_promised(
    app: FakedApp, db: Database, cast: Cast, olga: Actor, percent: int | None, fate: str
) -> None:
    with db.write() as session:
        worth = {"percent": percent, "free_shipping": percent is None}
        session.execute(update(Coupon).where(Coupon.pool == "fresh").values(**worth))
    started(db, olga)
    carry_on(app)
    with db.read() as session:
        assert session.scalars(select(MendedCode.fate)).all() == [fate]
        live = session.execute(select(Coupon).where(Coupon.status == "live")).scalar_one()
        assert live.percent == 15
        assert live.ends_at is not None
        assert live.ends_at > NOW + timedelta(days=5)
    assert len(texts(db)) == (fate == "replaced")


@pytest.mark.parametrize(("days", "fate"), [(30, "extended"), (1, "kept")])
def test_without_a_pool_their_own_code_lasts_longer_and_never_shorter(
    app: FakedApp, db: Database, cast: Cast, olga: Actor, days: int, fate: str
) -> None:
    body = "Your code works till {{ offer.ends | day }} now."
    started(db, olga, Mend(flow="earlier", offer="comeback", days=days, bodies=(("en", body),)))
    carry_on(app)
    with db.read() as session:
        assert session.scalars(select(MendedCode.fate)).all() == [fate]
        ends = session.execute(select(Coupon.ends_at).where(Coupon.code == "BACK15-000")).scalar_one()
    assert ends is not None
    assert (ends > NOW + timedelta(days=3)) is (fate == "extended")
    assert (ends == NOW + timedelta(days=2)) is (fate == "kept")
    assert [each.body for each in texts(db)] == (
        ["Your code works till Apr 10 now."] if fate == "extended" else []
    )


def test_it_goes_on_where_it_was_stopped(app: FakedApp, db: Database, cast: Cast, olga: Actor) -> None:
    ben_holds_one(db, cast)
    made = started(db, olga)
    assert carry_on(app, at_most=1) == 1
    with db.read() as session:
        half = standing(session, made, olga, NOW)
        assert isinstance(half, Mended)
        assert (half.done, half.left) == (1, 1)
    assert carry_on(app) == 1
    assert carry_on(app) == 0
    assert len(texts(db)) == 2


def test_a_text_that_waited_too_long_is_not_sent(
    app: FakedApp, db: Database, cast: Cast, olga: Actor, clock: StillClock
) -> None:
    started(db, olga)
    carry_on(app)
    clock.move(days=30)
    send_due(app)
    assert [each.status for each in texts(db)] == ["expired"]


@pytest.mark.parametrize(
    ("mend", "told"),
    [
        (Mend(flow="earlier", offer="comeback", days=0), "It lasts 1 to 365 days from now."),
        (
            Mend(flow="earlier", offer="comeback", days=1, pool="none"),
            "No code is free in none: `winback coupons` fills it.",
        ),
        (Mend(flow="earlier", offer="comeback", days=1, bodies=(("en", " "),)), "en: the text is empty."),
    ],
)
def test_what_cannot_be_done_is_said_before(
    db: Database, cast: Cast, olga: Actor, mend: Mend, told: str
) -> None:
    with db.write() as session:
        assert begin(session, mend, "k", olga, NOW) == Faulty((told,))


def test_it_is_the_owners_affair(db: Database, cast: Cast, keys: Keys, olga: Actor) -> None:
    with db.write() as session:
        agent = hire(session, cast.shop_id, "Tom", NOW)
        stranger = hire(session, cast.other_shop_id, "Sue", NOW, "owner")
        assert isinstance(begin(session, MEND, "k", agent, NOW), NotAllowed)
        assert begin(session, MEND, "k", stranger, NOW) == Gone()
        made = begin(session, MEND, "k", olga, NOW)
        assert isinstance(made, int)
        assert standing(session, made, stranger, NOW) == Gone()
        assert untold(session, made, stranger) == Gone()
    assert preview(db, keys, LINK, MEND, stranger, NOW) == Gone()


def test_the_code_in_its_place_never_ends_before_the_old_one(
    app: FakedApp, db: Database, cast: Cast, olga: Actor
) -> None:
    started(db, olga, Mend(flow="earlier", offer="comeback", pool="fresh", days=1))
    carry_on(app)
    with db.read() as session:
        ends = session.execute(select(Coupon.ends_at).where(Coupon.code == "FRESH-0")).scalar_one()
    assert ends == NOW + timedelta(days=2)
    assert texts(db) == []
