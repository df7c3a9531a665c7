"""Browsers that an account has signed in from: what keeps a stranger's tries from shutting its owner out.

Owns the mark that such a browser keeps, for several accounts at once: a random name and our stamp over it and the address of the
account. Nothing of it is stored here. It opens nothing, and proves one thing: somebody signed in to that account from this
browser once. Its tries are counted apart from everybody else's (bot.staff.tries).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from typing import Final

from bot.keys import Keys

ACCOUNTS: Final = 5
"""Accounts of which one browser keeps a mark: people who share a desk."""
_BETWEEN: Final = "~"
_LONGEST: Final = 1000


def known(keys: Keys, email: str, kept: str) -> str | None:
    """The name of this browser at the account with this (folded) address; None for one that never signed in to it.

    `kept`: what the browser sends, whoever wrote that.
    """
    for name, stamp in _marks(kept):
        if hmac.compare_digest(stamp.encode(), _stamp(keys, email, name).encode()):
            return name
    return None


def remember(keys: Keys, email: str, kept: str) -> str:
    """What the browser keeps from now on: the mark of this account in front, and those of others that it had."""
    name = known(keys, email, kept) or secrets.token_urlsafe(16)
    others = [(each, stamp) for each, stamp in _marks(kept) if each != name]
    marks = [(name, _stamp(keys, email, name)), *others][:ACCOUNTS]
    return _BETWEEN.join(".".join(mark) for mark in marks)


def _marks(kept: str) -> Iterator[tuple[str, str]]:
    if len(kept) > _LONGEST or not kept.isascii():
        return
    for mark in kept.split(_BETWEEN)[:ACCOUNTS]:
        name, _, stamp = mark.partition(".")
        if name and stamp:
            yield name, stamp


def _stamp(keys: Keys, email: str, name: str) -> str:
    return keys.stamp("device", email, name)
