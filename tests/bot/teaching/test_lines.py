"""A shop's lines: taught, corrected, looked at, forgotten with their customer; and published with a flow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.db import Database
from bot.flows_store import publish
from bot.models import Inbound, ShopHead, TaughtLine
from bot.privacy.erase import erase
from bot.teaching.lines import Added, Refused, add, correct, lines_of, names, remove, review
from nlu.training_data import Example
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

WRAPS = ("can you wrap it?", "put a bow on it", "gift box please", "a card with it", "wrapped for my mom")


def wraps(language: str = "en") -> list[Example]:
    return [Example(text, "gift_wrap", language) for text in WRAPS]


def said(db: Database, cast: Cast, clock: StillClock, body: str) -> int:
    with db.write() as session:
        row = Inbound(
            shop_id=cast.shop_id,
            conversation_id=cast.ana.conversation_id,
            account=ACCOUNT,
            provider_id=f"SM{hash(body)}",
            sender_number=cast.number,
            body=body,
            received_at=clock(),
            settle_at=clock(),
        )
        session.add(row)
        session.flush()
        return row.id


def test_lines_taken_twice_are_there_once_and_the_last_meaning_counts(
    db: Database, cast: Cast, clock: StillClock
) -> None:
    with db.write() as session:
        assert add(session, cast.shop_id, wraps(), origin="file", at=clock()) == Added(5, 0, 0)
        assert add(session, cast.shop_id, wraps(), origin="file", at=clock()) == Added(0, 0, 5)
        other = [Example("Can you wrap it", "question", "en")]
        assert add(session, cast.shop_id, other, origin="file", at=clock()) == Added(0, 1, 0)
        assert len(lines_of(session, cast.shop_id)) == 5
        assert lines_of(session, cast.other_shop_id) == []


def test_an_own_intent_counts_from_five_lines_of_a_language(
    db: Database, cast: Cast, clock: StillClock
) -> None:
    with db.write() as session:
        add(session, cast.shop_id, [*wraps()[:4], *wraps("es")[:4]], origin="file", at=clock())
        assert names(session, cast.shop_id) == frozenset()
        add(session, cast.shop_id, wraps(), origin="file", at=clock())
        assert names(session, cast.shop_id) == {"gift_wrap"}
        assert names(session, cast.other_shop_id) == frozenset()


def test_a_correction_waits_for_somebody_to_look_at_it(db: Database, cast: Cast, clock: StillClock) -> None:
    text = said(db, cast, clock, "the usual but make it snappy")
    with db.write() as session:
        line = correct(session, cast.shop_id, text, "reorder", at=clock())
        assert isinstance(line, int)
        assert [row.intent for row in lines_of(session, cast.shop_id, "waiting")] == ["reorder"]
        assert correct(session, cast.shop_id, text, "question", at=clock()) == line
        assert review(session, cast.shop_id, line, take=True, at=clock())
        assert [row.intent for row in lines_of(session, cast.shop_id, "taken")] == ["question"]
        assert not review(session, cast.other_shop_id, line, take=False, at=clock())
        assert remove(session, cast.shop_id, at=clock(), line_id=line) == 1


@pytest.mark.parametrize(
    ("intent", "why"),
    [
        ("start", "can't be taught"),
        ("gift_wrap", "has not taught"),
        ("Gift Wrap", "no name"),
        ("upset", "flows"),
    ],
)
def test_a_correction_to_what_can_not_be_taught_is_refused(
    db: Database, cast: Cast, clock: StillClock, intent: str, why: str
) -> None:
    text = said(db, cast, clock, "wrap it up")
    with db.write() as session:
        found = correct(session, cast.shop_id, text, intent, at=clock())
        assert isinstance(found, Refused)
        assert why in found.why


def test_another_shops_text_can_not_be_corrected(db: Database, cast: Cast, clock: StillClock) -> None:
    text = said(db, cast, clock, "wrap it up")
    with db.write() as session:
        assert isinstance(correct(session, cast.other_shop_id, text, "question", at=clock()), Refused)


def test_a_customers_corrected_line_goes_with_them_and_a_fit_is_due(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    text = said(app.database, cast, clock, "the usual but make it snappy")
    with app.database.write() as session:
        correct(session, cast.shop_id, text, "reorder", at=clock(), state="taken")
        add(session, cast.shop_id, wraps(), origin="file", at=clock())
        session.execute(update(ShopHead).values(changed_at=None))
    clock.now += timedelta(minutes=1)
    assert erase(app, cast.shop_id, cast.ana.phone, by="test") is not None
    with app.database.read() as session:
        assert {row.text for row in lines_of(session, cast.shop_id)} == set(WRAPS)
        assert session.scalar(select(ShopHead.changed_at)) is not None


FLOW = """flow: wrapping
trigger: { manual: true }
exit_on: [ordered]
intents:
  gift_wrap:
    en: [can you wrap it?, put a bow on it, gift box please, a card with it, wrapped for my mom]
start: hello
nodes:
  hello:
    say: "{{ shop.text_name }}'s text bot here. Shall I send the cart again? STOP to opt out."
    replies: { gift_wrap: wrapped, anything else: { tries: 1, then: person } }
    silence: { after: 4 days, then: over }
  wrapped: { say: "We wrap it, of course. A person writes to you in a moment.", hand_off: gift wrap }
  person: { hand_off: not understood }
  over: { end: silent }
"""


def test_publishing_a_flow_teaches_its_intents_and_an_edit_takes_lines_back(
    db: Database, cast: Cast, clock: StillClock
) -> None:
    with db.write() as session:
        done, problems = publish(session, cast.shop_id, FLOW, file="f.yml", by="test", now=clock())
        assert done is not None, problems
        assert {row.text for row in lines_of(session, cast.shop_id, "taken")} == set(WRAPS)
        edited = FLOW.replace("put a bow on it", "with a ribbon please")
        publish(session, cast.shop_id, edited, file="f.yml", by="test", now=clock())
        assert {row.text for row in lines_of(session, cast.shop_id)} == {
            *WRAPS,
            "with a ribbon please",
        } - {"put a bow on it"}


def test_a_flow_may_name_what_the_shop_has_taught(db: Database, cast: Cast, clock: StillClock) -> None:
    without = "".join(
        line for line in FLOW.splitlines(True) if not line.startswith(("intents:", "  gift_wrap:", "    en:"))
    )
    with db.write() as session:
        done, problems = publish(session, cast.shop_id, without, file="f.yml", by="test", now=clock())
        assert done is None
        assert "unknown-intent" in {problem.code for problem in problems}
        add(session, cast.shop_id, wraps(), origin="file", at=clock())
        done, problems = publish(session, cast.shop_id, without, file="f.yml", by="test", now=clock())
        assert done is not None, problems


def test_a_line_is_unique_in_the_schema(db: Database, cast: Cast, clock: StillClock) -> None:
    with db.write() as session:
        add(session, cast.shop_id, wraps(), origin="file", at=clock())
        keys = session.execute(select(TaughtLine.plain_key)).scalars().all()
        assert len(set(keys)) == 5
