"""What only a person can decide: in one list, each decided once, and nothing of another shop in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.compliance import consent
from bot.compliance.holds import UNDECIDED, end_holds
from bot.conversations.doubts import DOUBT
from bot.conversations.holders import hand_off
from bot.db import Database
from bot.inbox import Actor, Done, Gone, NotAllowed, TooLate, listing
from bot.inbox.deciding import Deciding, page, resume_flow, settle_doubt, settle_number, settle_unknown, stop
from bot.inbox.filters import Filters
from bot.models import Audit, Conversation, Customer, Flow, Note, OpenQuestion, Outbound, Signal, TaughtLine
from tests.bot.inbox.staffed import change, hear, hire, say
from tests.support.cast import Cast, Member
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp


@pytest.fixture
def tom(db: Database, cast: Cast) -> Actor:
    with db.write() as session:
        return hire(session, cast.shop_id, "Tom", NOW)


def doubted(db: Database, who: Member, kind: consent.HoldKind = "held") -> None:
    with db.write() as session:
        hear(session, who, "enough already", NOW - timedelta(hours=1))
        consent.hold(
            session, who.shop_id, who.phone_key, source="model", at=NOW - timedelta(hours=1), kind=kind
        )


def listed(db: Database, actor: Actor) -> list[tuple[str, str, str]]:
    with db.read() as session:
        found = page(session, actor, NOW)
        assert isinstance(found, Deciding)
        assert sum(found.counts.values()) == len(found.items)
        return [(each.kind, each.who, each.words) for each in found.items]


def suppression(db: Database, who: Member) -> str | None:
    with db.read() as session:
        there = consent.status(session, who.shop_id, who.phone_key).suppression
        return there.kind if there else None


def test_the_list_begins_with_what_ends_first(app: FakedApp, db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        say(session, cast.ana, "Did it leave?", NOW - timedelta(days=2), status="unknown")
        session.add(
            TaughtLine(
                shop_id=cast.shop_id,
                language="en",
                intent="later",
                text="maybe in spring",
                plain_key="k",
                origin="correction",
                state="waiting",
                customer_id=cast.ben.customer_id,
                at=NOW,
            )
        )
        for count in (2, 3):
            session.add(
                OpenQuestion(
                    shop_id=cast.shop_id,
                    language="en",
                    text="do you sell gift cards",
                    count=count,
                    last_at=NOW,
                    state="open",
                )
            )
    doubted(db, cast.ana)
    doubted(db, cast.cleo)
    assert listed(db, tom) == [
        ("held", "Ana", "enough already"),
        ("unknown", "Ana", "Did it leave?"),
        ("question", "several customers", "do you sell gift cards (3 times)"),
        ("correction", "Ben", "maybe in spring = later"),
    ]
    with db.read() as session:
        found = page(session, tom, NOW, "held")
        assert isinstance(found, Deciding)
        assert [each.ends_at for each in found.items] == [NOW - timedelta(hours=1) + UNDECIDED]
        assert found.counts["unknown"] == 1


def test_a_doubt_that_was_none_lets_texts_leave_again(db: Database, cast: Cast, tom: Actor) -> None:
    doubted(db, cast.ana)
    with db.write() as session:
        assert settle_doubt(session, cast.ana.conversation_id, tom, NOW, opted_out=False) == Done()
        assert isinstance(settle_doubt(session, cast.ana.conversation_id, tom, NOW, opted_out=False), TooLate)
    assert suppression(db, cast.ana) is None
    assert listed(db, tom) == []
    with db.read() as session:
        assert session.scalars(select(Note.body)).all() == ["Tom: no opt-out, texts may leave again"]


def test_a_doubt_that_was_an_opt_out_is_one_and_the_flows_hear_of_it(
    db: Database, cast: Cast, tom: Actor
) -> None:
    doubted(db, cast.ana)
    with db.write() as session:
        assert settle_doubt(session, cast.ana.conversation_id, tom, NOW, opted_out=True) == Done()
        assert settle_doubt(session, cast.ana.conversation_id, tom, NOW, opted_out=True) == Done(
            changed=False
        )
    assert suppression(db, cast.ana) == "opted_out"
    with db.read() as session:
        assert len(session.scalars(select(Signal.id)).all()) == 1


@pytest.mark.parametrize(("opted_out", "waits"), [(True, []), (False, ["wrote, and waits"])])
def test_a_conversation_that_waited_for_that_alone_waits_for_it_no_more(
    db: Database, cast: Cast, tom: Actor, opted_out: bool, waits: list[str]
) -> None:
    doubted(db, cast.ana)
    with db.write() as session:
        conversation = session.get_one(Conversation, cast.ana.conversation_id)
        hand_off(conversation, DOUBT, None, NOW)
        conversation.owed_since = NOW
    with db.write() as session:
        settle_doubt(session, cast.ana.conversation_id, tom, NOW, opted_out=opted_out)
    with db.read() as session:
        lines = listing.page(session, tom, Filters("waiting"), NOW, NOW).lines
        assert [line.reason and line.reason.words for line in lines] == waits
        assert (session.get_one(Conversation, cast.ana.conversation_id).closed_at is not None) == opted_out


def test_an_opt_out_is_never_lifted_here(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        assert isinstance(settle_doubt(session, cast.ben.conversation_id, tom, NOW, opted_out=False), TooLate)
        assert isinstance(settle_number(session, cast.ben.conversation_id, tom, NOW, wrong=False), TooLate)
    assert suppression(db, cast.ben) == "opted_out"


def test_staff_opt_out_whoever_said_so_on_the_phone(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        assert (
            stop(session, cast.ana.conversation_id, tom, NOW, medium="phone", reason="she called") == Done()
        )
    assert suppression(db, cast.ana) == "opted_out"
    with db.read() as session:
        kept = session.execute(select(Audit.action, Audit.staff_id)).one()
        assert tuple(kept) == ("opted out", tom.staff_id)


@pytest.mark.parametrize("wrong", [True, False])
def test_a_wrong_number_is_settled_both_ways(db: Database, cast: Cast, tom: Actor, wrong: bool) -> None:
    doubted(db, cast.ana, "wrong_number")
    with db.write() as session:
        change(session, cast.ana, open_matter="identity")
    assert [kind for kind, _, _ in listed(db, tom)] == ["wrong_number"]
    with db.write() as session:
        assert settle_number(session, cast.ana.conversation_id, tom, NOW, wrong=wrong) == Done()
    assert listed(db, tom) == []
    with db.read() as session:
        standing = consent.status(session, cast.shop_id, cast.ana.phone_key)
        customer = session.get_one(Customer, cast.ana.customer_id)
        matter = session.get_one(Conversation, cast.ana.conversation_id).open_matter
    assert (standing.consent is None) is wrong
    assert customer.number_state == ("moved" if wrong else "ok")
    assert matter == ("identity" if wrong else None)
    assert suppression(db, cast.ana) == ("wrong_number" if wrong else None)


@pytest.mark.parametrize("sent", [True, False])
def test_an_unknown_text_is_settled_once(
    app: FakedApp, db: Database, cast: Cast, tom: Actor, sent: bool
) -> None:
    with db.write() as session:
        text = session.get_one(Outbound, say(session, cast.ana, "Hm", NOW, status="unknown"))
        public_id = text.public_id
    assert settle_unknown(app, public_id, tom, sent=sent) == Done()
    assert settle_unknown(app, public_id, tom, sent=sent) == Done(changed=False)
    assert isinstance(settle_unknown(app, public_id, tom, sent=not sent), TooLate)
    assert settle_unknown(app, "nothing", tom, sent=sent) == Gone()


def held_flow(db: Database, cast: Cast) -> int:
    """A flow of Ana's shop that the breaker holds, and one of the other shop's."""
    with db.write() as session:
        rows = [
            Flow(
                shop_id=shop,
                name=name,
                held_at=NOW - timedelta(hours=2),
                held_why="12 of the last 200 opted out",
            )
            for shop, name in ((cast.shop_id, "winback"), (cast.other_shop_id, "theirs"))
        ]
        session.add_all([*rows, Flow(shop_id=cast.shop_id, name="quiet")])
        session.flush()
        return rows[0].id


def test_a_flow_that_is_held_waits_for_a_person_who_may_change_flows(
    db: Database, cast: Cast, tom: Actor
) -> None:
    flow = held_flow(db, cast)
    assert listed(db, tom) == [("flow", "winback", "12 of the last 200 opted out")]
    with db.write() as session:
        editor = hire(session, cast.shop_id, "Ed", NOW, "editor")
        stranger = hire(session, cast.other_shop_id, "Sue", NOW, "owner")
        assert resume_flow(session, flow, tom, NOW) == NotAllowed("flows.change")
        assert resume_flow(session, flow, stranger, NOW) == Gone()
        assert resume_flow(session, flow, editor, NOW) == Done()
        assert resume_flow(session, flow, editor, NOW) == Done(changed=False)
    assert listed(db, tom) == []
    with db.read() as session:
        assert session.get_one(Flow, flow).watched_from == NOW
        assert session.execute(select(Audit.actor, Audit.action)).all() == [("Ed", "flow resumed")]


def test_nobody_decides_for_another_shop_or_above_their_role(
    app: FakedApp, db: Database, cast: Cast, tom: Actor, clock: StillClock
) -> None:
    doubted(db, cast.ana)
    with db.write() as session:
        editor = hire(session, cast.shop_id, "Ed", NOW, "editor")
        stranger = hire(session, cast.other_shop_id, "Sue", NOW, "owner")
        here = cast.ana.conversation_id
        assert isinstance(settle_doubt(session, here, editor, NOW, opted_out=False), NotAllowed)
        assert stop(session, here, stranger, NOW) == Gone()
        assert settle_number(session, here, stranger, NOW, wrong=True) == Gone()
    assert listed(db, stranger) == []
    clock.move(days=8)
    assert end_holds(app) == 1
    assert suppression(db, cast.ana) == "opted_out"
