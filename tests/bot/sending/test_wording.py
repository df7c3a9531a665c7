"""The last look at a body: how to stop is said where it is due, and what stands against the words is found."""

from __future__ import annotations

from typing import Any

import pytest

from bot.compliance.places import place_of
from bot.sending.wording import leaving
from tests.bot.compliance.sendfacts import MARKETING, NOON, answer, but, compliance, staff

OFFER = "Tern & Tide: 15% off till Sunday night: https://t.example/l/a"
LONDON: dict[str, Any] = {"place": place_of("+447400123456")}


@pytest.mark.parametrize(
    ("language", "end"), [("en", " STOP to opt out."), ("es", " STOP: baja."), ("fr", " STOP to opt out.")]
)
def test_r121_after_a_month_without_it_a_marketing_text_says_how_to_stop(language: str, end: str) -> None:
    assert leaving(OFFER, language, MARKETING, False, NOON) == OFFER + end


def test_r121_once_a_month_is_enough_in_the_us() -> None:
    assert leaving(OFFER, "en", MARKETING, True, NOON) == OFFER


@pytest.mark.parametrize("number", ["+447400123456", "+353871234567", "+4915112345678", "+16475550123"])
def test_r150_r155_abroad_every_marketing_text_says_it(number: str) -> None:
    there = but(MARKETING, place=place_of(number))
    assert leaving(OFFER, "en", there, True, NOON).endswith(" STOP to opt out.")


def test_what_says_it_already_stays_as_it_is() -> None:
    body = "Low on Morning Blend? STOP to opt out."
    assert leaving(body, "en", but(MARKETING, **LONDON), False, NOON) == body


@pytest.mark.parametrize(
    "facts",
    [answer(NOON, **LONDON), staff(NOON, **LONDON), compliance(NOON)],
    ids=["answer", "staff", "notice"],
)
def test_only_marketing_has_to(facts: Any) -> None:
    assert leaving("Orders leave within a day.", "en", facts, False, NOON) == "Orders leave within a day."
