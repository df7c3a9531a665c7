"""Catalogues: the same product under whichever id the orders know it, and what a file may say of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.db import Database
from bot.importing.trial import try_import
from bot.models import Product
from tests.bot.importing.conftest import Desk
from tests.bot.importing.files import WOO_REPEATED_ROWS

SHOPIFY_PRODUCTS = """\
Handle,Title,Variant SKU,Variant Price,Status,Image Src
morning-blend,Morning Blend,MB-12,15.50,active,https://cdn.example/1.jpg
morning-blend,,MB-24,27.00,active,
morning-blend,,,,,https://cdn.example/2.jpg
old-roast,Old Roast,OR-12,14.00,archived,
"""


def products(database: Database) -> dict[str, dict[str, Any]]:
    """What is known of each, by id."""
    with database.read() as session:
        rows = session.scalars(select(Product).order_by(Product.id)).all()
        names = ("name", "text_name", "price_cents", "days_of_use", "private", "retired", "kind")
        return {row.external_id: {name: getattr(row, name) for name in names} for row in rows}


def test_a_shopify_catalogue_has_a_product_for_each_variant_and_none_for_a_picture(desk: Desk) -> None:
    outcome = desk.importing("products", SHOPIFY_PRODUCTS)
    assert (outcome.counts.created, outcome.counts.rejected) == (3, 0)
    found = products(desk.database)
    assert found["MB-24"]["name"] == "Morning Blend"
    assert found["MB-24"]["price_cents"] == 2700
    assert [name for name, row in found.items() if row["retired"]] == ["OR-12"]


def test_what_an_order_named_first_is_mended_and_not_made_again(desk: Desk) -> None:
    """The order knows it by its SKU; the catalogue has an id, too."""
    desk.importing("orders", WOO_REPEATED_ROWS)
    text = "ID,SKU,Name,Regular price,Days of use,Short name,Private\n12,DR,Dark Roast 12 oz,10.50,21,Dark Roast,yes\n"
    outcome = desk.importing("products", text)
    assert (outcome.counts.created, outcome.counts.updated) == (0, 1)
    found = products(desk.database)
    assert "12" not in found
    assert found["DR"] == {
        "name": "Dark Roast 12 oz",
        "text_name": "Dark Roast",
        "price_cents": 1050,
        "days_of_use": 21,
        "private": True,
        "retired": False,
        "kind": "product",
    }


def test_a_blank_cell_leaves_what_is_stored_and_the_same_file_changes_nothing(desk: Desk) -> None:
    desk.importing("products", "id,name,days of use\nA,Tea,30\n")
    again = desk.importing("products", "id,name,days of use\nA,,\n")
    assert (again.counts.unchanged, again.counts.rejected) == (1, 0)
    assert products(desk.database)["A"]["days_of_use"] == 30
    assert products(desk.database)["A"]["name"] == "Tea"


def test_a_file_of_days_alone_is_enough_for_known_products(desk: Desk) -> None:
    desk.importing("products", "id,name\nA,Tea\nB,Cups\n")
    outcome = desk.importing("products", "id,days of use\nA,30\nC,9\n")
    assert (outcome.counts.updated, outcome.counts.reasons) == (1, {"no_name": 1})


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",,,,", "no_id"),
        ("A,Tea,abc,,", "bad_amount"),
        ("A,Tea,-3,,", "bad_amount"),
        ("A,Tea,,0,", "bad_days"),
        ("A,Tea,,soon,", "bad_days"),
        ("A,Tea,,9999,", "bad_days"),
        ("A,Tea,,,A name that no text has room for", "too_long"),
    ],
)
def test_a_row_that_cannot_be_meant_is_left_out_with_its_reason(
    quick_desk: Desk, row: str, code: str
) -> None:
    outcome = quick_desk.importing("products", f"id,name,price,days of use,short name\n{row}\nB,Cups,1,1,c\n")
    assert outcome.counts.reasons == ({code: 1} if row != ",,,," else {})  # a blank line is no row
    assert "B" in products(quick_desk.database)


def test_shipping_and_gift_cards_of_a_catalogue_are_no_products_to_name(quick_desk: Desk) -> None:
    quick_desk.importing("products", "id,name\n1,Gift card $25\n2,Shipping protection\n3,Tea\n")
    assert [row["kind"] for row in products(quick_desk.database).values()] == [
        "gift_card",
        "shipping",
        "product",
    ]


def test_a_dry_run_shows_the_products_and_writes_none(quick_desk: Desk) -> None:
    trial = try_import(quick_desk.plan("products", SHOPIFY_PRODUCTS))
    assert (trial.taken, trial.rejected) == (3, 0)
    assert products(quick_desk.database) == {}
