"""What a stop covers, and what brings somebody back, from the text to the ledger (R8, R9, R12, R50, R60)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.compliance.consent import opt_in, opt_out, status
from bot.compliance.gate import Defer, may_send
from bot.compliance.wordings import spoken
from bot.conversations.receive import InboundText, receive
from bot.conversations.work import take_turns
from bot.models import Customer, LedgerEntry, Outbound, Receipt, Shop
from bot.sending.dispatch import send_due
from bot.sending.outcomes import Refused
from tests.bot.compliance.sendfacts import MARKETING, but
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

_texts = iter(range(10_000))


def says(app: FakedApp, cast: Cast, words: str, opt_out_type: str | None = None) -> None:
    provider_id = f"SM-stops-{next(_texts)}"
    receive(
        app, InboundText(ACCOUNT, provider_id, cast.ana.phone, cast.number, words, opt_out_type=opt_out_type)
    )
    take_turns(app)
    send_due(app)


def stands(app: FakedApp, cast: Cast) -> tuple[str | None, str | None]:
    with app.database.read() as session:
        standing = status(session, cast.shop_id, cast.ana.phone_key)
    return (
        standing.consent.kind if standing.consent else None,
        standing.suppression.kind if standing.suppression else None,
    )


def scope_is(app: FakedApp, cast: Cast, scope: str) -> None:
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(settings={"stop_scope": scope}))


def texted(app: FakedApp, cast: Cast, kind: str) -> None:
    """The last text of ours was of this kind."""
    with app.database.write() as session:
        session.add(
            Outbound(
                shop_id=cast.shop_id,
                public_id=f"{next(_texts):032d}",
                conversation_id=cast.ana.conversation_id,
                key=f"test-{next(_texts)}",
                ordinal=0,
                author="bot",
                body="Hello",
                language="en",
                encoding="GSM-7",
                parts=1,
                kind=kind,
                status="sent",
                fence=0,
                due_at=NOW,
                attempted_at=NOW,
                created_at=NOW,
            )
        )


@pytest.mark.parametrize(
    ("scope", "last", "words", "covers"),
    [
        ("all", "marketing", "please stop texting me", "opted_out"),
        ("marketing", "marketing", "please stop texting me", "no_marketing"),
        ("marketing", "answer", "please stop texting me", "opted_out"),
        ("marketing", "staff", "please stop texting me", "opted_out"),
        ("marketing", None, "please stop texting me", "opted_out"),
        ("marketing", "marketing", "stop all of your texts", "opted_out"),
        ("marketing", "marketing", "STOP", "opted_out"),
    ],
    ids=[
        "R8 all",
        "R8 marketing",
        "R9 an answer",
        "R9 a person",
        "R9 unknown",
        "all",
        "R50 Twilio has done it",
    ],
)
def test_r8_r9_what_a_stop_covers(
    app: FakedApp, cast: Cast, scope: str, last: str | None, words: str, covers: str
) -> None:
    scope_is(app, cast, scope)
    if last:
        texted(app, cast, last)
    says(app, cast, words)
    assert stands(app, cast)[1] == covers


def test_r8_after_a_stop_of_marketing_a_question_is_answered(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    reader.reads["do you ship to Canada"] = reading("question", slots={"fact": "shipping"})
    scope_is(app, cast, "marketing")
    texted(app, cast, "marketing")
    says(app, cast, "please stop texting me")
    receive(app, InboundText(ACCOUNT, "SM-q", cast.ana.phone, cast.number, "do you ship to Canada"))
    clock.move(seconds=app.settings.settle_seconds)
    take_turns(app)
    send_due(app)
    assert any("2 to 4 days" in body for body in provider.bodies)


def test_r50_r60_a_join_after_twilios_stop_stays_blocked_until_they_text_start(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    says(app, cast, "STOP", "STOP")
    says(app, cast, "JOIN")
    assert stands(app, cast) == ("written", "blocked")
    assert provider.bodies == [], "it would only come back with 21610"
    says(app, cast, "START", "START")
    assert stands(app, cast) == ("written", None)


@pytest.mark.parametrize(
    ("word", "language", "part"),
    [
        ("JOIN", "en", "By texting JOIN you agree"),
        ("join ", "en", "Text JOIN to"),
        ("ALTA", "es", "Al escribir ALTA lo aceptas"),
        ("Unirme", "es", "STOP para darte de baja"),
    ],
)
def test_r20_r22_a_join_keeps_the_words_that_stand_beside_it(
    app: FakedApp, cast: Cast, word: str, language: str, part: str
) -> None:
    with app.database.write() as session:
        opt_out(session, cast.shop_id, cast.ana.phone_key, source="staff", at=NOW - timedelta(days=9))
    says(app, cast, word)
    with app.database.read() as session:
        joined = session.scalars(
            select(LedgerEntry)
            .where(LedgerEntry.phone_key == cast.ana.phone_key, LedgerEntry.act == "opted_in")
            .order_by(LedgerEntry.seq.desc())
        ).first()
    assert joined is not None
    assert (joined.source, joined.details["wording_version"]) == ("join", "keyword-1")
    assert joined.details["language"] == language
    assert all(each in joined.details["wording"] for each in (part, "Juniper Coffee", spoken(cast.number)))


def test_r56_where_nobody_else_answers_a_stop_nobody_else_blocks(app: FakedApp, cast: Cast) -> None:
    twilio = app.settings.twilio.model_copy(update={"keyword_replies": "winback"})
    object.__setattr__(app, "settings", app.settings.model_copy(update={"twilio": twilio}))
    says(app, cast, "STOP")
    says(app, cast, "JOIN")
    assert stands(app, cast) == ("written", None)


def test_r60_a_refusal_of_a_text_is_an_opt_out_that_only_start_ends(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    reader.reads["hi"] = reading("smalltalk")
    provider.will(Refused("21610", "opted out", opted_out=True, bad_number=False))
    receive(app, InboundText(ACCOUNT, "SM-hi", cast.ana.phone, cast.number, "hi"))
    clock.move(seconds=app.settings.settle_seconds)
    take_turns(app)
    send_due(app)
    assert stands(app, cast) == (None, "opted_out")
    says(app, cast, "JOIN")
    assert stands(app, cast) == ("written", "blocked")


@pytest.mark.parametrize(
    ("before", "words", "told"),
    [
        (None, "START", "not signed up for offers"),
        ("implied", "START", "not signed up for offers"),
        ("written", "START", "You're in for reorder reminders"),
        (None, "JOIN", "You're in for reorder reminders"),
    ],
    ids=["R20 never consented", "R20 R31 a purchase", "consented once", "R20 a JOIN"],
)
def test_r12_a_start_is_told_what_is_true(
    app: FakedApp, cast: Cast, provider: FakeProvider, before: Any, words: str, told: str
) -> None:
    twilio = app.settings.twilio.model_copy(update={"keyword_replies": "winback"})
    object.__setattr__(app, "settings", app.settings.model_copy(update={"twilio": twilio}))
    stranger, key = "+16465550177", app.keys.phone_key(cast.shop_id, "+16465550177")
    with app.database.write() as session:
        if before is not None:
            opt_in(session, cast.shop_id, key, source="import", kind=before, at=NOW - timedelta(days=9))
        opt_out(session, cast.shop_id, key, source="rule", at=NOW - timedelta(days=8))
    receive(app, InboundText(ACCOUNT, "SM-stranger", stranger, cast.number, words))
    take_turns(app)
    send_due(app)
    (said,) = provider.bodies
    assert told in said


def test_r12_after_start_the_offer_waits_for_the_next_day(app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:  # the cast's own entries say nothing of the kind
        opt_out(session, cast.shop_id, cast.ana.phone_key, source="staff", at=NOW - timedelta(days=9))
        opt_in(
            session,
            cast.shop_id,
            cast.ana.phone_key,
            source="staff",
            kind="written",
            at=NOW - timedelta(days=8),
        )
    says(app, cast, "please stop texting me")
    says(app, cast, "START")
    with app.database.read() as session:
        given = status(session, cast.shop_id, cast.ana.phone_key).consent
    assert given is not None
    facts = but(MARKETING, consent=given, proof_at=given.at, last_order_at=given.at - timedelta(days=60))
    decision = may_send(facts, NOON_THAT_DAY)
    assert isinstance(decision, Defer)
    assert "came_back" in [rule.id for rule in decision.rules if rule.verdict == "defer"]


@pytest.mark.parametrize("words", ["START", "JOIN"])
def test_r12_who_says_it_while_in_hears_no_offer_that_day_either(
    app: FakedApp, cast: Cast, words: str
) -> None:
    with app.database.read() as session:
        before = status(session, cast.shop_id, cast.ana.phone_key).consent
    assert before is not None
    says(app, cast, words)
    with app.database.read() as session:
        given = status(session, cast.shop_id, cast.ana.phone_key).consent
    assert given is not None
    assert (given.kind, given.source, given.at) == (before.kind, words.lower(), NOW)
    decision = may_send(but(MARKETING, consent=given, proof_at=given.at), NOON_THAT_DAY)
    assert isinstance(decision, Defer)
    assert "came_back" in [rule.id for rule in decision.rules if rule.verdict == "defer"]


NOON_THAT_DAY = NOW + timedelta(minutes=1)


def test_the_consent_that_the_gate_sees_says_how_it_was_given(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    reader.reads["hi"] = reading("smalltalk")
    says(app, cast, "JOIN")
    receive(app, InboundText(ACCOUNT, "SM-hi2", cast.ana.phone, cast.number, "hi"))
    clock.move(seconds=app.settings.settle_seconds)
    take_turns(app)
    send_due(app)
    with app.database.read() as session:
        facts = session.scalars(select(Receipt.facts).order_by(Receipt.id.desc())).first()
    assert facts is not None
    assert facts["proof_at"] is not None
    assert facts["consent"]["source"] in ("checkout", "join")


def test_r28_a_number_that_moved_is_its_new_owners_when_they_join(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    with app.database.write() as session:
        session.execute(
            update(Customer).where(Customer.id == cast.ana.customer_id).values(number_state="moved")
        )
    says(app, cast, "JOIN")
    with app.database.read() as session:
        state = session.scalar(select(Customer.number_state).where(Customer.id == cast.ana.customer_id))
    assert state == "ok"
    assert len(provider.bodies) == 1
