"""`winback shop fact`: what the shop answers, listed, changed and taken back."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.cli.audience import coupons
from bot.conversations.snapshot import facts_of
from bot.conversations.subjects import subject_of
from bot.models import Audit, Conversation, Coupon
from tests.bot.cli.test_shop import Here, said
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp

REVIEW = '"Best coffee in town" - Nora P.'


def test_a_fact_that_is_set_can_be_said_by_the_next_text(app: FakedApp, cast: Cast) -> None:
    assert (
        said(app, "fact", "review", REVIEW, "--asked-as", "any  reviews", "--asked-as", "is it good")[0] == 0
    )
    assert said(app, "fact", "review", "«El mejor café» - Nora P.", "--language", "es")[0] == 0
    with app.database.read() as session:
        ana = subject_of(session, session.get_one(Conversation, cast.ana.conversation_id))
        facts = facts_of(session, app.keys, "https://l.example", ana, enrolment_id=1, turn=1, now=NOW)
        assert facts.shop.answers["review"] == REVIEW
        actions = session.scalars(select(Audit.action)).all()
        assert actions.count("fact changed") == 2
    listed = json.loads(said(app, "facts", "--json")[1])
    assert [(each["key"], each["language"]) for each in listed] == [
        ("review", "en"),
        ("review", "es"),
        ("shipping", "en"),
    ]
    assert listed[0]["asked_as"] == ["any reviews", "is it good"]


def test_other_words_leave_the_questions_as_they_are(app: FakedApp, cast: Cast) -> None:
    said(app, "fact", "review", REVIEW, "--asked-as", "any reviews")
    said(app, "fact", "review", "Nora likes it.")
    assert said(app, "facts")[1].startswith("review (en): Nora likes it.\n      any reviews\n")


def test_a_fact_is_taken_back_in_one_language_or_in_all(app: FakedApp, cast: Cast) -> None:
    said(app, "fact", "review", REVIEW)
    said(app, "fact", "review", "Muy bueno.", "--language", "es")
    assert said(app, "forget-fact", "review", "--language", "es")[0] == 0
    assert "review (en)" in said(app, "facts")[1]
    assert said(app, "forget-fact", "review")[0] == 0
    assert said(app, "forget-fact", "review")[0] == 2
    assert "review" not in said(app, "facts")[1]


@pytest.mark.parametrize(
    "arguments", [("Review", "x"), ("re view", "x"), ("review", "  "), ("review", "x" * 601)]
)
def test_what_cannot_be_a_fact_is_said(app: FakedApp, cast: Cast, arguments: tuple[str, str]) -> None:
    status, output = said(app, "fact", *arguments)
    assert status == 2
    assert "Error" in output


def add(app: FakedApp, *arguments: str) -> Result:
    """`winback coupons add ...`."""
    context = Here(shop="juniper", config=None)
    context.__dict__.update(app=app, settings=app.settings)
    return CliRunner().invoke(coupons, ["add", *arguments], obj=context)


@pytest.mark.parametrize(
    ("pool", "worth"),
    [
        ("free-shipping", ["--free-shipping"]),
        ("gift-sku-1", ["--gift", "sku-1"]),
        ("points-200", ["--points", "200"]),
        ("amount-750", ["--amount", "7.50"]),
        ("of_my_own", ["--percent", "25"]),
    ],
)
def test_codes_of_every_kind_go_into_their_pool(
    app: FakedApp, cast: Cast, pool: str, worth: list[str]
) -> None:
    done = add(app, pool, *worth, "--make", "2")
    assert done.exit_code == 0, done.output
    with app.database.read() as session:
        row = session.scalars(select(Coupon).where(Coupon.pool == pool)).first()
        assert row is not None
        told = (row.percent, row.amount_cents, row.free_shipping, row.gift, row.points)
        assert sum(map(bool, told)) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("p", "--make", "2"),
        ("p", "--free-shipping", "--points", "5", "--make", "2"),
        ("free-shipping", "--percent", "10", "--make", "2"),
        ("points-100", "--points", "200", "--make", "2"),
        ("gift-mug", "--gift", "cup", "--make", "2"),
        ("amount-5", "--amount", "5", "--make", "2"),
    ],
)
def test_a_pool_does_not_hold_other_codes_than_its_name_says(
    app: FakedApp, cast: Cast, arguments: tuple[str, ...]
) -> None:
    assert add(app, *arguments).exit_code == 2
