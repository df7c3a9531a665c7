"""Doubts that nobody settled: after a week they are opt-outs, never texts.

Owns the time and the turning. A hold is a question to a person; a question that nobody answers is answered by the customer's
benefit (R145). A wrong number waits for a person as long as it takes (R30): nothing leaves meanwhile, either way.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import literal_column, select

from bot.clock import domain_now
from bot.compliance.standing import Change, Standing, change
from bot.compose import App
from bot.models import Suppression

UNDECIDED = timedelta(days=7)
"""Domain time that a person has to settle a doubt."""
_BATCH = 200


def end_holds(app: App, batch: int = _BATCH) -> int:
    """Turn every doubt that is older than `UNDECIDED` into an opt-out; gives how many. Twice is once.

    `batch`: so many in one transaction, for SQLite has one writer.
    """
    ended = 0
    while True:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            over = session.execute(
                # the kind is written out: with a parameter neither database can use the partial index
                select(Suppression.shop_id, Suppression.phone_key, Suppression.since)
                .where(Suppression.kind == literal_column("'held'"), Suppression.since <= now - UNDECIDED)
                .order_by(Suppression.since)
                .limit(batch)
            ).all()
            for each in over:
                ended += change(session, each.shop_id, each.phone_key, "hold", now, None, _undecided)
        if len(over) < batch:
            return ended


def _undecided(standing: Standing) -> Change | None:
    """Settled meanwhile: nothing. Flows need not hear of it: they have been silent for a week, and the gate keeps them so."""
    there = standing.suppression
    if there is None or there.kind != "held":
        return None
    details = {"why": "a doubt that nobody settled", "held_since": there.since.isoformat()}
    return Change("opted_out", details, suppress="opted_out", consent=None)
