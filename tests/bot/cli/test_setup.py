"""From nothing to a shop: migrate, demo, init, doctor."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from bot.cli import main
from bot.cli.setup import FREE_NUMBER
from bot.compose import App, compose
from bot.keys import api_key_hash
from bot.models import ApiKey, Consent, Customer, Flow, Order, Sender, Shop, Suppression
from bot.processes.demo_mode import RealCredentials, demo_account, guard, is_demo, with_provider
from bot.processes.identity import WrongKey, check_key, remember_key
from bot.settings import Settings, TwilioAccount, TwilioSettings, make_secrets

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with secrets in it, and nothing else; no environment of the machine's shines through."""
    home = tmp_path / "home"
    config = tmp_path / "config.yml"
    config.write_text(f"home: {home}\n")
    for name in (
        "DATABASE_URL",
        "REDIS_URL",
        "WINBACK_HOME",
        "WINBACK_SECRET_KEY",
        "WINBACK_DEMO_TWILIO_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    make_secrets(home)
    monkeypatch.setenv("WINBACK_CONFIG", str(config))
    for line in (home / "secrets.env").read_text().splitlines():
        if "=" in line:
            monkeypatch.setenv(*line.split("=", 1))
    return home


@pytest.fixture
def run(home: Path) -> Run:
    """The command line on that home folder."""

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return call


@pytest.fixture
def installed(run: Run, home: Path, _sqlite_template: Path) -> App:
    """After `winback migrate`, which found most of its work done."""
    shutil.copyfile(_sqlite_template, home / "winback.db")
    assert run("migrate").exit_code == 0
    from bot.settings import load

    return compose(with_provider(load()))


INIT = (
    "init",
    "--name",
    "Juniper Coffee Co.",
    "--site",
    "https://juniper.example",
    "--contact",
    "help@juniper.example",
)
NUMBER = ("--number", "(212) 555-0100", "--zone", "America/Chicago")


def test_migrating_twice_is_migrating_once(run: Run) -> None:
    assert run("migrate").exit_code == 0
    assert run("migrate", "--quiet").output == ""


def test_the_demo_shop_has_people_orders_consent_codes_and_flows(run: Run, installed: App) -> None:
    assert run("demo").exit_code == 0
    with installed.database.read() as session:
        shop = session.scalars(select(Shop)).one()
        assert (shop.demo, shop.state) == (True, "live")
        customers = list(session.scalars(select(Customer)))
        assert len(customers) == 12
        assert all(customer.phone and "55501" in customer.phone for customer in customers)
        assert all(customer.last_order_at for customer in customers)
        assert session.scalar(select(func.count()).select_from(Consent)) == 10
        assert session.scalar(select(func.count()).select_from(Suppression)) == 1
        assert session.scalar(select(func.count()).select_from(Order)) > 12
        assert set(session.scalars(select(Flow.name))) >= {"front_desk", "winback_offer"}
        assert session.scalars(select(Sender.account)).one() == demo_account(installed.settings)


def test_loading_the_demo_twice_changes_nothing(run: Run, installed: App) -> None:
    run("demo")
    run("demo")
    with installed.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 12


def test_up_loads_the_demo_only_into_an_empty_database(run: Run, installed: App) -> None:
    assert run(*INIT, *NUMBER).exit_code == 0
    assert run("migrate", "--with-demo").exit_code == 0
    with installed.database.read() as session:
        assert list(session.scalars(select(Shop.slug))) == ["juniper-coffee-co"]


def test_init_makes_a_shop_in_test_and_shows_its_key_once(run: Run, installed: App) -> None:
    said = run(*INIT, *NUMBER)
    assert said.exit_code == 0, said.output
    key = next(word for word in said.output.split() if word.startswith("wb_"))
    with installed.database.read() as session:
        shop = session.scalars(select(Shop)).one()
        assert (shop.state, shop.text_name, shop.zone) == ("test", "Juniper Coffee", "America/Chicago")
        assert session.scalars(select(ApiKey.key_hash)).one() == api_key_hash(key)
        assert session.scalars(select(Sender.number)).one() == "+12125550100"
        assert session.scalar(select(func.count()).select_from(Flow)) >= 2


def test_init_asks_five_questions_and_every_one_has_an_answer_ready(run: Run, installed: App) -> None:
    said = CliRunner().invoke(main, ["init"], input="\n" * 5)
    assert said.exit_code == 0, said.output
    assert all(f"{number}/5" in said.output for number in range(1, 6))


def test_init_asks_again_only_for_what_was_wrong(run: Run, installed: App) -> None:
    answers = ["Fern", "fern.example", "", "12", "Mars/Base", FREE_NUMBER, "America/Denver"]
    said = CliRunner().invoke(main, ["init"], input="\n".join(answers) + "\n")
    assert said.exit_code == 0, said.output
    assert [said.output.count(f"{number}/5") for number in range(1, 6)] == [1, 1, 1, 2, 2]
    with installed.database.read() as session:
        shop = session.scalars(select(Shop)).one()
        assert (shop.name, shop.zone) == ("Fern", "America/Denver")


def test_a_wrong_flag_is_not_asked_about(run: Run, installed: App) -> None:
    said = CliRunner().invoke(main, ["init", "--number", "12"], input="\n" * 20)
    assert said.exit_code == 1
    assert "number:" in said.output


def test_a_site_may_be_given_as_people_say_it(run: Run, installed: App) -> None:
    assert run("init", "--name", "Fern", "--site", "fern.example", *INIT[5:], *NUMBER).exit_code == 0
    with installed.database.read() as session:
        assert session.scalars(select(Shop.site_url)).one() == "https://fern.example"


def test_init_says_everything_that_is_wrong_at_once(run: Run, installed: App) -> None:
    said = run(
        "init", "--name", "?", "--site", "juniper", "--contact", " x", "--number", "12", "--zone", "Mars/Base"
    )
    assert said.exit_code == 1
    for part in ("name:", "site:", "number:", "zone:"):
        assert part in said.output
    with installed.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Shop)) == 0


