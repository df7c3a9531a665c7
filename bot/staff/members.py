"""Who works for a shop: inviting, changing a role, removing, and who may set whose password anew.

Owns the row of a person at a shop. A shop that has an owner keeps one: the last can be neither removed nor made less. What
is refused comes back as `Refused`, with a sentence for whoever asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.models import Account, Shop, SignInSession, Staff
from bot.staff import accounts, links
from bot.staff.roles import Role, role_named


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was done; `why` says so to a person."""

    why: str


@dataclass(frozen=True, slots=True)
class Person:
    """A line of the page of people. `state`: joined, invited or removed."""

    staff_id: int
    account_id: int | None
    name: str
    email: str
    role: str
    state: str
    second_step: bool
    demo: bool
    since: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who may come; the token makes the link (bot.staff.links.address)."""

    staff_id: int
    email: str
    token: str


@dataclass(frozen=True, slots=True)
class Reset:
    """A link with which somebody sets their password anew."""

    staff_id: int
    email: str
    token: str


def people(session: Session, shop_id: int, *, removed: bool = False) -> list[Person]:
    """Everybody who works here or was invited, owners first; with `removed`, also those who are gone."""
    seen = (
        select(func.max(SignInSession.seen_at))
        .where(SignInSession.account_id == Account.id)
        .correlate(Account)
        .scalar_subquery()
    )
    asked = (
        select(Staff, Account, seen)
        .outerjoin(Account, Account.id == Staff.account_id)
        .where(Staff.shop_id == shop_id)
        .order_by(Staff.role != "owner", Staff.name, Staff.id)
    )
    if not removed:
        asked = asked.where(Staff.removed_at.is_(None))
    return [_person(staff, account, seen_at) for staff, account, seen_at in session.execute(asked)]


def invite(
    session: Session, shop_id: int, email: str, role: Role, now: datetime, *, name: str = ""
) -> Invited | Refused:
    """Let somebody come, with this role; the same again gives a new link. Whoever was removed may be invited again.

    Until they come the shop knows their address and nothing else: neither whether they have an account already, nor what
    they are called at another shop (I13). `name`: as whoever invites calls them.
    """
    folded = accounts.fold(email)
    if folded is None:
        return Refused("That is no e-mail address.")
    if accounts.is_reserved(folded):
        return Refused("That is one of the demo's people.")
    account = accounts.by_email(session, folded) or accounts.make(session, folded, "", now)
    staff = session.execute(
        select(Staff).where(Staff.shop_id == shop_id, Staff.email == folded).with_for_update()
    ).scalar_one_or_none()
    if staff is None:
        staff = Staff(shop_id=shop_id, email=folded, name=accounts.placeholder(folded), created_at=now)
        session.add(staff)
    elif staff.active:
        return Refused(f"{folded} works here already.")
    staff.account_id, staff.role, staff.active = account.id, role, False
    staff.name = accounts.tidy_name(name) or staff.name  # who worked here before is known
    staff.invited_at, staff.removed_at = now, None
    session.flush()
    return Invited(staff.id, folded, links.make(session, "invite", account, now, staff=staff))


def admit(session: Session, shop_id: int, account: Account, role: Role, now: datetime) -> Staff:
    """Make the account a member at once, without a link: for the command line and the demo. Safe to do twice."""
    staff = session.execute(
        select(Staff).where(Staff.shop_id == shop_id, Staff.email == account.email)
    ).scalar_one_or_none()
    if staff is None:
        staff = Staff(shop_id=shop_id, email=account.email, created_at=now)
        session.add(staff)
    staff.account_id, staff.name, staff.role = account.id, account.name, role
    staff.active, staff.removed_at = True, None
    staff.joined_at = staff.joined_at or now
    account.rights += 1
    links.end_resets(session, account.id, now)
    session.flush()
    return staff


def change_role(session: Session, shop_id: int, staff_id: int, role: str) -> Staff | Refused:
    """Give somebody another role."""
    wanted = role_named(role)
    staff = _locked(session, shop_id, staff_id)
    if staff is None or wanted is None:
        return Refused("There is no such person here.")
    if staff.role == "owner" and wanted != "owner" and _is_last_owner(session, staff):
        return Refused("A shop needs an owner: make somebody else one first.")
    staff.role = wanted
    _note_rights(session, staff)
    return staff


def remove(session: Session, shop_id: int, staff_id: int, now: datetime) -> Staff | Refused:
    """Somebody works here no more, or is not to come. What they did keeps their name."""
    staff = _locked(session, shop_id, staff_id)
    if staff is None:
        return Refused("There is no such person here.")
    if staff.active and staff.role == "owner" and _is_last_owner(session, staff):
        return Refused("A shop needs an owner: make somebody else one first.")
    staff.active, staff.removed_at = False, now
    links.withdraw(session, staff, now)
    _note_rights(session, staff)
    return staff


def reset(
    session: Session,
    shop_id: int,
    staff_id: int,
    by_account: int | None,
    now: datetime,
    *,
    both: bool = False,
) -> Reset | Refused:
    """A link that sets somebody's password anew. `by_account`: the owner who asks; None on the command line.

    An account may belong to several shops: only who owns them all may do that, else the owner of one could walk into
    another (I13).
    """
    staff = _locked(session, shop_id, staff_id)
    account = session.get(Account, staff.account_id) if staff and staff.account_id else None
    if staff is None or account is None:
        return Refused("There is no such person here.")
    if account.demo:
        return Refused("The demo's people have no password.")
    if not staff.active or account.password_hash is None:
        return Refused(f"{staff.email} has not come yet: invite them again for a new link.")
    if by_account is not None and not _owns_all(session, by_account, account.id):
        return Refused(
            f"{staff.email} also works for another shop, so one shop alone can't set their password: whoever runs this "
            "installation can, with `winback staff reset`."
        )
    return Reset(staff.id, staff.email, links.make(session, "reset_both" if both else "reset", account, now))


def _locked(session: Session, shop_id: int, staff_id: int) -> Staff | None:
    """The person, locked, and the shop before them: two owners can't take each other's role at the same moment, and nobody
    comes by an invitation that is being withdrawn."""
    session.execute(select(Shop.id).where(Shop.id == shop_id).with_for_update())
    return session.execute(
        select(Staff)
        .where(Staff.shop_id == shop_id, Staff.id == staff_id, Staff.removed_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def _is_last_owner(session: Session, staff: Staff) -> bool:
    others = select(func.count()).where(
        Staff.shop_id == staff.shop_id,
        Staff.role == "owner",
        Staff.active.is_(True),
        Staff.id != staff.id,
    )
    return staff.active and session.execute(others).scalar_one() == 0


def _owns_all(session: Session, owner: int, account_id: int) -> bool:
    """Of the shops where they work. One that has only invited them has no say yet, and is not told of: joining it ends the
    links that were made before (bot.staff.links)."""
    where = select(Staff.shop_id).where(Staff.account_id == account_id, Staff.active.is_(True))
    owned = select(Staff.shop_id).where(
        Staff.account_id == owner, Staff.role == "owner", Staff.active.is_(True)
    )
    return set(session.scalars(where)) <= set(session.scalars(owned))


def _note_rights(session: Session, staff: Staff) -> None:
    if staff.account_id is not None:
        session.get_one(Account, staff.account_id).rights += 1


def _person(staff: Staff, account: Account | None, seen_at: datetime | None) -> Person:
    state = "removed" if staff.removed_at else "joined" if staff.active else "invited"
    since = staff.removed_at or staff.joined_at or staff.invited_at or staff.created_at
    return Person(
        staff_id=staff.id,
        account_id=staff.account_id,
        name=staff.name,
        email=staff.email,
        role=staff.role,
        state=state,
        second_step=state == "joined" and account is not None and account.totp_secret is not None,
        demo=account is not None and account.demo,
        since=staff.invited_at or since if state == "invited" else since,
        seen_at=seen_at if state == "joined" else None,
    )
