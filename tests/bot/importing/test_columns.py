"""Which column means what, guessed and told."""

from __future__ import annotations

import csv
import io

import pytest

from bot.importing.columns import MissingColumns, guess, plain
from bot.importing.synonyms import SYNONYMS, Kind
from tests.bot.importing import files


def header(text: str) -> tuple[str, ...]:
    return tuple(next(csv.reader(io.StringIO(text), delimiter=";" if text.count(";") > 5 else ",")))


def named(kind: Kind, names: tuple[str, ...], field: str) -> list[str]:
    return [names[place] for place in guess(kind, names, {}).fields.get(field, ())]


def test_shopify_customers() -> None:
    names = header(files.SHOPIFY_CUSTOMERS)
    columns = guess("customers", names, {})
    assert named("customers", names, "phone") == ["Phone", "Default Address Phone"]
    assert named("customers", names, "sms_consent") == ["Accepts SMS Marketing"]
    assert named("customers", names, "points") == ["Points Balance"]
    assert {names[place]: name for place, name in columns.attributes.items()} == {
        "Default Address City": "default_address_city",
        "Tax Exempt": "tax_exempt",
        "Tags": "file_tags",
    }
    aside = {names[place]: why for place, why in columns.aside.items()}
    assert aside["Accepts Email Marketing"] == "consent to e-mail, which is not consent to texts"
    assert aside["Default Address Address1"] == "personal, and not needed"


def test_shopify_orders_are_known_by_their_name() -> None:
    names = header(files.SHOPIFY_ORDERS)
    assert named("orders", names, "external_id") == ["Name"]
    assert named("orders", names, "phone") == ["Phone", "Billing Phone", "Shipping Phone"]
    assert named("orders", names, "status") == ["Financial Status"]
    assert named("orders", names, "total") == ["Total"]


@pytest.mark.parametrize(
    "text",
    [files.WOO_REPEATED_ROWS, files.WOO_NUMBERED_COLUMNS, files.WOO_PACKED],
    ids=["rows", "numbered", "packed"],
)
def test_woocommerce_by_any_plugin(text: str) -> None:
    columns = guess("orders", header(text), {})
    assert {"external_id", "placed_at", "total", "status", "phone"} <= set(columns.fields)


def test_case_blanks_and_punctuation_do_not_matter() -> None:
    assert {
        plain(name)
        for name in ("Billing Phone", " billing_phone ", "BILLING-PHONE", "billingPhone", "_billing_phone")
    } == {"billing phone"}


def test_a_bare_consent_column_is_not_taken_for_texts() -> None:
    columns = guess("customers", ("phone", "Consent", "Newsletter", "Email Opt-In"), {})
    assert "sms_consent" not in columns.fields
    assert len(columns.aside) == 3


def test_the_persons_word_wins_in_their_order() -> None:
    names = ("Phone", "Mobile", "Work line")
    columns = guess("customers", names, {"phone": ["work line", "Mobile"]})
    assert columns.fields["phone"] == (2, 1)
    assert columns.attributes == {0: "phone"}


def test_an_empty_word_switches_a_guess_off() -> None:
    columns = guess("customers", ("Phone", "SMS Consent"), {"sms_consent": [""]})
    assert columns.fields["sms_consent"] == ()


def test_what_is_missing_is_said_with_the_header_and_the_remedy() -> None:
    with pytest.raises(MissingColumns) as told:
        guess("orders", ("Ref", "When", "Total"), {})
    assert "no column found for external_id; placed_at; phone or email or customer_id" in str(told.value)
    assert "«Ref», «When», «Total»" in str(told.value)
    assert '--map external_id="Column name"' in str(told.value)


@pytest.mark.parametrize("chosen", [{"phone": ["Fone"]}, {"fone": ["Phone"]}])
def test_a_wrong_map_is_refused(chosen: dict[str, list[str]]) -> None:
    with pytest.raises(MissingColumns):
        guess("customers", ("Phone",), chosen)


@pytest.mark.parametrize("kind", list(SYNONYMS))
def test_the_table_is_written_as_headers_are_compared(kind: Kind) -> None:
    for field, synonyms in SYNONYMS[kind].items():
        assert len(set(synonyms)) == len(synonyms), field
        for word in synonyms:
            assert plain(word) == word
