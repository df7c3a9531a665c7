"""One conversation as people read it: everything in order, why, what stands beside it, and nothing of another shop's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.db import Database
from bot.inbox import Actor
from bot.inbox.filters import instant, place
from bot.inbox.talk import LENGTH, Heard, Noted, Said, Talk, mark, older, read
from bot.inbox.verdicts import verdict
from bot.inbox.watching import heartbeat
from bot.models import Coupon, Draft, InboundMedia, Note, Outbound, Promise, Receipt
from bot.recent import Recent
from nlu.interpretation import Interpretation
from tests.bot.inbox.staffed import change, hear, hire, say, waits
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import NOW
from tests.support.examples import examples

HOUR = timedelta(hours=1)
READING = Interpretation(
    intent="coupon",
    confidence=0.914,
    understood=True,
    ranking=(("coupon", 0.914), ("reorder", 0.05)),
    also="question",
    mood="upset",
    language="en",
    slots={"percent": 20},
    why=("asks for a code",),
    model="embedded",
)


@pytest.fixture
def tom(db: Database, cast: Cast) -> Actor:
    """An agent of Ana's and Ben's shop."""
    with db.write() as session:
        return hire(session, cast.shop_id, "Tom", NOW)


def opened(db: Database, actor: Actor, conversation_id: int) -> Talk:
    """The conversation, which has to be there."""
    with db.read() as session:
        found = read(session, actor, conversation_id, NOW, NOW)
    assert found is not None
    return found


def note(session: Session, cast: Cast, body: str, at: Any, **columns: Any) -> None:
    """A line for colleagues in Ana's conversation."""
    session.add(
        Note(shop_id=cast.shop_id, conversation_id=cast.ana.conversation_id, body=body, at=at, **columns)
    )
    session.flush()


