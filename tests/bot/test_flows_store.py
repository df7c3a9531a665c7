"""I8: a running passage stays on its revision, and publishing starts nobody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from bot.audience import starts
from bot.flows_store import current, publish, publish_library
from bot.models import Enrolment, FlowRevision, Outbound
from flows.parser import library
from tests.bot.conversations.loop import enrol_in, enrolment, run_until_quiet
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

SOURCE = library()["winback_offer"]


def test_publishing_starts_nobody(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Ana has lapsed and would fit."""
    with app.database.write() as session:
        publish_library(session, cast.shop_id, clock())
    assert starts.run_due(app) == 0
    run_until_quiet(app)
    with app.database.read() as session:
        assert session.execute(select(func.count()).select_from(Enrolment)).scalar_one() == 0
        assert session.execute(select(func.count()).select_from(Outbound)).scalar_one() == 0


def test_a_running_passage_stays_on_its_revision(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Other words for the opener are for those who come after."""
    passage = enrol_in(app, cast, cast.ana)
    before = enrolment(app, passage).revision_id
    with app.database.write() as session:
        done, problems = publish(
            session,
            cast.shop_id,
            SOURCE.replace("Low on", "Out of"),
            file="f.yml",
            by="test",
            now=clock(),
        )
        assert done is not None, problems
        assert done.number == 2
        newest = current(session, cast.shop_id, "winback_offer")
        assert newest is not None
        assert newest.id != before
    clock.set(datetime(2026, 3, 14, 20, 0, tzinfo=UTC))  # a Saturday, when its window is open
    run_until_quiet(app)
    assert enrolment(app, passage).revision_id == before
    assert "Low on" in app.provider.bodies[0]  # type: ignore[attr-defined]


def test_the_same_source_is_the_same_revision(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Publishing twice is publishing once."""
    with app.database.write() as session:
        publish_library(session, cast.shop_id, clock())
        publish_library(session, cast.shop_id, clock())
        assert session.execute(select(func.count()).select_from(FlowRevision)).scalar_one() == len(library())


def test_a_flow_with_errors_is_not_published_by_half(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """I14: nothing is written."""
    with app.database.write() as session:
        done, problems = publish(
            session,
            cast.shop_id,
            SOURCE.replace("start: hello", "start: nowhere"),
            file="f.yml",
            by="t",
            now=clock(),
        )
        assert done is None
        assert {problem.code for problem in problems} == {"unknown-node"}
        assert session.execute(select(func.count()).select_from(FlowRevision)).scalar_one() == 0


def test_the_control_arm_is_sticky_and_hears_nothing(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """hash(shop, customer, flow): the same answer every day, about a tenth of all."""
    from bot.audience.finding import arm_of

    arms = [arm_of(1, f"key{n}", "winback_offer", 10) for n in range(5000)]
    assert arms == [arm_of(1, f"key{n}", "winback_offer", 10) for n in range(5000)]
    assert 0.08 < arms.count("control") / len(arms) < 0.12


def test_a_start_enrols_the_newest_lapsed_first_and_only_so_many_a_day(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """Ben opted out and is not enrolled; Ana is, once, whatever is started again."""
    with app.database.write() as session:
        publish_library(session, cast.shop_id, clock())
        revision = current(session, cast.shop_id, "winback_offer")
        assert revision is not None
        shown = starts.plan(session, revision, clock(), daily_limit=5, total=None)
        assert (shown.customers + shown.control, shown.texts_at_most) == (1, 3 * shown.customers)
        starts.start(session, revision, clock(), daily_limit=5, total=None, by="test")
        starts.start(session, revision, clock(), daily_limit=5, total=None, by="test")
    assert starts.run_due(app) == 1
    clock.move(days=1, minutes=1)
    assert starts.run_due(app) == 0
    with app.database.read() as session:
        assert session.execute(select(Enrolment.customer_id)).scalars().all() == [cast.ana.customer_id]
