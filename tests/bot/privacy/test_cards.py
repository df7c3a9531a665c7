"""Card numbers never reach a table, whatever they are written like; other numbers stay readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.conversations.receive import InboundText, receive
from bot.models import Inbound, LedgerEntry, StrayText
from bot.privacy.cards import LONGEST, SHORTEST, luhn, mask_cards
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.fakes import FakedApp

VISA = "4242424242424242"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"my card is {VISA}", "my card is ****4242"),
        ("4242 4242 4242 4242 exp 12/27", "****4242 exp 12/27"),
        ("4242-4242-4242-4242", "****4242"),
        ("4242 4242\n4242 4242 12 27 123", "****4242 12 27 123"),
        ("amex 3782 822463 10005!", "amex ****0005!"),
        (f"two: {VISA}, {VISA}", "two: ****4242, ****4242"),
        (f"card{VISA}please", "card****4242please"),
        ("4242424242424241", "4242424242424241"),
        ("call me at +1 415 555 0123", "call me at +1 415 555 0123"),
        ("order 5123456789", "order 5123456789"),
        ("", ""),
    ],
)
def test_a_card_number_is_masked_and_nothing_else(said: str, kept: str) -> None:
    assert mask_cards(said) == kept


def with_check_digit(digits: str) -> str:
    return next(digits + str(last) for last in range(10) if luhn(digits + str(last)))


@given(
    st.text(st.sampled_from("0123456789"), min_size=SHORTEST - 1, max_size=LONGEST - 1),
    st.text(st.characters(exclude_categories=["Nd"], exclude_characters="+"), max_size=20),
    st.text(st.characters(exclude_categories=["Nd"]), max_size=20),
    st.sampled_from(["", " ", "-", ". "]),
    st.integers(3, 6),
)
def test_no_card_number_gets_through_however_it_is_cut(
    digits: str, before: str, after: str, cut: str, size: int
) -> None:
    card = with_check_digit(digits)
    written = cut.join(card[at : at + size] for at in range(0, len(card), size))
    masked = mask_cards(f"{before} {written} {after}")
    assert written not in masked
    assert mask_cards(masked) == masked


@given(st.text(max_size=200))
def test_a_text_without_thirteen_digits_is_left_as_it_is(text: str) -> None:
    if sum(char.isdigit() for char in text) < SHORTEST:
        assert mask_cards(text) == text


def test_what_is_stored_and_what_is_read_never_had_it(app: FakedApp, cast: Cast) -> None:
    """Inbound row, the reader, the ledger's words."""
    text_in(app, cast, cast.ana, f"STOP charging {VISA}")
    text_in(app, cast, cast.ana, f"use {VISA} for it")
    run_until_quiet(app)
    with app.database.read() as session:
        bodies = list(session.scalars(select(Inbound.body).order_by(Inbound.id)))
        links = session.scalars(select(LedgerEntry)).all()
    assert bodies == ["STOP charging ****4242", "use ****4242 for it"]
    assert all(VISA not in asked for asked in app.reader.asked)  # type: ignore[attr-defined]
    assert VISA not in str([link.details for link in links])


def test_a_text_to_a_number_that_no_shop_has_is_masked_too(app: FakedApp, cast: Cast) -> None:
    receive(app, InboundText(ACCOUNT, "SM1", cast.ana.phone, "+12125550177", f"pay with {VISA}"))
    with app.database.read() as session:
        assert session.scalars(select(StrayText.body)).all() == ["pay with ****4242"]
