"""One flow runs another: in the same turn, as the answer to the same reply; and a person where it cannot."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.audience.one import Enrolled, enrol_one
from bot.conversations.work import take_turns
from bot.flows_store import current, flow_of, publish
from bot.models import Enrolment, Flow, FlowStart, Shop
from flows import engine
from flows import state as states
from flows.parser import library
from tests.bot.conversations.loop import conversation, enrolment, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

ASKING = """\
flow: asking
title: A question, then another flow
trigger: { manual: true }
exit_on: [ordered]
start: hello
nodes:
  hello:
    say: "Hi {{ customer.first_name | default: 'there' }}, {{ shop.text_name }}'s text bot here. Low on coffee? STOP to opt out."
    replies:
      yes, reorder: go_on
    silence: { after: 4 days, then: bye }
  go_on:
    run: following
  bye:
    end: silent
"""
FOLLOWING = """\
flow: following
title: What follows
trigger: { manual: true }
exit_on: [ordered]
start: opener
nodes:
  opener:
    say: "{{ shop.text_name }}'s text bot: your cart is ready, {{ link.reorder }} Shall I keep it for a week? STOP to opt out."
    replies: { yes: kept, no: bye }
    silence: { after: 4 days, then: bye }
  kept:
    say: "Kept. It is there for a week: {{ link.reorder }}"
    end: kept
  bye:
    say: "All right, I'll leave it there."
    end: silent
"""


@pytest.fixture(autouse=True)
def _evening(clock: StillClock) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def put_up(app: FakedApp, cast: Cast, *sources: str) -> None:
    """Publish these flows and the front desk, in a shop whose orders were just heard of."""
    with app.database.write() as session:
        session.get_one(Shop, cast.shop_id).orders_known_at = app.real_now()
        front_desk = library()["front_desk"]
        for source in (front_desk, *sources):
            done, problems = publish(
                session, cast.shop_id, source, file="f.yml", by="test", now=app.real_now()
            )
            assert done is not None, [str(each) for each in problems]


def begin(app: FakedApp, cast: Cast) -> int:
    """Ana gets the question of `asking`. Gives her passage."""
    with app.database.write() as session:
        done = enrol_one(session, cast.shop_id, "asking", cast.ana.customer_id, app.real_now())
    assert isinstance(done, Enrolled), done
    run_until_quiet(app)
    return done.enrolment_id


def say_yes(app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock) -> None:
    """Ana says yes, and whatever follows from it follows."""
    reader.reads["yes"] = reading("yes")
    text_in(app, cast, cast.ana, "yes")
    clock.move(seconds=4)
    run_until_quiet(app)


def passages(app: FakedApp, cast: Cast, flow: str) -> list[Enrolment]:
    """Ana's passages through that flow, in order."""
    with app.database.read() as session:
        return list(
            session.scalars(
                select(Enrolment)
                .join(Flow, Flow.id == Enrolment.flow_id)
                .where(Flow.name == flow, Enrolment.customer_id == cast.ana.customer_id)
                .order_by(Enrolment.passage)
            )
        )


