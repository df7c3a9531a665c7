"""`winback replay`, and `winback flow publish`, `rehearse`, `shadow`, `revisions` and `rollback`, as people and scripts meet them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import update

from bot.cli.context import Context
from bot.cli.flows import flow
from bot.cli.lapsed import lapsed
from bot.cli.replay import replay
from bot.cli.rfm import rfm
from bot.cli.shadow import shadow
from bot.models import Journal, Shop
from bot.teaching.lines import add
from flows.parser import library
from nlu.training_data import Example
from tests.bot.conversations.loop import enrol_in, run_until_quiet
from tests.bot.history.talks import BEGIN, talk
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeReader

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

SHIPPED = library()["winback_offer"]


class Here(Context):
    """The command line's context on the test's own application, for the first of the two shops."""

    app: FakedApp

    def shop_id(self) -> int:
        """The first shop."""
        return 1


@pytest.fixture
def passage(app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock) -> int:
    """Ana has talked, and waits at hello_again, of which the text left in the evening."""
    made = talk(app, cast, reader, clock)
    clock.move(hours=8)
    run_until_quiet(app)
    return made


def said(app: FakedApp, command: click.Command, *arguments: str) -> tuple[int, str]:
    """Exit status and output."""
    context = Here(shop=None, config=None)
    context.__dict__.update(app=app, settings=app.settings)
    done = CliRunner().invoke(command, arguments, obj=context)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def file_with(folder: Path, *changes: tuple[str, str]) -> str:
    """An edited win-back."""
    source = SHIPPED
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    path = folder / "edited.yml"
    path.write_text(source, "utf-8")
    return str(path)


@pytest.mark.usefixtures("passage")
def test_a_script_gets_exactly_these_four_figures(app: FakedApp, cast: Cast) -> None:
    status, text = said(app, replay, "--all", "--json")
    figures = json.loads(text)
    assert status == 0
    assert list(figures) == ["turns", "differences", "erased", "other_engine"]
    assert (figures["differences"], figures["erased"], figures["other_engine"]) == ([], 0, 0)
    assert said(app, replay, "+14155550101", "--json") == (0, text)
    assert said(app, replay, str(cast.ana.conversation_id))[1].endswith("turns replayed, 0 differences.\n")


def test_a_difference_is_status_1_and_shown(app: FakedApp, cast: Cast, passage: int) -> None:
    with app.database.write() as session:
        session.execute(
            update(Journal).where(Journal.enrolment_id == passage, Journal.turn == 1).values(texts=["x"])
        )
    status, text = said(app, replay, "--all", "--json")
    (difference,) = json.loads(text)["differences"]
    assert status == 1
    assert list(difference) == ["conversation", "enrolment", "turn", "then", "now"]
    assert (difference["conversation"], difference["turn"]) == (cast.ana.conversation_id, 1)
    status, words = said(app, replay, "--all")
    assert status == 1
    assert f"passage {passage}, turn 1" in words


@pytest.mark.usefixtures("passage")
def test_any_second_can_be_looked_at(app: FakedApp) -> None:
    status, words = said(app, replay, "+14155550101", "--until", "2026-11-21T20:00:11Z")
    assert status == 0
    assert "at same_again, waiting" in words
    assert "silence ends 2026-11-24 20:00:08 UTC" in words
    status, text = said(app, replay, "+14155550101", "--until", "2026-11-21 20:00:12", "--json")
    assert json.loads(text)["passages"][0]["node"] == "come_back_later"


@pytest.mark.usefixtures("passage")
def test_another_flow_stands_beside(app: FakedApp, tmp_path: Path) -> None:
    status, words = said(app, replay, "+14155550101", "--as-if", "winback_offer@1")
    assert status == 0
    assert "Not a word would have been different." in words
    path = file_with(tmp_path, ("Here's your cart", "Your cart is ready"))
    status, text = said(app, replay, "+14155550101", "--as-if", path, "--json")
    (shown,) = json.loads(text)["passages"]
    assert (status, shown["differs"]) == (0, True)


@pytest.mark.usefixtures("passage")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "say which CONVERSATION"),
        (("1", "--all"), "say which CONVERSATION"),
        (("--all", "--until", "2026-01-01"), "say which CONVERSATION"),
        (("999",), "no conversation 999"),
        (("1", "--until", "yesterday"), "write 2026-11-21T20:00:05Z"),
        (("1", "--as-if", "winback_offer@9"), "there is no winback_offer@9"),
        (("1", "--as-if", "winback_offer@x"), "write FLOW@REVISION"),
        (("1", "--as-if", f"winback_offer@{'9' * 20}"), "there is no winback_offer@999"),
        (("1", "--as-if", f"winback_offer@{'9' * 100}"), "write FLOW@REVISION"),
        (("1", "--until", "0001-01-01T00:00:00+14:00"), "no such time in UTC"),
        (("1", "--as-if", "nothing.yml"), "there is no file nothing.yml"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(app: FakedApp, arguments: tuple[str, ...], words: str) -> None:
    status, text = said(app, replay, *arguments)
    assert status == 2
    assert words in text
    assert "Traceback" not in text


def test_publishing_shows_who_is_under_way_and_leaves_them_there(
    app: FakedApp, passage: int, tmp_path: Path
) -> None:
    path = file_with(tmp_path, ("Here's your cart", "Your cart is ready"))
    status, words = said(app, flow, "publish", path, "--no-tests")
    assert status == 0
    assert "1 person under way" in words.replace("1 people", "1 person")
    assert "Only words changed" in words
    assert "winback_offer: revision 2" in words
    assert "They stay on the revision that they are in" in words
    assert said(app, flow, "publish", path, "--choose", "migrate", "--no-tests")[1].endswith(
        "1 person moved.\n"
    )
    assert json.loads(said(app, replay, "--all", "--json")[1])["differences"] == []


@pytest.mark.usefixtures("passage")
def test_rehearsing_publishes_nothing_and_its_json_is_for_a_screen(app: FakedApp, tmp_path: Path) -> None:
    path = file_with(tmp_path, ("hello_again", "see_you"))
    status, text = said(app, flow, "rehearse", path, "--json")
    shown = json.loads(text)
    assert status == 1, "somebody's node is gone"
    assert (shown["flow"], shown["from_revisions"], shown["to"]) == ("winback_offer", [1], 2)
    (row,) = shown["waiting"]
    assert (row["node"], row["people"], row["stays"], row["goes_to"], row["stranded"]) == (
        "hello_again",
        1,
        True,
        None,
        True,
    )
    assert "hello_again is gone" in said(app, flow, "rehearse", path)[1]
    assert len(json.loads(said(app, flow, "revisions", "winback_offer", "--json")[1])) == 1
    mapped = ("--map", "hello_again=see_you")
    status, text = said(app, flow, "rehearse", path, *mapped, "--choose", "migrate", "--yes", "--json")
    assert (status, json.loads(text)["done"]["moved"]) == (0, 1)
    assert json.loads(said(app, flow, "rehearse", path, "--json")[1])["waiting"] == []


@pytest.mark.usefixtures("passage")
def test_a_map_that_leads_nowhere_is_refused_in_words(app: FakedApp, tmp_path: Path) -> None:
    path = file_with(tmp_path, ("hello_again", "see_you"))
    for mapped, words in (
        ("hello_again", "write OLD=NEW"),
        ("hello_again=enough", "nobody can wait at 'enough'"),
    ):
        status, text = said(app, flow, "rehearse", path, "--map", mapped)
        assert status == 2
        assert words in text


@pytest.mark.usefixtures("passage")
def test_a_shadow_run_shows_where(app: FakedApp, tmp_path: Path) -> None:
    path = file_with(tmp_path, ("Here's your cart", "Your cart is ready"))
    status, words = said(app, flow, "shadow", path)
    assert status == 0
    assert "1 passages run again, 1 (100%) would have got another text." in words
    assert "first at same_again" in words
    shown = json.loads(said(app, flow, "shadow", path, "--limit", "0", "--json")[1])
    assert (shown["differ"], shown["where"], shown["transcripts"]) == (1, {"same_again": 1}, [])


@pytest.mark.usefixtures("passage")
def test_rolling_back_says_what_it_did(app: FakedApp, tmp_path: Path) -> None:
    assert said(app, flow, "rollback", "winback_offer")[0] == 2
    said(app, flow, "publish", file_with(tmp_path, ("Here's your cart", "Your cart is ready")), "--no-tests")
    status, words = said(app, flow, "rollback", "winback_offer")
    assert status == 0
    assert "winback_offer: revision 1 is current again (it was 2)." in words
    status, words = said(app, flow, "revisions", "winback_offer")
    assert [line.split()[0] for line in words.splitlines()] == ["2", "1"]
    assert "current" in words.splitlines()[1]


def test_another_shop_s_conversation_is_nobody_s(app: FakedApp, cast: Cast, passage: int) -> None:
    with app.database.write() as session:
        assert session.get_one(Shop, cast.other_shop_id)
    status, _ = said(app, replay, str(cast.cleo.conversation_id))
    assert status == 2
    assert passage


def test_migrating_says_by_its_status_that_somebody_was_left(
    app: FakedApp, cast: Cast, clock: StillClock, tmp_path: Path
) -> None:
    clock.set(BEGIN)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    path = file_with(tmp_path, ("hello:\n", "greeting:\n"), ("start: hello", "start: greeting"))
    status, words = said(app, flow, "rehearse", path, "--choose", "migrate", "--yes")
    assert "Left where they are" in words
    assert status == 1


@pytest.mark.usefixtures("passage")
@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        (flow, ("rollback", "winback_offer", "9" * 23), "no revision 999"),
        (rfm, ("--as-of", "9999-12-31"), "give a day from 1970-01-01"),
        (rfm, ("--as-of", "0001-01-01"), "give a day from 1970-01-01"),
        (lapsed, ("--days", "9", "--as-of", "9999-12-31"), "give a day from 1970-01-01"),
    ],
)
def test_numbers_and_days_beyond_all_bounds_are_refused_in_words(
    app: FakedApp, command: click.Command, arguments: tuple[str, ...], words: str
) -> None:
    status, text = said(app, command, *arguments)
    assert (status, words in text) == (2, True), text


def test_an_edit_may_lead_on_from_what_the_shop_has_taught(
    app: FakedApp, cast: Cast, passage: int, tmp_path: Path
) -> None:
    where = app.database.engine.url.render_as_string(hide_password=False)
    app = replace(app, settings=app.settings.model_copy(update={"database_url": where}))
    edited = file_with(tmp_path, ("reorder, yes:", "reorder, yes, gift_wrap:"))
    for command, arguments in ((shadow, [edited]), (replay, ["1", "--as-if", edited])):
        status, output = said(app, command, *arguments)
        assert (status, "`gift_wrap` is no intent" in output) == (1, True), output
    with app.database.write() as session:
        taught = [
            Example(f"can you wrap {what}", "gift_wrap", "en") for what in "it this that both some".split()
        ]
        add(session, cast.shop_id, taught, origin="file", at=app.real_now())
    for command, arguments in ((shadow, [edited]), (replay, ["1", "--as-if", edited])):
        status, output = said(app, command, *arguments)
        assert status == 0, output
