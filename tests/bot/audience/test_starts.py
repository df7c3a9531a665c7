"""Starting a flow, as the command does: refused where it would text nobody, or everybody twice as fast."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.audience import starts
from bot.audience.conditions import HOLDOUT_LASTS, asked
from bot.audience.enrol import enrol
from bot.audience.finding import candidates
from bot.bulk import insert_rows
from bot.flows_store import current, flow_of, publish_library
from bot.models import Consent, Customer, Enrolment, FlowRevision, FlowStart, Shop
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


def begin(app: FakedApp, cast: Cast, clock: StillClock) -> FlowRevision:
    """Start the win-back in Ana's shop."""
    with app.database.write() as session:
        publish_library(session, cast.shop_id, clock())
        revision = current(session, cast.shop_id, "winback_offer")
        assert revision is not None
        starts.start(session, revision, clock(), daily_limit=None, total=None, by="test")
        return revision


def enrolled(app: FakedApp) -> int:
    with app.database.read() as session:
        return session.execute(
            select(func.count()).select_from(Enrolment).where(Enrolment.start_id.is_not(None))
        ).scalar_one()


@pytest.mark.parametrize("state", ["test", "paused"])
def test_a_shop_that_is_not_live_spends_no_customer_s_passage(
    app: FakedApp, cast: Cast, clock: StillClock, state: str
) -> None:
    """A customer passes a flow once: enrolled in a shop in test, they would be denied, and never asked again."""
    begin(app, cast, clock)
    with app.database.write() as session:
        session.execute(update(Shop).values(state=state))
    assert starts.run_due(app) == 0
    with app.database.write() as session:
        session.execute(update(Shop).values(state="live"))
    clock.move(hours=1)
    assert starts.run_due(app) == 1
    assert enrolled(app) == 1


def test_a_start_runs_until_it_is_stopped_or_has_all_that_it_may(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    revision = begin(app, cast, clock)
    with app.database.write() as session:
        assert starts.running(session, cast.shop_id, revision.flow_id) is not None
        assert starts.running(session, cast.other_shop_id, revision.flow_id) is None
        starts.stop(session, cast.shop_id, revision.flow_id)
        assert starts.running(session, cast.shop_id, revision.flow_id) is None
        starts.start(session, revision, clock() - timedelta(seconds=1), daily_limit=None, total=1, by="test")
    starts.run_due(app)
    with app.database.read() as session:
        assert starts.running(session, cast.shop_id, revision.flow_id) is None


def test_the_holdout_is_kept_out_of_other_flows_for_as_long_as_an_order_counts(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """Not for ever: a control passage has no end of its own when nobody orders."""
    with app.database.write() as session:
        publish_library(session, cast.shop_id, clock())
        revision = current(session, cast.shop_id, "winback_offer")
        assert revision is not None
        start = starts.start(session, revision, clock(), daily_limit=5, total=None, by="test")
        ana = next(
            candidates(
                session,
                asked(session, cast.shop_id, revision.flow_id, flow_of(session, revision.id), clock()),
            )
        )
        enrol(session, cast.shop_id, start, replace(ana, arm="control"), clock())
        other = flow_of(session, revision.id)
        assert list(candidates(session, asked(session, cast.shop_id, 999, other, clock()))) == []
        later = clock() + HOLDOUT_LASTS + timedelta(days=1)
        assert [
            each.customer_id for each in candidates(session, asked(session, cast.shop_id, 999, other, later))
        ] == [ana.customer_id]


def test_a_day_s_later_batches_go_on_behind_the_earlier_ones(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """From the start again, each batch would pass over all that were enrolled before it."""
    number, long_ago = 2 * starts.BATCH + 30, clock() - timedelta(days=60)
    shop = {"shop_id": cast.shop_id}
    people, consents = [], []
    for one in range(number):
        phone = f"+12125557{one:03d}"
        key = app.keys.phone_key(cast.shop_id, phone)
        bought = long_ago - timedelta(days=one // 70)  # many at the same moment
        person = {"phone": phone, "phone_key": key, "country": "US", "created_at": bought}
        people.append(shop | person | {"last_order_at": bought, "orders_count": 1})
        consent = {"phone_key": key, "kind": "written", "source": "test", "at": bought, "ledger_seq": 1}
        consents.append(shop | consent)
    with app.database.write() as session:
        insert_rows(session.connection(), Customer, people)
        insert_rows(session.connection(), Consent, consents)
    begin(app, cast, clock)
    assert starts.run_due(app) == enrolled(app) == number + 1  # and Ana
    with app.database.read() as session:
        assert session.execute(select(FlowStart)).scalar_one().params["after"] is None


def test_r155_whose_implied_consent_has_ended_is_not_enrolled(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """The gate would deny the opener, and a customer passes a flow once."""
    revision = begin(app, cast, clock)
    found = []
    for days_ago in (800, 300):
        with app.database.write() as session:
            ana = session.get_one(Customer, cast.ana.customer_id)
            ana.country, ana.last_order_at = "CA", clock() - timedelta(days=days_ago)
            implied = {"kind": "implied", "at": clock() - timedelta(days=1000)}
            session.execute(update(Consent).where(Consent.phone_key == ana.phone_key).values(**implied))
        with app.database.read() as session:
            flow = flow_of(session, revision.id)
            flow = replace(flow, trigger=replace(flow.trigger, lapsed=(45, 3650)))
            entering = candidates(session, asked(session, cast.shop_id, revision.flow_id, flow, clock()))
            found.append([each.customer_id for each in entering])
    assert found == [[], [cast.ana.customer_id]]


def test_whoever_was_looked_for_by_one_revision_does_not_enter_by_another(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """Led into another revision between the look and the taking, the start asks other customers."""
    revision = begin(app, cast, clock)
    with app.database.read() as session:
        start = session.execute(select(FlowStart.id)).scalars().one()
    look = starts._look(app, start)
    assert look is not None
    assert look.found
    with app.database.write() as session:
        other = next(each for each in session.scalars(select(FlowRevision)) if each.id != revision.id)
        session.execute(update(FlowStart).values(revision_id=other.id))
    assert starts._take(app, start, look) == (0, True)
    assert enrolled(app) == 0
