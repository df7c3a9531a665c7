"""What Ana did before she was erased, and how to look for what is left of it. Shared by the tests of erasure."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.compliance import consent
from bot.models import (
    Base,
    Consent,
    Customer,
    Draft,
    Inbound,
    InboundMedia,
    LedgerEntry,
    Note,
    Outbound,
    Promise,
)
from bot.sending.status import Report, record_report
from bot.teaching import lines, questions
from bot.teaching.questions import Unanswered
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, reading

SECRETS = ("Ana", "+14155550101", "4155550101", "kale soup", "Lisbon", "192.0.2.7", "Firefox")
"""What only Ana can have brought into the database."""


def lived(app: FakedApp, cast: Cast, clock: StillClock) -> int:
    """Ana is texted, answers, sends a picture, asks for a code. Gives the passage."""
    with app.database.write() as session:
        for table in (Consent, LedgerEntry):  # the cast's chains only look like some
            session.query(table).filter(table.phone_key == cast.ana.phone_key).delete()
        consent.opt_in(
            session,
            cast.shop_id,
            cast.ana.phone_key,
            kind="written",
            source="signup",
            at=app.real_now() - timedelta(days=30),
            details={"medium": "web", "wording": "I agree"},
            payload={"phone": cast.ana.phone, "address": "192.0.2.7", "agent": "Firefox"},
        )
        customer = session.get_one(Customer, cast.ana.customer_id)
        customer.attributes, customer.email, customer.last_name = (
            {"city": "Lisbon"},
            "ana@kale soup",
            "Lisbon",
        )
        customer.postcode, customer.points = "94110", 7
    clock.move(hours=8)
    passage = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(minutes=5)
    app.reader.reads["is the kale soup vegan?"] = reading("question", why=("the words «kale soup»",))  # type: ignore[attr-defined]
    sid = text_in(app, cast, cast.ana, "is the kale soup vegan?")
    with app.database.write() as session:
        heard = session.scalars(select(Inbound).where(Inbound.provider_id == sid)).one()
        session.add(
            InboundMedia(
                shop_id=cast.shop_id,
                inbound_id=heard.id,
                place=0,
                account=ACCOUNT,
                url="https://api.twilio.com/x",
                claimed_type="image/png",
                status="picture",
                body=b"kale soup",
            )
        )
    with app.database.write() as session:  # what colleagues write of her
        inside = {"shop_id": cast.shop_id, "conversation_id": cast.ana.conversation_id}
        session.add(Note(**inside, body="Ana wants kale soup", at=clock()))
        session.add(Draft(**inside, body="Dear Ana, kale soup", at=clock()))
        due = clock() + timedelta(days=1)
        session.add(Promise(**inside, what="call Ana about kale soup", due_at=due, at=clock()))
    with app.database.write() as session:  # what the shop learned from her
        assert isinstance(lines.correct(session, cast.shop_id, heard.id, "question", at=clock()), int)
        asked = Unanswered(
            heard.id, cast.shop_id, cast.ana.customer_id, "en", "is the kale soup vegan?", None
        )
        questions.count(session, [asked], clock())
        (kept,) = questions.asked_for(session, cast.shop_id, at_least=1)
        assert questions.save(session, cast.shop_id, kept.id, "soup", "Yes, it is.")
    clock.move(seconds=10)
    run_until_quiet(app)
    with app.database.read() as session:
        text = session.scalars(select(Outbound).order_by(Outbound.id)).first()
    assert text is not None
    raw = {"To": cast.ana.phone, "From": cast.number}
    record_report(app, Report(ACCOUNT, text.provider_id or "SM", text.public_id, "delivered", "", raw))
    return passage


def everything(app: FakedApp) -> str:
    """Every cell of every table, as text."""
    said = []
    with app.database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                said += [f"{table.name}.{name}={value!r}" for name, value in row._mapping.items()]
    return "\n".join(said)


def found_in(text: str) -> list[str]:
    return [line for line in text.splitlines() if any(secret in line for secret in SECRETS)]
