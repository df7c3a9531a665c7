"""Whose words come from an own phone: nobody's consent is withdrawn for a name, and only who may answers."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.alerts.deliver import deliver
from bot.conversations import own_phones
from bot.db import Database
from bot.inbox.alerting import look
from bot.models import ConfirmedPhone, Outbound, Shop, Staff
from nlu import optout
from tests.bot.alerts.phoned import NOTICE, answers, silenced, texts, told
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.bot.inbox.staffed import hire
from tests.support.cast import Cast, Member
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


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
