"""Winning and renewing consents from the command line: words, QR code, asking, looking old numbers up (R20, R28, R29)."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, func, select, update

from bot.cli.consent import consent
from bot.cli.consent_reverify import _private
from bot.cli.context import Context
from bot.compliance.consent import status
from bot.compliance.proof import Proof
from bot.compliance.signups import NewSignup, sign_up
from bot.db import Database
from bot.keys import Keys
from bot.models import Consent, Customer, LedgerEntry, Sender, Signal, Signup
from tests.support.cast import Cast

LONG_AGO = datetime(2020, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def db(sqlite_db: Database) -> Database:
    """The command opens the database of the settings, which is this one."""
    return sqlite_db


@pytest.fixture
def context(cast: Cast, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("WINBACK_HOME", str(tmp_path))
    monkeypatch.setenv("WINBACK_SECRET_KEY", "5e" * 32)
    config = tmp_path / "config.yml"
    config.write_text("public_url: https://texts.juniper.example\n")
    return Context(shop="juniper", config=str(config))


def run(context: Context, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(consent, arguments, obj=context)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


@pytest.mark.parametrize("place", ["shopify", "woocommerce", "page", "keyword"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_r20_the_words_name_seller_number_and_how_to_stop(
    context: Context, place: str, language: str
) -> None:
    status, said = run(context, "wording", "--for", place, "--language", language)
    assert status == 0
    assert all(part in said for part in ("Juniper Coffee", "(212) 555-0100", "STOP", "HELP"))
    plain = json.loads(run(context, "wording", "--for", place, "--language", language, "--json")[1])
    assert plain["text"] in said
    assert plain["version"] in said


def test_a_qr_code_opens_a_text_with_the_word_in_it(context: Context, tmp_path: Path) -> None:
    out = tmp_path / "parcel.svg"
    status, said = run(context, "qr", "--out", str(out))
    assert status == 0
    assert "sms:+12125550100?&body=JOIN" in said
    assert "By texting JOIN you agree" in said
    assert b"<svg" in out.read_bytes()


def test_a_qr_code_opens_the_page(context: Context, tmp_path: Path) -> None:
    status, said = run(context, "qr", "--out", str(tmp_path / "till.png"), "--link", "page")
    assert (status, "https://texts.juniper.example/join/juniper" in said) == (0, True)


def test_a_file_of_another_kind_and_a_shop_without_a_number_are_refused(
    context: Context, tmp_path: Path, db: Database
) -> None:
    assert run(context, "qr", "--out", str(tmp_path / "x.pdf"))[0] == 2
    with db.write() as session:
        session.execute(delete(Sender))
    assert run(context, "wording")[0] == 1


def test_old_numbers_go_out_and_come_back(context: Context, cast: Cast, db: Database, tmp_path: Path) -> None:
    """Ana's last order is of 2020; Ben opted out, and nobody looks up who is not texted anyway."""
    with db.write() as session:
        session.execute(update(Customer).values(last_order_at=LONG_AGO))
        session.execute(update(Consent).values(at=LONG_AGO - timedelta(days=3)))
    listed = tmp_path / "old.csv"
    status, said = run(context, "reverify", "--export", str(listed))
    assert status == 0
    assert listed.read_text().split() == ["phone,last_verified_date", "+14155550101,20200501"]
    assert listed.stat().st_mode & 0o077 == 0, "a list of customers' numbers"
    assert "1 numbers" in said
    answers = tmp_path / "answers.csv"
    answers.write_text("Phone Number;Result\n(415) 555-0101;no\n+12025550111;yes\n")
    for asked, renewed in (("2026-03-11", 1), ("2026-03-11", 0), ("2026-03-12", 0)):
        counts = {"renewed": renewed, "known_before": 1 - renewed}
        told = json.loads(run(context, "reverify", str(answers), "--asked", asked, "--json")[1])
        assert {name: told[name] for name in counts} == counts
        assert told["not_customers"] == 1
    with db.read() as session:
        proven = session.scalar(select(Customer.proven_at).where(Customer.id == cast.ana.customer_id))
        acts = session.scalars(
            select(LedgerEntry.act).where(LedgerEntry.phone_key == cast.ana.phone_key)
        ).all()
    assert proven == datetime(2026, 3, 11, tzinfo=UTC)
    assert acts == ["opted_in", "verified"], "twice is once, and an old answer does not grow young (R29)"
    assert run(context, "reverify", "--export", str(listed))[1].startswith("0 numbers")


