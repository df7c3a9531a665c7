"""Sessions: who a browser's token belongs to, for how long, and in which shop with which role.

Owns the row and its token. Real time throughout. A session ends 12 hours after its person did anything, and 30 days after it began
whatever happens; it gets a new token at sign-in and whenever its account's rights change, so that a token which somebody
read over a shoulder yesterday is worth nothing after a change.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, String, and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from bot.db import Database
from bot.models import Account, Shop, SignInSession, Staff
from bot.models.base import UtcDateTime

IDLE = timedelta(hours=12)
AT_MOST = timedelta(days=30)
SECOND_STEP = timedelta(minutes=10)
"""How long a session may wait for its second step."""
SEEN_EVERY = timedelta(minutes=1)
"""A look each second is no write each second."""
GRACE = timedelta(seconds=30)
"""How long the token before the last change is good: for requests that were on their way."""

Step = Literal["second", "done"]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who sent this request. `new_token` is set when the browser has to be given another one."""

    session_id: int
    account_id: int
    email: str
    name: str
    step: Step
    demo: bool
    second_step: bool
    """Whether the account has one."""
    new_token: str | None = None
    here: Membership | None = None
    """At the shop that was asked for, if they work there."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A shop that an account works for."""

    shop_id: int
    slug: str
    shop_name: str
    shop_demo: bool
    staff_id: int
    role: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A line of the page of sessions."""

    id: int
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    here: bool


def token_hash(token: str) -> str:
    """SHA-256, hex: enough for a random token of 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(
    session: Session, account: Account, step: Step, now: datetime, *, address: str = "", agent: str = ""
) -> str:
    """Begin a session; gives its token. Sessions that are over are cleared out on the way."""
    session.execute(delete(SignInSession).where(SignInSession.expires_at < now))
    token = secrets.token_urlsafe(32)
    session.add(
        SignInSession(
            account_id=account.id,
            token_hash=token_hash(token),
            changed_at=now,
            step=step,
            generation=account.generation,
            rights=account.rights,
            address=address[:64],
            agent=_printable(agent)[:200],
            created_at=now,
            seen_at=now,
            expires_at=now + (AT_MOST if step == "done" else SECOND_STEP),
        )
    )
    session.flush()
    return token


def whose(
    database: Database, token: str, now: datetime, slug: str | None = None, *, present: bool = True
) -> SignedIn | None:
    """Whose token this is; None for one that is unknown, over, or ended from elsewhere. Notes that it was seen, once a
    minute, unless a page asked by itself and nobody is `present`. `slug`: of a shop, for `SignedIn.here`."""
    hashed = token_hash(token)
    asked = {"hash": hashed, "slug": slug, "now": now, "grace": now - GRACE, "idle": now - IDLE}
    with database.read() as session:
        row: Any = session.execute(_WHOSE, asked).first()
    if row is None:
        return None
    who = _signed_in(row)
    if row.rights != row.account_rights and row.token_hash == hashed:
        return _renewed(database, row, who, now, present=present)
    if present and now - row.seen_at >= SEEN_EVERY:
        with database.write() as session:
            session.execute(update(SignInSession).where(SignInSession.id == row.id).values(seen_at=now))
    return who


def memberships(session: Session, account_id: int) -> list[Membership]:
    """The shops that this account works for, by name."""
    return [
        _membership(shop, staff)
        for shop, staff in session.execute(
            select(Shop, Staff)
            .join(Staff, Staff.shop_id == Shop.id)
            .where(Staff.account_id == account_id, Staff.active.is_(True))
            .order_by(Shop.name, Shop.id)
        )
    ]


def seen(session: Session, account_id: int, here: int, now: datetime) -> list[Seen]:
    """The sessions of an account that are open, the one at hand first."""
    generation = session.execute(select(Account.generation).where(Account.id == account_id)).scalar_one()
    rows = session.execute(
        select(SignInSession)
        .where(SignInSession.account_id == account_id, *_open(now), SignInSession.generation == generation)
        .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
    ).scalars()
    lines = [
        Seen(row.id, row.address, row.agent, row.created_at, row.seen_at, row.id == here) for row in rows
    ]
    return sorted(lines, key=lambda line: not line.here)


