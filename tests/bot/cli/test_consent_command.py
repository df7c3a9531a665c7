"""`winback consent`: what staff enters, with which proof, and what is refused (R3, R11, R12, R22)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from bot.cli.consent import consent
from bot.cli.context import Context
from bot.compliance.consent import opt_out
from bot.db import Database
from bot.models import ConsentPayload, LedgerEntry
from tests.support.cast import Cast
from tests.support.clock import NOW

NEW = "+16465550177"


@pytest.fixture
def db(sqlite_db: Database) -> Database:
    """The command opens the database of the settings, which is this one."""
    return sqlite_db


@pytest.fixture
def context(cast: Cast, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("WINBACK_HOME", str(tmp_path))
    monkeypatch.setenv("WINBACK_SECRET_KEY", "5e" * 32)
    config = tmp_path / "config.yml"
    config.write_text("")
    return Context(shop="juniper", config=str(config))


def run(context: Context, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(consent, arguments, obj=context)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


def shown(context: Context, phone: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(context, "show", phone, "--json")[1])
    return found


def test_r3_an_opt_out_by_e_mail_is_entered_by_staff_with_its_proof(
    context: Context, db: Database, tmp_path: Path
) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_text("please no more")
    status, said = run(
        context,
        "opt-out",
        NEW,
        "--reason",
        "asked by mail",
        "--by",
        "email",
        "--evidence",
        str(mail),
        "--staff",
        "Kim",
    )
    assert (status, said) == (0, "+1646*****77 gets no more texts.\n")
    record = shown(context, NEW)
    assert record["suppression"]["kind"] == "opted_out"
    (entry,) = record["entries"]
    assert entry["details"]["by"] == "Kim"
    assert entry["proof"]["evidence"]["name"] == "mail.eml"
    assert "base64" not in entry["proof"]["evidence"]
    with db.read() as session:
        kept = session.scalars(select(ConsentPayload.payload)).all()
    assert any("base64" in each.get("evidence", {}) for each in kept)


def test_r11_a_second_opt_out_says_that_nothing_changed(context: Context, cast: Cast) -> None:
    status, said = run(context, "opt-out", cast.ben.phone, "--reason", "again")
    assert status == 0
    assert "already" in said


def test_r20_r22_a_consent_without_wording_or_file_is_refused(context: Context, cast: Cast) -> None:
    status, said = run(context, "opt-in", cast.ben.phone, "--reason", "he said so")
    assert status == 2
    assert "R22" in said
    assert shown(context, cast.ben.phone)["may_get_marketing"] is False


@pytest.mark.parametrize("wording", ["", "   ", "\u200b."])
def test_r22_a_blank_wording_or_an_empty_file_is_no_proof_and_lifts_no_opt_out(
    context: Context, cast: Cast, tmp_path: Path, wording: str
) -> None:
    empty = tmp_path / "form.pdf"
    empty.write_bytes(b"")
    for proof in (("--wording", wording), ("--evidence", str(empty))):
        status, said = run(context, "opt-in", cast.ben.phone, "--reason", "signed", *proof)
        assert (status, "R22" in said) == (2, True), said
    assert shown(context, cast.ben.phone)["suppression"]["kind"] == "opted_out"


def test_a_broken_byte_from_the_terminal_is_no_trouble(context: Context) -> None:
    broken = b"asked by m\xffil".decode("utf-8", "surrogateescape")  # as Python gives arguments
    assert run(context, "opt-out", NEW, "--reason", broken, "--staff", broken)[0] == 0
    assert run(context, "opt-in", NEW, "--reason", broken, "--wording", broken)[0] == 0
    assert [entry["details"]["by"] for entry in shown(context, NEW)["entries"]][:1] == ["asked by m?il"]


def test_r12_a_new_signed_consent_ends_an_opt_out(context: Context) -> None:
    run(context, "opt-out", NEW, "--reason", "asked")
    status, _ = run(context, "opt-in", NEW, "--reason", "signed again", "--wording", "I want offers by text.")
    assert status == 0
    assert shown(context, NEW)["may_get_marketing"] is True


def test_r60_staff_is_told_when_the_provider_still_blocks_the_number(
    context: Context, cast: Cast, db: Database
) -> None:
    with db.write() as session:
        key = cast.ana.phone_key
        opt_out(session, cast.shop_id, key, source="provider", at=NOW, details={"code": "21610"})
    status, said = run(context, "opt-in", cast.ana.phone, "--reason", "signed", "--wording", "Yes to offers.")
    assert status == 0
    assert "text START" in said
    record = shown(context, cast.ana.phone)
    assert record["may_get_marketing"] is False
    assert record["suppression"]["provider_needs_start"] is True


def test_a_hold_is_entered_and_ended_by_people_and_an_opt_out_is_not(context: Context, cast: Cast) -> None:
    assert run(context, "hold", cast.ana.phone, "--reason", "daughter answered", "--wrong-number")[0] == 0
    assert shown(context, cast.ana.phone)["suppression"]["kind"] == "wrong_number"
    assert run(context, "release", cast.ana.phone, "--reason", "it is hers")[0] == 0
    assert shown(context, cast.ana.phone)["may_get_marketing"] is True
    assert run(context, "release", cast.ana.phone, "--reason", "again") == (
        1,
        "Error: +1415*****01 is not held\n",
    )
    status, said = run(context, "release", cast.ben.phone, "--reason", "please")
    assert status == 1
    assert "START" in said


def test_show_says_what_it_knows_and_that_a_chain_was_tampered_with(
    context: Context, cast: Cast, db: Database
) -> None:
    assert run(context, "show", NEW) == (0, "Consent:      none on record\nNo entries.\n")
    run(context, "opt-out", NEW, "--reason", "asked")
    with db.write() as session:
        session.execute(update(LedgerEntry).where(LedgerEntry.source == "staff").values(source="start"))
    status, said = run(context, "show", NEW)
    assert status == 1
    assert "FAULT in link 1" in said


@pytest.mark.parametrize("arguments", [("show", "12"), ("opt-out", "+14155550101", "--reason", " ")])
def test_what_can_not_be_is_refused(context: Context, arguments: tuple[str, ...]) -> None:
    assert run(context, *arguments)[0] == 2


def test_an_evidence_file_that_is_too_large_is_refused(context: Context, tmp_path: Path) -> None:
    big = tmp_path / "scan.pdf"
    big.write_bytes(b"x" * (2 * 1024 * 1024 + 1))
    status, said = run(context, "opt-out", NEW, "--reason", "asked", "--evidence", str(big))
    assert status == 2
    assert "2 MB" in said
    assert shown(context, NEW)["entries"] == []
