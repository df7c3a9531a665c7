"""`winback why`: each station names itself, and nobody is told something that enrolment or the gate would not do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.audience import starts
from bot.audience.conditions import asked
from bot.audience.finding import arm_of, candidates
from bot.compliance.consent import hold
from bot.compliance.places import place_of
from bot.compliance.windows import window_at
from bot.db import Database, WritingSession
from bot.flows_store import current, flow_of, publish, publish_library
from bot.models import Customer, Enrolment, Outbound, Receipt
from bot.proof.steps import Walk
from bot.proof.why import NoSuchFlow, why
from bot.sending.outcomes import Refused, Sent
from bot.sending.status import Report, record_report
from flows.parser import published
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast, Member
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

FLOW = "winback_offer"


@pytest.fixture
def shop(app: FakedApp, cast: Cast, clock: StillClock) -> Cast:
    """The cast at six in Ana's evening, the win-back flow started; the batch is due in an hour."""
    clock.move(hours=8)
    with app.database.write() as session:
        publish_library(session, cast.shop_id, app.real_now())
        revision = current(session, cast.shop_id, FLOW)
        assert revision is not None
        start = starts.start(session, revision, app.real_now(), daily_limit=10, total=None, by="test")
        start.next_batch_at = app.real_now() + timedelta(hours=1)
    return cast


def walk(app: FakedApp, who: Member, flow: str | None = FLOW) -> Walk:
    return why(app, who.shop_id, who.phone, flow)


def change(app: FakedApp, who: Member, **columns: Any) -> None:
    with app.database.write() as session:
        session.execute(update(Customer).where(Customer.id == who.customer_id).values(columns))


def treated(app: FakedApp, cast: Cast) -> None:
    """A number of Ana's that is not in the holdout, whatever the secret makes of the one she has."""
    with app.database.read() as session:
        revision = current(session, cast.shop_id, FLOW)
        assert revision is not None
        flow = flow_of(session, revision.id)
    assert arm_of(cast.shop_id, cast.ana.phone_key, FLOW, flow.holdout_percent) == "treated"


def test_somebody_whom_nothing_stops_hears_when_the_next_batch_is(app: FakedApp, shop: Cast) -> None:
    treated(app, shop)
    found = walk(app, shop.ana)
    assert found.stop is None, found.sentence
    assert [step.step for step in found.steps[:6]] == [
        "customer",
        "trigger",
        "audience",
        "holdout",
        "re-entry",
        "one voice",
    ]
    assert found.steps[-1].step == "start"
    assert "the next batch" in found.sentence
    assert found.next_possible == app.real_now() + timedelta(hours=1)


