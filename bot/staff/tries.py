"""How often somebody may try: counted by account and address before a password or a code is looked at.

Owns the counting, in the database, so that all processes count together. A lock is no weapon: tries are counted from the
narrow to the wide, and one that is refused is counted no further, so that whoever keeps trying locks out himself, then his
network, and only many networks together the account. Even that closes it to strangers alone: a browser that signed in to
the account before (bot.staff.devices) has a count of its own. An e-mail address that nobody has is counted just the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from bot.addresses import network_of, site_of
from bot.keys import Keys
from bot.models import SignInTries

PERIOD = timedelta(minutes=15)
"""In which tries are counted, and after which they are forgotten."""
FROM_ONE_PLACE = 10
"""Of one account, from one network."""
FROM_ONE_SITE = 30
"""Of one account, from one /48 of IPv6, which anybody may have."""
FROM_A_DEVICE = 10
"""Of one account, from a browser that it knows; all the others don't matter to that."""
OF_ACCOUNT = 60
"""Of one account, from everywhere else."""
OF_ADDRESS = 120
"""Of all accounts, from one network: an office has one address, and so has everybody behind a proxy that is not named in
`web.trusted_proxies`."""
OF_CODES = 6
"""Codes of the second step, of one account: from each browser that it knows, and from all others together."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that is counted."""

    name: str
    most: int


def at_sign_in(keys: Keys, email: str, address: str, device: str | None = None) -> tuple[Limit, ...]:
    """What counts a try with a password, the narrow before the wide. `device`: the name of a browser that the account knows."""
    if device is not None:
        return (Limit(f"device:{keys.stamp('tries', email, 'device', device)}", FROM_A_DEVICE),)
    network, site = network_of(address), site_of(address)
    of_site = Limit(f"site:{keys.stamp('tries', email, 'site', site)}", FROM_ONE_SITE)
    return (
        Limit(f"address:{keys.stamp('tries', network)}", OF_ADDRESS),
        Limit(f"both:{keys.stamp('tries', email, network)}", FROM_ONE_PLACE),
        *((of_site,) if site != network else ()),
        Limit(f"account:{keys.stamp('tries', email)}", OF_ACCOUNT),
    )


def at_second_step(account_id: int, device: str | None = None) -> tuple[Limit, ...]:
    """What counts a try with a code, or with the password of somebody who is signed in."""
    return (Limit(f"code:{account_id}:{device}" if device is not None else f"code:{account_id}", OF_CODES),)


def count(session: Session, limits: tuple[Limit, ...], now: datetime) -> bool:
    """Count one more try at each of these, up to the first where it is one too many; False when there is such a one.

    All begin at the same kind of limit and go on in the same order, so that two that try at once don't lock each other.
    """
    session.execute(delete(SignInTries).where(SignInTries.since <= now - PERIOD))
    for limit in limits:
        changed = session.execute(
            update(SignInTries).where(SignInTries.name == limit.name).values(tries=SignInTries.tries + 1)
        )
        if not changed.rowcount:  # type: ignore[attr-defined]
            _begin(session, limit.name, now)
        tries = session.execute(select(SignInTries.tries).where(SignInTries.name == limit.name)).scalar_one()
        if tries > limit.most:
            return False
    return True


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
