"""Can somebody sign in, and let others in? For `winback doctor`: shops without an owner who has a password.

Owns the question. Looks only.
"""

from __future__ import annotations

from sqlalchemy import select

from bot.compose import App
from bot.models import Account, Shop, Staff


def owners(app: App) -> tuple[str, bool, str, str]:
    """(name, ok, why, remedy). The demo's people need no password, so a demo shop is not asked about."""
    owner = (
        select(Staff.id)
        .join(Account, Account.id == Staff.account_id)
        .where(
            Staff.shop_id == Shop.id,
            Staff.role == "owner",
            Staff.active.is_(True),
            Account.password_hash.is_not(None),
        )
    )
    with app.database.read() as session:
        without = list(
            session.scalars(select(Shop.slug).where(Shop.demo.is_(False), ~owner.exists()).order_by(Shop.id))
        )
    if without:
        why = f"nobody who can sign in owns {', '.join(without)}"
        return "owners", False, why, f"run `winback --shop {without[0]} staff add EMAIL`"
    return "owners", True, "every shop has one who can sign in", ""
