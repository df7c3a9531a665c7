"""`winback simulate`: which flow is meant, what is wrong with it or with the shares, and what the exit status says."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.cli.context import Context
from bot.cli.simulate import simulate
from bot.flows_store import publish
from bot.teaching.lines import add
from nlu.training_data import Example
from tests.bot.simulate.plans import HELLO
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["simulate", "--processes", "1", "--customers", "20", *arguments])


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    file = tmp_path / "hello.yml"
    file.write_text(HELLO, "utf-8")
    return file


def test_a_file_is_simulated_and_the_figures_are_json(hello: Path) -> None:
    result = call("--flow", str(hello), "--json", "--show", "2", "--set", "silent=0")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["flow"], found["customers"], found["weeks"], found["seed"]) == ("hello", 20, 12, 1)
    assert found["from"] == "2026-09-07"
    assert len(found["shown"]) == 2
    assert set(found) >= {
        "texts",
        "orders",
        "coupons",
        "opt_outs",
        "hand_offs",
        "dead_ends",
        "violations",
        "nodes",
    }


def test_the_table_says_that_it_is_no_forecast(hello: Path) -> None:
    result = call("--flow", str(hello))
    assert result.exit_code == 0, result.output
    assert "nothing here is a forecast" in result.stdout
    assert "dead ends" in result.stdout
    assert "violations" in result.stdout
    assert result.stderr == ""  # a bar is for a terminal


def test_somebody_who_gets_stuck_is_shown_and_exit_status_is_1(tmp_path: Path) -> None:
    file = tmp_path / "thanks.yml"
    # who says thanks gets an offer that nobody asked for: marketing, which waits for the next day
    file.write_text(
        HELLO.replace("reorder, yes: cart", "reorder, yes: cart\n      smalltalk: make_offer"), "utf-8"
    )
    result = call("--flow", str(file), "--set", "silent=0", "--set", "chats=90", "--customers", "30")
    assert result.exit_code == 1
    assert "unanswered: " in result.stdout


@pytest.fixture
def wraps(tmp_path: Path) -> Path:
    """A flow with a way on from an intent that only a shop can have taught."""
    file = tmp_path / "wraps.yml"
    file.write_text(HELLO.replace("reorder, yes: cart", "reorder, yes, gift_wrap: cart"), "utf-8")
    return file


def test_an_intent_that_a_shop_taught_is_known_where_that_shop_is_at_hand(
    wraps: Path, app: FakedApp, cast: Cast
) -> None:
    with app.database.write() as session:
        taught = [
            Example(f"can you wrap {what}", "gift_wrap", "en") for what in "it this that both some".split()
        ]
        add(session, cast.shop_id, taught, origin="file", at=NOW)
    context = Context(shop="juniper", config=None)
    context.__dict__.update(app=app, settings=app.settings.model_copy(update={"database_url": None}))
    if not app.database.is_sqlite:
        pytest.skip("where the database is, is the settings' to say")
    arguments = ["--flow", str(wraps), "--customers", "20", "--processes", "1"]
    result = CliRunner().invoke(simulate, arguments, obj=context)
    assert result.exit_code == 0, result.output
    assert "nobody here says gift_wrap" in result.stderr


def test_without_a_shop_an_intent_of_its_own_is_no_riddle(
    wraps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINBACK_HOME", str(tmp_path / "nothing here"))
    result = call("--flow", str(wraps))
    assert result.exit_code == 1
    assert "`gift_wrap` is no intent" in result.stderr
    assert "No shop is at hand here, so what one has taught is not known" in result.stderr


def test_another_day_is_begun_on(hello: Path) -> None:
    result = call("--flow", str(hello), "--from", "2027-01-04", "--weeks", "1", "--json")
    assert json.loads(result.stdout)["from"] == "2027-01-04"


def test_a_broken_file_is_a_list_of_problems(tmp_path: Path) -> None:
    file = tmp_path / "broken.yml"
    file.write_text(HELLO.replace("then: make_offer", "then: nowhere"), "utf-8")
    result = call("--flow", str(file))
    assert result.exit_code == 1
    assert "broken.yml:" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--flow", "no_such_flow"), "no flow is called no_such_flow"),
        (("--flow", "nowhere.yml"), "there is no file nowhere.yml"),
        (("--flow", "front_desk"), "the front desk begins with nobody"),
        (("--flow", "winback_offer", "--weeks", "nan"), "--weeks is a number of weeks"),
        (("--flow", "winback_offer", "--from", "9999-12-20"), "--from is a day from"),
        (("--flow", "winback_offer", "--from", "1000-01-01"), "--from is a day from"),
        (("--flow", "winback_offer", "--set", "spanish"), "write a share and its value"),
        (("--flow", "winback_offer", "--set", "spanish=2"), "a share is from 0 to 1"),
        (("--flow", "winback_offer", "--set", "martian=0.1"), "there is no such share"),
    ],
)
def test_what_is_not_meant_is_named(
    arguments: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINBACK_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("shares: [1]", "shares"),
        ("shares: { spanish: much }", "spanish"),
        ("inclinations: { silent: { weight: 1, any: { dance: 1 } } }", "dance"),
        ("a: b: c", "no YAML"),
        ("[]", "shares"),
    ],
)
def test_a_file_of_people_that_cannot_be_used_says_why(
    words: str, says: str, hello: Path, tmp_path: Path
) -> None:
    file = tmp_path / "people.yml"
    file.write_text(words, "utf-8")
    result = call("--flow", str(hello), "--people", str(file))
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.output


def test_a_file_of_people_changes_what_it_names(hello: Path, tmp_path: Path) -> None:
    file = tmp_path / "people.yml"
    file.write_text("shares: { orders_anyway: 1 }\n", "utf-8")
    result = call("--flow", str(hello), "--people", str(file), "--json")
    assert json.loads(result.stdout)["orders"]["buyers_treated"] == 1


class Here(Context):
    """The command line's context on the test's own application, for the cast's shop."""

    app: FakedApp

    def shop_id(self) -> int:
        """The shop that was named."""
        if self.shop == "broken":
            raise click.ClickException("the database does not answer")
        if self.shop is None:
            raise click.UsageError("say which shop")
        return int(self.shop)


