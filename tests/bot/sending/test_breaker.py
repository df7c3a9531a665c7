"""The breaker: what trips it, what it holds, how it is let go; and two machines that talk to each other."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from bot.audience import starts
from bot.checkup_sending import held_back
from bot.flows_store import current
from bot.models import (
    Alert,
    Audit,
    Conversation,
    Customer,
    Enrolment,
    Flow,
    Outbound,
    Shop,
    Suppression,
)
from bot.sending.breaker import AT_LEAST, LAST, held_flows, look, resume, tallies
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

FLOW = "winback_offer"


@pytest.fixture(autouse=True)
def saturday(clock: StillClock) -> None:
    """Saturday noon in San Francisco and 3 pm in New York: every window is open."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def sent(
    app: FakedApp,
    cast: Cast,
    enrolment_id: int,
    count: int,
    *,
    opted_out: int = 0,
    failed: int = 0,
    ago: timedelta = timedelta(hours=1),
    trial: bool = False,
) -> None:
    """So many texts of the flow, each to a customer of its own."""
    with app.database.write() as session:
        now = app.real_now()
        model = session.get_one(Enrolment, enrolment_id)
        for number in range(count):
            name = uuid.uuid4().hex
            customer = Customer(shop_id=cast.shop_id, phone_key=name, country="US", created_at=now)
            session.add(customer)
            session.flush()
            talk = Conversation(shop_id=cast.shop_id, customer_id=customer.id, created_at=now)
            session.add(talk)
            session.flush()
            passage = Enrolment(
                shop_id=cast.shop_id,
                customer_id=customer.id,
                conversation_id=talk.id,
                flow_id=model.flow_id,
                revision_id=model.revision_id,
                start_id=model.start_id,
                trial=trial,
                state=model.state,
                status="ended",
                started_at=now,
            )
            session.add(passage)
            session.flush()
            session.add(
                Outbound(
                    shop_id=cast.shop_id,
                    public_id=name,
                    conversation_id=talk.id,
                    enrolment_id=passage.id,
                    key=name,
                    body="Hi",
                    language="en",
                    encoding="GSM-7",
                    parts=1,
                    kind="marketing",
                    status="sent",
                    provider_status="undelivered" if number < failed else "delivered",
                    fence=0,
                    due_at=now - ago,
                    attempted_at=now - ago + timedelta(seconds=number),
                    created_at=now - ago,
                )
            )
            if number >= count - opted_out:
                session.add(
                    Suppression(
                        shop_id=cast.shop_id,
                        phone_key=name,
                        kind="opted_out",
                        source="carrier_word",
                        since=now,
                        ledger_seq=1,
                    )
                )


def last(app: FakedApp) -> Outbound:
    with app.database.read() as session:
        return session.scalars(select(Outbound).order_by(Outbound.id.desc())).first()  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("count", "opted_out", "failed", "why"),
    [
        (AT_LEAST - 1, 20, 0, None),
        (40, 2, 0, None),
        (40, 3, 0, "3 of the last 40 opted out"),
        (40, 0, 6, None),
        (40, 0, 7, "7 of the last 40 failed"),
    ],
)
def test_an_abnormal_rate_holds_the_flow(
    app: FakedApp, cast: Cast, count: int, opted_out: int, failed: int, why: str | None
) -> None:
    passage = enrol_in(app, cast, cast.ana)
    sent(app, cast, passage, count, opted_out=opted_out, failed=failed)
    assert [each.flow for each in look(app)] == ([FLOW] if why else [])
    assert look(app) == []
    with app.database.read() as session:
        assert [each.why for each in held_flows(session)] == ([why] if why else [])
        assert session.scalar(select(func.count()).select_from(Alert)) == (1 if why else 0)
        assert session.scalar(select(func.count()).where(Audit.action == "flow held")) == (1 if why else 0)
    told = [each for each in held_back(app) if each.about == f"flow {FLOW} of juniper"]
    assert [each.why.startswith(why or "") for each in told] == ([True] if why else [])


