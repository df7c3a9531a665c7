"""One text's way through the house can be told afterwards, from any of its names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.conversations.receive import InboundText, receive
from bot.models import Outbound
from bot.sending.outcomes import Unknown
from bot.sending.status import Report, record_report
from bot.trace import Stop, trace
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider


@pytest.fixture(autouse=True)
def evening(clock: StillClock) -> None:
    """Openers may leave, everywhere."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def stops(app: FakedApp, name: str, shop_id: int | None = None) -> list[Stop]:
    """What `winback trace` shows."""
    with app.database.read() as session:
        return trace(session, name, shop_id)


def answered(app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock) -> tuple[str, str, str]:
    """Ana texts and is answered, and the carrier reports twice. Gives the three names of it."""
    sid = text_in(app, cast, cast.ana, "hello there, call 415 555 0199")
    clock.move(seconds=4)
    run_until_quiet(app)
    ours, theirs = provider.asked[-1].public_id, f"SM{len(provider.asked):032x}"
    for status in ("sent", "delivered", "delivered"):
        clock.move(seconds=1)
        record_report(app, Report(ACCOUNT, theirs, ours, status, "", {}))
    return sid, ours, theirs


def test_each_of_its_names_tells_the_whole_way(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    names = answered(app, cast, provider, clock)
    told = [stops(app, name) for name in names]
    assert told[0] == told[1] == told[2]
    assert [stop.station for stop in told[0]] == [
        "received",
        "settled",
        "read",
        "turned",
        "written",
        "asked the gate",
        "attempted",
        "sent",
        "reported",
        "reported",
    ]
    times = [stop.at for stop in told[0] if stop.at]
    assert times == sorted(times)
    assert [stop.said["times"] for stop in told[0] if stop.station == "reported"] == [1, 2]


def test_no_body_and_no_number_is_in_it(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    sid, *_ = answered(app, cast, provider, clock)
    told = repr([stop.to_json() for stop in stops(app, sid)])
    assert "hello there" not in told
    assert "5550199" not in told.replace(" ", "")
    assert provider.bodies[-1] not in told
    assert cast.ana.phone[2:] not in told


def test_an_opener_comes_from_no_text_and_an_unknown_end_is_shown(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    provider.will(Unknown("ReadTimeout"))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    told = stops(app, provider.asked[0].public_id)
    assert [stop.station for stop in told] == ["written", "asked the gate", "attempted", "unknown"]
    assert told[-1].said["why"] == "ReadTimeout"


def test_a_text_that_has_not_left_says_what_holds_it(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    clock.move(hours=12)  # the middle of the night where Ana lives
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    with app.database.read() as session:
        name = session.execute(select(Outbound.public_id)).scalar_one()
    told = stops(app, name)
    assert [stop.station for stop in told] == ["written", "asked the gate", "ready"]
    assert told[1].said["decision"] == "defer"
    assert told[1].said["rules"] == ["hours"]
    assert told[2].at is None


def test_other_texts_of_the_conversation_are_not_in_it(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    first, *_ = answered(app, cast, provider, clock)
    second, *_ = answered(app, cast, provider, clock)
    assert {stop.trace for stop in stops(app, first)}.isdisjoint(stop.trace for stop in stops(app, second))


def test_nobody_s_text_and_another_shop_s(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    receive(app, InboundText(ACCOUNT, "SMstray", cast.ana.phone, "+19995550100", "hello"))
    assert [stop.station for stop in stops(app, "SMstray")] == ["received for nobody"]
    assert stops(app, "SMnothing") == []
    sid, ours, _ = answered(app, cast, provider, clock)
    assert stops(app, sid, cast.other_shop_id) == stops(app, ours, cast.other_shop_id) == []
    assert stops(app, sid, cast.shop_id) == stops(app, sid)
