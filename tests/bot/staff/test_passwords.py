"""What is taken as a password, and how it is kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.keys import Keys
from bot.staff import passwords
from bot.staff.accounts import fold, tidy_name
from bot.staff.sealed import seal, unseal
from tests.support.examples import examples

NAMES = ("Juniper Coffee", "Olive", "olive.smith")


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        ("five quiet harbour gulls", True),
        ("cinco gaviotas ñandú", True),
        ("🦆🦆 ducks on the pond", True),
        ("kX9#mQ2$vB7!", True),
        ("elevenchars", False),
        ("", False),
        ("            ", False),
        ("aaaaaaaaaaaaaaaa", False),
        ("password1234", False),
        ("PassWord-1234", False),
        ("qwertyuiop123", False),
        ("123456789012", False),
        ("junipercoffee", False),
        ("Juniper Coffee 1", False),
        ("JuniperCoffee2026", False),
        ("winback12345", False),
        ("olive.smith99", False),
        ("juniper coffee and seven gulls", True),
        ("x" * 100 + "y" * 101, False),
    ],
)
def test_twelve_characters_that_nobody_would_try_first(password: str, taken: bool) -> None:
    assert (passwords.faults(password, NAMES) == []) is taken


def test_the_same_letters_typed_on_another_machine_are_the_same_password() -> None:
    """One machine sends ñ as one letter, another as two."""
    stored = passwords.hashed("ma\u00f1ana es otro dia")
    assert passwords.matches(stored, "man\u0303ana es otro dia")
    assert not passwords.matches(stored, "manana es otro dia")


def test_it_is_argon2id_and_nobody_s_password_is_none() -> None:
    stored = passwords.hashed("five quiet harbour gulls")
    assert stored.startswith("$argon2id$")
    assert not passwords.outdated(stored)
    assert not passwords.matches(None, "")
    assert not passwords.matches(None, "five quiet harbour gulls")
    assert not passwords.matches("no hash at all", "five quiet harbour gulls")
    assert not passwords.matches(stored, "five quiet harbour gulls" * 100)


@settings(max_examples=examples(60), deadline=None)
@given(plain=st.text(max_size=60), owner=st.integers(1, 10**9))
def test_what_is_sealed_opens_for_its_row_its_purpose_and_its_key_alone(plain: str, owner: int) -> None:
    keys = Keys(b"one" * 11)
    sealed = seal(keys, "totp", owner, plain)
    assert unseal(keys, "totp", owner, sealed) == plain
    assert unseal(keys, "totp", owner + 1, sealed) is None
    assert unseal(keys, "other", owner, sealed) is None
    assert unseal(Keys(b"two" * 11), "totp", owner, sealed) is None
    assert unseal(keys, "totp", owner, sealed[:-4]) is None
    assert seal(keys, "totp", owner, plain) != sealed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Olive@Juniper.Example ", "olive@juniper.example"),
        ("o+x@a.b.example", "o+x@a.b.example"),
        ("olive@juniper", None),
        ("olive", None),
        ("a@b@c.example", None),
        ("a b@c.example", None),
        ("<b>@c.example", None),
        ("a\x00@c.example", None),
        ("a@c.example\nBcc: x@y.example", None),
        ("x" * 200 + "@c.example", None),
    ],
)
def test_an_address_is_folded_or_refused(typed: str, kept: str | None) -> None:
    assert fold(typed) == kept


def test_a_name_is_one_line_of_what_shows() -> None:
    assert tidy_name("  Ol\x00ive\n\u202eS.  ") == "Ol ive S."
    assert len(tidy_name("x" * 500)) == 100
