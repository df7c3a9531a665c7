"""Double opt-in (R20, R52, R155): a sign-up is nothing until the phone itself says YES to our question."""

from __future__ import annotations

from typing import Literal

import pytest
from sqlalchemy import func, select

from bot.compliance.consent import opt_out, status, verify_chain
from bot.compliance.proof import Proof
from bot.compliance.signups import NewSignup, sign_up
from bot.conversations import holders
from bot.conversations.customers import find_or_make
from bot.conversations.joining import ask_waiting, join
from bot.conversations.receive import InboundText, receive
from bot.conversations.work import take_turns
from bot.models import Conversation, Customer, LedgerEntry, Outbound, Receipt, Signup
from bot.sending.dispatch import send_due
from bot.shops import ShopSettings
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

NEW = "+16465550177"
NIGHT_HOURS = 12
"""From noon in New York to the middle of the night."""


@pytest.fixture(autouse=True)
def reads(reader: FakeReader) -> None:
    for word in ("YES", "yes", "sí"):
        reader.reads[word] = reading("yes")


def signs_up(
    app: FakedApp, cast: Cast, phone: str = NEW, *, double: bool = True, address: str = "203.0.113.9"
) -> str:
    proof = Proof(medium="web", wording="I agree.", wording_version="page-1", language="en", address=address)
    with app.database.write() as session:
        outcome = join(
            session,
            app.keys,
            cast.shop_id,
            phone,
            NewSignup("written", "signup", proof),
            ShopSettings(double_opt_in=double),
            app.real_now(),
        )
    take_turns(app)
    send_due(app)
    return outcome


_texts = iter(range(10_000))


def says(app: FakedApp, cast: Cast, words: str, phone: str = NEW) -> None:
    receive(app, InboundText(ACCOUNT, f"SM-joining-{next(_texts)}", phone, cast.number, words))
    app.real_now.move(seconds=app.settings.settle_seconds)  # type: ignore[attr-defined]
    take_turns(app)
    send_due(app)


def stands(app: FakedApp, cast: Cast, phone: str = NEW) -> tuple[str | None, str | None]:
    key = app.keys.phone_key(cast.shop_id, phone)
    with app.database.read() as session:
        assert verify_chain(session, cast.shop_id, key) == []
        standing = status(session, cast.shop_id, key)
    return (
        standing.consent.kind if standing.consent else None,
        standing.suppression.kind if standing.suppression else None,
    )


