"""Who enters a flow now: the trigger's conditions, the audience and the consent, asked of all customers a page at a time.

Owns the finding. The conditions are bot.audience.conditions; enrolling whom it found, bot.audience.enrol.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, literal, select, tuple_
from sqlalchemy.orm import Session

from bot.audience.conditions import Asked, conditions
from bot.audience.picking import picked
from bot.compliance.book import book
from bot.models import Consent, Customer
from bot.models.base import UtcDateTime
from flows.conditions import Test, holds

PAGE = 500
BY_ID = frozenset({"cart_abandoned", "birthday"})
"""Kinds whose customers may never have ordered: they come in the order of their ids, the others newest order first."""

Place: TypeAlias = tuple[datetime | None, int]
"""Where a page ends: the last order (None where it does not count) and the id."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who fits a flow now."""

    customer_id: int
    phone_key: str
    phone: str
    last_order_at: datetime | None
    arm: str


def candidates(session: Session, ask: Asked, *, after: Place | None = None) -> Iterator[Candidate]:
    """Who would be enrolled, the newest last order first (by id where orders don't matter): named by the trigger, in the
    audience, and allowed to be texted.

    `after`: the place of the one after whom to go on.
    """
    while True:
        rows = session.execute(_page(ask, after)).all()
        yield from _fitting(session, ask, rows)
        if len(rows) < PAGE:
            return
        after = place_of(ask, rows[-1])


def still(session: Session, ask: Asked, customers: Collection[int]) -> list[Candidate]:
    """Those of these customers who fit, asked anew: since they were found, somebody else may have enrolled them."""
    rows = session.execute(_fit(ask).where(Customer.id.in_(list(customers)))).all()
    return list(_fitting(session, ask, rows))


def place_of(ask: Asked, row: Any) -> Place:
    """Where a page goes on after this row, or this candidate."""
    its_id = row.customer_id if isinstance(row, Candidate) else row.id
    return (None if ask.kind in BY_ID else row.last_order_at), its_id


def arm_of(shop_id: int, phone_key: str, flow: str, holdout_percent: int) -> str:
    """treated or control: hash(shop, customer, flow), so that it is the same on every day and every machine."""
    digest = hashlib.sha256(f"holdout/{shop_id}/{phone_key}/{flow}".encode()).digest()
    return "control" if int.from_bytes(digest[:4]) % 100 < holdout_percent else "treated"


def fits(tests: tuple[Test, ...], row: Any, now: datetime) -> bool:
    """Whether a customer's row passes a flow's audience tests, and their consent is one that their country wants today."""
    return consent_fits(row) and _lasts(row, now) and in_audience(tests, row, now)


def consent_fits(row: Any) -> bool:
    """Whether the consent in a customer's row is of a kind that their country wants."""
    profile = book().profiles.get(row.country)
    return profile is not None and row.consent in profile.marketing_consent


def _lasts(row: Any, now: datetime) -> bool:
    """Whether the consent has not ended by time (R150, R155): the gate would deny, and the passage would be spent."""
    end = book().profiles[row.country].runs_out(row.consent, row.consent_at, row.last_order_at)
    return end is None or now <= end


def in_audience(tests: tuple[Test, ...], row: Any, now: datetime) -> bool:
    """Whether a customer's row passes a flow's audience tests."""
    names = {
        "orders": row.orders_count,
        "points": row.points,
        "language": row.language or "en",
        "customer": {
            "orders": row.orders_count,
            "points": row.points,
            "spent": row.spent_cents / 100,
            "country": row.country,
            "language": row.language or "en",
            "days_since_order": (now - row.last_order_at).days if row.last_order_at else None,
            "attributes": row.attributes,
        },
    }
    return all(holds(test, names) for test in tests)


def who() -> tuple[Any, ...]:
    """The columns of a customer's row that enrolment looks at, but for the kind of consent."""
    return (
        Customer.id,
        Customer.phone,
        Customer.phone_key,
        Customer.last_order_at,
        Customer.orders_count,
        Customer.spent_cents,
        Customer.points,
        Customer.country,
        Customer.language,
        Customer.attributes,
    )


def _fitting(session: Session, ask: Asked, rows: Sequence[Any]) -> Iterator[Candidate]:
    rows = [row for row in rows if fits(ask.flow.audience, row, ask.now)]
    named = picked(session, ask, rows)
    for row in rows:
        if row.id in named:
            arm = arm_of(ask.shop_id, row.phone_key, ask.flow.name, ask.flow.holdout_percent)
            yield Candidate(row.id, row.phone_key, row.phone, row.last_order_at, arm)


def _fit(ask: Asked) -> Select[Any]:
    return (
        select(*who(), Consent.kind.label("consent"), Consent.at.label("consent_at"))
        .join(Consent, (Consent.shop_id == Customer.shop_id) & (Consent.phone_key == Customer.phone_key))
        .where(Customer.shop_id == ask.shop_id, *conditions(ask).values())
    )


def _page(ask: Asked, after: Place | None) -> Select[Any]:
    statement = _fit(ask).limit(PAGE)
    if ask.kind in BY_ID:
        statement = statement.order_by(Customer.id)
        return statement.where(Customer.id > after[1]) if after else statement
    statement = statement.order_by(Customer.last_order_at.desc(), Customer.id.desc())
    if after is None or after[0] is None:
        return statement
    here: ColumnElement[Any] = tuple_(literal(after[0], UtcDateTime), literal(after[1]))
    # as one value, so that the index finds the place
    return statement.where(tuple_(Customer.last_order_at, Customer.id) < here)
