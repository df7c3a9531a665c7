"""A talk that has everything in it, for tests that look at it again: an undone turn, a code, a named day, silence."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.conversations.work import take_turns
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeReader, reading

BEGIN = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


def talk(app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock) -> int:
    """Ana's passage through the win-back: a coupon asked for and withdrawn, the cart, «later», and two silences."""
    clock.set(BEGIN)
    reader.reads["got a coupon"] = reading("coupon")
    reader.reads["later"] = reading("later", slots={"later_until": "2026-12-01"})
    reader.reads["or the same again"] = reading("reorder")
    passage = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "got a coupon")
    clock.move(seconds=4)
    take_turns(app)
    text_in(app, cast, cast.ana, "or the same again")  # undoes the coupon's answer
    clock.move(seconds=4)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "later")
    clock.move(seconds=4)
    run_until_quiet(app)
    clock.move(days=12)
    run_until_quiet(app)
    return passage