def test_a_consent_without_its_date_shows_nothing(
    context: Context, cast: Cast, db: Database, tmp_path: Path
) -> None:
    """An import of today of a list of ten years ago: nobody can be looked up without a date."""
    with db.write() as session:
        session.execute(update(Customer).values(last_order_at=None))
        session.execute(update(Consent).values(dated=False))
    status, said = run(context, "reverify", "--export", str(tmp_path / "old.csv"))
    assert (status, "1 more have no dated consent" in said) == (0, True), said


def test_r28_a_number_with_another_owner_loses_its_consent(
    context: Context, cast: Cast, db: Database, tmp_path: Path
) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("phone,is_number_reassigned\n+14155550101,YES\n")
    refused = run(context, "reverify", str(answers))
    assert (refused[0], "--asked" in refused[1]) == (2, True), "today proves nothing of an old file"
    assert run(context, "reverify", str(answers), "--asked", "2026-03-11")[0] == 0
    with db.read() as session:
        assert (
            session.scalar(select(Customer.number_state).where(Customer.id == cast.ana.customer_id))
            == "moved"
        )
        assert status(session, cast.shop_id, cast.ana.phone_key).consent is None


FILES: dict[str, tuple[bytes, int, str]] = {
    "no data": (b"phone,answer\n+14155550101,no_data\n", 0, "1 without data"),
    "a word of its own": (b"phone,answer\n+14155550101,perhaps\n", 1, "line 2"),
    "no number": (b"phone,answer\n12,no\n", 1, "line 2"),
    "a short line": (b"phone,answer\n+14155550101\n", 1, "too few"),
    "no such column": (b"phone,colour\n+14155550101,no\n", 2, "no column"),
    "empty": (b"", 2, "no column"),
    "UTF-16": ("phone,answer\n".encode("utf-16"), 1, "UTF-8"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_an_answer_file_may_look_like(context: Context, tmp_path: Path, name: str) -> None:
    content, status, said = FILES[name]
    file = tmp_path / "answers.csv"
    file.write_bytes(content)
    found = run(context, "reverify", str(file), "--asked", "2026-03-11")
    assert (found[0], said in found[1]) == (status, True), found


@pytest.mark.parametrize("arguments", [(), ("x", "y"), ("--export",)])
def test_one_of_the_two_files_is_needed(context: Context, arguments: tuple[str, ...]) -> None:
    assert run(context, "reverify", *arguments)[0] == 2


def test_a_list_that_can_not_be_written_or_a_span_of_ages_is_said(context: Context, tmp_path: Path) -> None:
    status, said = run(context, "reverify", "--export", str(tmp_path / "nowhere" / "old.csv"))
    assert (status, "can't be written" in said) == (1, True), said
    there = str(tmp_path / "old.csv")
    assert run(context, "reverify", "--export", there, "--days", "99999999")[0] == 2
    assert run(context, "reverify", "--export", there, "--days", "36500")[0] == 0


def test_the_list_of_numbers_is_private_before_a_number_is_in_it(context: Context, tmp_path: Path) -> None:
    there = tmp_path / "old.csv"
    there.write_text("")
    there.chmod(0o644)
    with _private(there) as opened:
        assert there.stat().st_mode & 0o077 == 0
        opened.write("+1")
    before = os.umask(0)
    try:
        with _private(tmp_path / "new.csv"):
            assert (tmp_path / "new.csv").stat().st_mode & 0o077 == 0
    finally:
        os.umask(before)


def signed_up(session: Any, keys: Keys, cast: Cast, phone: str) -> None:
    session.add(
        Customer(
            shop_id=cast.shop_id,
            phone=phone,
            phone_key=keys.phone_key(cast.shop_id, phone),
            country="CA" if phone.startswith("+1416") else "US",
            created_at=LONG_AGO,
        )
    )
    session.flush()
    new = NewSignup("written", "import", Proof(medium="file"))
    sign_up(
        session, cast.shop_id, keys.phone_key(cast.shop_id, phone), new, double=True, at=datetime.now(UTC)
    )


def test_who_signed_up_elsewhere_is_asked_once_and_so_many_at_a_time(
    context: Context, cast: Cast, db: Database
) -> None:
    keys = Keys(("5e" * 32).encode())
    with db.write() as session:
        for number in range(5):
            signed_up(session, keys, cast, f"+1646555012{number}")
        signed_up(session, keys, cast, "+14165550129")  # R155: in Canada nobody is asked
    assert "5 signed up" in run(context, "ask", "--dry-run")[1]
    assert "3 are being asked; 2 are left" in run(context, "ask", "--limit", "3")[1]
    assert json.loads(run(context, "ask", "--json")[1]) == {"waiting": 2, "asked": 2}
    assert "0 are being asked" in run(context, "ask")[1]
    with db.read() as session:
        assert session.scalar(select(func.count(Signal.id))) == 5
        assert session.scalar(select(func.count()).select_from(Signup)) == 6
