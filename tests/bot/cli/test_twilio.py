"""`winback twilio connect`: what Twilio calls now, what it should call, and writing that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from sqlalchemy import update

from bot.cli.context import Context
from bot.cli.twilio import reachable, twilio
from bot.db import Database
from bot.models import Sender
from tests.support.cast import ACCOUNT, Cast
from tests.support.servers import serving
from webhooks.standin import create_standin

TOKEN = "the-account-s-token"
SERVICE = "MG" + "1" * 32


@pytest.fixture
def db(sqlite_db: Database) -> Database:
    """The command opens the database of the settings, which is this one."""
    return sqlite_db


@pytest.fixture
def standin(cast: Cast) -> Iterator[str]:
    with serving(create_standin({ACCOUNT: TOKEN}, "http://127.0.0.1:9", reports=False)) as url:
        own(url, cast.number)
        yield url


@pytest.fixture
def context(standin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("CAST_TOKEN", TOKEN)
    monkeypatch.setenv("WINBACK_SECRET_KEY", "ab" * 32)
    monkeypatch.setenv("WINBACK_HOME", str(tmp_path))
    config = tmp_path / "config.yml"
    accounts = f"accounts: [{{ sid: {ACCOUNT}, token_env: CAST_TOKEN }}]"
    config.write_text(f"public_url: https://texts.example\ntwilio: {{ base_url: '{standin}', {accounts} }}\n")
    return Context(shop="juniper", config=str(config))


def own(url: str, number: str, service: str | None = None) -> None:
    document = {"number": number, "account": ACCOUNT, "messaging_service": service}
    requests.post(f"{url}/standin/numbers", json=document, timeout=5).raise_for_status()


def run(context: Context, *arguments: str, said: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(twilio, ["connect", *arguments], obj=context, input=said)
    return result.exit_code, result.output


def test_a_new_number_differs_and_is_written_after_asking(context: Context) -> None:
    assert run(context, "--check")[0] == 1
    status, shown = run(context, said="y\n")
    assert status == 0
    assert "(none) -> https://texts.example/twilio/inbound" in shown
    status, shown = run(context, "--check")
    assert status == 0
    assert "differs" not in shown


def test_no_is_no(context: Context) -> None:
    assert run(context, said="n\n")[0] == 1
    assert run(context, "--check")[0] == 1


def test_in_a_messaging_service_the_service_s_address_counts(
    context: Context, standin: str, cast: Cast, db: Database
) -> None:
    own(standin, cast.number, SERVICE)
    with db.write() as session:
        session.execute(update(Sender).where(Sender.number == cast.number).values(messaging_service=SERVICE))
    status, shown = run(context, "--json")
    assert status == 1
    places = {(each["where"], each["name"]) for each in json.loads(shown)["addresses"]}
    assert places == {(SERVICE, "inbound"), (SERVICE, "status"), (cast.number, "voice")}
    assert run(context, "--yes")[0] == 0
    assert run(context, "--check")[0] == 0


def test_a_number_that_the_account_does_not_have_is_a_problem(
    context: Context, db: Database, cast: Cast
) -> None:
    with db.write() as session:
        session.execute(update(Sender).where(Sender.number == cast.number).values(number="+12125550177"))
    status, shown = run(context)
    assert (status, "no such number" in shown) == (1, True)


def test_a_wrong_token_is_a_problem_and_no_traceback(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAST_TOKEN", "wrong")
    status, shown = run(context)
    assert (status, "could not be asked" in shown, "Traceback" in shown) == (1, True, False)


@pytest.mark.parametrize(
    ("url", "problems"),
    [
        ("https://texts.example", 0),
        ("http://texts.example", 1),
        ("http://127.0.0.1:8080", 2),
        ("https://my_shop.example", 1),
    ],
)
def test_an_address_that_twilio_cannot_reach_is_said_before_it_is_written(url: str, problems: int) -> None:
    assert len(reachable(url, standin=False)) == problems
    assert reachable(url, standin=True) == []
