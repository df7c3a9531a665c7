"""Erasing: nothing that identifies somebody is left in any table, and everything that proves something is."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.compliance import consent
from bot.compliance.chain import verify_chain
from bot.compliance.consent import status
from bot.conversations.missed import look_for_missed
from bot.conversations.replay import replay
from bot.models import (
    Audit,
    Base,
    Consent,
    Customer,
    Enrolment,
    Erasure,
    Inbound,
    InboundMedia,
    Journal,
    LedgerEntry,
    Outbound,
    ProviderCopy,
    Receipt,
)
from bot.privacy.erase import carry_on, erase
from bot.privacy.forgetting import BATCH
from bot.privacy.provider_copies import PAUSES, forget_copies, waiting_and_given_up
from bot.proof.evidence import evidence
from bot.proof.paper import pdf
from bot.proof.why import why
from bot.sending.archive import ListingError, ReceivedText
from bot.sending.dispatch import send_due
from bot.sending.status import Report, record_report
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.bot.importing.conftest import Desk
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakeArchive, FakedApp, reading

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


def test_no_cell_of_any_table_has_anything_of_them_left(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """R153. The whole database is searched, so that a column that somebody adds is found."""
    lived(app, cast, clock)
    before = found_in(everything(app))
    assert {line.split(".")[0] for line in before} >= {
        "customers",
        "inbound",
        "inbound_media",
        "outbound",
        "journal",
        "consent_payloads",
        "status_reports",
    }
    assert erase(app, cast.shop_id, cast.ana.phone, by="test") is not None
    assert found_in(everything(app)) == []


def test_the_others_lose_nothing(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """I13."""
    lived(app, cast, clock)
    theirs = re.compile(r"Ben|Cleo|5550102|5550103")
    before = [line for line in everything(app).splitlines() if theirs.search(line)]
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert [line for line in everything(app).splitlines() if theirs.search(line)] == before


def test_suppression_and_proof_stay_and_the_chain_still_adds_up(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """R152: put on the list in place of being forgotten by it."""
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    with app.database.read() as session:
        standing = status(session, cast.shop_id, cast.ana.phone_key)
        assert standing.suppression
        assert standing.suppression.kind == "opted_out"
        assert standing.consent is None
        assert verify_chain(session, cast.shop_id, cast.ana.phone_key) == []
        receipts = session.scalar(select(func.count()).select_from(Receipt))
        file = evidence(session, cast.shop_id, cast.ana.phone_key, app.real_now())
    assert receipts
    assert file is not None
    assert file["chain"]["ok"]
    assert file["ledger"][0]["personal_erased"]
    assert file["ledger"][0]["details"]["wording"] == "I agree"
    assert all(text["body"] is None for text in file["texts"])
    assert any(text.get("receipts") for text in file["texts"])
    assert pdf(file)


def test_twice_is_once_and_one_line_in_the_audit(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    lived(app, cast, clock)
    first = erase(app, cast.shop_id, cast.ana.phone, by="test")
    clock.move(hours=1)
    second = erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert first is not None
    assert second is not None
    assert (second.asked_at, second.counts) == (first.asked_at, first.counts)
    with app.database.read() as session:
        audits = session.scalars(select(Audit).where(Audit.action == "customer erased")).all()
    assert len(audits) == 1
    assert cast.ana.phone not in str(audits[0].details)
    assert erase(app, cast.shop_id, "+12125550199", by="test") is None


@pytest.mark.parametrize("killed_after", [0, 2, 5, 7])
def test_killed_anywhere_in_between_the_clock_finishes_it(
    app: FakedApp, cast: Cast, clock: StillClock, killed_after: int
) -> None:
    lived(app, cast, clock)

    class Killed(Exception):
        pass

    writes = iter(range(10_000))
    real = app.database.write

    def write() -> Any:
        if next(writes) > killed_after:
            raise Killed
        return real()

    object.__setattr__(app.database, "write", write)
    with pytest.raises(Killed):
        erase(app, cast.shop_id, cast.ana.phone, by="test")
    del app.database.__dict__["write"]
    with app.database.read() as session:
        assert session.get_one(Customer, cast.ana.customer_id).phone is None
    assert carry_on(app) == 1
    assert carry_on(app) == 0
    assert found_in(everything(app)) == []


def test_what_is_under_way_ends_and_nothing_leaves_any_more(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    passage = enrol_in(app, cast, cast.ana)
    text_in(app, cast, cast.ana, "hello")
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    clock.move(days=20)
    run_until_quiet(app)
    send_due(app)
    assert app.provider.asked == []  # type: ignore[attr-defined]
    with app.database.read() as session:
        ended = session.get_one(Enrolment, passage)
        assert (ended.status, ended.outcome) == ("ended", "erased")
    assert conversation(app, cast.ana).work_due_at is None
    found = why(app, cast.shop_id, cast.ana.phone)
    assert found.stop is not None
    assert "erased" in found.stop.why


def test_a_replay_says_erased(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    passage = lived(app, cast, clock)
    with app.database.read() as session:
        turns = session.scalar(
            select(func.count()).select_from(Journal).where(Journal.enrolment_id == passage)
        )
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    with app.database.read() as session:
        found = replay(session, passage)
    assert turns
    assert (found.turns, found.differences, found.erased) == (0, (), turns)


def test_the_provider_is_asked_for_its_copies_until_they_are_gone(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """R154."""
    lived(app, cast, clock)
    archive: FakeArchive = app.archive  # type: ignore[assignment]
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    with app.database.read() as session:
        wanted = {
            *session.scalars(select(Inbound.provider_id)),
            *session.scalars(select(Outbound.provider_id).where(Outbound.provider_id.is_not(None))),
        }
    archive.away = ListingError("away")
    assert forget_copies(app) == 0
    archive.away, archive.asked = None, []
    assert forget_copies(app) == 0  # not at once again
    clock.move(PAUSES[0])
    assert forget_copies(app) == len(wanted)
    assert {about[1] for what, about in archive.asked if what == "forget"} == wanted
    assert waiting_and_given_up(app) == (0, 0)
    assert forget_copies(app) == 0


def test_a_copy_that_will_not_go_is_given_up_and_counted(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    app.archive.away = ListingError("away")  # type: ignore[attr-defined]
    for pause in (*PAUSES, timedelta(days=1)):
        forget_copies(app)
        clock.move(pause)
    waiting, given_up = waiting_and_given_up(app)
    assert waiting == 0
    assert given_up


def test_a_text_that_was_leaving_is_asked_for_when_its_name_is_known(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    with app.database.write() as session:
        row = session.scalars(select(Outbound).order_by(Outbound.id)).first()
        assert row is not None
        name, row.provider_id = row.provider_id, None
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    with app.database.write() as session:
        session.get_one(Outbound, row.id).provider_id = name
    forget_copies(app)
    with app.database.read() as session:
        assert session.scalar(select(ProviderCopy.status).where(ProviderCopy.provider_id == name)) == "gone"


def test_the_sweep_for_missed_texts_brings_nothing_back(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """The tombstone: a text of before the erasure leaves its id, and nothing else."""
    lived(app, cast, clock)
    missed = ReceivedText(
        ACCOUNT, "SM" + "9" * 32, cast.ana.phone, cast.number, "more kale soup", app.real_now(), 0
    )
    app.archive.received.append(missed)  # type: ignore[attr-defined]
    clock.move(hours=1)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    clock.move(minutes=10)
    look_for_missed(app)
    run_until_quiet(app)
    assert found_in(everything(app)) == []
    with app.database.read() as session:
        assert session.get_one(Customer, cast.ana.customer_id).erased_at is not None
        kept = session.scalars(select(Inbound).where(Inbound.provider_id == missed.provider_id)).one()
    assert kept.body == ""
    assert forget_copies(app)


def test_who_texts_again_is_a_new_customer_who_is_still_suppressed(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    clock.move(days=1)
    text_in(app, cast, cast.ana, "hello again")
    clock.move(seconds=10)
    run_until_quiet(app)
    with app.database.read() as session:
        back = session.get_one(Customer, cast.ana.customer_id)
        assert (back.phone, back.first_name, back.erased_at) == (cast.ana.phone, None, None)
        standing = status(session, cast.shop_id, cast.ana.phone_key)
    assert standing.suppression is not None
    assert [line for line in found_in(everything(app)) if "5550101" not in line] == []
    clock.move(days=1)
    again = erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert again is not None
    assert found_in(everything(app)) == []
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Erasure)) == 1


def test_an_import_brings_nobody_back_and_lifts_nothing(
    app: FakedApp, cast: Cast, clock: StillClock, tmp_path: Path
) -> None:
    """R12, R152: customers and orders of files that still have them."""
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    desk = Desk(app.database, app.keys, cast.shop_id, tmp_path, now=app.real_now())
    done = desk.importing(
        "customers",
        "id,first_name,phone,email,country,sms_consent\nana,Ana,+14155550101,ana@kale soup,US,yes\n",
    )
    assert done.counts.reasons == {"erased": 1}
    desk.importing(
        "orders",
        "order_id,phone,email,created_at,total,first_name\n9001,+14155550101,ana@x.example,2026-03-01,12.00,Ana\n",
    )
    assert found_in(everything(app)) == []
    with app.database.read() as session:
        standing = status(session, cast.shop_id, cast.ana.phone_key)
        assert standing.suppression is not None
        assert standing.consent is None


def test_more_than_a_batch_is_forgotten_too(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    now = app.real_now()
    with app.database.write() as session:
        session.add_all(
            Inbound(
                shop_id=cast.shop_id,
                conversation_id=cast.ana.conversation_id,
                account=ACCOUNT,
                provider_id=f"SM{number:032d}",
                sender_number=cast.number,
                body="kale soup",
                received_at=now,
                settle_at=now,
                turned_at=now,
            )
            for number in range(2 * BATCH + 1)
        )
    done = erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert done is not None
    assert done.counts["texts received"] == 2 * BATCH + 1
    assert found_in(everything(app)) == []


def test_a_stray_text_and_an_opt_out_of_nobody_s_customer_are_erased_too(app: FakedApp, cast: Cast) -> None:
    key = app.keys.phone_key(cast.shop_id, "+12125550188")
    with app.database.write() as session:
        consent.opt_out(
            session, cast.shop_id, key, source="staff", at=app.real_now(), payload={"words": "Lisbon"}
        )
    assert erase(app, cast.shop_id, "+12125550188", by="test") is not None
    assert "Lisbon" not in everything(app)
