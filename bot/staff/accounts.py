"""Accounts: one row a person, found by e-mail, and what happens when their password changes.

Owns the row's own facts. Who works where is bot.staff.members'.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.models import Account, Shop, Staff
from bot.staff import passwords
from bot.staff.sessions import end_all

_EMAIL = re.compile(
    r"[^\s@\x00-\x1f<>\"',;:()\[\]\\]+@[^\s@.\x00-\x1f<>\"',;:()\[\]\\]+(\.[^\s@.\x00-\x1f<>\"',;:()\[\]\\]+)+"
)
NAME_LENGTH = 100
DEMO_DOMAIN = "demo.invalid"
"""Of the demo's people (bot.staff.demo_people), and of nobody else."""


def fold(email: str) -> str | None:
    """The address as it is kept and compared: one form of each letter, small ones. None for what is no address."""
    folded = unicodedata.normalize("NFKC", email).strip().casefold()
    return folded if len(folded) <= 200 and _EMAIL.fullmatch(folded) else None


def is_reserved(email: str) -> bool:
    """Whether a folded address is one of the demo's people, whether they have come yet or not."""
    return email.rpartition("@")[2] == DEMO_DOMAIN


def placeholder(email: str) -> str:
    """What somebody is called at a shop until they come: nothing but their address says it."""
    return email.partition("@")[0][:NAME_LENGTH]


def tidy_name(name: str) -> str:
    """A name on one line, without what does not show."""
    shown = "".join(letter if letter.isprintable() else " " for letter in unicodedata.normalize("NFC", name))
    return " ".join(shown.split())[:NAME_LENGTH]


def by_email(session: Session, email: str) -> Account | None:
    """The account with this folded address."""
    return session.execute(select(Account).where(Account.email == email)).scalar_one_or_none()


def make(session: Session, email: str, name: str, now: datetime) -> Account:
    """A new account that nobody can sign in to yet. `email` is folded."""
    account = Account(email=email, name=tidy_name(name), created_at=now)
    session.add(account)
    session.flush()
    return account


def known_names(session: Session, account: Account) -> list[str]:
    """What anybody would try first as this account's password."""
    shops = session.scalars(
        select(Shop.name)
        .join(Staff, Staff.shop_id == Shop.id)
        .where(Staff.account_id == account.id, Staff.removed_at.is_(None))
    )
    return [account.name, account.email.partition("@")[0], *shops]


def set_password(session: Session, account: Account, hashed: str, *, but: int | None = None) -> None:
    """Keep the new password (bot.staff.passwords.hashed) and sign out everywhere, `but` in the session that asked for it."""
    account.password_hash = hashed
    account.rights += 1
    end_all(session, account, but=but)


def rename(session: Session, account: Account, name: str) -> None:
    """The name that colleagues see, at every shop where they work. Where they are only invited, or work no more, nobody hears it."""
    account.name = tidy_name(name)
    here = select(Staff).where(Staff.account_id == account.id, Staff.active.is_(True))
    for staff in session.scalars(here):
        staff.name = account.name


def anybody(session: Session) -> bool:
    """Whether anybody at all may sign in with a password."""
    asked = select(func.count()).where(Account.password_hash.is_not(None))
    return bool(session.execute(asked).scalar())


def faults(session: Session, account: Account, password: str) -> list[str]:
    """What is wrong with this as the account's new password; empty when nothing is."""
    return passwords.faults(password, known_names(session, account))
