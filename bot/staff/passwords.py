"""Passwords: what is taken, how it is kept, and a comparison that takes as long when there is nobody.

Owns argon2id and the rules of NIST SP 800-63B, 5.1.1: twelve characters or more, anything that can be typed, nothing that
is on everybody's list or follows from the shop's name; no rules of composition, and no end date.
"""

from __future__ import annotations

import functools
import secrets
import unicodedata
from collections.abc import Iterable
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_LEAST = 12
AT_MOST = 200
"""Characters. Longer ones would only keep the machine busy."""
_OWN = 8
"""Characters that have to be left when the names that everybody knows are taken out."""
_DIFFERENT = 5

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""19 MiB, two passes: the least that OWASP's cheat sheet on storing passwords recommends. Several people may sign in at once on a small machine."""


def faults(password: str, names: Iterable[str] = ()) -> list[str]:
    """What is wrong with a new password, in words for whoever chose it; empty when nothing is.

    `names`: of the shop, the person, their e-mail address: what anybody would try first.
    """
    password = _normal(password)
    if len(password) < AT_LEAST:
        return [f"Take at least {AT_LEAST} characters. A few words in a row are easy to remember."]
    if len(password) > AT_MOST:
        return [f"Take at most {AT_MOST} characters."]
    folded = _plain(password)
    if folded in _common() or len(set(folded)) < _DIFFERENT:
        return ["That one is on every list of passwords. Take another."]
    for name in ("winback", *names):
        known = _plain(name)
        if len(known) >= 4 and known in folded and len(folded.replace(known, "")) < _OWN:
            return ["That follows from a name that everybody knows. Take another."]
    return []


def hashed(password: str) -> str:
    """The password as it is stored."""
    return _HASHER.hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password. With nothing stored it takes as long, and the answer is no."""
    if len(password) > AT_MOST:
        password = ""
    try:
        return _HASHER.verify(stored or _nobodys(), _normal(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether it was stored with weaker numbers than are in force."""
    return _HASHER.check_needs_rehash(stored)


def _normal(password: str) -> str:
    """The same letters typed on another machine are the same password."""
    return unicodedata.normalize("NFKC", password)


def _plain(words: str) -> str:
    return "".join(letter for letter in _normal(words).casefold() if letter.isalnum())


@functools.cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe(24))


@functools.cache
def _common() -> frozenset[str]:
    text = (files("bot.staff") / "common_passwords.txt").read_text("utf-8")
    return frozenset(text.split())
