"""What may leave now: answers first, shops by turns, and nothing that would be too fast."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from bot.db import Database
from bot.models import Conversation, Outbound, Pace, Shop
from bot.sending.outcomes import Sent, TextToSend
from bot.sending.picking import Due, heed, pick
from bot.settings import PaceSettings, Settings
from tests.bot.sending.flood import write_texts
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture
def paced(app: FakedApp, settings: Settings) -> FakedApp:
    """The application as it stands before a real provider: four parts a second from each number."""
    pace = PaceSettings(on=True, long_code=4, account=6)
    own = settings.model_copy(update={"twilio": settings.twilio.model_copy(update={"pace": pace})})
    return FakedApp(
        own,
        app.real_now,
        database=app.database,
        keys=app.keys,
        bell=app.bell,
        provider=app.provider,
        reader=app.reader,
    )


def kinds(due: list[Due]) -> list[str]:
    """The kinds, in the order in which they would leave."""
    return [each.kind for each in due]


def leave(app: FakedApp, due: list[Due]) -> None:
    """All of these were sent."""
    with app.database.write() as session:
        session.execute(
            update(Outbound).where(Outbound.id.in_([each.id for each in due])).values(status="sent")
        )


def shops_of(app: FakedApp, due: list[Due]) -> Counter[int]:
    """How many of each shop."""
    with app.database.read() as session:
        rows = session.execute(select(Outbound.shop_id).where(Outbound.id.in_([each.id for each in due])))
        return Counter(rows.scalars())


def test_an_answer_never_waits_behind_openers(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """The openers were due first, and are a hundred times as many."""
    with app.database.write() as session:
        write_texts(session, cast.ana, "marketing", 500, clock())
        write_texts(session, cast.ana, "staff", 2, clock(), ago=timedelta(minutes=2))
        write_texts(session, cast.ana, "answer", 3, clock(), ago=timedelta(minutes=1))
        write_texts(session, cast.ana, "compliance", 1, clock(), ago=timedelta(seconds=1))
    due = pick(app, clock(), 8)
    assert kinds(due) == ["compliance", *["answer"] * 3, *["staff"] * 2, *["marketing"] * 2]


def test_a_handful_is_sorted_too(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Less than a batch: one look, in the same order."""
    with app.database.write() as session:
        write_texts(session, cast.ana, "marketing", 2, clock())
        write_texts(session, cast.ana, "answer", 1, clock(), ago=timedelta(minutes=1))
    assert kinds(pick(app, clock(), 8)) == ["answer", "marketing", "marketing"]


