"""What holds texts back right now, for `winback doctor`: alerts, pauses, slowed senders, shops whose people are behind.

Owns the questions. Looks only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.clock import domain_now
from bot.compose import App
from bot.models import Alert, Shop
from bot.phones import mask_in
from bot.sending.breaker import FLOW_HELD, TALKS_TO_A_MACHINE, held_flows
from bot.sending.feeds import NO_ORDERS, without_orders
from bot.sending.pacing import Level
from bot.sending.pressure import behind
from bot.sending.throttle import troubles

OPEN = timedelta(hours=24)
"""An alert that did not come again for so long is taken for mended."""


TOLD_BELOW = frozenset({NO_ORDERS, FLOW_HELD})
"""Alerts that are told for as long as it is so, and no longer."""
_REMEDIES = {TALKS_TO_A_MACHINE: "a person has the conversation now: look whether somebody is there at all"}


@dataclass(frozen=True, slots=True)
class HeldBack:
    """One reason. `about`: a sender, an account or a shop, numbers masked. `shop`: whose texts alone; None: an account's."""

    about: str
    why: str
    remedy: str
    shop: str | None = None


def held_back(app: App) -> Iterator[HeldBack]:
    """All reasons why texts leave more slowly than they could, or not at all; alerts first."""
    real = app.real_now()
    with app.database.read() as session:
        alerts = session.scalars(select(Alert).where(Alert.last_at > real - OPEN).order_by(Alert.id)).all()
        paces = troubles(session, real)
        shops = {row.id: row.slug for row in session.execute(select(Shop.id, Shop.slug))}
        now = domain_now(session, app.real_now)
        people, unheard = behind(session, shops, now), without_orders(session, now)
        held = held_flows(session)
    for alert in alerts:
        if alert.code in TOLD_BELOW:
            continue
        yield HeldBack(
            mask_in(alert.about),
            f"{alert.told} ({alert.code}), last on {alert.last_at:%Y-%m-%d %H:%M} UTC",
            _REMEDIES.get(alert.code, "mend it at the provider; it is forgotten a day after it came last"),
        )
    for name, level in sorted(paces.items()):
        if told := _told(level, real):
            yield HeldBack(mask_in(name), told, "it ends by itself")
    for shop_id, why in sorted(people.items()):
        slug = shops[shop_id]
        yield HeldBack(f"openers of {slug}", why, "answer them, or raise people_waiting", slug)
    for flow in held:
        yield HeldBack(
            f"flow {flow.name} of {shops[flow.shop_id]}",
            f"{flow.why}, held since {flow.since:%b %d}",
            f"look at its texts and at who opted out; `winback --shop {shops[flow.shop_id]} flow resume {flow.name}` "
            "lets it go on",
            shops[flow.shop_id],
        )
    for shop_id, why in sorted(unheard.items()):
        yield HeldBack(
            f"openers of {shops[shop_id]}",
            why,
            "`winback import orders`, or report them to POST /api/v1/orders; the setting order_data_days says how "
            "long they may be missing",
            shops[shop_id],
        )


def _told(level: Level, real: datetime) -> str | None:
    for what, until in (
        ("paused", level.paused_until),
        ("openers wait", level.openers_until),
        ("slowed down", level.slow_until),
    ):
        if until is not None and until > real:
            return f"{what} until {until:%H:%M:%S} UTC: {level.why or 'no reason noted'}"
    return None
