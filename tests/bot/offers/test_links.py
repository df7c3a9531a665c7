"""Where a flow's own links lead: one product, or a page, each with the code and the gift that it brings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.conversations.snapshot import facts_of
from bot.db import Database
from bot.keys import Keys
from bot.models import Coupon, Link, Product
from bot.offers.links import keep_links
from flows.definition import LinkTo
from tests.bot.offers.conftest import passage, subject
from tests.support.cast import Cast
from tests.support.clock import NOW

PRODUCT, CHOOSE = LinkTo("product", ("sku-1",)), LinkTo("choose", ("sku-1", "mug"))
SITE = "https://juniper.example"


def kept(database: Database, keys: Keys, cast: Cast, link: LinkTo, times: int = 1) -> tuple[str, str, Any]:
    """Purpose, target and products of the one row that a text with this link leaves."""
    with database.write() as session:
        ana = subject(session, cast.ana)
        its = passage(session, cast.ana).id
        facts = facts_of(
            session, keys, "https://l.example", ana, enrolment_id=its, turn=1, now=NOW, links=(link.key,)
        )
        for _ in range(times):
            keep_links(session, ana, its, 1, f"Look: {facts.link.to[link.key]}", facts.link, NOW)
    with database.read() as session:
        row = session.scalars(select(Link)).one()
        return row.purpose, row.target, row.products


def hold(database: Database, cast: Cast, **worth: Any) -> None:
    """Ana holds BACK15-000, of another kind if told so."""
    values = {"status": "live", "customer_id": cast.ana.customer_id, "ends_at": NOW + timedelta(days=2)}
    with database.write() as session:
        session.execute(update(Coupon).where(Coupon.code == "BACK15-000").values(**values, **worth))


@pytest.mark.parametrize(
    ("worth", "target"),
    [
        (None, f"{SITE}/cart/?products=sku-1%3A1"),
        ({}, f"{SITE}/cart/?products=sku-1%3A1&coupon=BACK15-000"),
        ({"percent": None, "gift": "mug"}, f"{SITE}/cart/?products=sku-1%3A1%2Cmug%3A1&coupon=BACK15-000"),
    ],
)
def test_a_link_to_a_product_is_a_cart_with_it_the_code_and_the_gift(
    db: Database, cast: Cast, keys: Keys, worth: dict[str, Any] | None, target: str
) -> None:
    if worth is not None:
        hold(db, cast, **worth)
    assert kept(db, keys, cast, PRODUCT) == ("product", target, ["sku-1"])


def test_a_product_that_is_sold_no_more_leads_to_the_shop(db: Database, cast: Cast, keys: Keys) -> None:
    with db.write() as session:
        session.execute(update(Product).where(Product.id == cast.product_id).values(retired=True))
    assert kept(db, keys, cast, PRODUCT) == ("product", SITE, ["sku-1"])


def test_a_product_that_no_order_has_named_yet_is_left_to_the_shops_cart(
    db: Database, cast: Cast, keys: Keys
) -> None:
    target = f"{SITE}/cart/?products=8812%3A1"
    assert kept(db, keys, cast, LinkTo("product", ("8812",))) == ("product", target, ["8812"])


def test_a_link_to_choose_keeps_what_there_is_to_choose_from_and_a_turn_done_again_keeps_it_once(
    db: Database, cast: Cast, keys: Keys
) -> None:
    assert kept(db, keys, cast, CHOOSE, times=2) == ("choose", SITE, ["sku-1", "mug"])
