"""The file on one customer: complete, readable, true to what was stored, and honest about what is missing."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from bot.cli.context import Context
from bot.cli.evidence import evidence as command
from bot.compliance import consent
from bot.compliance.checkpoints import write_daily
from bot.compliance.facts import SendFacts
from bot.models import Consent, ConsentPayload, LedgerEntry, Receipt, Suppression
from bot.proof import paper
from bot.proof.evidence import evidence
from bot.proof.fonts import printable
from bot.proof.paper import pdf
from bot.sending.status import Report, record_report
from flows import codec
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

WORDING = (
    "I agree to get marketing texts from Juniper Coffee. Not a condition of purchase. Reply STOP to end."
)


def lived(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Ana signs up, is texted, answers twice, and stops."""
    with app.database.write() as session:
        for table in (Consent, LedgerEntry):  # the cast's chains only look like some
            session.execute(delete(table).where(table.phone_key == cast.ana.phone_key))
        consent.opt_in(
            session,
            cast.shop_id,
            cast.ana.phone_key,
            kind="written",
            source="signup",
            at=app.real_now() - timedelta(days=30),
            details={"medium": "web", "wording": WORDING, "wording_version": "2026-03"},
            payload={"phone": cast.ana.phone, "address": "192.0.2.7", "agent": "Firefox"},
        )
    clock.move(hours=8)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    with app.database.read() as session:
        sid = session.scalars(select(Receipt.id)).first()
    assert sid is not None
    clock.move(minutes=5)
    app.reader.reads["¿dónde está? 😎"] = reading("question")  # type: ignore[attr-defined]
    text_in(app, cast, cast.ana, "¿dónde está? 😎")
    clock.move(seconds=10)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "STOP")
    run_until_quiet(app)


def file_on(app: FakedApp, cast: Cast) -> dict[str, Any]:
    with app.database.read() as session:
        found = evidence(session, cast.shop_id, cast.ana.phone_key, app.real_now(), phone=cast.ana.phone)
    assert found is not None
    return found


