"""`winback gate explain`, as a script reads it and as a person does. 2026-11-24 is a Tuesday."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from bot.cli import main
from bot.cli.context import Context
from bot.cli.gate import gate
from bot.compliance.rules import RULES
from bot.models import Shop
from tests.support.cast import Cast
from tests.support.fakes import FakedApp

NOON, NIGHT = "2026-11-24T12:00-05:00", "2026-11-24T03:00-05:00"
MORNING = "2026-11-24T14:00:00+00:00"
NY, TOLL_FREE, TORONTO, NASSAU = "+12125550123", "+18005550123", "+14165550123", "+12425550123"


def explain(*words: str) -> Result:
    """The command as anybody calls it, with a database that nobody could reach."""
    unreachable = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    return CliRunner().invoke(main, ["gate", "explain", *words], env=unreachable)


def asked(phone: str, at: str, kind: str, *words: str) -> dict[str, Any]:
    done = explain("--phone", phone, "--at", at, "--kind", kind, "--json", *words)
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    ("decision", "rule", "question"),
    [
        pytest.param("allow", None, (NY, NOON, "marketing"), id="noon on a Tuesday"),
        pytest.param("defer", "hours", (NY, NIGHT, "marketing"), id="R23 at night"),
        pytest.param("allow", None, (NY, NIGHT, "answer"), id="R44 an answer at night"),
        pytest.param("defer", "hours", (NY, NIGHT, "answer", "--inbound-minutes-ago", "11"), id="R44 too late to be an answer"),
        pytest.param("defer", "hours", (NY, NIGHT, "staff"), id="R128 staff at night"),
        pytest.param("allow", None, (NY, NIGHT, "staff", "--inbound-minutes-ago", "15"), id="staff answer"),
        pytest.param("allow", None, (NY, NIGHT, "compliance"), id="R43 help at night"),
        pytest.param("allow", None, (NY, NIGHT, "compliance", "--suppressed"), id="R43 the confirmation of a stop"),
        pytest.param("deny", "confirmation", (NY, NIGHT, "compliance", "--suppressed", "--inbound-minutes-ago", "6"), id="R5 too late to confirm"),
        pytest.param("deny", "suppression", (NY, NOON, "marketing", "--suppressed"), id="R1 marketing after a stop"),
        pytest.param("deny", "suppression", (NY, NOON, "answer", "--suppressed"), id="R62 an answer after a stop"),
        pytest.param("deny", "suppression", (NY, NOON, "staff", "--suppressed"), id="R128 staff after a stop"),
        pytest.param("deny", "consent", (NY, NOON, "marketing", "--consent", "none"), id="R20 no consent"),
        pytest.param("deny", "consent", (NY, NOON, "marketing", "--consent", "express"), id="R20 express is not written"),
        pytest.param("deny", "consent", (NY, NOON, "marketing", "--consent", "implied"), id="R20 a purchase is no consent"),
        pytest.param("allow", None, (NY, NOON, "answer", "--consent", "none"), id="an answer needs none"),
        pytest.param("allow", None, (TORONTO, NOON, "marketing", "--consent", "implied"), id="R155 implied in Canada"),
        pytest.param("allow", None, (TORONTO, NOON, "marketing", "--consent", "implied", "--last-order", "2024-12-01"), id="R155 within 24 months"),
        pytest.param("deny", "consent", (TORONTO, NOON, "marketing", "--consent", "implied", "--last-order", "2024-11-20"), id="R155 after 24 months"),
        pytest.param("allow", None, (TORONTO, NOON, "marketing", "--last-order", "2015-01-01"), id="R155 written consent does not age"),
        pytest.param("defer", "cap.day", (NY, NOON, "marketing", "--texts-24h", "1"), id="goodwill: one a day"),
        pytest.param("defer", "cap.law", (NY, NOON, "staff", "--texts-24h", "3"), id="R42 three a day"),
        pytest.param("allow", None, (NY, NOON, "answer", "--texts-24h", "9"), id="an answer is not counted"),
        pytest.param("deny", "hours", (TOLL_FREE, NOON, "marketing"), id="R48 toll-free"),
        pytest.param("allow", None, (TOLL_FREE, NOON, "marketing", "--zip", "10001"), id="R27 a ZIP helps"),
        pytest.param("allow", None, (TOLL_FREE, NOON, "marketing", "--timezone", "America/New_York"), id="R48 so does a zone"),
        pytest.param("defer", "hours", (NY, "2026-11-24T08:30-08:00", "marketing", "--zip", "94105"), id="R27 the ZIP counts, not the area code"),
        pytest.param("defer", "hours", ("+18505550123", "2026-11-24T08:30-05:00", "marketing"), id="R47 07:30 in Pensacola"),
        pytest.param("deny", "country", (NASSAU, NOON, "answer"), id="R156 no profile"),
    ],
)  # fmt: skip
def test_the_answer(decision: str, rule: str | None, question: tuple[str, ...]) -> None:
    answer = asked(*question)
    assert answer["decision"] == decision, answer
    against = [each["id"] for each in answer["rules"] if each["verdict"] == decision != "allow"]
    assert (rule in against) if rule else not against


def test_the_form_is_what_scripts_rely_on() -> None:
    answer = asked("+18505550123", NIGHT, "marketing")
    assert set(answer) == {"decision", "until", "rules", "zones"}
    assert answer["zones"] == ["America/Chicago", "America/New_York"]
    assert all(set(each) == {"id", "verdict", "why"} for each in answer["rules"])
    assert len(answer["rules"]) == len(RULES)
    assert asked(NY, NOON, "marketing")["until"] is None
    assert asked(TOLL_FREE, NOON, "marketing")["zones"] == []


@pytest.mark.parametrize("at", [NIGHT, "2026-11-24T08:00:00Z", "2026-11-24T08:00", "2026-11-24 08:00"])
def test_a_time_without_an_offset_is_utc_and_until_always_is(at: str) -> None:
    assert asked(NY, at, "marketing")["until"] == MORNING


def test_every_supposed_customer_is_won_back_at_noon() -> None:
    """Whatever facts the gate weighs by now, the one that is asked about has the good ones."""
    for kind in ("marketing", "answer", "staff", "compliance"):
        assert asked(NY, NOON, kind)["decision"] == "allow"


def test_a_person_reads_the_sentence_first() -> None:
    words = explain("--phone", NY, "--at", NIGHT, "--kind", "marketing").output
    assert words.startswith(
        "Put off until 2026-11-24 14:00 UTC (Tue 09:00 in America/New_York), by the rule hours:"
    )
    assert "it is Tue 03:00 in America/New_York" in words
    assert "cap.law" in words
    late = explain("--phone", NY, "--at", NOON, "--kind", "answer", "--inbound-minutes-ago", "30").output
    assert "It counts as marketing" in late
    lost = explain("--phone", TOLL_FREE, "--at", NOON, "--kind", "marketing").output
    assert lost.startswith("Denied, by the rule hours:")
    assert "nobody knows" in lost


@pytest.mark.parametrize(
    ("phone", "at", "more"),
    [
        pytest.param("banana", NOON, (), id="no phone"),
        pytest.param("12", NOON, (), id="a phone of two digits"),
        pytest.param("+491", NOON, (), id="a German stub"),
        pytest.param("", NOON, (), id="an empty phone"),
        pytest.param(NY, "yesterday", (), id="no time"),
        pytest.param(NY, "2026-02-30", (), id="no such day"),
        pytest.param(NY, "0001-01-01", (), id="a year without zones"),
        pytest.param(NY, "9999-12-31T23:59", (), id="the last year"),
        pytest.param(NY, NOON, ("--timezone", "Mars/Olympus"), id="no zone"),
        pytest.param(NY, NOON, ("--timezone", "../etc/passwd"), id="a file for a zone"),
        pytest.param(NY, NOON, ("--texts-24h", "-1"), id="a negative number"),
        pytest.param(NY, NOON, ("--consent", "verbal"), id="no such consent"),
    ],
)
def test_a_bad_question_is_one_sentence_and_status_2(phone: str, at: str, more: tuple[str, ...]) -> None:
    done = explain("--phone", phone, "--at", at, "--kind", "marketing", *more)
    assert done.exit_code == 2
    assert done.output.count("Error: ") == 1
    assert isinstance(done.exception, SystemExit)


def test_a_zip_that_is_none_changes_nothing() -> None:
    assert asked(NY, NIGHT, "marketing", "--zip", "banana")["until"] == MORNING


class Here(Context):
    """The command line's context on the test's own application."""

    app: FakedApp


def test_with_a_shop_its_own_limits_count(app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(settings={"marketing_per_day": 2}))
        slug = session.get_one(Shop, cast.shop_id).slug
    question = ["explain", "--phone", NY, "--at", NOON, "--kind", "marketing", "--texts-24h", "1", "--json"]
    answers = []
    for shop in (slug, None):
        context = Here(shop=shop, config=None)
        context.__dict__.update(app=app, settings=app.settings)
        answers.append(json.loads(CliRunner().invoke(gate, question, obj=context).stdout)["decision"])
    assert answers == ["allow", "defer"]
    context = Here(shop="nobody", config=None)
    context.__dict__.update(app=app, settings=app.settings)
    assert CliRunner().invoke(gate, question, obj=context).exit_code == 2


def test_until_is_an_instant_that_any_language_reads() -> None:
    assert datetime.fromisoformat(asked(NY, NIGHT, "marketing")["until"]).tzinfo is not None
