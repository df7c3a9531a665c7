"""How long somebody has waited, as the shop counts: only its working hours count.

Owns that sum. Pure; whose hours they are is bot.shops', and what follows from a long wait is bot.inbox.alerting's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.shops import WorkingHours
from flows.zones import zone_named

FURTHEST = timedelta(days=400)
"""What lies further back is counted as if it had begun then."""


def worked(hours: WorkingHours, zone: str, since: datetime, until: datetime) -> timedelta:
    """Working time between two instants, in the zone's own days: one that a clock change makes an hour shorter counts
    shorter. A shop that never works counts every hour, for else nobody there would ever be late."""
    since = max(since, until - FURTHEST)
    if since >= until:
        return timedelta()
    if not hours.days or hours.to_hour <= hours.from_hour:
        return until - since
    at = zone_named(zone)
    total, day = timedelta(), since.astimezone(at).replace(hour=0, minute=0, second=0, microsecond=0)
    last = until.astimezone(at).date()
    while day.date() <= last:
        if day.weekday() in hours.days:
            # in UTC: the difference of two local times of one zone is that of their faces
            opens = (day + timedelta(hours=hours.from_hour)).astimezone(UTC)
            closes = (day + timedelta(hours=hours.to_hour)).astimezone(UTC)
            total += max(timedelta(), min(closes, until) - max(opens, since))
        day += timedelta(days=1)
    return total
