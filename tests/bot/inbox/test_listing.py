"""The list: who is in which view, in which order, why, and for how long; and a mark that changes when the page would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.compliance import consent
from bot.db import Database
from bot.inbox import Actor
from bot.inbox.filters import cursor
from bot.inbox.hours import worked
from bot.inbox.listing import COUNTED, NOBODY, PAGE, Filters, Line, View, counts, mark, page
from bot.inbox.reasons import CAUSES, WORDS, Cause
from bot.inbox.unread import read_to, unread
from bot.inbox.watching import heartbeat
from bot.models import Conversation, Promise
from bot.shops import WorkingHours
from tests.bot.inbox.staffed import change, hear, hire, more_customers, say, waits
from tests.support.cast import Cast
from tests.support.clock import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def tom(db: Database, cast: Cast) -> Actor:
    """An agent of Ana's and Ben's shop."""
    with db.write() as session:
        return hire(session, cast.shop_id, "Tom", NOW)


@pytest.fixture
def kim(db: Database, cast: Cast) -> Actor:
    """Another one."""
    with db.write() as session:
        return hire(session, cast.shop_id, "Kim", NOW)


def listed(db: Database, actor: Actor, view: View = "waiting", **asked: object) -> tuple[Line, ...]:
    """The lines of one page."""
    with db.read() as session:
        return page(session, actor, Filters(view, **asked), NOW, NOW).lines  # type: ignore[arg-type]


def ids(lines: tuple[Line, ...]) -> list[int]:
    """Whose they are."""
    return [line.conversation_id for line in lines]


def test_who_waits_longest_is_first_and_the_bots_are_not_there(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        bea, dan, eve = more_customers(session, cast, ["Bea", "Dan", "Eve"], NOW)
        waits(session, cast.ana, NOW - HOUR)
        waits(session, bea, NOW - 3 * HOUR)
        change(session, dan, holder="staff", staff_id=tom.staff_id, held_since=NOW, owed_since=NOW - 2 * HOUR)
        change(session, eve, holder="staff", staff_id=tom.staff_id, held_since=NOW - 4 * HOUR)
    assert ids(listed(db, tom)) == [bea, dan, cast.ana.conversation_id]
    assert ids(listed(db, tom, "open")) == [bea, dan, cast.ana.conversation_id, eve]
    assert ids(listed(db, tom, "mine")) == [dan, eve]


def test_another_shops_conversations_are_nobodys_here(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        waits(session, cast.cleo, NOW - HOUR)
        hear(session, cast.cleo, "hello?", NOW)
        change(session, cast.cleo, snoozed_until=None, closed_at=None)
        session.add(
            Promise(
                shop_id=cast.other_shop_id,
                conversation_id=cast.cleo.conversation_id,
                what="text before 5",
                due_at=NOW - HOUR,
                at=NOW,
            )
        )
    for view in ("waiting", "mine", "open", "snoozed", "closed", "all"):
        assert listed(db, tom, view) == ()
    assert listed(db, tom, search="hello") == listed(db, tom, search="Cleo") == ()


def test_what_is_put_aside_comes_back_by_itself_and_what_is_closed_is_apart(
    db: Database, cast: Cast, tom: Actor
) -> None:
    with db.write() as session:
        bea, dan = more_customers(session, cast, ["Bea", "Dan"], NOW)
        for who in (cast.ana, bea, dan):
            waits(session, who, NOW - HOUR)
        change(session, cast.ana, snoozed_until=NOW + HOUR)
        change(session, bea, snoozed_until=NOW)
        change(session, dan, closed_at=NOW)
    assert ids(listed(db, tom)) == [bea]
    assert ids(listed(db, tom, "snoozed")) == [cast.ana.conversation_id]
    assert ids(listed(db, tom, "closed")) == [dan]


def test_everything_shows_who_wrote_last_first(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        hear(session, cast.ana, "hi", NOW - HOUR)
        hear(session, cast.ben, "hi", NOW)
        hear(session, cast.ana, "anyone?", NOW)
    assert ids(listed(db, tom, "all")) == [cast.ana.conversation_id, cast.ben.conversation_id]
    assert listed(db, tom, "all")[0].reason is None


REASONS: list[tuple[str, str | None, Cause, str | None]] = [
    ("asked for a person", None, "asked", None),
    ("not understood twice", None, "unclear", None),
    ("was not happy with it", "complaint", "complaint", "was not happy with it"),
    ("perhaps an opt-out", None, "held", None),
    ("sent a picture", None, "picture", None),
    ("an order matter", None, "order", None),
    ("a question without a fact", "question", "question", None),
    ("a code that fails", None, "code", None),
    ("answer not sent: quiet_hours", None, "unsent", "answer not sent: quiet_hours"),
    ("asked while opting out: order_issue", "question", "question", "asked while opting out: order_issue"),
    ("the flow goes in circles", None, "limit", None),
    ("a text arrived late", "question", "question", None),
    ("wants an offer that is over", None, "flow", "wants an offer that is over"),
]


@pytest.mark.parametrize(("words", "matter", "cause", "own"), REASONS)
def test_a_line_says_why(
    db: Database, cast: Cast, tom: Actor, words: str, matter: str | None, cause: Cause, own: str | None
) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW, words)
        change(session, cast.ana, open_matter=matter)
    (line,) = listed(db, tom)
    assert line.reason is not None
    assert (line.reason.cause, line.reason.own) == (cause, own)
    assert line.reason.words == WORDS[cause]
    assert ids(listed(db, tom, reason=cause)) == [cast.ana.conversation_id]
    other: Cause = "identity"
    assert listed(db, tom, reason=other) == ()


def test_each_cause_has_its_words() -> None:
    assert set(WORDS) == set(CAUSES)


def test_a_held_number_is_told_whatever_else_is_the_matter(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW, "sent a picture")
        consent.hold(
            session, cast.shop_id, cast.ana.phone_key, source="model", at=NOW, details={}, payload={}
        )
    (line,) = listed(db, tom)
    assert line.reason is not None
    assert line.reason.cause == "held"


def test_a_promise_that_is_due_and_a_lost_text_wait_for_a_person_though_the_bot_has_them(
    db: Database, cast: Cast, tom: Actor
) -> None:
    with db.write() as session:
        (bea,) = more_customers(session, cast, ["Bea"], NOW)
        waits(session, bea, NOW - 2 * HOUR)
        promise = Promise(
            shop_id=cast.shop_id,
            conversation_id=cast.ana.conversation_id,
            what="text before 5",
            due_at=NOW - HOUR,
            at=NOW - 5 * HOUR,
        )
        session.add(promise)
        say(session, cast.ben, "lost?", NOW - 30 * HOUR, status="unknown")
        say(session, bea, "just now", NOW - HOUR, status="unknown")
    lines = listed(db, tom)
    assert ids(lines) == [cast.ben.conversation_id, bea, cast.ana.conversation_id]
    assert [line.reason.cause for line in lines if line.reason] == ["unknown", "asked", "promise"]
    with db.read() as session:
        assert counts(session, tom, NOW).waiting == 3
    with db.write() as session:
        session.get_one(Promise, 1).kept_at = NOW
    assert cast.ana.conversation_id not in ids(listed(db, tom))


def test_pages_go_on_where_the_last_one_ended_and_lose_nobody(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        people = more_customers(session, cast, [f"P{n:03d}" for n in range(2 * PAGE + 7)], NOW)
        for n, who in enumerate(people):
            waits(session, who, NOW - HOUR * (n // 3))  # many of the same instant
        change(session, people[5], holder="bot", holder_reason=None, held_since=None)
        session.add(
            Promise(shop_id=cast.shop_id, conversation_id=people[5], what="x", due_at=NOW - 9 * HOUR, at=NOW)
        )
    seen: list[int] = []
    after: str | None = None
    while True:
        with db.read() as session:
            found = page(session, tom, Filters(after=after), NOW, NOW)
        assert len(found.lines) <= PAGE
        seen += ids(found.lines)
        after = found.more
        if after is None:
            break
    assert sorted(seen) == sorted(people)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "after", ["", "x", "1", "1.2", "1.2.3.4", "-1.2.3", "0.99999999999999999.1", "9" * 40, "1.²"]
)
def test_a_cursor_that_is_none_begins_at_the_beginning_or_ends(
    db: Database, cast: Cast, tom: Actor, after: str
) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW)
    for view in ("waiting", "mine", "open", "snoozed", "closed", "all"):
        listed(db, tom, view, after=after)
    listed(db, tom, search="hello", after=after)


def test_filters_narrow(db: Database, cast: Cast, tom: Actor, kim: Actor) -> None:
    with db.write() as session:
        bea, dan = more_customers(session, cast, ["Bea", "Dan"], NOW)
        for who in (cast.ana, bea, dan):
            waits(session, who, NOW - HOUR)
        change(session, cast.ana, language="es", team="returns")
        change(session, bea, assignee_id=kim.staff_id)
    ana = cast.ana.conversation_id
    assert ids(listed(db, tom, language="es")) == [ana]
    assert ids(listed(db, tom, language="en")) == [bea, dan]
    assert ids(listed(db, tom, team="returns")) == [ana]
    assert ids(listed(db, tom, assignee=kim.staff_id)) == [bea] == ids(listed(db, kim, "mine"))
    assert ids(listed(db, tom, assignee=NOBODY)) == [ana, dan]
    assert listed(db, tom, assignee=kim.staff_id)[0].assignee is not None


def test_a_line_shows_the_last_that_was_said_by_whom(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW - HOUR)
        hear(session, cast.ana, "where is my order", NOW - 2 * HOUR)
        say(session, cast.ana, "A person will look.", NOW - HOUR)
        say(session, cast.ana, "15% off!", NOW, status="withheld")
    (line,) = listed(db, tom)
    assert line.last is not None
    assert (line.last.who, line.last.start) == ("bot", "A person will look.")
    assert (line.name, line.phone, line.unread) == ("Ana", "+1415*****01", True)
    with db.write() as session:
        hear(session, cast.ana, "", NOW, media=[{"url": "u", "content_type": "image/jpeg"}])
    (line,) = listed(db, tom)
    assert line.last is not None
    assert (line.last.who, line.last.picture) == ("customer", True)


def test_what_one_has_read_is_unread_to_the_others_and_after_the_next_text(
    db: Database, cast: Cast, tom: Actor, kim: Actor
) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW)
        first = hear(session, cast.ana, "hi", NOW)
        theirs = hear(session, cast.cleo, "hi", NOW)
        assert read_to(session, tom, cast.ana.conversation_id, first)
        assert not read_to(session, tom, cast.ana.conversation_id, first)
        assert not read_to(session, tom, cast.cleo.conversation_id, theirs)
        assert not read_to(session, tom, cast.ana.conversation_id, theirs)
    assert [line.unread for line in listed(db, tom)] == [False]
    assert [line.unread for line in listed(db, kim)] == [True]
    with db.write() as session:
        second = hear(session, cast.ana, "hello?", NOW)
    assert [line.unread for line in listed(db, tom)] == [True]
    with db.write() as session:
        assert read_to(session, tom, cast.ana.conversation_id, second)
        unread(session, tom, cast.ana.conversation_id)
    assert [line.unread for line in listed(db, tom)] == [True]


def test_the_mark_changes_when_the_page_would(db: Database, cast: Cast, tom: Actor, kim: Actor) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW - HOUR)
        (bea,) = more_customers(session, cast, ["Bea"], NOW)

    def now_marked(at: datetime = NOW) -> str:
        with db.read() as session:
            found = mark(session, tom, Filters(), at, at)
            assert found == page(session, tom, Filters(), at, at).mark
            return found

    marks = [now_marked()]
    assert now_marked() == marks[0]
    with db.write() as session:
        hear(session, cast.cleo, "another shop's", NOW)
        change(session, bea, language="es")  # the bot's: on no page of those who wait
    assert now_marked() == marks[0]
    for deed in (
        lambda session: hear(session, cast.ana, "hi", NOW),
        lambda session: waits(session, bea, NOW),
        lambda session: read_to(session, tom, cast.ana.conversation_id, 2),
        lambda session: heartbeat(session, kim, bea, NOW),
        lambda session: heartbeat(session, kim, bea, NOW, typing=True),
        lambda session: change(session, bea, snoozed_until=NOW + HOUR),
    ):
        with db.write() as session:
            deed(session)
        marks.append(now_marked())
    assert len(set(marks)) == len(marks)
    assert now_marked(NOW + timedelta(minutes=1)) == marks[-1], (
        "what only the clock changes is console.inbox.lasting's"
    )


def test_the_mark_changes_when_others_wait_than_the_view_shows(db: Database, cast: Cast, tom: Actor) -> None:
    """How many wait stands beside the name of that view, whichever one looks at."""

    def marked() -> str:
        with db.read() as session:
            found = mark(session, tom, Filters("mine"), NOW, NOW)
            assert found == page(session, tom, Filters("mine"), NOW, NOW).mark
            return found

    before = marked()
    with db.write() as session:
        waits(session, cast.ana, NOW)
    assert marked() != before


def test_counts_stop_at_a_thousand(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW)
        change(
            session, cast.ben, holder="staff", staff_id=tom.staff_id, held_since=NOW, snoozed_until=NOW + HOUR
        )
    with db.read() as session:
        found = counts(session, tom, NOW)
    assert (found.waiting, found.mine, found.snoozed) == (1, 0, 1)
    assert COUNTED == 1000


WEEK = WorkingHours()
NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        # NOW is a Wednesday, 1 p.m. in New York
        (NOW, NOW + HOUR, 1),
        (NOW - 5 * HOUR, NOW, 4),  # from 8: they begin at 9
        (NOW, NOW + 24 * HOUR, 8),
        (NOW + 3 * HOUR, NOW + 21 * HOUR, 2),  # Wednesday 4 p.m. to Thursday 10 a.m.
        (
            datetime(2026, 3, 13, 20, 0, tzinfo=UTC),
            datetime(2026, 3, 16, 14, 0, tzinfo=UTC),
            2,
        ),  # over a weekend
        (NOW, NOW - HOUR, 0),
    ],
)
def test_only_working_hours_count(since: datetime, until: datetime, hours: float) -> None:
    assert worked(WEEK, NEW_YORK, since, until) == timedelta(hours=hours)


def test_a_day_that_the_clocks_make_shorter_counts_shorter() -> None:
    always = WorkingHours(days=(0, 1, 2, 3, 4, 5, 6), from_hour=0, to_hour=24)
    spring = datetime(2026, 3, 8, 5, 0, tzinfo=UTC)  # midnight in New York, of the day that has 23 hours
    assert worked(always, NEW_YORK, spring, spring + 48 * HOUR) == 48 * HOUR


def test_where_nobody_ever_works_each_hour_counts() -> None:
    assert worked(WorkingHours(days=()), NEW_YORK, NOW - 50 * HOUR, NOW) == 50 * HOUR


@pytest.mark.parametrize(("minutes", "tone"), [(10, "calm"), (50, "soon"), (61, "late")])
def test_a_wait_is_held_against_the_shops_target(
    db: Database, cast: Cast, tom: Actor, minutes: int, tone: str
) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW - timedelta(minutes=minutes))
    (line,) = listed(db, tom)
    assert line.age is not None
    assert (line.age.tone, line.age.worked) == (tone, timedelta(minutes=minutes))


@pytest.mark.server
def test_a_page_walks_its_index(postgres_db: Database, keys: object) -> None:
    """The words of the order and those of the index have to stay the same words."""
    asked = (
        "EXPLAIN SELECT id FROM conversations WHERE shop_id = 1 AND (holder <> 'bot' AND closed_at IS NULL)"
        " ORDER BY (CASE WHEN conversations.holder = 'nobody' OR conversations.owed_since IS NOT NULL THEN 0 ELSE 1 END),"
        " coalesce(conversations.owed_since, conversations.held_since, conversations.created_at), id LIMIT 50"
    )
    with postgres_db.read() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(session.execute(text(asked)).scalars())
    assert "ix_conversations_line" in plan
    assert "Sort" not in plan


def test_a_cursor_is_read_back(cast: Cast) -> None:
    assert cursor((0, 12, 5)) == "0.12.5"
    assert Conversation.__tablename__ == "conversations"