def test_the_flow_that_is_run_answers_the_reply_that_led_there(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    put_up(app, cast, FOLLOWING.replace("start: opener", "priority: 80\nstart: opener"), ASKING)
    first = begin(app, cast)
    say_yes(app, cast, reader, clock)
    assert "your cart is ready" in provider.bodies[-1]
    assert enrolment(app, first).outcome == "ran_following"
    (second,) = passages(app, cast, "following")
    assert (second.status, second.arm, second.passage, second.trial) == ("active", "treated", 1, False)
    assert second.state["node"] == "opener"
    with app.database.read() as session:  # or a flow of 60 would end it
        assert [(s.kind, s.priority) for s in session.scalars(select(FlowStart).order_by(FlowStart.id))] == [
            ("manual", 50),
            ("manual", 80),
        ]
    talk = conversation(app, cast.ana)
    assert (talk.holder, talk.floor_enrolment_id) == ("bot", second.id)
    say_yes(app, cast, reader, clock)
    assert provider.bodies[-1].startswith("Kept.")
    assert len(provider.bodies) == 3


def test_who_was_in_it_before_begins_anew_and_passages_share_a_start(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    put_up(app, cast, FOLLOWING, ASKING)
    for _ in range(2):
        with app.database.write() as session:
            session.get_one(Shop, cast.shop_id).orders_known_at = app.real_now()
        begin(app, cast)
        say_yes(app, cast, reader, clock)
        say_yes(app, cast, reader, clock)
        clock.move(days=14)
    assert [each.passage for each in passages(app, cast, "following")] == [1, 2]
    with app.database.read() as session:
        starts = select(FlowStart.id).where(FlowStart.started_by == "another flow")
        assert len(session.scalars(starts).all()) == 1


def test_a_flow_that_is_not_published_goes_to_a_person(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """Nobody meets silence because a merchant took a flow away."""
    put_up(app, cast, ASKING)
    begin(app, cast)
    say_yes(app, cast, reader, clock)
    talk = conversation(app, cast.ana)
    assert (talk.holder, talk.holder_reason) == ("nobody", "flow following is not published")
    assert len(provider.bodies) == 1


def test_a_flow_that_they_are_in_already_goes_to_a_person(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    put_up(app, cast, FOLLOWING, ASKING)
    begin(app, cast)
    with app.database.write() as session:
        revision = current(session, cast.shop_id, "following")
        assert revision is not None
        session.add(
            Enrolment(
                shop_id=cast.shop_id,
                customer_id=cast.ana.customer_id,
                conversation_id=cast.ana.conversation_id,
                flow_id=revision.flow_id,
                revision_id=revision.id,
                state=states.to_json(engine.begin(flow_of(session, revision.id))),
                started_at=clock(),
            )
        )
    say_yes(app, cast, reader, clock)
    talk = conversation(app, cast.ana)
    assert (talk.holder, talk.holder_reason) == ("nobody", "they are in flow following already")
    assert len(passages(app, cast, "following")) == 1


def test_flows_that_run_each_other_for_ever_end_with_a_person(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """Each alone is proved; only together they are a circle."""
    there = "flow: {}\ntitle: A circle\ntrigger: {{ manual: true }}\nexit_on: [ordered]\nstart: on\nnodes:\n  on: {{ run: {} }}\n"
    put_up(
        app,
        cast,
        there.format("here", "there"),
        there.format("there", "here"),
        ASKING.replace("run: following", "run: here"),
    )
    begin(app, cast)
    say_yes(app, cast, reader, clock)
    talk = conversation(app, cast.ana)
    assert talk.holder == "nobody"
    assert (talk.holder_reason or "").startswith("flows run each other in a circle")


def test_taking_the_turn_again_begins_nothing_twice(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """A newer text before the answer left: the turn that ran a flow is not undone, and the newer one is answered."""
    put_up(app, cast, FOLLOWING, ASKING)
    begin(app, cast)
    reader.reads |= {"yes": reading("yes"), "please": reading("yes")}
    text_in(app, cast, cast.ana, "yes")
    clock.move(seconds=4)
    take_turns(app)
    text_in(app, cast, cast.ana, "please")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(passages(app, cast, "following")) == 1
    talk = conversation(app, cast.ana)
    assert len(provider.bodies) > 1 or talk.holder == "nobody"


def test_what_the_bot_said_of_itself_is_known_in_the_flow_that_follows(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """It introduces itself once in a talk (R164)."""
    plain = FOLLOWING.replace("{{ shop.text_name }}'s text bot: your cart", "{{ shop.text_name }}: your cart")
    put_up(
        app,
        cast,
        plain.replace("flow: following", "flow: plain"),
        ASKING.replace("run: following", "run: plain"),
    )
    begin(app, cast)
    say_yes(app, cast, reader, clock)
    assert provider.bodies[-1].startswith("Juniper: your cart is ready")