def test_only_the_last_texts_of_the_day_are_weighed_and_no_trials(app: FakedApp, cast: Cast) -> None:
    passage = enrol_in(app, cast, cast.ana)
    sent(app, cast, passage, 30, opted_out=30, ago=timedelta(hours=25))
    sent(app, cast, passage, 30, opted_out=30, trial=True)
    sent(app, cast, passage, 40, failed=40, ago=timedelta(hours=20))
    sent(app, cast, passage, LAST)
    assert look(app) == []
    with app.database.read() as session:
        (tally,) = tallies(session, app.real_now())
    assert (tally.texts, tally.opted_out, tally.failed) == (LAST, 0, 0)


def test_a_shop_sets_its_own_measure(app: FakedApp, cast: Cast) -> None:
    passage = enrol_in(app, cast, cast.ana)
    sent(app, cast, passage, 40, opted_out=10, failed=20)
    lenient = {"breaker_opt_outs_percent": None, "breaker_failed_percent": 60}
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(settings=lenient))
    assert look(app) == []


def test_what_is_held_waits_and_leaves_when_a_person_lets_it(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    passage = enrol_in(app, cast, cast.ana)
    sent(app, cast, passage, 40, opted_out=9)
    look(app)
    run_until_quiet(app)
    row = last(app)
    assert (provider.bodies, row.status) == ([], "ready")
    assert row.why == "the flow is held: 9 of the last 40 opted out"
    assert row.due_at >= clock() + timedelta(days=1)
    with app.database.write() as session:
        revision = current(session, cast.shop_id, FLOW)
        assert revision is not None
        starts.start(session, revision, clock(), daily_limit=10, total=None, by="test")
    assert starts.run_due(app) == 0
    clock.move(minutes=5)
    with app.database.write() as session:
        assert resume(session, cast.shop_id, FLOW, clock(), by="test") == 1
        assert resume(session, cast.shop_id, FLOW, clock(), by="test") is None
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    assert look(app) == []  # what a person has seen is weighed no more


def test_another_shops_flow_is_not_touched(app: FakedApp, cast: Cast, provider: FakeProvider) -> None:
    mine = enrol_in(app, cast, cast.ana)
    enrol_in(app, cast, cast.cleo)
    sent(app, cast, mine, 40, opted_out=9)
    look(app)
    run_until_quiet(app)
    assert [text.to for text in provider.asked] == [cast.cleo.phone]
    with app.database.read() as session:
        held = session.scalars(select(Flow.shop_id).where(Flow.held_at.is_not(None))).all()
    assert held == [cast.shop_id]


def test_r103_a_machine_that_says_the_same_again_and_again_gets_a_person_once(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """Slowly enough for the guard of 60 seconds."""
    words = "Thanks for your message! We are closed now"
    reader.reads[words] = reading("smalltalk")
    for _ in range(8):
        text_in(app, cast, cast.ana, words)
        clock.move(minutes=2)
        run_until_quiet(app)
    assert len(provider.bodies) == 4
    assert conversation(app, cast.ana).holder == "nobody"
    with app.database.read() as session:
        (alert,) = session.scalars(select(Alert)).all()
    assert (alert.about, alert.times) == (f"conversation {cast.ana.conversation_id}", 1)
    assert "the same words 5 times" in alert.told
    assert cast.ana.phone not in alert.told
    (told,) = held_back(app)
    assert "look whether somebody is there" in told.remedy


def test_r103_two_machines_that_chat_get_a_person(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """One every 40 seconds, never the same words: neither of the other guards sees it."""
    for number in range(20):
        words = f"how nice, number {number}"
        reader.reads[words] = reading("smalltalk")
        text_in(app, cast, cast.ana, words)
        clock.move(seconds=40)
        run_until_quiet(app)
    assert len(provider.bodies) == 12
    assert conversation(app, cast.ana).holder == "nobody"


def test_somebody_who_chats_is_answered(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    for number in range(15):
        words = f"how nice, number {number}"
        reader.reads[words] = reading("smalltalk")
        text_in(app, cast, cast.ana, words)
        clock.move(seconds=70)
        run_until_quiet(app)
    assert len(provider.bodies) == 15


def test_whoever_plays_with_the_demo_may_say_the_same_again_and_again(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    with app.database.write() as session:
        session.execute(update(Shop).values(demo=True))
    reader.reads["hello"] = reading("smalltalk")
    for _ in range(14):
        text_in(app, cast, cast.ana, "hello")
        clock.move(seconds=20)
        run_until_quiet(app)
    assert len(provider.bodies) == 14
