"""Signing in: e-mail and password, then the second step where there is one.

Owns the order: the try is counted and committed first, the password is looked at with no transaction open (it takes a
while on purpose, and SQLite has one writer), then the session begins. The answer to a wrong try is one and the same, and
takes as long, whether there is such an account, it has no password yet, or there were too many tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bot.clock import RealNow, domain_now
from bot.db import Database
from bot.keys import Keys
from bot.models import Account
from bot.staff import passwords, second_step, sessions, tries
from bot.staff.accounts import by_email, fold
from bot.staff.audit import record_of_account
from bot.staff.devices import known
from bot.staff.sessions import SignedIn


@dataclass(frozen=True, slots=True)
class Begun:
    """Signed in. The token goes into the browser's cookie; `email`: of the account that knows this browser from now on."""

    token: str
    email: str


@dataclass(frozen=True, slots=True)
class OneStepMore:
    """The password was right, and the account has a second step. The token is good for that page alone."""

    token: str


@dataclass(frozen=True, slots=True)
class NotIn:
    """Not signed in. `over`: too many tries at the second step, so that the password is asked again."""

    over: bool = False


Outcome: TypeAlias = Begun | OneStepMore | NotIn


def sign_in(
    database: Database,
    keys: Keys,
    real_now: RealNow,
    email: str,
    password: str,
    *,
    address: str,
    agent: str,
    device: str = "",
) -> Outcome:
    """Try e-mail and password. `device`: what the browser keeps of earlier times (bot.staff.devices)."""
    folded = fold(email) or ""
    limits = tries.at_sign_in(keys, folded, address, known(keys, folded, device))
    now = real_now()
    with database.write() as session:
        allowed = tries.count(session, limits, now)
        whose = by_email(session, folded) if folded else None
        # one row more, once: less than what the password's own reckoning differs by
        if whose is not None and tries.just_locked(session, limits):
            at = domain_now(session, real_now)
            record_of_account(session, whose, "locked out", at, address=address, step="password")
    with database.read() as session:
        account = by_email(session, folded) if folded else None
        stored = account.password_hash if account and not account.demo else None
    right = passwords.matches(stored, password)
    if not (right and allowed and account is not None):
        return NotIn()
    rehashed = passwords.hashed(password) if stored and passwords.outdated(stored) else None
    with database.write() as session:
        account = session.get_one(Account, account.id, with_for_update=True)
        if account.password_hash != stored:
            return NotIn()  # changed in between
        tries.forget(session, limits)
        account.password_hash = rehashed or stored
        if account.totp_secret:
            return OneStepMore(sessions.begin(session, account, "second", now, address=address, agent=agent))
        token = sessions.begin(session, account, "done", now, address=address, agent=agent)
        record_of_account(session, account, "signed in", domain_now(session, real_now), address=address)
        return Begun(token, account.email)


def second(
    database: Database,
    keys: Keys,
    real_now: RealNow,
    who: SignedIn,
    code: str,
    *,
    address: str,
    agent: str,
    device: str = "",
) -> Outcome:
    """Try a code at the second step. Right or one too many: the session that waited is over."""
    limits = tries.at_second_step(who.account_id, known(keys, who.email, device))
    now = real_now()
    with database.write() as session:
        allowed = tries.count(session, limits, now)
        account = session.get_one(Account, who.account_id, with_for_update=True)
        at = domain_now(session, real_now)
        if not allowed:
            sessions.end(session, who.account_id, who.session_id)
            record_of_account(session, account, "locked out", at, address=address, step="second")
            return NotIn(over=True)
        if not second_step.take(session, keys, account, code, now):
            return NotIn()
        if not sessions.end(session, who.account_id, who.session_id):
            return NotIn(over=True)  # ended from elsewhere meanwhile
        tries.forget(session, limits)
        token = sessions.begin(session, account, "done", now, address=address, agent=agent)
        record_of_account(session, account, "signed in", at, address=address)
        return Begun(token, account.email)


def proved(
    database: Database,
    keys: Keys,
    real_now: RealNow,
    who: SignedIn,
    password: str,
    *,
    address: str,
    device: str = "",
) -> bool:
    """Whether somebody who is signed in knows the account's password: asked before what can't be undone."""
    limits = tries.at_second_step(who.account_id, known(keys, who.email, device))
    with database.write() as session:
        allowed = tries.count(session, limits, real_now())
        if tries.just_locked(session, limits):
            account, at = session.get_one(Account, who.account_id), domain_now(session, real_now)
            record_of_account(session, account, "locked out", at, address=address, step="password")
    with database.read() as session:
        stored = session.get_one(Account, who.account_id).password_hash
    right = passwords.matches(stored, password) and allowed
    if right:
        with database.write() as session:
            tries.forget(session, limits)
    return right
