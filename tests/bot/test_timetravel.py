"""Moving the clock: nothing that is due on the way is late, early or left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.audience.one import Enrolled, NotEnrolled, enrol_one
from bot.clock import domain_now, offset
from bot.flows_store import publish_library
from bot.models import Enrolment, Flow, Outbound
from bot.settings import Settings, TwilioSettings
from bot.timetravel import NotMovable, move_to, next_due, next_morning
from tests.support.cast import Cast, Member
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider

EVENING = datetime(2026, 3, 11, 21, 0, tzinfo=UTC)
"""2 p.m. of a Wednesday in San Francisco: the window of evenings and weekends opens in three hours."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The provider is a stand-in on this machine."""
    twilio = TwilioSettings(base_url="http://127.0.0.1:9")
    return Settings(home=tmp_path, secret_key="5e" * 32, twilio=twilio)


@pytest.fixture(autouse=True)
def _afternoon(clock: StillClock) -> None:
    clock.set(EVENING)


def enrolled(app: FakedApp, who: Member) -> int:
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        publish_library(session, who.shop_id, now)
        made = enrol_one(session, who.shop_id, "winback_offer", who.customer_id, now)
    assert isinstance(made, Enrolled)
    return made.enrolment_id


def now_of(app: FakedApp) -> datetime:
    with app.database.read() as session:
        return domain_now(session, app.real_now)


def test_four_days_look_as_if_four_days_had_passed(app: FakedApp, cast: Cast, provider: FakeProvider) -> None:
    """The opener waits for its window; the silence after it is counted from there, and the offer follows it."""
    enrolled(app, cast.ana)
    moved = move_to(app, EVENING + timedelta(days=6))
    with app.database.read() as session:
        left = list(session.execute(select(Outbound).order_by(Outbound.id)).scalars())
    assert [text.status for text in left] == ["sent", "sent"]
    first, second = (text.attempted_at for text in left)
    assert first is not None
    assert second is not None
    local = first.astimezone(ZoneInfo("America/Los_Angeles"))
    assert (local.day, local.hour, local.minute) == (11, 17, 0), "the instant at which the window opens"
    assert second - first == timedelta(days=4), "to the microsecond: the clock stood at the due instant"
    assert moved.now == EVENING + timedelta(days=6)
    assert len(provider.bodies) == 2


def test_it_stops_at_each_due_row_and_calls_whoever_wants_to_look(app: FakedApp, cast: Cast) -> None:
    """`quiet` sees the world at each of these instants."""
    enrolled(app, cast.ana)
    seen: list[datetime] = []
    moved = move_to(app, EVENING + timedelta(days=5), quiet=lambda: seen.append(now_of(app)))
    assert seen == sorted(seen)
    assert seen[0] == EVENING
    assert seen[-1] == EVENING + timedelta(days=5)
    assert moved.stops == len(set(seen)) - 1


def test_the_clock_never_goes_back(app: FakedApp, cast: Cast) -> None:
    """What was sent on Sunday was not sent tomorrow."""
    move_to(app, EVENING + timedelta(days=2))
    moved = move_to(app, EVENING)
    assert moved.now == now_of(app) == EVENING + timedelta(days=2)


def test_time_goes_on_after_a_move(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """The offset is set, not the time."""
    move_to(app, EVENING + timedelta(hours=1))
    clock.move(seconds=30)
    assert now_of(app) == EVENING + timedelta(hours=1, seconds=30)


@pytest.mark.parametrize("base_url", [None, "https://api.twilio.com"])
def test_with_a_real_provider_it_does_not_move(app: FakedApp, base_url: str | None) -> None:
    """DESIGN 3: only while the provider is the stand-in."""
    real = FakedApp(
        app.settings.model_copy(update={"twilio": TwilioSettings(base_url=base_url)}),
        app.real_now,
        database=app.database,
        keys=app.keys,
        bell=app.bell,
        provider=app.provider,
        reader=app.reader,
    )
    with pytest.raises(NotMovable):
        move_to(real, EVENING + timedelta(days=1))
    with app.database.read() as session:
        assert offset(session) == timedelta(0)


def test_next_due_looks_at_all_shops_or_at_one_conversation(app: FakedApp, cast: Cast) -> None:
    """Ana's text waits for the evening; Ben's conversation waits for nothing."""
    enrolled(app, cast.ana)
    move_to(app, EVENING)
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        anybody = next_due(session, now)
        ana = next_due(session, now, shop_id=cast.ana.shop_id, conversation_id=cast.ana.conversation_id)
        ben = next_due(session, now, shop_id=cast.ben.shop_id, conversation_id=cast.ben.conversation_id)
        foreign = next_due(session, now, shop_id=cast.other_shop_id, conversation_id=cast.ana.conversation_id)
    assert anybody == ana
    assert ana is not None
    assert ana.astimezone(ZoneInfo("America/Los_Angeles")).hour == 17
    assert ben is None
    assert foreign is None, "I13"


@given(
    moment=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(("America/New_York", "America/Los_Angeles", "Europe/London", "Asia/Kolkata")),
)
def test_the_next_morning_is_ahead_and_within_a_day(moment: datetime, zone: str) -> None:
    """On nights with a change of the clock, too (a day may have 25 hours)."""
    morning = next_morning(moment, zone)
    local = morning.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute, local.second) == (9, 5, 0)
    assert timedelta() < morning - moment <= timedelta(hours=25)


def test_one_flow_speaks_at_a_time(app: FakedApp, cast: Cast) -> None:
    """A second enrolment while the first one runs is refused with the reason; afterwards it is a new passage."""
    first = enrolled(app, cast.ana)
    with app.database.write() as session:
        again = enrol_one(session, cast.shop_id, "winback_offer", cast.ana.customer_id, EVENING)
    assert isinstance(again, NotEnrolled)
    assert "winback_offer is running" in again.why
    with app.database.write() as session:
        session.get_one(Enrolment, first).status = "ended"
    second = enrolled(app, cast.ana)
    with app.database.read() as session:
        assert session.get_one(Enrolment, second).passage == 2


def test_a_customer_of_another_shop_is_nobody(app: FakedApp, cast: Cast) -> None:
    """I13."""
    with app.database.write() as session:
        publish_library(session, cast.shop_id, EVENING)
        refused = enrol_one(session, cast.shop_id, "winback_offer", cast.cleo.customer_id, EVENING)
        assert isinstance(refused, NotEnrolled)
        assert isinstance(
            enrol_one(session, cast.shop_id, "nope", cast.ana.customer_id, EVENING), NotEnrolled
        )
        assert session.execute(select(Enrolment.id)).first() is None
        assert session.execute(select(Flow.id).where(Flow.shop_id == cast.other_shop_id)).first() is None


def test_the_gate_decides_for_an_opted_out_customer(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    """Enrolling is not permission."""
    enrolled(app, cast.ben)
    move_to(app, EVENING + timedelta(days=10))
    assert provider.bodies == []
    with app.database.read() as session:
        assert session.execute(select(Outbound.status)).scalars().all() == ["denied"]
