"""Notices to a person's own phone, answered from there: through the same doors as everybody's texts."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.alerts.deliver import deliver
from bot.compliance import consent
from bot.conversations.own_answers import parted
from bot.db import Database
from bot.inbox.undoing import Undone, undo
from bot.models import ConfirmedPhone, Conversation, Customer, Inbound, Outbound
from bot.privacy.erase import erase
from bot.sending.outcomes import Refused
from tests.bot.alerts.phoned import NOTICE, texts, told
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.bot.inbox.staffed import hire, more_customers, waits
from tests.support.cast import Cast, Member
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp, FakeProvider

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


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