def test_r52_a_yes_to_our_question_makes_the_consent_with_the_proof_of_the_page(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    assert signs_up(app, cast) == "asked"
    assert "Reply YES" in provider.bodies[0]
    assert stands(app, cast) == (None, None), "nothing counts before the YES"
    says(app, cast, "YES")
    assert stands(app, cast) == ("written", None)
    assert "You're in" in provider.bodies[1]
    assert len(provider.bodies) == 2, "the one confirmation, and nothing else"
    with app.database.read() as session:
        key = app.keys.phone_key(cast.shop_id, NEW)
        last = session.scalars(
            select(LedgerEntry).where(LedgerEntry.phone_key == key).order_by(LedgerEntry.seq.desc())
        ).first()
        assert last is not None
        assert (last.act, last.source, last.details["wording_version"]) == ("opted_in", "signup", "page-1")
        assert session.scalar(select(func.count()).select_from(Signup)) == 0


def test_r52_a_yes_out_of_the_blue_is_no_consent(app: FakedApp, cast: Cast) -> None:
    says(app, cast, "YES")
    assert stands(app, cast) == (None, None)


def test_r52_a_yes_to_another_text_of_ours_is_no_consent(app: FakedApp, cast: Cast) -> None:
    signs_up(app, cast)
    says(app, cast, "what do you sell?")
    says(app, cast, "YES")
    assert stands(app, cast) == (None, None)


GUESSED = ("si claro que no", "yes no", "yes i am not", "yes?", "¿sí", "yes but what is it", "why yes")
"""What a reader may well take for a yes."""


@pytest.mark.parametrize("words", GUESSED)
def test_r20_nothing_that_is_guessed_is_a_signature(
    app: FakedApp, cast: Cast, reader: FakeReader, words: str
) -> None:
    reader.reads[words] = reading("yes")
    signs_up(app, cast)
    says(app, cast, words)
    assert stands(app, cast) == (None, None)


@pytest.mark.parametrize("words", ["YES", "Yes!", "sí", "yes please", "SI", "I agree", "Sí, acepto"])
def test_r20_a_bare_yes_is_one_whatever_the_reader_makes_of_it(
    app: FakedApp, cast: Cast, reader: FakeReader, words: str
) -> None:
    reader.reads[words] = reading("other")
    signs_up(app, cast)
    says(app, cast, words)
    assert stands(app, cast) == ("written", None)


@pytest.mark.parametrize(
    ("beside", "signed"), [("thanks!", "written"), ("wait, no", None), ("Yes", "written")]
)
def test_r20_a_yes_in_several_texts(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock, beside: str, signed: str | None
) -> None:
    reader.reads[f"YES\n{beside}"] = reader.reads[beside] = reading("yes")
    signs_up(app, cast)
    receive(app, InboundText(ACCOUNT, "SM-joining-yes", NEW, cast.number, "YES"))
    says(app, cast, beside)
    assert stands(app, cast) == (signed, None)


def test_r52_a_yes_that_came_before_the_question_left_is_no_answer_to_it(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    with app.database.write() as session:
        new = NewSignup("written", "signup", Proof(medium="web"))
        join(session, app.keys, cast.shop_id, NEW, new, ShopSettings(), app.real_now())
    take_turns(app)
    receive(app, InboundText(ACCOUNT, "SM-joining-early", NEW, cast.number, "YES"))
    clock.move(seconds=1)
    send_due(app)
    clock.move(seconds=app.settings.settle_seconds)
    take_turns(app)
    assert stands(app, cast) == (None, None)


@pytest.mark.parametrize("staff_id", [None, 7])
def test_r52_the_yes_counts_whoever_holds_the_conversation(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock, staff_id: int | None
) -> None:
    signs_up(app, cast)
    with app.database.write() as session:
        held = session.scalars(
            select(Conversation)
            .join(Customer, Customer.id == Conversation.customer_id)
            .where(Customer.phone == NEW)
        ).one()
        holders.hand_off(held, "they called", None, clock())
        if staff_id is not None:
            holders.take_over(held, staff_id, clock())
    says(app, cast, "YES")
    assert stands(app, cast) == ("written", None)
    assert "You're in" in provider.bodies[-1]


def test_a_yes_that_comes_too_late_is_no_consent(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    signs_up(app, cast)
    clock.move(hours=73)
    says(app, cast, "YES")
    assert stands(app, cast) == (None, None)


def test_r12_a_sign_up_never_ends_an_opt_out_and_is_not_even_asked_about(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    for double in (True, False):
        assert signs_up(app, cast, cast.ben.phone, double=double) == "needs_start"
    assert provider.bodies == []
    says(app, cast, "YES", cast.ben.phone)
    with app.database.read() as session:
        stopped = status(session, cast.shop_id, cast.ben.phone_key).suppression
    assert stopped is not None


def test_r12_start_confirms_the_sign_up_that_waits(app: FakedApp, cast: Cast) -> None:
    key = app.keys.phone_key(cast.shop_id, NEW)
    with app.database.write() as session:
        opt_out(session, cast.shop_id, key, source="rule", at=app.real_now())
    assert signs_up(app, cast) == "needs_start"
    says(app, cast, "START")
    assert stands(app, cast) == ("written", None)


def test_an_opt_out_in_answer_to_the_question_wins(app: FakedApp, cast: Cast) -> None:
    signs_up(app, cast)
    says(app, cast, "STOP")
    says(app, cast, "YES")
    assert stands(app, cast) == (None, "opted_out")


def test_a_number_typed_again_and_again_is_asked_three_times_in_a_month(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    outcomes = []
    for _ in range(6):
        outcomes.append(signs_up(app, cast))
        outcomes.append(signs_up(app, cast))
        clock.move(days=2)
    assert outcomes.count("asked") <= 3
    assert len(provider.bodies) == outcomes.count("asked")


@pytest.mark.parametrize("source", ["signup", "import"])
def test_nobody_is_asked_more_often_by_the_command_that_asks_who_waits(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock, source: Literal["signup", "import"]
) -> None:
    for _ in range(6):
        if source == "signup":
            signs_up(app, cast)
        else:
            with app.database.write() as session:
                key = find_or_make(session, app.keys, cast.shop_id, NEW, app.real_now()).phone_key
                new = NewSignup("written", source, Proof(medium="file"))
                sign_up(session, cast.shop_id, key, new, double=True, at=app.real_now())
        with app.database.write() as session:
            ask_waiting(session, cast.shop_id, app.real_now(), most=10)
        take_turns(app)
        send_due(app)
        clock.move(days=1, minutes=1)
    assert len(provider.bodies) == 3


def test_without_double_opt_in_the_page_is_the_signature(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    assert signs_up(app, cast, double=False) == "consented"
    assert stands(app, cast) == ("written", None)
    assert "You're in" in provider.bodies[0]
    assert signs_up(app, cast, double=False) == "known"
    assert len(provider.bodies) == 1


def test_the_question_comes_at_once_at_night_and_later_keeps_hours(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    clock.move(hours=NIGHT_HOURS)
    signs_up(app, cast)
    assert len(provider.bodies) == 1, "they are waiting for it"
    other = "+16465550178"
    with app.database.write() as session:
        proof = Proof(medium="web")
        join(
            session,
            app.keys,
            cast.shop_id,
            other,
            NewSignup("written", "signup", proof),
            ShopSettings(),
            app.real_now(),
        )
    clock.move(minutes=30)
    take_turns(app)
    send_due(app)
    assert len(provider.bodies) == 1, "half an hour later it is a text in the night"
    clock.move(hours=10)
    send_due(app)
    assert len(provider.bodies) == 2


def test_r23_whom_a_file_names_is_asked_by_day_however_fresh_its_row_is(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    clock.move(hours=NIGHT_HOURS)
    new = NewSignup("written", "import", Proof(medium="file"))
    with app.database.write() as session:
        now = app.real_now()
        party = find_or_make(session, app.keys, cast.shop_id, NEW, now)
        sign_up(session, cast.shop_id, party.phone_key, new, double=True, at=now)
        assert ask_waiting(session, cast.shop_id, now, most=10) == 1
    take_turns(app)
    send_due(app)
    assert provider.bodies == [], "nobody waits for it at this hour"
    clock.move(hours=10)
    send_due(app)
    assert len(provider.bodies) == 1


def test_r155_in_canada_nobody_is_asked_later_than_at_the_sign_up(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    canadian = "+14165550177"
    signs_up(app, cast, canadian)
    assert len(provider.bodies) == 1
    late = "+14165550178"
    with app.database.write() as session:
        join(
            session,
            app.keys,
            cast.shop_id,
            late,
            NewSignup("written", "signup", Proof(medium="web")),
            ShopSettings(),
            app.real_now(),
        )
    clock.move(minutes=30)
    take_turns(app)
    send_due(app)
    assert len(provider.bodies) == 1
    with app.database.read() as session:
        rules = session.scalars(
            select(Receipt.rules)
            .join(Outbound, Outbound.id == Receipt.outbound_id)
            .where(Outbound.status == "denied")
        ).one()
    assert any(rule["id"] == "consent" and rule["verdict"] == "deny" for rule in rules)
