"""What stands against a text's words: foreign links, public shorteners, words that carriers refuse."""

from __future__ import annotations

import pytest

from bot.compliance.content import findings, own
from bot.compliance.gate import Allow, Deny, may_send
from tests.bot.compliance.sendfacts import MARKETING, NOON, answer, but, compliance, staff

SHOP = own(("https://www.tern-and-tide.example/", "http://127.0.0.1:8080", "blog.tern.example"), ("Bourbon",))


def against(body: str) -> list[str]:
    """What is found, in words."""
    return [str(each) for each in findings(body, SHOP)]


@pytest.mark.parametrize(
    "body",
    [
        "Here's your cart: http://127.0.0.1:8080/l/7gk2mPq4x",
        "See https://tern-and-tide.example/returns, or HTTPS://WWW.Tern-and-Tide.example",
        "shop.tern-and-tide.example/x and blog.tern.example.",
        "Mail hello@elsewhere.com for help",
        "Thanks.Me too. 3.5 oz, 10.30am, v1.2/3 and/or",
        "Bourbon Santos again?",
        "A double shot, a pot of tea, the grass is green",
        "",
    ],
)
def test_the_shops_own_links_and_harmless_words_are_let_through(body: str) -> None:
    assert against(body) == []


@pytest.mark.parametrize(
    ("body", "host"),
    [
        ("Get it: https://bit.ly/3abc", "bit.ly"),
        ("Get it at bit.ly/3abc now", "bit.ly"),
        ("TinyURL.com/y7", "tinyurl.com"),
        ("http:bit.ly/q", "bit.ly"),
        ("https://tern-and-tide.example@bit.ly/x", "bit.ly"),
        ("https://www.t.co:443/x", "t.co"),
        ("https://go.rebrand.ly/x", "go.rebrand.ly"),
    ],
)
def test_r125_public_shorteners_are_found_however_they_are_written(body: str, host: str) -> None:
    assert against(body) == [f"public shortener {host}"]


def test_r125_a_shortener_stays_one_where_a_shop_calls_it_its_own() -> None:
    assert [str(each) for each in findings("bit.ly/x", own(("bit.ly",)))] == ["public shortener bit.ly"]


@pytest.mark.parametrize(
    ("body", "host"),
    [
        ("https://evil.example/x", "evil.example"),
        ("https://tern-and-tide.example.evil.com/x", "tern-and-tide.example.evil.com"),
        ("https://my-tern-and-tide.example", "my-tern-and-tide.example"),
        ("go to evil.com.", "evil.com"),
        ("evil.museum/x", "evil.museum"),
        ("https://tern-and-tide。example", "tern-and-tide。example"),
        ("https://xn--trn-and-tide-9hb.example", "xn--trn-and-tide-9hb.example"),
        ("http://10.0.0.1/x", "10.0.0.1"),
    ],
)
def test_r125_links_lead_to_the_shops_own_domains_only(body: str, host: str) -> None:
    assert against(body) == [f"foreign link {host}"]


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ("Wine on us", "alcohol: wine"),
        ("the wine's here", "alcohol: wine"),
        ("Una copa de VINO", "alcohol: vino"),
        ("smoke-free vapes", "tobacco: vapes"),
        ("CBD gummies!", "cannabis: cbd"),
        ("gun-cleaning kit", "firearms: gun"),
        ("sexy Friday", "sex: sexy"),
    ],
)
def test_r126_words_that_carriers_refuse_are_named(body: str, finding: str) -> None:
    assert against(body) == [finding]


def test_each_thing_is_named_once_in_the_order_of_the_text() -> None:
    assert against("CBD, wine, CBD and bit.ly/a bit.ly/b") == [
        "public shortener bit.ly",
        "cannabis: cbd",
        "alcohol: wine",
    ]


@pytest.mark.parametrize("text", [MARKETING, answer(NOON), staff(NOON)], ids=["opener", "answer", "staff"])
def test_r125_r126_r128_whoever_writes_what_was_found_stops_it(text: object) -> None:
    found = may_send(but(text, content=("public shortener bit.ly",)), NOON)  # type: ignore[arg-type]
    assert isinstance(found, Deny)
    assert (found.rule, found.why) == ("content", "in the words: public shortener bit.ly")


@pytest.mark.parametrize("missing", ["content", "parts"])
def test_words_that_nobody_looked_at_do_not_leave(missing: str) -> None:
    got = may_send(but(MARKETING, **{missing: None}), NOON)
    assert isinstance(got, Deny)
    assert got.rule == missing


def test_a_confirmation_leaves_whatever_its_words_are() -> None:
    """They were looked at when they were published; a customer who said STOP hears that it is done."""
    text = compliance(NOON, content=("alcohol: wine",), parts=3)
    assert isinstance(may_send(text, NOON), Allow)


@pytest.mark.parametrize(
    ("text", "parts", "leaves"),
    [
        (MARKETING, 2, True),
        (MARKETING, 3, False),
        (answer(NOON), 3, True),
        (answer(NOON), 10, True),
        (answer(NOON), 11, False),
        (staff(NOON), 10, True),
        (staff(NOON), 11, False),
    ],
)
def test_r135_marketing_costs_two_parts_and_nothing_more_than_ten(
    text: object, parts: int, leaves: bool
) -> None:
    got = may_send(but(text, parts=parts), NOON)  # type: ignore[arg-type]
    assert isinstance(got, Allow) is leaves
    if isinstance(got, Deny):
        assert got.rule == "parts"
