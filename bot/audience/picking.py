"""The part of a trigger that SQL can't say: a day that is reckoned from many orders, a date in an attribute.

Owns that part, for a page of customers at a time. The rest of each trigger is bot.audience.conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.audience.birthdays import ATTRIBUTE, birthday_of, days_until
from bot.audience.conditions import Asked
from bot.audience.running_out import running_out
from flows.zones import zone_named

STILL_LOW = timedelta(days=7)
"""How long after the predicted day somebody still enters; later it is no news that they have run out."""


def picked(session: Session, ask: Asked, rows: Sequence[Any]) -> set[int]:
    """Those of these customers whom the trigger names today."""
    trigger = ask.flow.trigger
    if trigger.replenishment is not None:
        ahead = timedelta(seconds=trigger.replenishment)
        return {
            customer
            for customer, found in running_out(session, [row.id for row in rows]).items()
            if found.at - ahead <= ask.now <= found.at + STILL_LOW
        }
    if trigger.birthday is not None:
        today = ask.now.astimezone(zone_named(ask.zone)).date()
        days = {row.id: birthday_of(row.attributes.get(ATTRIBUTE), row.country) for row in rows}
        return {
            customer
            for customer, born in days.items()
            if born is not None and days_until(born, today) <= trigger.birthday
        }
    return {row.id for row in rows}
