"""Coupons, keys, starts and trials from the command line: what is refused, and with which exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click import Command
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from bot.cli.audience import coupons, orders, resume
from bot.cli.context import Context
from bot.cli.flows import flow
from bot.db import Database
from bot.flows_store import publish_library
from bot.models import Coupon, FlowStart, Shop
from tests.support.cast import Cast
from tests.support.clock import NOW

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture
def db(sqlite_db: Database) -> Database:
    """The command opens the database of the settings, which is this one."""
    return sqlite_db


@pytest.fixture
def context(cast: Cast, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("WINBACK_HOME", str(tmp_path))
    monkeypatch.setenv("WINBACK_SECRET_KEY", "ab" * 32)
    with db.write() as session:
        publish_library(session, cast.shop_id, NOW)
    config = tmp_path / "config.yml"
    config.write_text("")
    return Context(shop="juniper", config=str(config))


def run(context: Context, command: Command, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, arguments, obj=context)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


CODES = {
    "plain": (b"A1\r\n\nB-2\n", 0, "2 codes added"),
    "with a mark": (b"\xef\xbb\xbfA1\n", 0, "1 codes added"),
    "a table": (b"code,used\nA1,0\n", 2, "line 1: one code a line"),
    "UTF-16": ("A1\n".encode("utf-16"), 2, "not UTF-8"),
    "a NUL": (b"A1\nA\x002\n", 2, "line 2"),
    "too long": (b"A" * 65, 2, "at most 64"),
}


@pytest.mark.parametrize("name", CODES)
def test_a_file_of_codes_is_taken_whole_or_not_at_all(context: Context, tmp_path: Path, name: str) -> None:
    content, status, said = CODES[name]
    file = tmp_path / "codes.txt"
    file.write_bytes(content)
    exit_status, output = run(context, coupons, "add", "spring", "--percent", "15", "--file", str(file))
    assert (exit_status, said in output) == (status, True), output


@pytest.mark.parametrize(
    "wrong",
    [
        "add percent-15 --percent 20 --make 1",
        "add percent-15 --amount 5 --make 1",
        "add spring --amount -5 --make 1",
        "add spring --amount nan --make 1",
        "add spring --amount inf --make 1",
        "add spring --make 1",
        f"add {'p' * 65} --percent 15 --make 1",
    ],
)
def test_a_pool_holds_what_its_name_says(context: Context, wrong: str) -> None:
    assert run(context, coupons, *wrong.split())[0] == 2


def test_revoking_a_key_that_nobody_has_is_not_done(context: Context) -> None:
    assert run(context, orders, "key", "--label", "till")[0] == 0
    assert run(context, orders, "revoke", "tilll") == (
        1,
        "Error: no key with the label 'tilll' is in use\n",
    )
    assert run(context, orders, "revoke", "till") == (0, "Revoked: 1\n")


def test_a_flow_is_started_once_and_only_in_a_live_shop(context: Context, db: Database) -> None:
    with db.write() as session:
        session.execute(update(Shop).values(state="test"))
    status, said = run(context, flow, "start", "winback_offer", "--yes")
    assert (status, "not live" in said) == (1, True), said
    with db.write() as session:
        session.execute(update(Shop).values(state="live"))
    assert run(context, flow, "start", "winback_offer", "--yes")[0] == 0
    status, said = run(context, flow, "start", "winback_offer", "--yes")
    assert (status, "running already" in said) == (1, True), said
    assert run(context, flow, "start", "winback_offer", "--daily", "0")[0] == 2
    with db.read() as session:
        assert len(session.scalars(select(FlowStart.id)).all()) == 1


def test_a_plan_says_when_codes_run_short(context: Context, db: Database) -> None:
    with db.write() as session:
        session.execute(delete(Coupon))
    said = run(context, flow, "start", "winback_offer", "--json")[1]
    assert json.loads(said)["codes_left"] == 0
    assert "has 0 left" in run(context, flow, "start", "winback_offer")[1]
    run(context, coupons, "add", "percent-15", "--percent", "15", "--make", "30")
    assert json.loads(run(context, flow, "start", "winback_offer", "--json")[1])["codes_left"] == 0
    run(context, coupons, "add", "free-shipping", "--free-shipping", "--make", "40")
    assert json.loads(run(context, flow, "start", "winback_offer", "--json")[1])["codes_left"] == 30
    assert "left" not in run(context, flow, "start", "winback_offer")[1]


def test_a_shop_in_test_goes_live_after_its_owner_tried_a_flow(context: Context, db: Database) -> None:
    with db.write() as session:
        session.execute(update(Shop).values(state="test"))
    assert run(context, resume)[0] == 2
    status, said = run(context, flow, "try", "winback_offer", "--phone", "(415) 555-0101")
    assert (status, "to +12125550100" in said) == (1, True), said
    assert run(context, flow, "try", "winback_offer", "--phone", "(415) 555-0101") == (status, said)
