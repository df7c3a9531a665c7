"""Links that let somebody in, once: an invitation to a shop, or a new password.

Owns the token and its end. Whoever has a link has what it gives, so it is shown to the person who made it and to nobody
else, works once, and a newer one of its kind ends it. An invitation never sets the password of an account that has one:
else whoever may invite an address could take over the account behind it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.models import Account, Shop, Staff, StaffLink
from bot.settings import ConsoleSettings
from bot.staff import second_step
from bot.staff.accounts import placeholder, set_password, tidy_name
from bot.staff.sessions import token_hash

Kind = Literal["invite", "reset", "reset_both"]
"""`reset_both` gives up the second step as well: for somebody who lost their phone and the recovery codes."""
LASTS: Final[dict[Kind, timedelta]] = {
    "invite": timedelta(days=7),
    "reset": timedelta(hours=24),
    "reset_both": timedelta(hours=24),
}


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that still works, and what it would do."""

    id: int
    kind: Kind
    account_id: int
    email: str
    name: str
    has_password: bool
    shop_name: str
    slug: str
    role: str


def make(session: Session, kind: Kind, account: Account, now: datetime, *, staff: Staff | None = None) -> str:
    """A new link's token. Those of before for the same thing end."""
    _end(session, account.id, now, invitations_of=staff.id if staff else None)
    token = secrets.token_urlsafe(32)
    session.add(
        StaffLink(
            kind=kind,
            account_id=account.id,
            shop_id=staff.shop_id if staff else None,
            staff_id=staff.id if staff else None,
            token_hash=token_hash(token),
            created_at=now,
            expires_at=now + LASTS[kind],
        )
    )
    session.flush()
    return token


def address(console: ConsoleSettings, token: str) -> str:
    """The link itself, to be copied."""
    base = (
        console.url or f"http://{f'[{console.host}]' if ':' in console.host else console.host}:{console.port}"
    )
    return f"{base}/link/{token}"


def look(session: Session, token: str, now: datetime) -> OpenLink | None:
    """What this link does; None when there is none, or it is used or over. Changes nothing."""
    found = session.execute(
        select(StaffLink, Account)
        .join(Account, Account.id == StaffLink.account_id)
        .where(
            StaffLink.token_hash == token_hash(token),
            StaffLink.used_at.is_(None),
            StaffLink.expires_at > now,
        )
    ).first()
    if found is None:
        return None
    link, account = found
    shop, staff = None, None
    if link.kind == "invite":
        where = session.execute(
            select(Shop, Staff)
            .join(Staff, Staff.shop_id == Shop.id)
            .where(Staff.id == link.staff_id, Staff.removed_at.is_(None))
        ).first()
        if where is None:
            return None
        shop, staff = where
    return OpenLink(
        id=link.id,
        kind=_kind(link.kind),
        account_id=account.id,
        email=account.email,
        name=account.name if staff is None else _called(staff),
        has_password=account.password_hash is not None,
        shop_name=shop.name if shop else "",
        slug=shop.slug if shop else "",
        role=staff.role if staff else "",
    )


def join(
    session: Session, link: OpenLink, now: datetime, *, name: str = "", hashed: str | None = None
) -> bool:
    """Take the invitation: with a first password, or as somebody who has one and is signed in. False: it was too late."""
    staff_id = session.execute(select(StaffLink.staff_id).where(StaffLink.id == link.id)).scalar_one()
    staff = session.get_one(Staff, staff_id, with_for_update=True, populate_existing=True)
    account = session.get_one(Account, link.account_id, with_for_update=True)
    if staff.removed_at is not None or (hashed is None) != (account.password_hash is not None):
        return False
    if not _claim(session, link, now):
        return False
    if hashed is not None:
        account.name = tidy_name(name) or account.name
        set_password(session, account, hashed)
    staff.active, staff.joined_at, staff.name = True, now, account.name
    account.rights += 1
    end_resets(session, account.id, now)
    return True


def end_resets(session: Session, account_id: int, now: datetime) -> None:
    """Void the open resets of whoever joins a shop: who made one may not own all the shops of that person any more (I13)."""
    _end(session, account_id, now, invitations_of=None)


def reset(session: Session, link: OpenLink, hashed: str, now: datetime) -> bool:
    """Set the new password, and sign out everywhere. False: it was too late."""
    account = session.get_one(Account, link.account_id, with_for_update=True)
    if not _claim(session, link, now):
        return False
    set_password(session, account, hashed)
    if link.kind == "reset_both":
        second_step.switch_off(session, account)
    return True


def withdraw(session: Session, staff: Staff, now: datetime) -> None:
    """End the invitations of somebody who is not to come."""
    if staff.account_id is not None:
        _end(session, staff.account_id, now, invitations_of=staff.id)


def _kind(stored: str) -> Kind:
    return next(kind for kind in LASTS if kind == stored)


def _claim(session: Session, link: OpenLink, now: datetime) -> bool:
    changed = session.execute(
        update(StaffLink)
        .where(StaffLink.id == link.id, StaffLink.used_at.is_(None), StaffLink.expires_at > now)
        .values(used_at=now)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def _called(staff: Staff) -> str:
    """As whoever invited calls them; empty where nobody said. What they are called elsewhere is not told here (I13)."""
    return "" if staff.name == placeholder(staff.email) else staff.name


def _end(session: Session, account_id: int, now: datetime, *, invitations_of: int | None) -> None:
    asked = update(StaffLink).where(StaffLink.account_id == account_id, StaffLink.used_at.is_(None))
    if invitations_of is None:
        asked = asked.where(StaffLink.kind != "invite")
    else:
        asked = asked.where(StaffLink.staff_id == invitations_of)
    session.execute(asked.values(used_at=now))
