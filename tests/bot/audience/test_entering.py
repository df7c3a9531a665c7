"""What holds for every kind of trigger: limits, holdout, one voice, re-entry; once, whoever else looks at the same time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.audience import starts
from bot.keys import Keys
from bot.models import (
    Conversation,
    Customer,
    FlowStart,
    Shop,
    Signal,
)
from flows.parser import published
from tests.bot.audience.triggered import (
    begin,
    entered,
    finish,
    lines,
    look,
    passages,
    person,
    publish,
    source,
)
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture(autouse=True)
def alone(app: FakedApp, cast: Cast) -> None:
    """The cast has lapsed, and would be in the way."""
    with app.database.write() as session:
        session.execute(update(Customer).values(number_state="bad"))


KINDS = {
    "lapsed": "{ lapsed: 45 to 365 days }",
    "segment": "{ segment: [champions, loyal, cooling, at_risk, hibernating, lost] }",
    "replenishment": "{ replenishment: that day }",
    "birthday": "{ birthday: that day }",
}


@pytest.fixture
def crowd(app: FakedApp, cast: Cast, keys: Keys, clock: StillClock) -> list[int]:
    """30 customers whom each of KINDS names."""
    with app.database.write() as session:
        people = [
            person(
                session,
                keys,
                cast.shop_id,
                place,
                clock(),
                (60, 1_000),
                attributes={"birthday": "1990-03-11"},
            )
            for place in range(30)
        ]
    lines(app, cast.shop_id, {"name": "Beans", "days_of_use": 60, "kind": "product"})
    return sorted(each.customer_id for each in people)


@pytest.mark.parametrize("kind", KINDS)
def test_a_daily_limit_spreads_them_and_nobody_enters_twice(
    app: FakedApp, cast: Cast, crowd: list[int], clock: StillClock, kind: str
) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("x", KINDS[kind]), clock(), daily_limit=20)
    assert look(app) == 20
    assert look(app) == 0
    if kind == "birthday":
        return  # tomorrow it is over
    clock.move(days=1)
    assert look(app) == 10
    clock.move(days=1)
    assert look(app) == 0
    assert sorted(entered(app, "x")) == crowd


@pytest.mark.parametrize("kind", KINDS)
def test_the_holdout_is_the_same_share_for_every_kind_and_is_told_nothing(
    app: FakedApp, cast: Cast, crowd: list[int], clock: StillClock, kind: str
) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("x", KINDS[kind], "holdout: 50%"), clock())
    look(app)
    with app.database.read() as session:
        arms = {each.customer_id: each.arm for each in passages(session, "x")}
        told = set(session.scalars(select(Signal.enrolment_id)))
        control = {each.id for each in passages(session, "x") if each.arm == "control"}
    assert sorted(arms) == crowd
    assert 3 < sum(arm == "control" for arm in arms.values()) < 27
    assert not told & control


@pytest.mark.parametrize("kind", KINDS)
def test_no_trigger_interrupts_a_dialogue(
    app: FakedApp, cast: Cast, crowd: list[int], clock: StillClock, kind: str
) -> None:
    with app.database.write() as session:
        talks = Conversation(
            shop_id=cast.shop_id,
            customer_id=crowd[0],
            created_at=clock(),
            last_inbound_at=clock() - timedelta(hours=23),
        )
        session.add(talks)
        begin(session, cast.shop_id, source("x", KINDS[kind]), clock())
    assert look(app) == 29
    assert crowd[0] not in entered(app, "x")


def test_a_flow_of_higher_priority_ends_one_of_lower_and_any_other_waits(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    from bot.conversations.work import take_turns

    with app.database.write() as session:
        her = person(session, keys, cast.shop_id, 1, clock(), (60, 1_000))
        begin(session, cast.shop_id, source("low", KINDS["lapsed"], "priority: 20"), clock())
    assert look(app) == 1
    take_turns(app)
    with app.database.write() as session:
        begin(session, cast.shop_id, source("same", KINDS["lapsed"], "priority: 20"), clock())
        begin(session, cast.shop_id, source("high", KINDS["lapsed"], "priority: 70"), clock())
    assert look(app) == 1
    take_turns(app)
    with app.database.read() as session:
        assert [(each.status, each.outcome) for each in passages(session, "low")] == [
            ("ended", "high goes first")
        ]
        assert [each.status for each in passages(session, "high")] == ["active"]
        assert passages(session, "same") == []
    assert entered(app, "high") == [her.customer_id]


def test_of_two_that_begin_at_once_the_higher_has_the_customer(
    app: FakedApp, cast: Cast, crowd: list[int], clock: StillClock
) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("low", KINDS["lapsed"], "priority: 20"), clock())
        begin(session, cast.shop_id, source("high", KINDS["segment"], "priority: 70"), clock())
    assert look(app) == 30
    assert sorted(entered(app, "high")) == crowd
    assert entered(app, "low") == []


def test_again_counts_from_the_end_of_the_last_passage(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    with app.database.write() as session:
        person(session, keys, cast.shop_id, 1, clock(), (60, 1_000))
        session.execute(update(Shop).values(orders_known_at=clock() + timedelta(days=800)))
        begin(session, cast.shop_id, source("x", "{ lapsed: 45 to 365 days, again: 90 days }"), clock())
    look(app)
    clock.move(days=10)
    look(app)
    finish(app, "x", clock())
    for days in (1, 44, 44):
        clock.move(days=days)
        assert look(app) == 0
    clock.move(days=2)
    assert look(app) == 1
    with app.database.read() as session:
        assert [each.passage for each in passages(session, "x")] == [1, 2]


def test_a_control_passage_is_over_in_30_days_and_stays_in_its_arm(
    app: FakedApp, cast: Cast, crowd: list[int], clock: StillClock
) -> None:
    written = source("x", "{ lapsed: 45 to 365 days, again: 10 days }", "holdout: 99%")
    with app.database.write() as session:
        session.execute(update(Shop).values(orders_known_at=clock() + timedelta(days=800)))
        begin(session, cast.shop_id, written, clock())
    look(app)
    for days in (1, 30, 8):
        clock.move(days=days)
        assert look(app) == 0
    clock.move(days=2)
    look(app)
    with app.database.read() as session:
        theirs = [each for each in passages(session, "x") if each.customer_id == crowd[0]]
    assert [(each.passage, each.arm, each.outcome) for each in theirs] == [
        (1, "control", "over"),
        (2, "control", None),
    ]


@pytest.mark.parametrize("told", ["by the start's notes", "by the customers' own"])
def test_two_clocks_at_once_enrol_each_once(
    app: FakedApp, cast: Cast, crowd: list[int], clock: StillClock, told: str
) -> None:
    """The second one looked before the first had written anything."""
    with app.database.write() as session:
        start = begin(
            session, cast.shop_id, source("x", "{ lapsed: 45 to 365 days, again: 1 hour }"), clock()
        ).id
    one, other = starts._look(app, start), starts._look(app, start)
    assert one is not None
    assert other is not None
    assert starts._take(app, start, one) == (30, True)
    if told == "by the customers' own":
        with app.database.write() as session:  # as if its notes had not moved
            row = session.get_one(FlowStart, start)
            row.next_batch_at, row.params = clock(), dict(other.seen)
    else:
        with app.database.write() as session:
            session.get_one(FlowStart, start).next_batch_at = clock()
            for each in passages(session, "x"):  # who would fit again
                each.status, each.ended_at = "ended", clock() - timedelta(hours=2)
    assert starts._take(app, start, other) == (0, True)
    assert sorted(entered(app, "x")) == crowd


def test_a_flow_without_a_trigger_starts_nobody(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    with app.database.write() as session, pytest.raises(ValueError, match="no trigger"):
        begin(session, cast.shop_id, source("x", "{ manual: true }"), clock())


def test_the_flows_here_are_what_they_seem() -> None:
    assert published(source("x", KINDS["birthday"])).trigger.birthday == 0


def test_a_plan_says_whom_it_would_text_and_for_what_it_would_wait(
    app: FakedApp, cast: Cast, crowd: list[int], clock: StillClock
) -> None:
    wanted = {
        "{ segment: lost }": "x (revision 1) would text nobody now.\nThen each day, whoever has come to be among lost.",
        "{ cart_abandoned: true, delay: 1 hour }": "Then whoever leaves a cart enters 1 hour after it, when they have",
        "{ after_purchase: first }": "Then whoever places a first order from now on enters at once.",
        "{ keyword: [BREW, TEA] }": "begins for whoever texts BREW or TEA alone; up to 1 text for",
        "{ lapsed: 45 to 365 days }": "would text 30 customers now, 20 a day over 2 days, whoever bought last first;",
        "{ birthday: that day }": "would text 30 customers now, 20 a day over 2 days; 0 more are the holdout",
        "{ manual: true }": "has no trigger: people enter it by hand, or from another flow.",
    }
    for trigger, words in wanted.items():
        with app.database.write() as session:
            revision = publish(session, cast.shop_id, source("x", trigger), clock())
            plan = starts.plan(session, revision, clock(), daily_limit=20, total=None)
            session.rollback()
        assert words in plan.in_words()