def end(session: Session, account_id: int, session_id: int) -> bool:
    """End one session of this account. False: there is none of that number."""
    ended = session.execute(
        delete(SignInSession).where(SignInSession.id == session_id, SignInSession.account_id == account_id)
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def end_all(session: Session, account: Account, *, but: int | None = None) -> None:
    """End the account's sessions everywhere, `but` for one: also those that begin while this is being written."""
    account.generation += 1
    session.execute(
        delete(SignInSession).where(SignInSession.account_id == account.id, SignInSession.id != (but or 0))
    )
    if but is not None:
        session.execute(
            update(SignInSession).where(SignInSession.id == but).values(generation=account.generation)
        )


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return SignInSession.expires_at > now, SignInSession.seen_at > now - IDLE


def _renewed(database: Database, row: Row[Any], who: SignedIn, now: datetime, *, present: bool) -> SignedIn:
    """The same with a new token; of several requests at once, one gets it and the others go on for a moment."""
    token = secrets.token_urlsafe(32)
    with database.write() as session:
        changed = session.execute(
            update(SignInSession)
            .where(SignInSession.id == row.id, SignInSession.token_hash == row.token_hash)
            .values(
                token_hash=token_hash(token),
                old_token_hash=row.token_hash,
                changed_at=now,
                rights=row.account_rights,
                seen_at=now if present else row.seen_at,
            )
        )
    if not changed.rowcount:  # type: ignore[attr-defined]
        return who
    return replace(who, new_token=token)


def _signed_in(row: Row[Any]) -> SignedIn:
    here = None
    if row.staff_id is not None:
        here = Membership(row.shop_id, row.slug, row.shop_name, row.shop_demo, row.staff_id, row.role)
    return SignedIn(
        session_id=row.id,
        account_id=row.account_id,
        email=row.email,
        name=row.name,
        step="done" if row.step == "done" else "second",
        demo=row.demo,
        second_step=row.second_step,
        here=here,
    )


def _membership(shop: Shop, staff: Staff) -> Membership:
    return Membership(shop.id, shop.slug, shop.name, shop.demo, staff.id, staff.role)


def _printable(agent: str) -> str:
    return "".join(letter for letter in agent if letter.isprintable())


# built once, and of columns: each request of the console asks this
_AT = and_(Staff.account_id == Account.id, Staff.active.is_(True), Staff.shop_id == Shop.id)
_WHOSE = (
    select(
        SignInSession.id,
        SignInSession.token_hash,
        SignInSession.step,
        SignInSession.rights,
        SignInSession.seen_at,
        Account.id.label("account_id"),
        Account.email,
        Account.name,
        Account.demo,
        Account.rights.label("account_rights"),
        Account.totp_secret.is_not(None).label("second_step"),
        Shop.id.label("shop_id"),
        Shop.slug,
        Shop.name.label("shop_name"),
        Shop.demo.label("shop_demo"),
        Staff.id.label("staff_id"),
        Staff.role,
    )
    .join(Account, Account.id == SignInSession.account_id)
    .outerjoin(Shop, Shop.slug == bindparam("slug", type_=String()))
    .outerjoin(Staff, _AT)
    .where(
        or_(
            SignInSession.token_hash == bindparam("hash"),
            and_(
                SignInSession.old_token_hash == bindparam("hash"),
                SignInSession.changed_at > bindparam("grace", type_=UtcDateTime()),
            ),
        ),
        SignInSession.expires_at > bindparam("now", type_=UtcDateTime()),
        SignInSession.seen_at > bindparam("idle", type_=UtcDateTime()),
        SignInSession.generation == Account.generation,
    )
)
