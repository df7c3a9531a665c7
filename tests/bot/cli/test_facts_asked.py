"""`winback facts`: listed, tried, checked, carried in a file; and what customers asked in vain, answered or dismissed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select

from bot.cli.facts_asked import facts
from bot.models import Audit, ShopFact
from bot.teaching import questions
from bot.teaching.questions import Unanswered
from tests.bot.cli.test_shop import Here
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp

FILE = """\
returns:
  answer: Send it back within 30 days.
  asked_as:
    - can i send it back
    - can i  send it back
hours: {answer: 9 to 5.}
"""


def said(app: FakedApp, *arguments: str) -> tuple[int, str]:
    """Exit status and output of `winback facts ...`, in Ana's shop."""
    context = Here(shop="juniper", config=None)
    context.__dict__.update(app=app, settings=app.settings)
    done = CliRunner().invoke(facts, arguments, obj=context)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def write(tmp_path: Path, text: str) -> str:
    """A file with this in it."""
    path = tmp_path / "facts.yml"
    path.write_text(text)
    return str(path)


def asked(app: FakedApp, cast: Cast, text: str, times: int = 1) -> int:
    """The number of a question that was asked so often."""
    with app.database.write() as session:
        for row in range(times):
            each = Unanswered(row, cast.shop_id, cast.ana.customer_id, "en", text, None)
            questions.count(session, [each], NOW)
        return next(each.id for each in questions.asked_for(session, cast.shop_id, at_least=1))


def test_a_file_is_taken_as_a_whole_and_comes_out_as_it_went_in(
    app: FakedApp, cast: Cast, tmp_path: Path
) -> None:
    assert said(app, "import", write(tmp_path, FILE)) == (0, "2 facts taken (en)\n")
    status, exported = said(app, "export")
    assert status == 0
    assert "  answer: Send it back within 30 days.\n  asked_as:\n  - can i send it back\n" in exported
    assert exported.count("can i send it back") == 1
    assert said(app, "import", write(tmp_path, exported))[1] == "3 facts taken (en)\n"
    assert said(app, "export")[1] == exported
    assert said(app, "export", "--language", "es")[1].strip() == "{}"
    listed = json.loads(said(app, "list", "--json")[1])
    assert [each["key"] for each in listed] == ["hours", "returns", "shipping"]
    with app.database.read() as session:
        assert "2 facts (en) imported" in str(session.scalars(select(Audit.details)).all())


def test_a_fact_without_asked_as_keeps_its_wordings(app: FakedApp, cast: Cast, tmp_path: Path) -> None:
    said(app, "import", write(tmp_path, FILE))
    said(app, "import", write(tmp_path, "returns: {answer: Within 60 days.}"))
    assert "can i send it back" in said(app, "list")[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", ["is no YAML", "nothing was taken"]),
        ("", ["write each fact as KEY"]),
        ("just words", ["write each fact as KEY"]),
        ("Bad Key: {answer: x}\nb: {answer: ''}\nc: x", ["Bad Key: a key", "b: an answer", "c: an answer"]),
        ("a: {answer: x, asked_as: how long}", ["each behind a dash"]),
        ("a: {answer: x, asked: [how long]}", ["asked is nothing that a fact has"]),
    ],
)
def test_a_file_with_mistakes_says_all_of_them_and_nothing_is_taken(
    app: FakedApp, cast: Cast, tmp_path: Path, text: str, words: list[str]
) -> None:
    status, output = said(
        app, "import", write(tmp_path, "good: {answer: x}\n" + text if ":" in text else text)
    )
    assert status == 1
    for each in words:
        assert each in output
    assert "good" not in said(app, "list")[1]


def test_a_question_is_tried_in_its_language_and_says_what_it_would_say(app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        session.add(
            ShopFact(
                shop_id=cast.shop_id,
                key="wraps",
                language="es",
                answer="Sí, gratis.",
                asked_as="¿envuelven para regalo?",
            )
        )
    status, output = said(app, "ask", "¿envuelven para regalo?")
    assert (status, "says      Sí, gratis." in output) == (0, True), output
    english = json.loads(said(app, "ask", "can you wrap it?", "--json")[1])
    assert "wraps" not in {each["key"] for each in english["nearest"]}
    assert english["fact"] is None


def test_a_shop_without_facts_is_told_how_to_add_one(app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        session.execute(delete(ShopFact))
    for command in (("ask", "do you ship?"), ("check",)):
        status, output = said(app, *command)
        assert status == 0
        assert "winback facts import FILE" in output


def test_two_facts_that_nobody_can_tell_apart_are_named(app: FakedApp, cast: Cast, tmp_path: Path) -> None:
    assert said(app, "check") == (0, "1 fact, each told from the others\n")
    twin = "one: {answer: It takes a week., asked_as: [do you gift wrap]}\ntwo: {answer: do you gift wrap}"
    said(app, "import", write(tmp_path, twin))
    status, output = said(app, "check")
    assert status == 1
    assert "«do you gift wrap» is nearer to" in output


def test_what_was_asked_in_vain_is_listed_from_the_third_time_and_answered(app: FakedApp, cast: Cast) -> None:
    number = asked(app, cast, "any gift cards", times=2)
    assert said(app, "asked")[1] == "Nothing was asked three times; --all lists the rest.\n"
    assert "2 times (en)  any gift cards" in said(app, "asked", "--all")[1]
    asked(app, cast, "any gift cards")
    [row] = json.loads(said(app, "asked", "--json")[1])
    assert (row["id"], row["count"], row["text"]) == (number, 3, "any gift cards")
    status, output = said(app, "save", str(number), "--key", "gift_cards")
    assert (status, "give it an --answer" in output) == (2, True)
    assert said(app, "save", str(number), "--key", "gift_cards", "--answer", "We  do.")[0] == 0
    assert "gift_cards (en): We do.\n      any gift cards" in said(app, "list")[1]
    assert said(app, "asked", "--all")[1] == "Nothing is missing.\n"
    assert said(app, "save", str(number), "--key", "gift_cards", "--answer", "x")[0] == 2


def test_a_fact_that_is_there_answers_one_more_question(app: FakedApp, cast: Cast) -> None:
    number = asked(app, cast, "is it quick")
    before = json.loads(said(app, "list", "--json")[1])[0]["answer"]
    assert said(app, "save", str(number), "--key", "shipping") == (0, f"shipping: {before}\n")


def test_a_dismissed_question_is_gone_and_a_wrong_key_is_refused(app: FakedApp, cast: Cast) -> None:
    number = asked(app, cast, "are you hiring")
    assert said(app, "save", str(number), "--key", "No Key", "--answer", "x")[0] == 2
    assert said(app, "dismiss", str(number)) == (0, f"{number}: dismissed\n")
    assert said(app, "dismiss", str(number))[0] == 2
    assert said(app, "asked", "--all")[1] == "Nothing is missing.\n"