def test_init_refuses_a_number_that_another_shop_has(run: Run, installed: App) -> None:
    run(*INIT, *NUMBER)
    said = run("init", "--name", "Other", *INIT[3:], *NUMBER)
    assert said.exit_code == 1
    assert "belongs to a shop already" in said.output


def test_doctor_lists_what_is_missing_with_a_remedy_each(run: Run, home: Path) -> None:
    said = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(said.output)}
    assert said.exit_code == 1
    assert not checks["database"]["ok"]
    assert "winback migrate" in checks["database"]["remedy"]
    assert all(check["remedy"] or check["ok"] for check in checks.values())


def test_doctor_is_content_with_the_demo(run: Run, installed: App) -> None:
    run("demo")
    said = run("doctor", "--json")
    assert said.exit_code == 0, said.output


def test_doctor_wants_https_and_tokens_from_a_real_account(run: Run, installed: App, home: Path) -> None:
    run(*INIT, *NUMBER)
    config = home.parent / "config.yml"
    config.write_text(
        config.read_text() + "twilio: { accounts: [ { sid: ACreal, token_env: NOT_SET_TOKEN } ] }\n"
    )
    checks = {check["name"]: check for check in json.loads(run("doctor", "--json").output)}
    assert not checks["public address"]["ok"]
    assert not checks["twilio account ACreal..."]["ok"]
    assert "NOT_SET_TOKEN" in checks["twilio account ACreal..."]["remedy"]
    assert not checks["senders"]["ok"]


def test_connecting_the_demo_names_the_stand_in(run: Run, installed: App) -> None:
    run("demo")
    said = run("twilio", "connect", "--check")
    assert said.exit_code == 1
    assert "the stand-in plays Twilio here" in said.output
    assert "no such number" not in said.output


def test_secrets_that_cannot_be_read_are_a_sentence(run: Run, home: Path) -> None:
    (home / "secrets.env").unlink()
    (home / "secrets.env").mkdir()
    said = run("doctor")
    assert said.exit_code == 1
    assert "secrets.env can't be read" in said.output


