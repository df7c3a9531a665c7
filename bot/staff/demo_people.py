"""The two people of the demo: somebody to be in the console without a password. Who may be them, console.demo_door says."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Account, Shop
from bot.staff import accounts
from bot.staff.members import admit
from bot.staff.roles import Role

DEMO_ROLES: Final[tuple[Role, ...]] = ("owner", "agent")


def demo_account(session: Session, role: Role, now: datetime) -> Account | None:
    """The demo's owner or agent, made when first wanted, a member of every demo shop. None: there is no demo shop, or
    somebody else has the address."""
    shops = list(session.scalars(select(Shop.id).where(Shop.demo.is_(True))))
    if role not in DEMO_ROLES or not shops:
        return None
    email = f"{role}@{accounts.DEMO_DOMAIN}"
    account = accounts.by_email(session, email)
    if account is not None and not account.demo:
        return None  # somebody's own account, of a time when the address was not kept for the demo
    if account is None:
        account = accounts.make(session, email, f"Demo {role}", now)
        account.demo = True
        for shop_id in shops:
            admit(session, shop_id, account, role, now)
    return account
