"""What texts really cost: the provider's own price and count of parts, a day later.

Owns the reading of a day's bill. Status reports carry no price, and asking for each text would be a request a text; a
listing of a whole day is one for each thousand. So each GMT day is listed once it is over and settled, and again on the
two days after while any of our texts in it has no price yet. What is known is never asked for or changed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, timedelta
from typing import Any

import structlog
from sqlalchemy import Table, bindparam, select, update

from bot.compose import App
from bot.models import Outbound, Sender
from bot.sending.archive import BilledText, ListingError

AFTER = timedelta(hours=3)
"""How long after its end a day is listed: prices come minutes or hours after the text."""
LOOKS = 3
_AT_ONCE = 200
"""Rows a transaction: on SQLite webhooks wait for it."""

_log = structlog.stdlib.get_logger(__name__)
_OUTBOUND: Table = Outbound.__table__  # type: ignore[assignment]


def price_texts(app: App, state: Mapping[str, Any]) -> dict[str, Any]:
    """List the days that are over and not priced yet, for each account; gives the errand's next state.

    State: account -> {day (ISO): looks so far, "next": first day that was never listed}. An account that cannot be
    asked keeps its days.
    """
    settled = (app.real_now().astimezone(UTC) - AFTER).date()
    after: dict[str, Any] = {}
    for account in _accounts(app):
        days = dict(state.get(account) or {})
        first = date.fromisoformat(str(days.pop("next", (settled - timedelta(days=1)).isoformat())))
        for ahead in range((settled - first).days):
            days[(first + timedelta(days=ahead)).isoformat()] = 0
        after[account] = {**_looked(app, account, days, settled), "next": max(settled, first).isoformat()}
    return after


def _looked(app: App, account: str, days: Mapping[str, int], settled: date) -> dict[str, int]:
    """List these days, oldest first; gives those that have to be listed again, with the looks that they had."""
    again: dict[str, int] = {}
    for day, looks in sorted(days.items()):
        listed_on = date.fromisoformat(day) + timedelta(days=1 + looks)
        if listed_on > settled:  # one look a day
            again[day] = looks
            continue
        try:
            open_still = sum(
                _write(app, page) for page in app.archive.list_billed(account, date.fromisoformat(day))
            )
        except ListingError as error:
            _log.warning("prices could not be asked for", day=day, why=str(error))
            again[day] = looks
            continue
        if open_still and looks + 1 < LOOKS:
            again[day] = looks + 1
    return again


def _accounts(app: App) -> list[str]:
    with app.database.read() as session:
        return sorted(session.scalars(select(Sender.account).distinct()))


def _write(app: App, page: list[BilledText]) -> int:
    """Write down what is known; gives how many of our texts on this page have no price yet."""
    open_still = 0
    for at in range(0, len(page), _AT_ONCE):
        some = {text.provider_id: text for text in page[at : at + _AT_ONCE]}
        with app.database.write() as session:
            ours = session.execute(
                select(Outbound.id, Outbound.provider_id).where(
                    Outbound.provider_id.in_(some), Outbound.price_microcents.is_(None)
                )
            ).all()
            rows = [_row(row.id, some[row.provider_id]) for row in ours if row.provider_id]
            open_still += sum(1 for row in rows if row["price"] is None)
            news = [row for row in rows if row["price"] is not None or row["billed"] is not None]
            if news:
                session.connection().execute(_PRICE, news)
    return open_still


def _row(outbound_id: int, text: BilledText) -> dict[str, Any]:
    known = text.price_microcents is not None
    return {
        "its_id": outbound_id,
        "price": text.price_microcents,
        "unit": text.unit if known else None,
        "billed": text.parts,
    }


_PRICE = (
    update(_OUTBOUND)
    .where(_OUTBOUND.c.id == bindparam("its_id"))
    .values(
        price_microcents=bindparam("price", type_=_OUTBOUND.c.price_microcents.type),
        price_unit=bindparam("unit", type_=_OUTBOUND.c.price_unit.type),
        billed_parts=bindparam("billed", type_=_OUTBOUND.c.billed_parts.type),
    )
)