def test_it_has_the_consent_with_its_wording_every_text_and_every_receipt(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """R22."""
    lived(app, cast, clock)
    with app.database.read() as session:
        public_id = session.execute(select(Receipt.outbound_id)).first()
    assert public_id
    file = json.loads(json.dumps(file_on(app, cast)))  # plain JSON
    assert file["chain"] == {"ok": True, "links": 2, "faults": [], "checkpoint": None}
    assert file["ledger"][0]["details"]["wording"] == WORDING
    assert file["ledger"][0]["personal"]["address"] == "192.0.2.7"
    assert [link["act"] for link in file["ledger"]] == ["opted_in", "opted_out"]
    assert [text["body"] for text in file["texts"] if text["direction"] == "in"] == [
        "¿dónde está? 😎",
        "STOP",
    ]
    sent = [text for text in file["texts"] if text["direction"] == "out" and text["left_at"]]
    assert sent
    for text in sent:
        receipt = text["receipts"][-1]
        assert receipt["decision"] == "allow"
        assert {rule["id"] for rule in receipt["rules"]} >= {"consent", "suppression", "hours", "cap.law"}
        assert receipt["facts"]["place"]["zones"]
        assert receipt["data_version"]
    assert file["standing"]["suppression"]["kind"] == "opted_out"


def test_status_reports_stand_beside_their_text(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    lived(app, cast, clock)
    text = next(each for each in file_on(app, cast)["texts"] if each["direction"] == "out")
    record_report(app, Report(ACCOUNT, text["provider_id"], text["our_id"], "delivered", "", {}))
    text = next(each for each in file_on(app, cast)["texts"] if each["direction"] == "out")
    assert [each["status"] for each in text["reports"]] == ["delivered"]
    assert text["provider_status"] == "delivered"


def test_a_changed_link_is_found_and_said(
    app: FakedApp, cast: Cast, clock: StillClock, tmp_path: Path
) -> None:
    lived(app, cast, clock)
    with app.database.write() as session:
        session.execute(
            update(LedgerEntry)
            .where(LedgerEntry.phone_key == cast.ana.phone_key, LedgerEntry.seq == 1)
            .values(source="import")
        )
    file = file_on(app, cast)
    assert not file["chain"]["ok"]
    assert file["chain"]["faults"][0]["seq"] == 1
    status, said = run(app, cast.ana.phone, "--out", str(tmp_path / "ana.json"))
    assert status == 1
    assert "does not add up" in said


def cut(app: FakedApp, cast: Cast, *, begin: int) -> None:
    """Take Ana's links away from number `begin` on, with all that stands on them."""
    with app.database.write() as session:
        for table in (Suppression, Consent):
            session.execute(delete(table).where(table.phone_key == cast.ana.phone_key))
        mine = LedgerEntry.phone_key == cast.ana.phone_key
        if begin > 1:
            at = session.execute(select(LedgerEntry.at).where(mine, LedgerEntry.seq == 1)).scalar_one()
            row = {"kind": "written", "source": "signup", "at": at, "ledger_seq": 1}
            session.add(Consent(shop_id=cast.shop_id, phone_key=cast.ana.phone_key, **row))
        gone = select(LedgerEntry.id).where(mine, LedgerEntry.seq >= begin)
        session.execute(delete(ConsentPayload).where(ConsentPayload.ledger_id.in_(gone)))
        session.execute(delete(LedgerEntry).where(mine, LedgerEntry.seq >= begin))


def test_r22_a_stop_that_was_cut_off_does_not_fit_the_checkpoint_and_the_paper_says_so(
    app: FakedApp, cast: Cast, clock: StillClock, tmp_path: Path
) -> None:
    lived(app, cast, clock)
    file = file_on(app, cast)
    assert "no checkpoint shows yet" in summary(file)["Chain of the ledger"]
    state = write_daily(app, {})
    clock.move(hours=1)
    write_daily(app, state)
    file = file_on(app, cast)
    assert (file["chain"]["ok"], file["chain"]["checkpoint"]["fits"]) == (True, True)
    assert summary(file)["Chain of the ledger"].endswith("nothing changed, nothing missing")
    assert summary(file)["Checkpoint"].startswith("fits: ")
    cut(app, cast, begin=2)
    file = file_on(app, cast)
    assert (file["chain"]["ok"], file["chain"]["checkpoint"]["fits"]) == (False, False)
    assert summary(file)["Chain of the ledger"].startswith("DOES NOT ADD UP. ")
    assert summary(file)["Checkpoint"].startswith("DOES NOT FIT: ")
    status, said = run(app, cast.ana.phone, "--out", str(tmp_path / "ana.pdf"))
    assert (status, "does not fit" in said) == (1, True)


def test_r22_texts_that_went_out_on_a_consent_without_a_link_are_a_fault(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    cut(app, cast, begin=1)
    chain = file_on(app, cast)["chain"]
    assert (chain["ok"], chain["links"]) == (False, 0)
    assert chain["faults"] == [
        {"seq": 1, "what": "texts went out on this consent, and the ledger has it not"}
    ]


def summary(file: dict[str, Any]) -> dict[str, str]:
    """The first page's table, in words."""
    chain = file["chain"]
    return {
        "Chain of the ledger": paper._chain_said(chain),
        "Checkpoint": paper._checkpoint_said(chain["checkpoint"]),
    }


def test_the_paper_is_a_pdf_with_accents_and_emoji_in_words(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    made = pdf(file_on(app, cast))
    assert made.startswith(b"%PDF-")
    assert len(made) > 5_000


def test_signs_that_the_font_lacks_are_written_out() -> None:
    assert printable("¿Cómo está, Lucía?") == "¿Cómo está, Lucía?"
    assert printable("ok 😎") == "ok [smiling face with sunglasses]"
    assert printable("👩‍👧") == "[woman][girl]"
    assert printable("ﬁne") in ("ﬁne", "fine")


def test_a_receipt_of_before_a_fact_was_added_can_be_read(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """Old receipts stay as they were written: shown unchanged, and read with the new fact's default."""
    lived(app, cast, clock)
    with app.database.write() as session:
        row = session.scalars(select(Receipt).order_by(Receipt.id)).first()
        assert row is not None
        kept = {name: value for name, value in row.facts.items() if name not in ("last_order_at", "opener")}
        row.facts = kept
    assert file_on(app, cast)["texts"][0]["receipts"][0]["facts"] == kept
    assert codec.decode(SendFacts, kept).last_order_at is None
    assert pdf(file_on(app, cast))


def test_nothing_of_another_shop_s_customer_is_shown(app: FakedApp, cast: Cast) -> None:
    """I13."""
    with app.database.read() as session:
        assert evidence(session, cast.shop_id, cast.cleo.phone_key, app.real_now()) is None


def test_an_opt_out_of_somebody_who_never_was_a_customer_has_a_file(app: FakedApp, cast: Cast) -> None:
    key = app.keys.phone_key(cast.shop_id, "+12125550199")
    with app.database.write() as session:
        consent.opt_out(session, cast.shop_id, key, source="staff", at=app.real_now())
    with app.database.read() as session:
        file = evidence(session, cast.shop_id, key, app.real_now())
        assert session.get(Suppression, (cast.shop_id, key)) is not None
    assert file is not None
    assert file["customer"]["since"] is None
    assert pdf(file)


def run(app: FakedApp, *arguments: str) -> tuple[int, str]:
    class Here(Context):
        app: FakedApp

        def shop_id(self) -> int:
            return 1

    context = Here(shop=None, config=None)
    context.__dict__.update(app=app, settings=app.settings)
    done = CliRunner().invoke(command, arguments, obj=context)
    return done.exit_code, done.output


def test_the_command_writes_a_private_file(
    app: FakedApp, cast: Cast, clock: StillClock, tmp_path: Path
) -> None:
    lived(app, cast, clock)
    out = tmp_path / "ana.pdf"
    assert run(app, cast.ana.phone, "--out", str(out))[0] == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert run(app, cast.ana.phone_key, "--out", str(tmp_path / "key.json"))[0] == 0
    assert run(app, cast.ana.phone, "--out", str(tmp_path / "ana.doc"))[0] == 2
    assert run(app, "+12125550199", "--out", str(tmp_path / "nobody.pdf"))[0] == 1
