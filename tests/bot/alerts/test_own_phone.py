"""Notices to a person's own phone, answered from there: through the same doors as everybody's texts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.alerts.deliver import deliver
from bot.compliance import consent
from bot.conversations.customers import find_or_make
from bot.conversations.own_answers import parted
from bot.db import Database
from bot.inbox.alerting import look
from bot.models import ConfirmedPhone, Conversation, Customer, Inbound, Outbound, Shop, Suppression
from bot.privacy.erase import erase
from nlu import optout
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.bot.inbox.staffed import hear, hire, more_customers, waits
from tests.support.cast import Cast, Member
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp, FakeProvider, reading

PHONE = "+14155550109"


@pytest.fixture
def olga(app: FakedApp, db: Database, cast: Cast) -> Member:
    """The owner's own phone, confirmed; the shop tells it who waits, and Ana does."""
    with db.write() as session:
        boss = hire(session, cast.shop_id, "Olga", NOW, "owner")
        session.execute(
            update(Shop).where(Shop.id == cast.shop_id).values(settings={"notify": {"phone": PHONE}})
        )
        session.add(
            ConfirmedPhone(shop_id=cast.shop_id, phone=PHONE, staff_id=boss.staff_id, confirmed_at=NOW)
        )
        party = find_or_make(session, app.keys, cast.shop_id, PHONE, NOW)
        consent.opt_in(session, cast.shop_id, party.phone_key, kind="written", source="own_phone", at=NOW)
        hear(session, cast.ana, "do you have decaf?", NOW - timedelta(minutes=1), turned_at=NOW)
        waits(session, cast.ana, NOW)
    return Member(cast.shop_id, party.customer_id, party.conversation_id, PHONE, party.phone_key)


def texts(db: Database, who: Member) -> list[str]:
    with db.read() as session:
        rows = session.execute(
            select(Outbound.body, Outbound.status)
            .where(Outbound.conversation_id == who.conversation_id)
            .order_by(Outbound.id)
        )
        return [f"{row.status}: {row.body}" for row in rows]


def told(app: FakedApp) -> None:
    look(app)
    deliver(app)
    run_until_quiet(app)


NOTICE = 'sent: Ana waits for a person: asked for a person. "do you have decaf?" Answer here: Ana: your words'


def test_an_answer_from_the_owners_phone_goes_to_ana(
    app: FakedApp, provider: FakeProvider, db: Database, cast: Cast, olga: Member, clock: StillClock
) -> None:
    told(app)
    told(app)
    assert texts(db, olga) == [NOTICE]
    clock.move(seconds=30)
    text_in(app, cast, olga, "ana : We have it, 10 am")
    clock.move(seconds=5)
    run_until_quiet(app)
    deliver(app)
    deliver(app)
    clock.move(seconds=10)
    run_until_quiet(app)
    assert texts(db, cast.ana) == ["sent: We have it, 10 am"]
    assert texts(db, olga) == [NOTICE, "sent: Sent to Ana."]
    with db.read() as session:
        here = session.get_one(Conversation, cast.ana.conversation_id)
        row = session.execute(select(Outbound).where(Outbound.body == "We have it, 10 am")).scalar_one()
        assert (here.holder, row.author, row.kind) == ("staff", "staff", "staff")


def test_what_ana_wrote_since_is_shown_before_anything_leaves(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock
) -> None:
    told(app)
    text_in(app, cast, cast.ana, "never mind, tea is fine")
    text_in(app, cast, olga, "Ana: we have it")
    clock.move(seconds=5)
    run_until_quiet(app)
    deliver(app)
    run_until_quiet(app)
    assert texts(db, cast.ana) == []
    assert texts(db, olga)[-1] == (
        'sent: Not sent: Ana wrote since: "never mind, tea is fine" Answer again: Ana: your words'
    )
    text_in(app, cast, olga, "Ana: tea it is")
    clock.move(seconds=5)
    run_until_quiet(app)
    deliver(app)
    clock.move(seconds=10)
    run_until_quiet(app)
    assert texts(db, cast.ana) == ["sent: tea it is"]


def test_two_anas_have_two_names(app: FakedApp, db: Database, cast: Cast, olga: Member) -> None:
    told(app)
    with db.write() as session:
        (other,) = more_customers(session, cast, ["Ana"], NOW)
        waits(session, other, NOW)
    told(app)
    assert texts(db, olga)[-1] == (
        "sent: Ana 2 waits for a person: asked for a person. Answer here: Ana 2: your words"
    )


@pytest.mark.parametrize("body", ["Zoe: hello", "Ana we have it", "what time: 5?"])
def test_any_other_text_of_that_phone_is_a_customers(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock, body: str
) -> None:
    told(app)
    text_in(app, cast, olga, body)
    clock.move(seconds=5)
    run_until_quiet(app)
    deliver(app)
    run_until_quiet(app)
    assert texts(db, cast.ana) == []
    assert len(texts(db, olga)) == 2  # the front desk answers


