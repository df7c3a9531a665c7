"""Several texts in one breath: which reading stands for all of them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.conversations.reading import read_waiting
from bot.conversations.work import take_turns
from nlu.interpretation import Interpretation
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

YES, THANKS, COUPON = reading("yes", 1.0), reading("smalltalk", 0.7), reading("coupon", 0.8)
UNCLEAR = reading("other", 0.2, understood=False)
DOUBT = reading("stop", 0.6, opt_out="held")
GONE = reading("stop", 0.97, opt_out="opted_out")

BREATHS = [
    ("the whole makes sense", COUPON, [YES, UNCLEAR], COUPON),
    ("only one makes sense", UNCLEAR, [UNCLEAR, COUPON], COUPON),
    ("none makes sense", UNCLEAR, [UNCLEAR, UNCLEAR], UNCLEAR),
    ("thanks does not drown a yes", THANKS, [YES, THANKS], YES),
    ("small talk alone is small talk", THANKS, [THANKS, THANKS], THANKS),
    ("a doubt in one of them is a doubt", THANKS, [DOUBT, THANKS], DOUBT),
    ("an opt-out in one of them is an opt-out", YES, [YES, GONE], GONE),
    ("an opt-out of the whole stays one", GONE, [YES, UNCLEAR], GONE),
]


@pytest.mark.parametrize(
    ("together", "apart", "wanted"), [case[1:] for case in BREATHS], ids=[c[0] for c in BREATHS]
)
def test_one_reading_stands_for_a_breath(
    app: FakedApp,
    cast: Cast,
    reader: FakeReader,
    clock: StillClock,
    together: Interpretation,
    apart: list[Interpretation],
    wanted: Interpretation,
) -> None:
    """What the customer wants wins over politeness, and a possible opt-out over everything (R145)."""
    reader.reads = {"first": apart[0], "second": apart[1], "first\nsecond": together}
    text_in(app, cast, cast.ana, "first")
    text_in(app, cast, cast.ana, "second")
    whose = cast.ana.conversation_id
    found = read_waiting(app.database, app.reader, [whose], clock)[whose]
    (joint,) = [reading for ids, reading in found.items() if len(ids) == 2]
    assert joint == wanted


def test_thanks_before_the_answer_has_left_changes_nothing(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """The cart was written and is withheld for the newer text; what is sent instead is the cart."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))  # a Saturday: every window is open
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads = {"same again": reading("reorder"), "thanks": THANKS}
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=4)
    take_turns(app)  # decided, not yet sent
    text_in(app, cast, cast.ana, "thanks")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 2
    assert "your cart" in provider.bodies[1]


def test_in_two_weeks_counts_from_the_customer_s_day(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    """It is Sunday at the shop in New York, and still Saturday evening where Ana is."""
    clock.set(datetime(2026, 11, 22, 6, 0, tzinfo=UTC))
    text_in(app, cast, cast.ana, "ask me in two weeks")
    read_waiting(app.database, app.reader, [cast.ana.conversation_id], clock)
    assert reader.days == [date(2026, 11, 21)]
