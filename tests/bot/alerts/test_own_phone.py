"""Notices to a person's own phone, answered from there: through the same doors as everybody's texts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.alerts.deliver import deliver
from bot.compliance import consent
from bot.conversations import own_phones
from bot.conversations.customers import find_or_make
from bot.conversations.own_answers import parted
from bot.db import Database
from bot.inbox.alerting import look
from bot.inbox.undoing import Undone, undo
from bot.models import ConfirmedPhone, Conversation, Customer, Inbound, Outbound, Shop, Staff, Suppression
from bot.privacy.erase import erase
from bot.sending.outcomes import Refused
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
    assert texts(db, olga) == [NOTICE, "sent: Goes to Ana now."]
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


@pytest.mark.parametrize("what", ["the gate says no", "a colleague takes it back", "it is refused"])
def test_what_does_not_get_to_ana_after_all_is_told_to_whoever_answered(
    app: FakedApp,
    provider: FakeProvider,
    db: Database,
    cast: Cast,
    olga: Member,
    clock: StillClock,
    what: str,
) -> None:
    """«Goes to Ana now» is said before dispatch has decided: what comes of it then is told as well, once."""
    told(app)
    text_in(app, cast, olga, "Ana: we have it")
    clock.move(seconds=5)
    run_until_quiet(app)
    deliver(app)
    run_until_quiet(app)
    assert texts(db, olga)[-1] == "sent: Goes to Ana now."
    with db.write() as session:
        number = session.execute(select(Outbound.id).where(Outbound.body == "we have it")).scalar_one()
        if what == "the gate says no":
            consent.opt_out(session, cast.shop_id, cast.ana.phone_key, source="staff", at=clock())
        if what == "a colleague takes it back":
            tom = hire(session, cast.shop_id, "Tom", clock())
            assert isinstance(undo(session, number, tom, clock()), Undone)
    if what == "it is refused":
        provider.will(lambda _: Refused("30007", "filtered"))
    clock.move(seconds=10)
    run_until_quiet(app)
    for _ in range(2):
        deliver(app)
        run_until_quiet(app)
    assert texts(db, olga)[2:] == [
        {
            "the gate says no": "sent: Not sent to Ana: the number is suppressed: opted_out",
            "a colleague takes it back": "sent: Not sent to Ana: taken back",
            "it is refused": "sent: Not sent to Ana: 30007 filtered",
        }[what]
    ]
    assert texts(db, cast.ana)[0].partition(":")[0] in ("denied", "withheld", "refused")


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


ELSEWHERE = "Not sent to Ana: the shop tells another phone now. Answer in the inbox."
LEFT = "Not sent to Ana: whoever this phone is put down to does not work here any more."
ROLE = "Not sent to Ana: your role does not answer customers. The shop's owner may change that."


@pytest.mark.parametrize(
    ("change", "why"), [("another phone", ELSEWHERE), ("left", LEFT), ("viewer", ROLE), ("editor", ROLE)]
)
def test_a_phone_that_may_not_answer_any_more_is_told_why_once(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock, change: str, why: str
) -> None:
    told(app)
    with db.write() as session:
        if change == "another phone":
            session.execute(update(Shop).values(settings={"notify": {"phone": "+14155550108"}}))
        else:
            its = {"active": False} if change == "left" else {"role": change}
            session.execute(update(Staff).values(**its))
    for words in ("we have it", "hello?", "get lost"):
        answers(app, cast, olga, clock, f"Ana: {words}")
    assert texts(db, cast.ana) == []
    assert texts(db, olga) == [NOTICE, f"sent: {why}"]
    assert silenced(db, olga) == []


@pytest.mark.parametrize(
    ("staff", "told_to_it", "expected"),
    [(None, True, "Olga"), ("Tom", True, "Tom"), (None, False, None), ("Tom", False, None)],
)
def test_whoever_the_phone_is_put_down_to_answers_and_else_the_first_owner(
    app: FakedApp,
    db: Database,
    cast: Cast,
    olga: Member,
    clock: StillClock,
    staff: str | None,
    told_to_it: bool,
    expected: str | None,
) -> None:
    told(app)
    with db.write() as session:
        tom = hire(session, cast.shop_id, "Tom", NOW)
        session.execute(update(ConfirmedPhone).values(staff_id=tom.staff_id if staff else None))
        if not told_to_it:
            session.execute(update(Shop).values(settings={}))
    answers(app, cast, olga, clock, "Ana: we have it")
    with db.read() as session:
        by = session.scalars(
            select(Staff.name).join(Outbound, Outbound.staff_id == Staff.id).where(Outbound.author == "staff")
        ).all()
    assert by == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("change", "heard"), [("another phone", []), ("left", []), ("viewer", [NOTICE.partition(" Answer")[0]])]
)
def test_what_customers_write_goes_to_no_phone_that_the_shop_tells_no_more(
    app: FakedApp, db: Database, cast: Cast, olga: Member, change: str, heard: list[str]
) -> None:
    """Taken out after the matter was found, and before it was told. Who only looks hears of it, and is asked nothing."""
    look(app)
    with db.write() as session:
        if change == "another phone":
            session.execute(update(Shop).values(settings={"notify": {"phone": "+14155550108"}}))
        else:
            session.execute(update(Staff).values(active=change == "viewer", role="viewer"))
    deliver(app)
    run_until_quiet(app)
    assert texts(db, olga) == heard


def test_an_order_to_the_bot_behind_a_name_goes_to_nobody(
    app: FakedApp, db: Database, cast: Cast, olga: Member, clock: StillClock
) -> None:
    told(app)
    answers(app, cast, olga, clock, "Ana: STOP")
    assert silenced(db, olga, cast.ana) == []
    assert texts(db, cast.ana) == []
    assert texts(db, olga)[1:] == [
        'sent: Not sent to Ana: "STOP" is an order to the bot. Text it alone to hear nothing more here.'
    ]


def test_a_phone_is_whoevers_it_was_asked_for_once_the_code_came(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock
) -> None:
    def whose() -> list[tuple[int | None, bool]]:
        with db.read() as session:
            rows = session.execute(select(ConfirmedPhone.staff_id, ConfirmedPhone.confirmed_at))
            return [(staff, at is not None) for staff, at in rows]

    with db.write() as session:
        tom, sue = (hire(session, cast.shop_id, name, NOW).staff_id for name in ("Tom", "Sue"))
        for_tom = own_phones.ask(session, app.keys, cast.shop_id, cast.ana.phone, tom)
        assert own_phones.ask(session, app.keys, cast.shop_id, cast.ana.phone) == for_tom
        assert not own_phones.say_whose(session, cast.shop_id, cast.ana.phone, sue)
        for_sue = own_phones.ask(session, app.keys, cast.shop_id, cast.ana.phone, sue)
    assert for_tom != for_sue
    text_in(app, cast, cast.ana, for_tom)  # shown to somebody before it was Sue's
    assert whose() == [(sue, False)]
    text_in(app, cast, cast.ana, for_sue)
    assert whose() == [(sue, True)]
    with db.write() as session:
        assert own_phones.say_whose(session, cast.shop_id, cast.ana.phone, tom)
        assert not own_phones.forget(session, cast.other_shop_id, cast.ana.phone)
    assert whose() == [(tom, True)]
    with db.write() as session:
        assert own_phones.forget(session, cast.shop_id, cast.ana.phone)
    assert whose() == []
