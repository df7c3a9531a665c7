"""Who hears of a mended code: whom a person has, hears later; who was not told is named; what was promised is honoured."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.db import Database
from bot.inbox import Actor
from bot.inbox.codes import replace, void
from bot.inbox.mending import Mend, carry_on
from bot.inbox.mending_standing import AllUntold, Untold, untold
from bot.models import Coupon, Customer, MendedCode, Mending, Outbound, Receipt
from bot.offers.redeeming import redeem
from bot.sending.dispatch import send_due
from tests.bot.inbox.staffed import change
from tests.bot.inbox.test_mending import SORRY, ben_holds_one, codes, olga, started, texts
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

__all__ = ["olga"]


def listed(db: Database, mending_id: int, actor: Actor) -> list[tuple[str, str, bool]]:
    with db.read() as session:
        found = untold(session, mending_id, actor)
        assert isinstance(found, AllUntold)
        return [(each.who, each.why, each.waits) for each in found.people]


MOMENTS = [
    ({"holder": "nobody"}, "the conversation waits for a person"),
    ({"holder": "staff"}, "a person holds the conversation"),
    ({"open_matter": "complaint"}, "a complaint is open"),
]


@pytest.mark.parametrize(("moment", "why"), MOMENTS)
def test_whom_a_person_has_hears_of_it_when_that_is_over(
    app: FakedApp, db: Database, cast: Cast, olga: Actor, clock: StillClock, moment: dict[str, str], why: str
) -> None:
    made = started(db, olga)
    with db.write() as session:
        change(session, cast.ana, **moment)
    carry_on(app)
    for _ in range(3):
        assert send_due(app) == 1
        assert [(each.status, each.why) for each in texts(db)] == [("ready", why)]
        assert listed(db, made, olga) == [("Ana", why, True)]
        assert send_due(app) == 0, "it is asked again later, not at once"
        clock.move(hours=1)
    with db.write() as session:
        change(session, cast.ana, holder="bot", open_matter=None)
    assert send_due(app) == 1
    assert [each.status for each in texts(db)] == ["sent"]
    assert listed(db, made, olga) == []


def test_it_waits_no_longer_than_the_code_lasts_and_the_page_says_whom_nobody_told(
    app: FakedApp, db: Database, cast: Cast, olga: Actor, clock: StillClock
) -> None:
    made = started(db, olga)
    with db.write() as session:
        change(session, cast.ana, holder="nobody")
    carry_on(app)
    send_due(app)
    with db.read() as session:
        ends = session.execute(select(Outbound.expires_at)).scalar_one()
    assert ends is not None
    clock.move(seconds=(ends - clock()).total_seconds() - 60)
    send_due(app)
    assert [(each.status, each.due_at) for each in texts(db)] == [("ready", ends)]
    clock.move(minutes=1)
    send_due(app)
    assert [each.status for each in texts(db)] == ["expired"]
    assert listed(db, made, olga) == [
        ("Ana", "the code ended before it could leave: the conversation waits for a person", False)
    ]


def test_no_text_goes_where_the_gate_says_no(app: FakedApp, db: Database, cast: Cast, olga: Actor) -> None:
    ben_holds_one(db, cast)
    made = started(db, olga)
    carry_on(app)
    send_due(app)
    assert [each.status for each in texts(db)] == ["sent", "denied"]
    assert listed(db, made, olga) == [("Ben", "the number is suppressed: opted_out", False)]


def test_other_texts_of_programs_do_not_wait(app: FakedApp, db: Database, cast: Cast, olga: Actor) -> None:
    started(db, olga)
    with db.write() as session:
        change(session, cast.ana, holder="nobody")
    carry_on(app)
    with db.write() as session:
        session.execute(update(Outbound).values(key="order-17"))
    send_due(app)
    assert [each.status for each in texts(db)] == ["denied"]


@pytest.mark.parametrize("fate", ["used", "void", "replaced"])
def test_what_is_not_true_any_more_is_not_told(
    app: FakedApp, db: Database, cast: Cast, olga: Actor, clock: StillClock, fate: str
) -> None:
    started(db, olga)
    with db.write() as session:
        change(session, cast.ana, holder="nobody")
    carry_on(app)
    send_due(app)
    with db.write() as session:
        change(session, cast.ana, holder="bot")
        new = session.execute(select(Coupon.id).where(Coupon.code == "FRESH-0")).scalar_one()
        match fate:
            case "used":
                redeem(session, cast.shop_id, "FRESH-0", 1)
            case "void":
                assert void(session, new, olga, NOW).changed, "a text that waits stands in nobody's way"  # type: ignore[union-attr]
            case "replaced":
                replace(session, new, olga, NOW)
    clock.move(hours=2)
    send_due(app)
    assert [(each.status, each.why) for each in texts(db)] == [
        ("withheld", "the code that it tells of is used or void")
    ]


def test_the_old_code_is_honoured_until_they_were_told(
    app: FakedApp, db: Database, cast: Cast, olga: Actor, clock: StillClock
) -> None:
    """The till took it: it counts as used, the one in its place was the same gift, and no text speaks of it."""
    started(db, olga)
    with db.write() as session:
        change(session, cast.ana, holder="nobody")
    carry_on(app)
    assert codes(db) == {"BACK15-000": "void", "FRESH-0": "live"}
    with db.write() as session:
        assert redeem(session, cast.shop_id, "back15-000", 1) is not None
    assert codes(db) == {"BACK15-000": "redeemed", "FRESH-0": "void"}
    clock.move(hours=2)
    send_due(app)
    assert [each.status for each in texts(db)] == ["withheld"]


def test_what_they_were_told_of_stays_theirs_whatever_the_till_took(
    app: FakedApp, db: Database, cast: Cast, olga: Actor
) -> None:
    started(db, olga)
    carry_on(app)
    send_due(app)
    with db.write() as session:
        redeem(session, cast.shop_id, "BACK15-000", 1)
    assert codes(db) == {"BACK15-000": "redeemed", "FRESH-0": "live"}


def test_a_second_mending_speaks_in_place_of_the_first(
    app: FakedApp, db: Database, cast: Cast, olga: Actor, clock: StillClock
) -> None:
    started(db, olga)
    with db.write() as session:
        change(session, cast.ana, holder="nobody")
    carry_on(app)
    longer = Mend(flow="earlier", offer="comeback", days=40, bodies=(("en", SORRY),))
    clock.move(hours=1)
    with db.write() as session:
        session.execute(update(Coupon).where(Coupon.code == "FRESH-0").values(starts_at=NOW))
    second = started(db, olga, longer, "form-2")
    carry_on(app)
    with db.write() as session:
        change(session, cast.ana, holder="bot")
    send_due(app)
    assert [each.status for each in texts(db)] == ["superseded", "sent"]
    assert listed(db, second, olga) == []


def test_who_gets_no_text_is_named_with_the_reason(
    app: FakedApp, db: Database, cast: Cast, olga: Actor
) -> None:
    ben_holds_one(db, cast)
    with db.write() as session:
        session.execute(
            update(Coupon).where(Coupon.pool == "fresh", Coupon.code != "FRESH-0").values(percent=5)
        )
        session.execute(
            update(Customer)
            .where(Customer.id == cast.ana.customer_id)
            .values(first_name=None, last_name=None)
        )
    body = "{{ customer.first_name }}, your code is {{ offer.code }} now."
    made = started(
        db, olga, Mend(flow="earlier", offer="comeback", pool="fresh", days=5, bodies=(("en", body),))
    )
    carry_on(app)
    assert [(why, waits) for _, why, waits in listed(db, made, olga)] == [
        ("the text names something that is not known of them", False),
        ("no code as good was left, so the text would not be true: theirs lasts longer", False),
    ]
    with db.read() as session:
        found = untold(session, made, olga)
    assert isinstance(found, AllUntold)
    assert isinstance(found.people[0], Untold)
    assert (found.people[0].old_code, found.people[0].code) == ("BACK15-000", "FRESH-0")


def test_a_fault_in_one_code_keeps_nobody_else_waiting(
    app: FakedApp, db: Database, cast: Cast, olga: Actor
) -> None:
    ben_holds_one(db, cast)
    made = started(db, olga)
    with db.write() as session:  # what no import writes
        session.execute(update(Customer).where(Customer.id == cast.ana.customer_id).values(attributes=["x"]))
    assert carry_on(app) == 2
    assert carry_on(app) == 0
    with db.read() as session:
        fates = session.scalars(select(MendedCode.fate).order_by(MendedCode.id)).all()
        done = session.get_one(Mending, made).done_at
    assert done is not None
    assert fates == ["failed", "replaced"]
    assert codes(db) == {"BACK15-000": "live", "BACK15-001": "void", "FRESH-0": "live"}
    assert ("Ana", "a fault of ours: their code is as it was, and the log says more", False) in listed(
        db, made, olga
    )


def test_receipts_are_kept_of_each_no(app: FakedApp, db: Database, cast: Cast, olga: Actor) -> None:
    started(db, olga)
    with db.write() as session:
        change(session, cast.ana, holder="staff")
    carry_on(app)
    send_due(app)
    with db.read() as session:
        assert session.scalars(select(Receipt.decision)).all() == ["deny"]
