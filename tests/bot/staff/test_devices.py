"""The mark of a browser that signed in before: good for its account, for nobody else's, and not to be made up."""

from __future__ import annotations

import pytest

from bot.db import Database
from bot.keys import Keys
from bot.staff import tries
from bot.staff.devices import ACCOUNTS, known, remember
from tests.support.clock import StillClock

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

OLIVE, TOM = "olive@x.example", "tom@x.example"


def test_a_browser_is_known_to_whom_it_signed_in(keys: Keys) -> None:
    kept = remember(keys, OLIVE, "")
    assert known(keys, OLIVE, kept)
    assert known(keys, TOM, kept) is None
    assert known(Keys(b"another secret of this instance!"), OLIVE, kept) is None
    assert "olive" not in kept


def test_it_keeps_its_name_and_those_of_others_who_share_it(keys: Keys) -> None:
    first = remember(keys, OLIVE, "")
    both = remember(keys, TOM, first)
    again = remember(keys, OLIVE, both)
    assert known(keys, OLIVE, first) == known(keys, OLIVE, both) == known(keys, OLIVE, again)
    assert known(keys, TOM, both) == known(keys, TOM, again) != known(keys, OLIVE, again)
    many = again
    for number in range(20):
        many = remember(keys, f"{number}@x.example", many)
    assert many.count("~") == ACCOUNTS - 1
    assert known(keys, OLIVE, many) is None
    assert known(keys, "19@x.example", many)


@pytest.mark.parametrize(
    "kept", ["", ".", "~~", "a.b", "a.b~c", "x" * 5000, "ä.ö", "a." + "0" * 40, "\x00.\x00"]
)
def test_what_we_did_not_write_is_no_mark(keys: Keys, kept: str) -> None:
    assert known(keys, OLIVE, kept) is None
    assert known(keys, OLIVE, remember(keys, OLIVE, kept))


def test_one_network_that_goes_on_trying_does_not_use_up_the_accounts_tries(
    db: Database, keys: Keys, clock: StillClock
) -> None:
    stranger = tries.at_sign_in(keys, OLIVE, "203.0.113.9")
    with db.write() as session:
        for _ in range(tries.OF_ACCOUNT + 20):
            tries.count(session, stranger, clock())
        assert tries.count(session, tries.at_sign_in(keys, OLIVE, "198.51.100.7"), clock())


def test_one_provider_with_65536_networks_does_not_either(
    db: Database, keys: Keys, clock: StillClock
) -> None:
    with db.write() as session:
        for number in range(tries.OF_ACCOUNT + 20):
            tries.count(session, tries.at_sign_in(keys, OLIVE, f"2001:db8:7:{number:x}::1"), clock())
        assert tries.count(session, tries.at_sign_in(keys, OLIVE, "2001:db8:8::1"), clock())
        assert tries.count(session, tries.at_sign_in(keys, OLIVE, "198.51.100.7"), clock())


def test_tries_from_everywhere_shut_out_strangers_and_never_a_browser_that_is_known(
    db: Database, keys: Keys, clock: StillClock
) -> None:
    kept = remember(keys, OLIVE, "")
    mine = tries.at_sign_in(keys, OLIVE, "198.51.100.7", known(keys, OLIVE, kept))
    with db.write() as session:
        for number in range(tries.OF_ACCOUNT + 1):
            tries.count(session, tries.at_sign_in(keys, OLIVE, f"203.0.113.{number}"), clock())
        assert not tries.count(session, tries.at_sign_in(keys, OLIVE, "198.51.100.7"), clock())
        assert all(tries.count(session, mine, clock()) for _ in range(tries.FROM_A_DEVICE))
        assert not tries.count(session, mine, clock()), "it has an end, too"


def test_everybody_behind_one_address_is_not_shut_out_with_whoever_tries_there(
    db: Database, keys: Keys, clock: StillClock
) -> None:
    """A proxy that is not named in `web.trusted_proxies` makes all the world one address."""
    kept = remember(keys, OLIVE, "")
    with db.write() as session:
        for number in range(tries.OF_ADDRESS + 1):
            tries.count(session, tries.at_sign_in(keys, f"{number}@x.example", "10.0.0.1"), clock())
        assert not tries.count(session, tries.at_sign_in(keys, OLIVE, "10.0.0.1"), clock())
        known_here = tries.at_sign_in(keys, OLIVE, "10.0.0.1", known(keys, OLIVE, kept))
        assert tries.count(session, known_here, clock())
