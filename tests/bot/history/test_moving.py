"""An edit while people are under way (I8): who is rehearsed, moved, left alone; and the journal afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot import flows_store
from bot.conversations.work import take_turns
from bot.flows_store import publish
from bot.history.rehearsal import Choice, Done, Rehearsal, carry_out, rehearse
from bot.history.replay import replay
from bot.history.revisions import revisions, roll_back
from bot.models import Coupon, Enrolment, FlowRevision, FlowStart, Journal, Timer
from flows.parser import library
from tests.bot.conversations.loop import conversation, enrol_in, enrolment, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

SHIPPED = library()["winback_offer"]
BEGIN = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


def edited(*changes: tuple[str, str]) -> str:
    """The shipped win-back with these words replaced everywhere."""
    source = SHIPPED
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


WORDIER = edited(
    (
        "{{ shop.text_name }}: {{ offer.percent }}% off your next order",
        "{{ shop.text_name }}: still {{ offer.percent }}% off your order",
    )
)
SOONER = edited(
    ("silence: { after: 4 days, then: make_offer }", "silence: { after: 2 days, then: make_offer }")
)
RENAMED = edited(("hello:\n", "greeting:\n"), ("start: hello", "start: greeting"))
BETTER = edited(("percent: 15", "percent: 20"))


@pytest.fixture(autouse=True)
def _evening(clock: StillClock) -> None:
    clock.set(BEGIN)


def waits(app: FakedApp, cast: Cast) -> int:
    """Ana got the first text, and waits. Gives her passage."""
    passage = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    return passage


def edit(app: FakedApp, cast: Cast, source: str, choice: Choice = "migrate", **node_map: str) -> Done:
    """Publish it with that choice."""
    done, problems = carry_out(
        app, cast.shop_id, source, choice, file="edited.yml", by="test", node_map=node_map
    )
    assert done is not None, problems
    return done


def rehearsed(app: FakedApp, cast: Cast, source: str, **node_map: str) -> Rehearsal:
    """The rehearsal of it."""
    found, problems = rehearse(app, cast.shop_id, source, file="edited.yml", node_map=node_map)
    assert found is not None, problems
    return found


def stands(app: FakedApp, passage: int) -> tuple[int, str]:
    """The number of the revision, and the node."""
    with app.database.read() as session:
        row = session.get_one(Enrolment, passage)
        return session.get_one(FlowRevision, row.revision_id).number, row.state["node"]


def due(app: FakedApp, passage: int) -> list[datetime | None]:
    """When the armed timers of this passage are due."""
    with app.database.read() as session:
        return list(
            session.scalars(
                select(Timer.due_at).where(Timer.enrolment_id == passage, Timer.status == "armed")
            )
        )


def written(app: FakedApp, passage: int) -> list[str]:
    """What the bot wrote, whether or not it has left."""
    with app.database.read() as session:
        texts = session.scalars(
            select(Journal.texts).where(Journal.enrolment_id == passage).order_by(Journal.turn)
        )
        return [each for found in texts for each in found]


def no_difference(app: FakedApp, passage: int) -> int:
    """Replay it; gives how many turns were compared."""
    with app.database.read() as session:
        found = replay(session, passage)
    assert found.differences == ()
    assert (found.other_engine, found.erased) == (0, 0)
    return found.turns


def test_publishing_moves_nobody_by_itself(app: FakedApp, cast: Cast) -> None:
    passage = waits(app, cast)
    done = edit(app, cast, WORDIER, "stay")
    assert (done.published.number, done.moves.moved) == (2, 0)
    assert stands(app, passage) == (1, "hello")


def test_whoever_moves_keeps_their_place_and_gets_the_new_words(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    passage = waits(app, cast)
    before = due(app, passage)
    assert edit(app, cast, WORDIER).moves.moved == 1
    assert stands(app, passage) == (2, "hello")
    assert due(app, passage) == before, "the wait did not change, so it ends when it would have ended"
    clock.move(days=4, minutes=1)
    run_until_quiet(app)
    assert len(written(app, passage)) == 2
    assert "still 15% off" in written(app, passage)[-1]
    assert no_difference(app, passage) == 4


def test_moving_twice_changes_nothing_the_second_time(app: FakedApp, cast: Cast) -> None:
    passage = waits(app, cast)
    edit(app, cast, WORDIER)
    turn = enrolment(app, passage).turn
    again = edit(app, cast, WORDIER)
    assert (again.published.new, again.moves.moved, again.moves.stayed) == (False, 0, 0)
    assert enrolment(app, passage).turn == turn
    assert no_difference(app, passage) == 2


def test_time_already_waited_counts_under_a_shorter_wait(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    passage = waits(app, cast)
    clock.move(days=1)
    edit(app, cast, SOONER)
    assert due(app, passage) == [BEGIN + timedelta(days=2)]
    clock.move(days=1, minutes=1)
    run_until_quiet(app)
    assert "15% off" in written(app, passage)[-1]
    no_difference(app, passage)


def test_a_day_that_the_customer_named_stays(
    app: FakedApp, cast: Cast, clock: StillClock, reader: FakeReader
) -> None:
    passage = waits(app, cast)
    reader.reads["december"] = reading("later", slots={"later_until": "2026-12-20"})
    text_in(app, cast, cast.ana, "december")
    clock.move(seconds=4)
    run_until_quiet(app)
    named = due(app, passage)
    assert named[0] is not None
    assert named[0].date().isoformat() == "2026-12-20"
    edit(app, cast, edited(("otherwise: 21 days", "otherwise: 5 days")))
    assert stands(app, passage) == (2, "come_back_later")
    assert due(app, passage) == named


def test_an_old_timer_that_fires_late_does_nothing(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    passage = waits(app, cast)
    edit(app, cast, SOONER)
    with app.database.read() as session:
        timers = session.execute(
            select(Timer.wait_no, Timer.status).where(Timer.enrolment_id == passage).order_by(Timer.wait_no)
        ).all()
    assert [tuple(each) for each in timers] == [(1, "stale"), (2, "armed")]
    assert enrolment(app, passage).state["wait"] == 2


def test_a_node_that_vanished_strands_nobody(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    passage = waits(app, cast)
    done = edit(app, cast, RENAMED)
    assert (done.moves.moved, done.moves.stayed) == (0, 1)
    assert stands(app, passage) == (1, "hello")
    done = edit(app, cast, RENAMED, hello="greeting")
    assert (done.moves.moved, done.moves.stayed) == (1, 0)
    assert stands(app, passage) == (2, "greeting")
    assert due(app, passage) == [BEGIN + timedelta(days=4)]
    no_difference(app, passage)


def test_nobody_is_mapped_to_a_place_where_nobody_waits(app: FakedApp, cast: Cast) -> None:
    waits(app, cast)
    with pytest.raises(ValueError, match="nobody can wait at 'thank_you'"):
        rehearsed(app, cast, RENAMED, hello="thank_you")
    with pytest.raises(ValueError, match="nobody's flow has a node 'hullo'"):
        rehearsed(app, cast, RENAMED, hullo="greeting")


def test_whoever_has_had_the_old_offer_keeps_it_and_everybody_else_gets_the_new(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, reader: FakeReader
) -> None:
    passage = waits(app, cast)
    reader.reads["a deal"] = reading("coupon")
    text_in(app, cast, cast.ana, "a deal")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert "15% off" in provider.bodies[-1]
    assert rehearsed(app, cast, BETTER).kind.only_offers
    assert edit(app, cast, BETTER).moves.moved == 1
    text_in(app, cast, cast.ana, "a deal")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert provider.bodies[-1].startswith("15% till")
    no_difference(app, passage)


def test_whoever_is_just_being_answered_is_left_for_the_next_time(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, reader: FakeReader
) -> None:
    passage = waits(app, cast)
    reader.reads["same again"] = reading("reorder")
    text_in(app, cast, cast.ana, "same again")
    assert edit(app, cast, RENAMED, hello="greeting").moves.busy == 1, "their text is not read"
    clock.move(seconds=4)
    take_turns(app)
    assert edit(app, cast, RENAMED, hello="greeting").moves.busy == 1, "its answer has not left"
    run_until_quiet(app)
    assert edit(app, cast, RENAMED, hello="greeting").moves.moved == 1
    assert stands(app, passage) == (2, "same_again")
    assert len(provider.bodies) == 2
    no_difference(app, passage)


def test_a_reply_after_the_move_is_answered_once_by_the_new_revision(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, reader: FakeReader
) -> None:
    passage = waits(app, cast)
    edit(app, cast, RENAMED, hello="greeting")
    reader.reads["same again"] = reading("reorder")
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 2
    assert stands(app, passage) == (2, "same_again")
    assert conversation(app, cast.ana).holder == "bot"
    assert no_difference(app, passage) == 3


def test_the_rehearsal_counts_as_a_hand_does(app: FakedApp, cast: Cast) -> None:
    waits(app, cast)
    found = rehearsed(app, cast, RENAMED)
    assert (found.from_revisions, found.to, found.people) == ((1,), 2, 1)
    (row,) = found.waiting
    assert (row.node, row.people, row.goes_to, row.stranded) == ("hello", 1, None, True)
    assert "15% off" in row.next_old["silence"]
    assert row.next_new == {}
    mapped = rehearsed(app, cast, RENAMED, hello="greeting").waiting[0]
    assert (mapped.goes_to, mapped.stranded) == ("greeting", False)
    assert mapped.next_new == mapped.next_old
    assert not rehearsed(app, cast, RENAMED).kind.small


def test_only_words_is_only_words(app: FakedApp, cast: Cast) -> None:
    waits(app, cast)
    assert rehearsed(app, cast, WORDIER).kind.only_words
    assert not rehearsed(app, cast, SOONER).kind.small
    assert not rehearsed(app, cast, BETTER).kind.only_words
    row = rehearsed(app, cast, WORDIER).waiting[0]
    assert "still 15% off" in row.next_new["silence"]
    assert "still" not in row.next_old["silence"]


def test_rehearsing_writes_nothing(app: FakedApp, cast: Cast) -> None:
    waits(app, cast)
    rehearsed(app, cast, WORDIER)
    with app.database.read() as session:
        assert [each.number for each in revisions(session, cast.shop_id, "winback_offer")] == [1]


def test_a_start_that_runs_follows_migrate_and_drain_and_not_stay(app: FakedApp, cast: Cast) -> None:
    waits(app, cast)
    with app.database.write() as session:
        session.execute(update(FlowStart).values(status="running", next_batch_at=BEGIN + timedelta(days=1)))
    assert edit(app, cast, WORDIER, "stay").starts == 0
    assert rehearsed(app, cast, SOONER).starts == 1
    assert edit(app, cast, SOONER, "drain").starts == 1
    with app.database.read() as session:
        found = {each.number: each.starts for each in revisions(session, cast.shop_id, "winback_offer")}
    assert found == {1: False, 2: False, 3: True}


def test_rolling_back_makes_the_older_source_current_and_leaves_people_where_they_are(
    app: FakedApp, cast: Cast
) -> None:
    waits(app, cast)
    edit(app, cast, WORDIER)
    with app.database.write() as session:
        done, _ = roll_back(session, cast.shop_id, "winback_offer", None, by="test", now=BEGIN)
        assert done is not None
        assert (done.was, done.now.number, done.now.new, done.stay) == (2, 1, False, 1)
        current = flows_store.current(session, cast.shop_id, "winback_offer")
        assert current is not None
        assert current.number == 1
        listed = revisions(session, cast.shop_id, "winback_offer")
        assert [(each.number, each.current, each.under_way) for each in listed] == [
            (2, False, 1),
            (1, True, 0),
        ]
        with pytest.raises(LookupError, match="nothing before revision 1"):
            roll_back(session, cast.shop_id, "winback_offer", None, by="test", now=BEGIN)
        with pytest.raises(LookupError, match="no revision 7"):
            roll_back(session, cast.shop_id, "winback_offer", 7, by="test", now=BEGIN)


def test_somebody_with_people_goes_on_in_the_new_revision_when_handed_back(
    app: FakedApp, cast: Cast, clock: StillClock, reader: FakeReader
) -> None:
    passage = waits(app, cast)
    reader.reads["a person please"] = reading("human")
    text_in(app, cast, cast.ana, "a person please")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert enrolment(app, passage).state["phase"] == "handed_off"
    edit(app, cast, RENAMED, hello="greeting")
    assert stands(app, passage) == (2, "greeting")
    assert due(app, passage) == []
    no_difference(app, passage)


def test_a_broken_mark_is_found_by_a_replay(app: FakedApp, cast: Cast) -> None:
    passage = waits(app, cast)
    edit(app, cast, SOONER)
    with app.database.write() as session:
        row = session.scalars(
            select(Journal).where(Journal.enrolment_id == passage).order_by(Journal.turn.desc())
        ).first()
        assert row is not None
        row.event = {**row.event, "since": "2026-11-01T00:00:00+00:00"}
    with app.database.read() as session:
        assert len(replay(session, passage).differences) == 1


def test_publishing_an_older_source_again_makes_it_current(app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        for source, number, new in ((SHIPPED, 1, True), (WORDIER, 2, True), (SHIPPED, 1, False)):
            done, _ = publish(session, cast.shop_id, source, file="f.yml", by="test", now=BEGIN)
            assert done is not None
            assert (done.number, done.new) == (number, new)


def test_an_opener_that_has_not_left_is_said_in_the_new_words(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider
) -> None:
    clock.set(BEGIN + timedelta(hours=14))  # the middle of the night in California
    passage = waits(app, cast)
    assert provider.bodies == []
    assert edit(app, cast, edited(("Low on", "Out of"))).moves.moved == 1
    run_until_quiet(app)
    assert len(written(app, passage)) == 2
    clock.move(hours=13)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    assert "Out of Morning Blend?" in provider.bodies[0]
    assert stands(app, passage) == (2, "hello")
    no_difference(app, passage)


def test_an_offer_that_has_not_left_is_made_anew_and_its_code_is_kept(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider
) -> None:
    passage = waits(app, cast)
    clock.move(days=4, minutes=1)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    assert edit(app, cast, WORDIER).moves.moved == 1
    run_until_quiet(app)
    assert "still 15% off" in written(app, passage)[-1]
    with app.database.read() as session:
        codes = session.scalars(select(Coupon).where(Coupon.status == "reserved")).all()
    assert len(codes) == 1
    assert stands(app, passage) == (2, "make_offer")
    no_difference(app, passage)
