"""`winback flow new`, `chat`, `test`, `graph` and `diff`, as a merchant and a script meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.context import Context
from bot.cli.flows import flow
from flows.parser import library
from tests.flows.play.small import SMALL

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

CHAT = """\
/as reorder same again
/silence
/nonsense
/wait soon
/as coupon any code?
/undo
/dry
/as coupon any code?
/state
/as no thanks, no
/silence
/quit
"""


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """The merchant's own copy of a recipe."""
    path = tmp_path / "my.yml"
    assert said("new", "my", "--out", str(path))[0] == 0
    return path


def said(*arguments: str, typed: str | bytes = "") -> tuple[int, str]:
    """Exit status and everything printed."""
    done = CliRunner().invoke(flow, arguments, input=typed, obj=Context(shop=None, config=None))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


LONELY = SMALL.replace("nodes:\n", "nodes:\n  lonely:\n    end: never\n", 1)


def test_a_chat_that_was_piped_in_is_recorded_and_replays_green(shipped: Path) -> None:
    before = shipped.read_text("utf-8")
    status, text = said("chat", str(shipped), "--record", "haggles", typed=CHAT)
    assert status == 0, text
    for words in ("┃ Here's your cart", "1 part", "there is no /nonsense", "taken back", "no codes are left"):
        assert words in text
    after = shipped.read_text("utf-8")
    assert after.startswith(before.rstrip("\n")), "nothing but the test was added"
    assert "haggles" in after[len(before) - 1 :]
    status, text = said("test", str(shipped))
    assert (status, "passed." in text) == (0, True), text


def test_a_flow_with_errors_can_be_talked_with_and_compared(shipped: Path) -> None:
    shipped.write_text(LONELY, "utf-8")
    status, text = said("chat", str(shipped), typed="/silence\n")
    assert (status, "unreachable" in text, "can't be published" in text, "┃ Hi" in text) == (
        0,
        True,
        True,
        True,
    )
    assert said("diff", str(shipped), str(shipped))[0] == 0


def test_what_leads_nowhere_is_refused(shipped: Path) -> None:
    shipped.write_text(LONELY.replace("start: hello", "start: helo"), "utf-8")
    status, text = said("chat", str(shipped))
    assert (status, "Did you mean `hello`?" in text, "┃" in text) == (1, True, False)


def test_after_the_end_the_front_desk_answers(shipped: Path) -> None:
    status, text = said("chat", str(shipped), typed="/order\nsame again\n")
    assert status == 0
    assert "the front desk answers from here" in text
    assert "goes on in front_desk" in text


def test_a_name_is_recorded_once(shipped: Path) -> None:
    assert said("chat", str(shipped), "--record", "a", typed="/silence\n")[0] == 0
    status, text = said("chat", str(shipped), "--record", "a", typed="/silence\n")
    assert status == 2
    assert "already" in text


def test_a_chat_goes_beside_where_the_file_cannot_be_added_to(shipped: Path) -> None:
    shipped.write_text(SMALL + "tests: []\n")
    assert said("chat", str(shipped), "--record", "a", typed="/silence\n")[0] == 0
    assert shipped.read_text() == SMALL + "tests: []\n"
    assert (shipped.parent / "my.tests.yml").is_file()
    status, text = said("test", str(shipped), "--json")
    assert (status, [each["passed"] for each in json.loads(text)]) == (0, [True])


def test_what_is_no_text_at_all_is_no_traceback(shipped: Path) -> None:
    status, text = said(
        "chat", str(shipped), "--intent-only", typed=b"\xff\xfe\nyes \x00 ok\n/as\n/wait\n/handback x\n//\n"
    )
    assert status == 0, text


def test_a_failed_test_exits_with_1_and_its_line(shipped: Path) -> None:
    shipped.write_text(SMALL + "tests:\n  - test: wrong\n    steps:\n      - expects: goodbye\n")
    status, text = said("test", str(shipped))
    assert status == 1
    assert f"line {SMALL.count(chr(10)) + 4}: Expected «goodbye»" in text
    assert "1 test, 1 failed." in text


def test_a_flow_is_drawn_both_ways(shipped: Path, tmp_path: Path) -> None:
    assert said("graph", str(shipped), "--out", str(tmp_path / "a.svg"))[0] == 0
    drawn = (tmp_path / "a.svg").read_text("utf-8")
    assert drawn.startswith("<svg")
    assert "prefers-color-scheme:dark" in drawn
    assert said("graph", "winback_offer", "--format", "mermaid")[1].startswith("flowchart TD")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(library()))
def test_every_shipped_flow_can_be_drawn(name: str) -> None:
    from xml.etree import ElementTree

    status, text = said("graph", name)
    assert status == 0
    ElementTree.fromstring(text)  # noqa: S314 - our own drawing


def test_a_difference_is_told_in_words(shipped: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old.yml", tmp_path / "new.yml"
    old.write_text(SMALL)
    new.write_text(SMALL.replace("fill a cart", "fill the cart"))
    assert "[-a-] {+the+}" in said("diff", str(old), str(new))[1]
    assert "Only words changed" in said("diff", str(old), str(new))[1]


DIFFERENT = {
    # name: what is edited, only_words, only_offers, what is said of it
    "words": (("All right,", "Fine,"), True, True, "says something else"),
    "an offer": (
        ("percent: 15", "percent: 20"),
        False,
        True,
        "20% off for 6 days; before: 15% off for 6 days",
    ),
    "how long it is good": (("valid_for: 6 days", "valid_for: 5 days"), False, True, "15% off for 5 days"),
    "a wait": (
        ("after: 4 days", "after: 5 days"),
        False,
        False,
        "5 days of silence leads to quiet; before: 4 days",
    ),
    "a way": (("yes, reorder: cart", "yes: cart"), False, False, "reorder no longer leads to cart"),
    "an end": (("end: declined", "end: refused"), False, False, "ends as: refused"),
    "who enters": (("45 to", "60 to"), False, False, "lapsed"),
    "nothing": (("# my own", "# your own"), True, True, ""),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_an_edit_is_sorted_by_what_it_touches(name: str, tmp_path: Path) -> None:
    (before, after), only_words, only_offers, told = DIFFERENT[name]
    assert before in SMALL
    old, new = tmp_path / "old.yml", tmp_path / "new.yml"
    old.write_text(SMALL)
    new.write_text(SMALL.replace(before, after))
    status, text = said("diff", str(old), str(new), "--json")
    found = json.loads(text)
    assert (status, found["only_words"], found["only_offers"]) == (0, only_words, only_offers)
    assert told in " ".join(change["what"] for change in found["changes"])


def test_a_node_with_another_name_is_known_again(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yml", tmp_path / "new.yml"
    old.write_text(SMALL)
    new.write_text(SMALL.replace("bye", "farewell"))
    assert json.loads(said("diff", str(old), str(new), "--json")[1])["renamed"] == {"bye": "farewell"}


@pytest.mark.parametrize(
    "arguments",
    [("new", "winback_offer"), ("new", "My Flow"), ("new", "a", "--from", "nothing"), ("chat", "nowhere")],
)
def test_what_cannot_be_meant_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert said(*arguments)[0] == 2