@pytest.mark.parametrize("command", ["up", "migrate", "clock", "worker", "doctor", "init"])
def test_a_home_that_is_no_folder_is_a_sentence_and_no_traceback(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    place = home / "file"
    place.write_text("not a folder")
    monkeypatch.setenv("WINBACK_HOME", str(place))
    said = run(command)
    assert said.exit_code == 1, said.output
    assert isinstance(said.exception, SystemExit), said.exception
    assert "WINBACK_HOME" in said.output or "winback doctor" in said.output or "winback up" in said.output


def test_another_secret_key_is_refused(installed: App) -> None:
    other = compose(installed.settings.model_copy(update={"secret_key": None}))
    with installed.database.write() as session:
        remember_key(session, installed.keys)
        check_key(session, installed.keys)
        from bot.keys import Keys

        with pytest.raises(WrongKey, match="bring back"):
            check_key(session, Keys(b"x" * 32))
    assert other.settings.secret_key is None


def test_no_command_works_with_another_key_than_the_database_s(
    run: Run, installed: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import would give every number another key, and those who opted out would be texted again."""
    run(*INIT, *NUMBER)
    monkeypatch.setenv("WINBACK_SECRET_KEY", "ab" * 32)
    for command in ("report", "pause", "orders key", "lapsed --days 3", "flow list", "init"):
        said = run(*command.split())
        assert (said.exit_code, "bring back the old" in said.output) == (1, True), said.output


@pytest.mark.parametrize("command", ["report", "lapsed --days 3", "flow list", "coupons list", "init"])
def test_without_a_database_a_command_says_so(run: Run, command: str) -> None:
    said = run(*command.split())
    assert said.exit_code == 1
    assert said.output.startswith("Error: the database"), said.output


def test_the_operator_s_key_is_not_joined_by_a_second_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be taken by the first command that is called without the operator's environment."""
    monkeypatch.setenv("WINBACK_SECRET_KEY", "ab" * 32)
    assert "WINBACK_SECRET_KEY" not in make_secrets(tmp_path / "var").read_text()
    monkeypatch.delenv("WINBACK_SECRET_KEY")
    assert "WINBACK_SECRET_KEY" in make_secrets(tmp_path / "var").read_text()


BAD_CONFIGS = {
    "colour: blue\nsettle_seconds: soon": ["colour: Extra", "settle_seconds: Input should be a valid number"],
    "twilio: {accounts: [{": ["config.yml can't be read (line"],
    "- a list": ["can't be read: settings are written as"],
    "database_url: mysql://root:hunter2@db/x": ["database_url: Value error, an address such as postgresql"],
}


@pytest.mark.parametrize("text", BAD_CONFIGS)
def test_wrong_settings_are_named_all_at_once_and_without_their_values(
    run: Run, home: Path, text: str
) -> None:
    (home.parent / "config.yml").write_text(text)
    said = run("doctor")
    assert said.exit_code == 1
    assert all(part in said.output for part in BAD_CONFIGS[text]), said.output
    assert "hunter2" not in said.output


def test_a_config_file_that_is_not_there_is_not_passed_over(run: Run) -> None:
    said = run("--config", "/nowhere/config.yml", "doctor")
    assert (said.exit_code, "/nowhere/config.yml" in said.output) == (1, True)


def _with_real_account(settings: Settings) -> Settings:
    return settings.model_copy(update={"twilio": TwilioSettings(accounts=(TwilioAccount(sid="ACreal"),))})


def test_without_an_account_the_stand_in_plays_the_provider(installed: App) -> None:
    assert is_demo(installed.settings)
    assert installed.settings.twilio.base_url == "http://127.0.0.1:8082"
    assert list(installed.settings.twilio_tokens()) == [demo_account(installed.settings)]


def test_the_demo_never_meets_a_real_account(installed: App, run: Run) -> None:
    real = with_provider(_with_real_account(installed.settings))
    assert not is_demo(real)
    with pytest.raises(RealCredentials):
        demo_account(real)
    run("demo")
    with installed.database.read() as session:
        guard(session, real)  # its number belongs to an account that has no token there
    with installed.database.write() as session:
        session.scalars(select(Sender)).one().account = "ACreal"
    with installed.database.read() as session, pytest.raises(RealCredentials, match="demo shop"):
        guard(session, real)


def test_a_moved_clock_never_meets_a_real_account(installed: App) -> None:
    from datetime import timedelta

    from bot.clock import set_offset

    with installed.database.write() as session:
        set_offset(session, timedelta(days=4))
        guard(session, installed.settings)
        with pytest.raises(RealCredentials, match="clock"):
            guard(session, _with_real_account(installed.settings))