def test_a_flow_that_nobody_started_says_so_and_blocks_no_forecast(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    clock.move(hours=8)
    with app.database.write() as session:
        publish_library(session, cast.shop_id, app.real_now())
    found = walk(app, cast.ana)
    assert found.stop is not None
    assert found.stop.step == "start"
    assert found.next_possible == app.real_now()


def test_who_opted_out_is_stopped_there_and_for_ever(app: FakedApp, shop: Cast) -> None:
    """R11: an opt-out has no end that could be foretold."""
    found = walk(app, shop.ben)
    assert found.stop is not None
    assert found.stop.step == "suppression"
    assert found.next_possible is None
    assert "no time is in sight" in found.sentence


def test_at_night_the_hours_stop_them_until_the_morning_where_they_are(
    app: FakedApp, shop: Cast, clock: StillClock
) -> None:
    clock.move(hours=7)  # one in the morning in California
    found = walk(app, shop.ana)
    assert found.stop is not None
    assert found.stop.step == "hours"
    assert found.next_possible is not None
    assert found.next_possible > app.real_now()
    assert window_at(place_of(shop.ana.phone), found.next_possible) is not None
    assert "America/Los_Angeles" in found.sentence


def test_who_bought_lately_hears_the_day_on_which_they_have_lapsed(app: FakedApp, shop: Cast) -> None:
    bought = app.real_now() - timedelta(days=5)
    change(app, shop.ana, last_order_at=bought)
    found = walk(app, shop.ana)
    assert found.stop is not None
    assert found.stop.step == "trigger"
    assert found.next_possible is not None
    assert found.next_possible >= bought + timedelta(days=45)


def test_somebody_who_only_ever_texted_has_no_order_to_lapse_from(app: FakedApp, shop: Cast) -> None:
    change(app, shop.ana, last_order_at=None, orders_count=0)
    found = walk(app, shop.ana)
    assert found.stop is not None
    assert found.stop.step == "trigger"
    assert found.next_possible is None


def test_outside_of_the_audience_the_test_that_fails_is_named(app: FakedApp, shop: Cast) -> None:
    change(app, shop.ana, orders_count=0)
    found = walk(app, shop.ana)
    assert found.stop is not None
    assert found.stop.step == "audience"
    assert "orders >= 1" in found.stop.why


def test_the_control_group_is_told_as_such_before_and_after_it_was_drawn(app: FakedApp, shop: Cast) -> None:
    with app.database.write() as session:
        phones = (f"+1415555{number:04d}" for number in range(9000, 9999))
        phone = next(
            each
            for each in phones
            if arm_of(shop.shop_id, app.keys.phone_key(shop.shop_id, each), FLOW, 10) == "control"
        )
        session.execute(
            update(Customer)
            .where(Customer.id == shop.ana.customer_id)
            .values(phone=phone, phone_key=app.keys.phone_key(shop.shop_id, phone))
        )
    found = why(app, shop.shop_id, phone, FLOW)
    assert found.stop is not None
    assert found.stop.step == "holdout"
    enrolment = enrol_in(app, shop, shop.ana)
    with app.database.write() as session:
        session.execute(update(Enrolment).where(Enrolment.id == enrolment).values(arm="control"))
    found = why(app, shop.shop_id, phone, FLOW)
    assert found.stop is not None
    assert found.stop.step == "holdout"


def test_one_flow_at_a_time_and_the_other_one_is_named(app: FakedApp, shop: Cast) -> None:
    enrol_in(app, shop, shop.ana)
    with app.database.write() as session:
        revision = current(session, shop.shop_id, FLOW)
        assert revision is not None
        source = revision.source.replace(f"flow: {FLOW}", "flow: another")
        published, problems = publish(
            session, shop.shop_id, source, file="another.yml", by="test", now=app.real_now()
        )
        assert published is not None, problems
    found = walk(app, shop.ana, "another")
    stop = next(step for step in found.steps if step.step == "one voice")
    assert not stop.ok
    assert FLOW in stop.why


def test_after_the_text_left_its_end_is_told_and_the_receipt_not_asked_again(
    app: FakedApp, shop: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    provider.will(Sent("SM" + "a" * 32, "queued"))
    enrol_in(app, shop, shop.ana)
    run_until_quiet(app)
    assert walk(app, shop.ana).stop is None
    assert "not reported" in walk(app, shop.ana).sentence
    with app.database.read() as session:
        text = session.scalars(select(Outbound)).one()
    record_report(app, Report(ACCOUNT, "SM" + "a" * 32, text.public_id, "delivered", "", {}))
    clock.move(hours=7)  # at night nothing could leave; this one has left
    found = walk(app, shop.ana, None)
    assert found.stop is None
    assert "was delivered" in found.sentence


def test_what_the_provider_refused_is_said_with_its_meaning(
    app: FakedApp, shop: Cast, provider: FakeProvider
) -> None:
    provider.will(Refused("21614", "not a mobile number", bad_number=True))
    enrol_in(app, shop, shop.ana)
    run_until_quiet(app)
    found = walk(app, shop.ana)
    assert found.stop is not None
    assert found.stop.step == "provider"
    assert "21614" in found.stop.why


def test_a_text_that_the_gate_denied_is_told_by_its_receipt(app: FakedApp, shop: Cast) -> None:
    enrol_in(app, shop, shop.ana)
    with app.database.write() as session:
        hold(session, shop.shop_id, shop.ana.phone_key, source="staff", at=app.real_now())
    run_until_quiet(app)
    found = walk(app, shop.ana)
    assert found.stop is not None
    assert found.stop.step == "suppression"


def test_strangers_and_customers_of_another_shop_are_nobody(app: FakedApp, shop: Cast) -> None:
    """I13."""
    found = why(app, shop.shop_id, shop.cleo.phone, FLOW)
    assert found.stop is not None
    assert found.stop.step == "customer"
    with pytest.raises(NoSuchFlow, match="winback_offer"):
        walk(app, shop.ana, "nonsense")


def test_it_leaves_nothing_behind(app: FakedApp, shop: Cast) -> None:
    def counts() -> list[int]:
        with app.database.read() as session:
            return [
                session.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (Outbound, Enrolment, Receipt)
            ]

    before = counts()
    for who in (shop.ana, shop.ben):
        walk(app, who)
    assert counts() == before


def test_it_agrees_with_who_a_start_would_take(app: FakedApp, shop: Cast) -> None:
    """Whoever passes all stations up to the gate's is a candidate, and nobody else is."""
    changes: list[dict[str, Any]] = [
        {},
        {"number_state": "bad"},
        {"last_order_at": app.real_now() - timedelta(days=400)},
        {"last_order_at": app.real_now() - timedelta(days=45)},
        {"country": "JP"},
        {"orders_count": 0},
    ]
    with app.database.read() as session:
        before = session.execute(
            select(
                *(getattr(Customer, name) for name in sorted({name for each in changes for name in each}))
            ).where(Customer.id == shop.ana.customer_id)
        ).one()
    for columns in changes:
        if columns:
            change(app, shop.ana, **columns)
        with app.database.read() as session:
            revision = current(session, shop.shop_id, FLOW)
            assert revision is not None
            flow = flow_of(session, revision.id)
            taken = {
                each.customer_id
                for each in candidates(
                    session, asked(session, shop.shop_id, revision.flow_id, flow, app.real_now())
                )
            }
        passes = walk(app, shop.ana).stop is None
        assert passes == (shop.ana.customer_id in taken), columns
        change(app, shop.ana, **dict(before._mapping))


def test_while_a_text_of_theirs_is_unread_nothing_leaves(app: FakedApp, shop: Cast) -> None:
    text_in(app, shop, shop.ana, "hello")
    found = walk(app, shop.ana)
    assert not next(step for step in found.steps if step.step == "unread").ok


class Watched:
    """A database that notes how many flows were read while its only writer was taken."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.read_meanwhile: list[int] = []

    @contextmanager
    def write(self) -> Iterator[WritingSession]:
        with self._database.write() as session:
            before = published.cache_info().misses
            try:
                yield session
            finally:
                self.read_meanwhile.append(published.cache_info().misses - before)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@pytest.mark.parametrize("flow", [FLOW, None])
def test_the_flows_are_read_before_webhooks_have_to_wait(app: FakedApp, shop: Cast, flow: str | None) -> None:
    enrol_in(app, shop, shop.ana)
    published.cache_clear()
    watched = Watched(app.database)
    why(replace(app, database=watched), shop.shop_id, shop.ana.phone, flow)  # type: ignore[arg-type]
    assert published.cache_info().misses > 0
    assert watched.read_meanwhile == [0]