def here(app: FakedApp, shop: str | None, *arguments: str) -> Result:
    """Simulated beside a database that is there."""
    context = Here(shop=shop, config=None)
    settings = app.settings.model_copy(update={"database_url": "sqlite:///elsewhere"})
    context.__dict__.update(app=app, settings=settings)
    few = ("--processes", "1", "--customers", "20", "--weeks", "3", "--json", *arguments)
    return CliRunner().invoke(simulate, few, obj=context)


def edited(name: str) -> str:
    return HELLO.replace("flow: hello", f"flow: {name}")


def publish_in(app: FakedApp, cast: Cast, source: str) -> None:
    with app.database.write() as session:
        published, problems = publish(session, cast.shop_id, source, file="x.yml", by="test", now=NOW)
    assert published is not None, problems


def test_what_the_shop_has_published_is_simulated_and_not_the_librarys_of_that_name(
    app: FakedApp, cast: Cast
) -> None:
    publish_in(app, cast, edited("winback_offer"))
    mine = here(app, str(cast.shop_id), "--flow", "winback_offer")
    assert "make_offer" in json.loads(mine.stdout)["nodes"]
    assert mine.stderr == "simulating winback_offer as the shop has published it\n"
    unsaid = here(app, None, "--flow", "winback_offer")
    assert json.loads(unsaid.stdout)["nodes"] != json.loads(mine.stdout)["nodes"]
    assert unsaid.stderr == "simulating winback_offer of the library\n"
    other = here(app, str(cast.shop_id), "--flow", "birthday")
    assert "the shop has published none of that name" in other.stderr


def test_a_published_flow_may_run_another_published_one(app: FakedApp, cast: Cast) -> None:
    publish_in(app, cast, edited("second"))
    both = edited("first").replace("reorder, yes: cart", "reorder, yes: cart\n      smalltalk: on")
    publish_in(app, cast, both.replace("  goodbye:\n", "  on:\n    run: second\n  goodbye:\n"))
    result = here(app, str(cast.shop_id), "--flow", "first", "--set", "silent=0", "--set", "chats=90")
    found = json.loads(result.stdout)
    assert "on" in str(found["nodes"])
    assert found["dead_ends"]["no_such_flow"] == 0


def test_what_keeps_the_shop_from_being_read_is_said(app: FakedApp) -> None:
    result = here(app, "broken", "--flow", "winback_offer")
    assert result.exit_code == 1
    assert "the database does not answer" in result.output
