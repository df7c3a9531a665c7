"""What a reading says of the products of the last order, whatever the model thought of the text."""

from __future__ import annotations

from datetime import date

import pytest

from nlu.interpretation import Interpretation
from nlu.normalise import normalise
from nlu.products import Product
from nlu.reader import embedded_reader
from nlu.slots import details, picking

ORDER = (
    Product("1", ("Midnight Dark Roast 12 oz", "Dark Roast")),
    Product("2", ("Swiss Water Decaf (descafeinado)", "Decaf")),
    Product("3", ("Paper Filters", "Filters")),
)


def _read_as(intent: str, **changes: object) -> Interpretation:
    plain: dict[str, object] = {
        "confidence": 0.6, "understood": True, "ranking": ((intent, 0.6),), "also": None, "mood": "neutral", "language": None,
        "slots": {}, "why": (), "model": "fake",
    }  # fmt: skip
    return Interpretation(intent=intent, **(plain | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("just the dark one", "1"),
        ("2 bags of the dark", "1:2"),
        ("the dark roast and the filters", "1,3"),
        ("2 of the dark and one bag of decaf", "1:2,2:1"),
        ("same but no filters, 2 bags of decaf", "2:2"),
        ("same again", None),
    ],
)
def test_an_order_names_its_products_and_how_many(text: str, product: str | None) -> None:
    assert picking(_read_as("reorder"), text, ORDER).slots.get("product") == product


@pytest.mark.parametrize("intent", ["churn_reason", "smalltalk", "other", "no"])
@pytest.mark.parametrize("text", ["solo el descafeinado", "todo menos los filtros", "just the decaf please"])
def test_a_text_that_only_picks_is_the_wish_to_order(intent: str, text: str) -> None:
    found = picking(_read_as(intent, understood=False), text, ORDER)
    assert (found.intent, found.understood) == ("reorder", True)


@pytest.mark.parametrize(
    "text",
    ["no filters", "the decaf was stale", "is it just the decaf?", "I only drink tea, the decaf was a gift", "just the dark and stormy weather"],
)  # fmt: skip
def test_a_text_that_says_more_stays_what_it_was(text: str) -> None:
    assert picking(_read_as("churn_reason"), text, ORDER) == _read_as("churn_reason")


@pytest.mark.parametrize("opt_out", ["held", "opted_out"])
def test_nothing_is_picked_out_of_what_may_be_an_opt_out(opt_out: str) -> None:
    read = _read_as("stop", opt_out=opt_out)
    assert picking(read, "just the decaf", ORDER) == read


def test_a_complaint_picks_nothing() -> None:
    read = _read_as("reorder", slots={"asks": "trouble"})
    assert picking(read, "just the decaf", ORDER) == read


def test_an_order_of_one_product_has_nothing_to_pick_from() -> None:
    assert "product" not in picking(_read_as("reorder"), "just the dark one", ORDER[:1]).slots


def test_each_intent_has_its_own_details() -> None:
    today = date(2026, 11, 21)
    assert details("later", normalise("in 2 weeks"), today) == {"later_until": "2026-12-05"}
    assert details("reorder", normalise("2 bags, 20% off"), today) == {"quantity": 2, "percent": 20}
    assert details("churn_reason", normalise("2 bags in 2 weeks"), today) == {}


def test_the_shipped_reader_gives_them() -> None:
    read = embedded_reader(sure=0.55, unsure=0.30).read("2 bags of the dark please", today=date(2026, 11, 21))
    assert picking(read, "2 bags of the dark please", ORDER).slots == {"quantity": 2, "product": "1:2"}