def test_all_that_happened_stands_in_order(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        say(
            session,
            cast.ana,
            "Low on Morning Blend?",
            NOW - 5 * HOUR,
            kind="marketing",
            effect={"node": "hello"},
        )
        first = hear(session, cast.ana, "got a coupon?", NOW - 4 * HOUR, reading=READING.as_document())
        say(session, cast.ana, "15% till Sunday.", NOW - 3 * HOUR, read_inbound_id=first)
        note(session, cast, "is a regular", NOW - 2 * HOUR, kind="note", staff_id=tom.staff_id)
        say(session, cast.ana, "Tom here.", NOW - HOUR, author="staff", staff_id=tom.staff_id, kind="staff")
        note(session, cast, "back after 48 hours", NOW, kind="returned")
    talk = opened(db, tom, cast.ana.conversation_id)
    opener, heard, answer, noted, staff, returned = talk.entries
    assert isinstance(opener, Said)
    assert (opener.author, opener.node, opener.kind) == ("bot", "hello", "marketing")
    assert isinstance(heard, Heard)
    assert heard.reading is not None
    assert (heard.reading.intent, heard.reading.percent, heard.reading.also) == ("coupon", 91, "question")
    assert heard.reading.slots == (("percent", "20"),)
    assert isinstance(answer, Said)
    assert answer.answers == heard.id
    assert isinstance(noted, Noted)
    assert noted.by is not None
    assert (noted.by.name, noted.body) == ("Tom", "is a regular")
    assert isinstance(staff, Said)
    assert staff.staff is not None
    assert (staff.author, staff.staff.name) == ("staff", "Tom")
    assert isinstance(returned, Noted)
    assert returned.by is None
    assert talk.more is None


def test_another_shops_conversation_is_not_there(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        hear(session, cast.cleo, "hi", NOW)
    with db.read() as session:
        assert read(session, tom, cast.cleo.conversation_id, NOW, NOW) is None
        assert mark(session, tom, cast.cleo.conversation_id, NOW) is None
        assert older(session, tom, cast.cleo.conversation_id, "9.9.9") == ((), None)


def test_pages_of_the_past_lose_nothing_and_show_nothing_twice(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        for n in range(LENGTH):
            at = NOW - timedelta(minutes=3 * (LENGTH - n))
            hear(session, cast.ana, f"in {n}", at - (2 * HOUR if n % 11 == 5 else timedelta()))
            # written at night, left in the morning: what was said since has the later number and the earlier time
            say(session, cast.ana, f"out {n}", at, attempted_at=at + (HOUR if n % 7 == 0 else timedelta()))
            if n % 3 == 0:
                note(session, cast, f"note {n}", at)
    talk = opened(db, tom, cast.ana.conversation_id)
    assert len(talk.entries) == LENGTH
    seen, before = [list(talk.entries)], talk.more
    while before is not None:
        with db.read() as session:
            entries, before = older(session, tom, cast.ana.conversation_id, before)
        assert list(entries) == sorted(entries, key=lambda each: each.at)
        seen.append(list(entries))
    bodies = [each.body for page in reversed(seen) for each in page]
    assert len(bodies) == len(set(bodies)) == 2 * LENGTH + 17
    with db.read() as session:
        again = read(session, tom, cast.ana.conversation_id, NOW, NOW, before=talk.more)
    assert again is not None
    assert list(again.entries) == seen[1]


@pytest.mark.parametrize("before", ["", "x", "1.2", "1.2.3.4", "-1.-1.-1"])
def test_a_place_that_is_none_is_the_newest(db: Database, cast: Cast, tom: Actor, before: str) -> None:
    with db.write() as session:
        hear(session, cast.ana, "hi", NOW)
    with db.read() as session:
        found = read(session, tom, cast.ana.conversation_id, NOW, NOW, before=before)
    assert found is not None
    assert len(found.entries) == 1


def test_pictures_come_with_their_text_and_without_their_bytes(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        number = hear(
            session,
            cast.ana,
            "broken",
            NOW,
            kind="picture",
            media=[{"url": "u", "content_type": "image/jpeg"}],
        )
        session.add(
            InboundMedia(
                shop_id=cast.shop_id,
                inbound_id=number,
                place=0,
                account=ACCOUNT,
                url="https://example.com/1",
                claimed_type="image/jpeg",
                status="picture",
                kind="image/jpeg",
                size=5,
                body=b"12345",
            )
        )
    (heard,) = opened(db, tom, cast.ana.conversation_id).entries
    assert isinstance(heard, Heard)
    assert [(each.status, each.kind) for each in heard.pictures] == [("picture", "image/jpeg")]


def test_a_reading_of_another_version_is_none(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        hear(session, cast.ana, "hi", NOW, reading={"intent": "from the future"})
    (heard,) = opened(db, tom, cast.ana.conversation_id).entries
    assert isinstance(heard, Heard)
    assert heard.reading is None


RULES = [
    {"id": "consent", "verdict": "allow", "why": "written"},
    {"id": "quiet_hours", "verdict": "defer", "why": "it is night there", "until": "2026-03-12T14:00:00Z"},
    {"id": "cap", "verdict": "defer", "why": "one a day", "until": "2026-03-13T14:00:00Z"},
]


@pytest.mark.parametrize(
    ("status", "why", "decision", "because", "tone"),
    [
        ("sent", None, "allow", "answer: 3 rules asked, none against", "go"),
        ("ready", None, "defer", "cap: one a day", "wait"),
        ("withheld", "a newer text", "allow", "a newer text", "stop"),
        ("refused", "30005", "allow", "30005", "stop"),
        ("expired", "too old", None, "too old", "stop"),
    ],
)
def test_a_text_says_what_became_of_it_and_which_rule_decided(
    db: Database,
    cast: Cast,
    tom: Actor,
    status: str,
    why: str | None,
    decision: str | None,
    because: str,
    tone: str,
) -> None:
    with db.write() as session:
        number = say(session, cast.ana, "hi", NOW, status=status, why=why)
        if decision is not None:
            for each in ("defer", decision):
                session.add(
                    Receipt(
                        shop_id=cast.shop_id,
                        outbound_id=number,
                        at=NOW,
                        decision=each,
                        kind="answer",
                        rules=RULES,
                        facts={},
                        data_version="1",
                    )
                )
    (said,) = opened(db, tom, cast.ana.conversation_id).entries
    assert isinstance(said, Said)
    found = said.verdict
    assert (found.status, found.because, found.tone) == (status, because, tone)
    assert found.looks == (2 if decision else 0)
    assert found.until == (NOW if status == "ready" else None)
    assert said.left_at == (NOW if status in ("sent", "refused") else None)


def test_a_text_that_the_carrier_did_not_deliver_is_marked_though_it_was_sent() -> None:
    row = Outbound(status="sent", provider_status="undelivered", error_code="30003", due_at=NOW)
    found = verdict(row, ())
    assert (found.tone, found.delivery, found.error) == ("stop", "undelivered", "30003")


def test_the_customer_stands_beside_it(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW - HOUR)
        for n, (status, ends, state) in enumerate(
            [
                ("live", HOUR, 0),
                ("live", -HOUR, 1),
                ("redeemed", HOUR, 2),
                ("reserved", HOUR, 3),
                ("void", HOUR, 4),
            ]
        ):
            session.add(
                Coupon(
                    shop_id=cast.shop_id,
                    pool="p",
                    code=f"C{n}",
                    percent=15,
                    status=status,
                    customer_id=cast.ana.customer_id,
                    reserved_at=NOW - n * HOUR,
                    ends_at=NOW + ends,
                )
            )
            del state
        say(session, cast.ana, "later", NOW, status="ready", due_at=NOW + HOUR, attempted_at=None)
    talk = opened(db, tom, cast.ana.conversation_id)
    person = talk.person
    assert (person.name, person.phone, person.spent_cents, person.orders_count) == (
        "Ana",
        cast.ana.phone,
        3100,
        1,
    )
    assert person.zone == "America/Los_Angeles"
    assert person.orders[0].what == (("Morning Blend", 2),)
    assert {each.code: each.state for each in person.codes} == {
        "C0": "live",
        "C1": "ended",
        "C2": "used",
        "C3": "promised",
        "C4": "void",
    }
    assert (talk.standing.consent, talk.standing.silenced) == ("written", None)
    assert talk.standing.leaves == (NOW + HOUR,)
    assert (talk.holder, talk.held_by, talk.mine) == ("nobody", None, False)
    assert talk.reason is not None
    assert talk.reason.cause == "asked"
    assert talk.age is not None
    stopped = opened(db, tom, cast.ben.conversation_id)
    assert stopped.standing.silenced == ("opted_out", "carrier_word")


def test_whose_it_is_what_was_promised_and_what_was_begun(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        kim = hire(session, cast.shop_id, "Kim", NOW)
        change(
            session, cast.ana, holder="staff", staff_id=kim.staff_id, assignee_id=tom.staff_id, held_since=NOW
        )
        for n, kept in enumerate((None, NOW, None)):
            session.add(
                Promise(
                    shop_id=cast.shop_id,
                    conversation_id=cast.ana.conversation_id,
                    staff_id=kim.staff_id,
                    what=f"p{n}",
                    due_at=NOW + (3 - n) * HOUR,
                    kept_at=kept,
                    at=NOW,
                )
            )
        for whose, body in ((tom.staff_id, "mine"), (kim.staff_id, "hers"), (None, "the bot's")):
            session.add(
                Draft(
                    shop_id=cast.shop_id,
                    conversation_id=cast.ana.conversation_id,
                    staff_id=whose,
                    body=body,
                    at=NOW,
                )
            )
        heartbeat(session, kim, cast.ana.conversation_id, NOW, typing=True)
        heartbeat(session, tom, cast.ana.conversation_id, NOW)
    talk = opened(db, tom, cast.ana.conversation_id)
    assert talk.held_by is not None
    assert talk.assignee is not None
    assert (talk.held_by.name, talk.assignee.name, talk.mine) == ("Kim", "Tom", False)
    assert [each.what for each in talk.promises] == ["p2", "p0", "p1"]
    assert [(each.mine, each.body) for each in talk.drafts] == [(True, "mine"), (False, "the bot's")]
    assert [(each.name, each.typing) for each in talk.watching] == [("Kim", True)]
    assert opened(db, kim, cast.ana.conversation_id).mine


def test_the_mark_changes_when_the_page_would(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        kim = hire(session, cast.shop_id, "Kim", NOW)

    def marked() -> str:
        with db.read() as session:
            found = mark(session, tom, cast.ana.conversation_id, NOW)
            # the same for who asks along with others, whether or not anybody has the conversation open
            assert found == mark(session, tom, cast.ana.conversation_id, NOW, Recent())
        assert found == opened(db, tom, cast.ana.conversation_id).mark
        assert found is not None
        return found

    marks = [marked()]
    deeds: list[Callable[[Session], object]] = [
        lambda session: hear(session, cast.ana, "hi", NOW),
        lambda session: say(session, cast.ana, "hello", NOW),
        lambda session: session.execute(update(Outbound).values(provider_status="delivered")),
        lambda session: heartbeat(session, kim, cast.ana.conversation_id, NOW),
        lambda session: heartbeat(session, kim, cast.ana.conversation_id, NOW, typing=True),
    ]
    for deed in deeds:
        with db.write() as session:
            deed(session)
        marks.append(marked())
    assert len(set(marks)) == len(marks)
    with db.write() as session:
        hear(session, cast.ben, "elsewhere", NOW)
    assert marked() == marks[-1]


@settings(max_examples=examples(50))
@given(st.text(max_size=60))
def test_no_place_from_a_browser_is_an_error(before: str) -> None:
    found = place(before, 1, 2, 3)
    assert all(instant(each) for each in found)
