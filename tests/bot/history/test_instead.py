"""What would have been said instead, for one conversation and for all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.history.otherwise import Passage, as_if, revision_named
from bot.history.shadow import shadow
from bot.models import Journal
from flows.definition import Flow
from flows.parser import library, read_flow
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.bot.history.talks import BEGIN, talk
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

SHIPPED = library()["winback_offer"]


def edited(*changes: tuple[str, str]) -> Flow:
    """The shipped win-back with these words replaced."""
    source = SHIPPED
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    flow, problems = read_flow(source, "edited.yml")
    assert flow is not None, problems
    return flow


def under(app: FakedApp, cast: Cast, flow: Flow) -> Passage:
    """Ana's passage under that flow."""
    with app.database.read() as session:
        (found,) = as_if(session, cast.ana.conversation_id, flow, app.real_now())
    return found


def test_the_same_revision_would_have_said_the_same(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    talk(app, cast, reader, clock)
    found = under(app, cast, edited())
    assert not found.differs
    assert [each.then for each in found.turns] == [each.instead for each in found.turns]
    assert sum(bool(each.then) for each in found.turns) == 4
    assert shadow(app, cast.shop_id, edited()).differ == 0


def test_other_words_stand_beside_those_that_were_said(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    talk(app, cast, reader, clock)
    found = under(app, cast, edited(("Here's your cart", "Your cart is ready")))
    (turn,) = [each for each in found.turns if each.differs]
    assert turn.happened.startswith("says: ")
    assert turn.then[0].startswith("Here's your cart")
    assert turn.instead[0].startswith("Your cart is ready")
    assert (turn.node_then, turn.node_instead) == ("same_again", "same_again")


def test_a_shorter_wait_ends_by_the_other_flow_s_own_clock(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    clock.set(BEGIN)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(days=3)
    found = under(
        app,
        cast,
        edited(
            ("silence: { after: 4 days, then: make_offer }", "silence: { after: 1 day, then: make_offer }")
        ),
    )
    assert [(each.happened, each.then != ()) for each in found.turns] == [
        ("enters", True),
        ("silence", False),
    ]
    assert found.turns[-1].at == BEGIN + timedelta(days=1)
    assert "15% off" in found.turns[-1].instead[0]


def test_a_reply_is_read_where_the_other_flow_stands(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    clock.set(BEGIN)
    reader.reads["yes please"] = reading("yes")
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(days=2)
    text_in(app, cast, cast.ana, "yes please")
    clock.move(seconds=4)
    run_until_quiet(app)
    quick = edited(
        ("silence: { after: 4 days, then: make_offer }", "silence: { after: 1 day, then: make_offer }")
    )
    found = under(app, cast, quick)
    last = found.turns[-1]
    assert (last.node_then, last.node_instead) == ("same_again", "in_the_link")
    assert last.then != last.instead


def test_an_offer_of_another_worth_is_said_at_its_own(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    clock.set(BEGIN)
    reader.reads["a deal"] = reading("coupon")
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "a deal")
    clock.move(seconds=4)
    run_until_quiet(app)
    last = under(app, cast, edited(("percent: 15", "percent: 20"))).turns[-1]
    assert "15% off" in last.then[0]
    assert "20% off" in last.instead[0]
    assert not under(app, cast, edited()).differs


def test_a_shadow_run_counts_who_and_where(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    passage = talk(app, cast, reader, clock)
    other = edited(("Here's your cart", "Your cart is ready"))
    found = shadow(app, cast.shop_id, other, limit=1)
    assert (found.passages, found.differ, found.unknown) == (1, 1, 0)
    assert dict(found.where) == {"same_again": 1}
    assert [(each.conversation, each.passage.enrolment) for each in found.first] == [
        (cast.ana.conversation_id, passage)
    ]
    assert shadow(app, cast.shop_id, other, limit=0).first == ()
    assert shadow(app, cast.shop_id, other, since=BEGIN + timedelta(days=1)).passages == 0


def test_what_was_erased_is_not_run_and_says_so(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    passage = talk(app, cast, reader, clock)
    with app.database.write() as session:
        session.execute(
            update(Journal)
            .where(Journal.enrolment_id == passage, Journal.turn == 2)
            .values(event={"erased": True})
        )
    assert shadow(app, cast.shop_id, edited()).unknown == 1
    assert not under(app, cast, edited()).complete


def test_a_flow_that_nobody_has_talked_to_is_said_to_be_one(app: FakedApp, cast: Cast) -> None:
    with pytest.raises(LookupError, match="was ever published"):
        shadow(app, cast.shop_id, edited())
    with app.database.read() as session, pytest.raises(LookupError, match="there is no winback_offer@3"):
        revision_named(session, cast.shop_id, "winback_offer@3")
