"""What the merchant is told of a flow's words when it is checked and published."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.compliance.content import own
from bot.compliance.publishing import content_problems
from bot.db import Database
from bot.flows_store import publish
from bot.models import Product, Shop
from tests.bot.compliance.sendfacts import NOON
from tests.flows.test_checks import GOOD
from tests.support.cast import Cast

OURS = own(("https://juniper.example",), ("bourbon",))


def say(words: str) -> str:
    return GOOD.replace('"Here: {{ link.reorder }}"', f'"{words}"')


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("See bit.ly/x", ("shortener", "error")),
        ("See https://juniper.example/x and {{ shop.site }}/y", None),
        ("See https://elsewhere.example/x", ("foreign-link", "error")),
        ("See https://{{ shop.site }}/x", None),
        ("Bourbon again?", None),
        ("Free wine with it", ("content-word", "warning")),
    ],
)
def test_r125_r126_links_and_words_are_named_at_their_line(words: str, found: tuple[str, str] | None) -> None:
    problems = content_problems(say(words), "small.yml", OURS)
    assert [(each.code, each.severity, each.line) for each in problems] == ([(*found, 14)] if found else [])


def test_without_a_shop_a_link_may_be_its_own_for_all_we_know() -> None:
    problems = content_problems(say("See https://elsewhere.example/x"), "small.yml")
    assert [(each.code, each.severity) for each in problems] == [("foreign-link", "warning")]


@pytest.mark.parametrize("source", ["", "nodes: 7", "nodes: { a: 5, b: { say: [7, { en: [x] }] } }", "- a"])
def test_rubbish_has_other_problems(source: str) -> None:
    assert content_problems(source, "x.yml") == []


def test_what_is_refused_is_not_published(db: Database, cast: Cast) -> None:
    with db.write() as session:
        done, problems = publish(
            session, cast.shop_id, say("See bit.ly/x"), file="x.yml", by="test", now=NOON
        )
    assert done is None
    assert [each.code for each in problems] == ["shortener"]


def test_r126_product_names_are_looked_at_where_the_flow_says_them(db: Database, cast: Cast) -> None:
    source = say("{{ last_order.product | default: 'yours' }} again: {{ link.reorder }}")
    with db.write() as session:
        session.execute(update(Product).where(Product.shop_id == cast.shop_id).values(name="Bourbon Santos"))
        session.execute(update(Product).where(Product.shop_id == cast.shop_id).values(text_name=None))
        done, problems = publish(session, cast.shop_id, source, file="x.yml", by="test", now=NOON)
        assert done is not None
        assert [(each.code, each.severity) for each in problems] == [("content-word", "warning")]
        assert "«Bourbon Santos» (bourbon)" in problems[0].message
        shop = session.get_one(Shop, cast.shop_id)
        shop.settings = {**shop.settings, "words_looked_at": ["bourbon"]}
        assert publish(session, cast.shop_id, source, file="x.yml", by="test", now=NOON)[1] == []
