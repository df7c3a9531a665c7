"""`winback staff`, `winback audit`, and where the console may listen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from bot.checkup_staff import owners
from bot.cli import main
from bot.cli.processes import reachable
from bot.models import Shop
from bot.settings import ConsoleSettings
from tests.support.cast import Cast
from tests.support.fakes import FakedApp

PASSWORD = "five quiet harbour gulls\n"


@pytest.fixture
def db(sqlite_db: Any) -> Any:
    """Where the command looks."""
    return sqlite_db


def winback(home: Path, *arguments: str, typed: str | None = None) -> Result:
    """Call it for Juniper."""
    environment = {"WINBACK_HOME": str(home), "WINBACK_SECRET_KEY": "5e" * 32, "DATABASE_URL": ""}
    return CliRunner().invoke(main, ["--shop", "juniper", *arguments], input=typed, env=environment)


def test_the_first_owner_is_made_with_a_typed_password_and_twice_is_once(tmp_path: Path, cast: Cast) -> None:
    assert "Nobody yet" in winback(tmp_path, "staff", "list").output
    add = ("staff", "add", "Olive@Juniper.example", "--name", "Olive", "--password-stdin")
    refused = winback(tmp_path, *add, typed="short\n")
    assert refused.exit_code == 2
    assert "at least 12" in refused.output
    assert "may sign in" in winback(tmp_path, *add, typed=PASSWORD).output
    assert winback(tmp_path, *add, typed="").exit_code == 0, "who has a password is not asked for one"
    (olive,) = json.loads(winback(tmp_path, "staff", "list", "--json").output)
    assert (olive["email"], olive["role"], olive["state"]) == ("olive@juniper.example", "owner", "joined")


def test_what_is_done_to_people_is_in_the_audit_and_the_last_owner_stays(tmp_path: Path, cast: Cast) -> None:
    winback(tmp_path, "staff", "add", "olive@juniper.example", "--password-stdin", typed=PASSWORD)
    made = json.loads(winback(tmp_path, "staff", "invite", "tom@juniper.example", "--json").output)
    assert "/link/" in made["link"]
    assert winback(tmp_path, "staff", "role", "tom@juniper.example", "viewer").exit_code == 0
    assert (
        "a shop needs an owner"
        in winback(tmp_path, "staff", "remove", "olive@juniper.example").output.lower()
    )
    assert "/link/" in winback(tmp_path, "staff", "reset", "olive@juniper.example").output
    assert winback(tmp_path, "staff", "remove", "tom@juniper.example").exit_code == 0
    assert winback(tmp_path, "staff", "remove", "tom@juniper.example").exit_code == 1
    lines = [json.loads(line) for line in winback(tmp_path, "audit", "--json").output.splitlines()]
    acts = [line["action"] for line in lines]
    assert acts == ["removed", "reset link made", "role changed", "invited", "added"]
    assert made["link"].rpartition("/")[2] not in str(lines)
    assert "invited" in winback(tmp_path, "audit", "--action", "invited").output


@pytest.mark.parametrize(
    ("console", "why"),
    [
        (ConsoleSettings(), ""),
        (ConsoleSettings(url="https://console.shop.example"), ""),
        (ConsoleSettings(host="10.0.0.5"), "set console.url"),
        (ConsoleSettings(host="10.0.0.5", url="https://console.shop.example/"), ""),
        (ConsoleSettings(host="10.0.0.5", url="http://console.shop.example"), "plain http"),
        (ConsoleSettings(host="10.0.0.5", url="http://console.shop.example", plain_http=True), ""),
    ],
)
def test_the_console_listens_away_from_this_machine_only_under_a_name_and_encrypted(
    console: ConsoleSettings, why: str
) -> None:
    assert (why in reachable(console)) if why else reachable(console) == ""


def test_the_doctor_says_which_shop_has_no_owner_who_can_sign_in(
    tmp_path: Path, cast: Cast, app: FakedApp
) -> None:
    name, ok, why, remedy = owners(app)
    assert (name, ok) == ("owners", False)
    assert why == "nobody who can sign in owns juniper, paprika"
    assert remedy == "run `winback --shop juniper staff add EMAIL`"
    winback(tmp_path, "staff", "add", "olive@juniper.example", "--password-stdin", typed=PASSWORD)
    assert owners(app)[2] == "nobody who can sign in owns paprika"
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.slug == "paprika").values(demo=True))
    assert owners(app)[1]
