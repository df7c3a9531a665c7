"""How often somebody may try: counted by account and address before a password or a code is looked at.

Owns the counting, in the database, so that all processes count together. An account's tries are counted for each network
by itself and, more patiently, for all together: a stranger who keeps trying locks himself out, not the owner at home. An
e-mail address that nobody has is counted just the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from bot.addresses import network_of
from bot.keys import Keys
from bot.models import SignInTries

PERIOD = timedelta(minutes=15)
"""In which tries are counted, and after which they are forgotten."""
FROM_ONE_PLACE = 10
"""Of one account, from one network."""
OF_ACCOUNT = 60
"""Of one account, from everywhere."""
OF_ADDRESS = 120
"""Of all accounts, from one network: an office has one address."""
OF_CODES = 6
"""Codes of the second step, of one account."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that is counted."""

    name: str
    most: int


def at_sign_in(keys: Keys, email: str, address: str) -> tuple[Limit, ...]:
    """What counts a try with a password."""
    network = network_of(address)
    return (
        Limit(f"both:{keys.stamp('tries', email, network)}", FROM_ONE_PLACE),
        Limit(f"account:{keys.stamp('tries', email)}", OF_ACCOUNT),
        Limit(f"address:{keys.stamp('tries', network)}", OF_ADDRESS),
    )


def at_second_step(account_id: int) -> tuple[Limit, ...]:
    """What counts a try with a code, or with the password of somebody who is signed in."""
    return (Limit(f"code:{account_id}", OF_CODES),)


def count(session: Session, limits: tuple[Limit, ...], now: datetime) -> bool:
    """Count one more try at each of these; False when that is too many of any."""
    session.execute(delete(SignInTries).where(SignInTries.since <= now - PERIOD))
    allowed = True
    for limit in sorted(
        limits, key=lambda each: each.name
    ):  # in one order: two that try at once don't lock each other
        changed = session.execute(
            update(SignInTries).where(SignInTries.name == limit.name).values(tries=SignInTries.tries + 1)
        )
        if not changed.rowcount:  # type: ignore[attr-defined]
            _begin(session, limit.name, now)
        tries = session.execute(select(SignInTries.tries).where(SignInTries.name == limit.name)).scalar_one()
        allowed = allowed and tries <= limit.most
    return allowed


def just_locked(session: Session, limits: tuple[Limit, ...]) -> bool:
    """Whether the try that was just counted was the first one too many of this account: told once in a period."""
    for limit in limits:
        if not limit.name.startswith("address:"):
            tries = session.execute(
                select(SignInTries.tries).where(SignInTries.name == limit.name)
            ).scalar_one_or_none()
            if tries == limit.most + 1:
                return True
    return False


def forget(session: Session, limits: tuple[Limit, ...]) -> None:
    """Somebody proved who they are: their earlier tries count no more. Those of the address do."""
    names = [limit.name for limit in limits if not limit.name.startswith("address:")]
    session.execute(delete(SignInTries).where(SignInTries.name.in_(names)))


def _begin(session: Session, name: str, now: datetime) -> None:
    if session.get_bind().dialect.name == "sqlite":
        session.execute(insert(SignInTries).values(name=name, tries=1, since=now))
        return
    from sqlalchemy.dialects.postgresql import insert as upsert

    session.execute(
        upsert(SignInTries)
        .values(name=name, tries=1, since=now)
        .on_conflict_do_update(index_elements=["name"], set_={"tries": SignInTries.tries + 1})
    )