def test_what_is_not_due_is_not_picked(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Neither in a handful nor in a flood."""
    with app.database.write() as session:
        write_texts(session, cast.ana, "answer", 3, clock(), ago=timedelta(minutes=-5))
        write_texts(session, cast.ana, "marketing", 20, clock())
    assert set(kinds(pick(app, clock(), 8))) == {"marketing"}
    assert len(pick(app, clock(), 40)) == 20


@pytest.mark.parametrize("kind", ["marketing", "answer"])
def test_a_shop_with_many_texts_does_not_hold_up_another(
    app: FakedApp, cast: Cast, clock: StillClock, kind: str
) -> None:
    """Cleo's shop comes late with ten; Ana's has a thousand waiting."""
    with app.database.write() as session:
        write_texts(session, cast.ana, kind, 1000, clock())
        write_texts(session, cast.cleo, kind, 10, clock(), ago=timedelta(seconds=5))
    due = pick(app, clock(), 8)
    assert shops_of(app, due) == {cast.shop_id: 4, cast.other_shop_id: 4}


def test_too_much_at_once_stays_ready(paced: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Ten seconds' worth may leave at once, openers only three quarters of it; then as many as the time allows."""
    with paced.database.write() as session:
        write_texts(session, cast.ana, "marketing", 400, clock())
    gone = 0
    while due := pick(paced, clock(), 16):
        gone += len(due)
        leave(paced, due)
    assert gone == 30
    clock.move(seconds=5)
    due = pick(paced, clock(), 100)
    assert len(due) == 20
    with paced.database.read() as session:
        early = select(func.count()).where(Outbound.status == "ready", Outbound.due_at < clock())
        assert session.scalar(early) == 370, "what found no room stays where it is"


def test_openers_leave_room_for_an_answer(paced: FakedApp, cast: Cast, clock: StillClock) -> None:
    """The line is full of openers, and an answer leaves at once."""
    with paced.database.write() as session:
        write_texts(session, cast.ana, "marketing", 400, clock())
    leave(paced, pick(paced, clock(), 100))
    assert pick(paced, clock(), 100) == []
    with paced.database.write() as session:
        write_texts(session, cast.ana, "answer", 4, clock(), ago=timedelta(seconds=1))
    assert kinds(pick(paced, clock(), 16)) == ["answer"] * 4


def test_two_shops_on_one_account_have_their_shares(paced: FakedApp, cast: Cast, clock: StillClock) -> None:
    """The account carries less than both senders: neither shop's flood takes the other's half."""
    with paced.database.write() as session:
        write_texts(session, cast.ana, "marketing", 2000, clock())
        write_texts(session, cast.cleo, "marketing", 2000, clock(), ago=timedelta(seconds=3))
    gone: Counter[int] = Counter()
    for _ in range(60):
        while due := pick(paced, clock(), 5):
            gone += shops_of(paced, due)
            leave(paced, due)
        clock.move(seconds=1)
    assert 6 * 60 <= gone.total() <= 6 * 60 + 60
    assert abs(gone[cast.shop_id] - gone[cast.other_shop_id]) <= 10, gone


def test_what_was_not_used_is_given_back(paced: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Texts that the gate puts off use no room."""
    with paced.database.write() as session:
        write_texts(session, cast.ana, "marketing", 10, clock())
    due = pick(paced, clock(), 16)
    sent = TextToSend("p", ACCOUNT, "+14155550101", cast.number, None, "Hi", 60)
    heed(paced, due, {due[0].id: (sent, Sent("SM1", "queued"))})
    with paced.database.read() as session:
        name = f"sender {cast.number}"
        until = session.scalars(select(Pace.spoken_until).where(Pace.name == name)).one()
        day = session.scalars(select(Pace.day_parts).where(Pace.name == f"shop {cast.shop_id}")).one()
    assert until == clock() + timedelta(seconds=0.25)
    assert day == 1


def test_nothing_is_given_back_once_another_took_room(paced: FakedApp, cast: Cast, clock: StillClock) -> None:
    """It would be given to both."""
    with paced.database.write() as session:
        write_texts(session, cast.ana, "marketing", 10, clock())
    first = pick(paced, clock(), 5)
    second = pick(paced, clock(), 5)
    heed(paced, first, {})
    with paced.database.read() as session:
        name = f"sender {cast.number}"
        until = session.scalars(select(Pace.spoken_until).where(Pace.name == name)).one()
    assert until == clock() + timedelta(seconds=2.5)
    assert len(second) == 5


def test_a_brand_has_its_day(paced: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Openers end at three quarters of it, answers at all of it, and what is owed leaves all the same."""
    with paced.database.write() as session:
        session.execute(update(Shop).values(settings={"parts_per_day": 20, "parts_per_second": 1000}))
        write_texts(session, cast.ana, "marketing", 50, clock())
    gone = pick(paced, clock(), 200)
    assert len(gone) == 15
    leave(paced, gone)
    with paced.database.write() as session:
        write_texts(session, cast.ana, "answer", 10, clock(), ago=timedelta(seconds=1))
        write_texts(session, cast.ana, "compliance", 3, clock(), ago=timedelta(seconds=1))
    gone = pick(paced, clock(), 200)
    assert Counter(kinds(gone)) == {"compliance": 3, "answer": 2}
    leave(paced, gone)
    clock.move(hours=24)
    with paced.database.read() as session:
        assert session.scalar(select(func.count()).where(Outbound.kind == "marketing")) == 50
    assert Counter(kinds(pick(paced, clock(), 200)))["marketing"] > 0


def test_openers_hold_back_while_people_are_behind(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """One too many waits in Ana's shop: her openers are put off and say why; answers and other shops go on."""
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(settings={"people_waiting": 1}))
        session.execute(
            update(Conversation)
            .where(Conversation.shop_id == cast.shop_id)
            .values(holder="nobody", held_since=clock())
        )
        write_texts(session, cast.ana, "marketing", 30, clock())
        write_texts(session, cast.ana, "answer", 1, clock(), ago=timedelta(seconds=1))
        write_texts(session, cast.cleo, "marketing", 2, clock(), ago=timedelta(seconds=1))
    gone = pick(app, clock(), 100)
    assert Counter(kinds(gone)) == {"answer": 1, "marketing": 2}
    assert shops_of(app, gone)[cast.other_shop_id] == 2
    with app.database.read() as session:
        row = session.scalars(select(Outbound).where(Outbound.shop_id == cast.shop_id).limit(1)).one()
    assert row.why == "held back: 2 wait for a person"
    assert row.due_at == clock() + timedelta(minutes=15)


def test_one_who_waits_too_long_holds_openers_back(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Few wait, but one of them for four days."""
    with app.database.write() as session:
        session.execute(
            update(Conversation)
            .where(Conversation.id == cast.ana.conversation_id)
            .values(holder="nobody", held_since=clock() - timedelta(days=4))
        )
        write_texts(session, cast.ana, "marketing", 3, clock())
    assert pick(app, clock(), 100) == []
    with app.database.write() as session:
        session.execute(update(Conversation).values(holder="bot", held_since=None))
    clock.move(minutes=15)
    assert len(pick(app, clock(), 100)) == 3


def test_a_flood_is_looked_at_over_an_index(
    db: Database, app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """However many wait: the plan of the shop's part names the index and sorts nothing."""
    with db.write() as session:
        write_texts(session, cast.ana, "marketing", 3000, clock())
    statement = (
        "SELECT id FROM outbound WHERE status = 'ready' AND kind = 'marketing' AND shop_id = 1"
        " AND due_at <= '2030-01-01' ORDER BY due_at, id LIMIT 16"
    )
    with db.write() as session:
        session.execute(text("ANALYZE"))
    with db.read() as session:
        explain = "EXPLAIN QUERY PLAN " if db.is_sqlite else "EXPLAIN "
        plan = " ".join(str(row) for row in session.execute(text(explain + statement)).all())
    assert "ix_outbound_" in plan, plan
    assert "SORT" not in plan.upper().replace("SORT KEY", ""), plan
    assert len(pick(app, clock(), 16)) == 16