def test_a_phone_that_nobody_confirmed_answers_nobody(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock
) -> None:
    told(app)
    with db.write() as session:
        session.execute(update(ConfirmedPhone).values(confirmed_at=None))
    text_in(app, cast, olga, "Ana: we have it")
    clock.move(seconds=5)
    run_until_quiet(app)
    deliver(app)
    clock.move(seconds=10)
    run_until_quiet(app)
    assert texts(db, cast.ana) == []
    assert len(texts(db, olga)) == 2  # the front desk answers, as any customer


def test_no_text_wakes_the_owner_in_the_night(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock
) -> None:
    clock.move(hours=14)  # midnight in Los Angeles
    told(app)
    assert texts(db, olga) == [NOTICE.replace("sent:", "ready:")]


def test_whoever_opted_out_of_notices_gets_none(
    app: FakedApp, db: Database, cast: Cast, olga: Member
) -> None:
    text_in(app, cast, olga, "STOP")
    run_until_quiet(app)
    told(app)
    assert texts(db, olga)[-1].startswith("denied: Ana waits")


def test_the_gate_says_no_to_an_answer_as_to_any_text(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock
) -> None:
    told(app)
    with db.write() as session:
        consent.opt_out(session, cast.shop_id, cast.ana.phone_key, source="staff", at=NOW)
        assert session.get_one(Customer, cast.ana.customer_id).phone
    text_in(app, cast, olga, "Ana: we have it")
    clock.move(seconds=5)
    run_until_quiet(app)
    deliver(app)
    run_until_quiet(app)
    assert texts(db, cast.ana) == []
    assert texts(db, olga)[-1] == "sent: Not sent to Ana: the number is suppressed: opted_out"


def test_who_is_erased_is_quoted_to_nobody(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock
) -> None:
    told(app)
    text_in(app, cast, olga, "Ana: we have it")
    clock.move(seconds=5)
    run_until_quiet(app)
    deliver(app)
    run_until_quiet(app)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert [each.split(": ", 1)[1] for each in texts(db, olga)] == ["", ""]
    with db.read() as session:
        said = session.scalars(select(Inbound.body).where(Inbound.conversation_id == olga.conversation_id))
        assert said.all() == [""]


@pytest.mark.parametrize(
    ("bodies", "found"),
    [
        (["Ana: we have it"], ("Ana", "we have it")),
        ([" ana  : ten: at the door ", "bring it"], ("ana", "ten: at the door \nbring it")),
        (["Ana", ": hello"], ("Ana", "hello")),
        (["Hi\nAna: hello"], None),
        (["Ana:"], None),
        ([": hello"], None),
        (["x" * 41 + ": hello"], None),
        ([" " * 1600], None),
        (["x" * 1600], None),
    ],
)
def test_an_answer_is_a_name_a_colon_and_words(bodies: list[str], found: tuple[str, str] | None) -> None:
    assert parted(bodies) == found


def silenced(db: Database, *who: Member) -> list[str]:
    """What stands against texts to these."""
    with db.read() as session:
        keys = [each.phone_key for each in who]
        return list(session.scalars(select(Suppression.kind).where(Suppression.phone_key.in_(keys))))


def answers(app: FakedApp, cast: Cast, olga: Member, clock: StillClock, body: str) -> None:
    """Olga texts this, and all that follows from it happens."""
    text_in(app, cast, olga, body)
    clock.move(seconds=5)
    run_until_quiet(app)
    deliver(app)
    clock.move(seconds=10)
    run_until_quiet(app)


@pytest.mark.parametrize(
    "words", ["get lost", "I'll take you off the list", "leave me alone, says our roaster", "lose my number"]
)
def test_what_is_said_to_ana_withdraws_no_consent_of_olgas(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock, words: str
) -> None:
    """Neither when it is stored, by the rules, nor in the turn, by the reader; and it goes to Ana as it is."""
    assert optout.decide(f"Ana: {words}").outcome != "none"
    told(app)
    app.reader.reads[f"Ana: {words}"] = reading("stop", opt_out="opted_out")
    answers(app, cast, olga, clock, f"Ana: {words}")
    assert silenced(db, olga, cast.ana) == []
    assert texts(db, cast.ana) == [f"sent: {words}"]


@pytest.mark.parametrize("opt_out", ["opted_out", "held"])
def test_what_only_the_reader_hears_in_an_answer_is_not_olgas_either(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock, opt_out: str
) -> None:
    told(app)
    app.reader.reads["Ana: enough of it"] = reading("stop", opt_out=opt_out)
    answers(app, cast, olga, clock, "Ana: enough of it")
    assert silenced(db, olga, cast.ana) == []
    assert texts(db, cast.ana) == ["sent: enough of it"]


@pytest.mark.parametrize("body", ["STOP", "get lost", "Zoe: get lost", "Ana get lost"])
def test_what_names_nobody_that_olga_was_told_of_is_her_own(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock, body: str
) -> None:
    told(app)
    answers(app, cast, olga, clock, body)
    assert silenced(db, olga) == ["opted_out"]
    assert texts(db, cast.ana) == []


def test_a_phone_that_nobody_confirmed_opts_itself_out_whatever_name_it_begins_with(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock
) -> None:
    told(app)
    with db.write() as session:
        session.execute(update(ConfirmedPhone).values(confirmed_at=None))
    answers(app, cast, olga, clock, "Ana: get lost")
    assert silenced(db, olga) == ["opted_out"]
