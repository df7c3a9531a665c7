"""Who may be texted, and for the rest why not and what would mend it: the table that ends every import.

Owns the table. It foretells the gate for a win-back text, as far as the customer decides it (hours and caps come and go);
the gate alone permits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from bot.compliance.book import book
from bot.importing.units import REMEDIES
from bot.models import Consent, Customer, Shop, Suppression


@dataclass(frozen=True, slots=True)
class Line:
    """One reason. `code` is stable, for scripts."""

    code: str
    count: int
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Table:
    """All of a shop's customers, by whether they may be texted. `rows_left_out`: rows of the file without a customer."""

    customers: int
    may_be_texted: int
    may_not: tuple[Line, ...]
    rows_left_out: tuple[Line, ...]
    shop_in_test: bool

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "customers": self.customers,
            "may_be_texted": self.may_be_texted,
            "may_not": {line.code: line.count for line in self.may_not},
            "rows_left_out": {line.code: line.count for line in self.rows_left_out},
            "shop_in_test": self.shop_in_test,
        }


_REASONS: dict[str, tuple[str, str]] = {
    "opted_out": ("opted out", "nothing here: only their own START, or a new signed consent"),
    "no_marketing": ("opted out of marketing", "nothing here: only their own START, or a new signed consent"),
    "blocked": ("consent is there, but Twilio blocks the number", "ask them to text START to your number"),
    "held": ("held: it is in doubt whether they want texts", "look at the conversation and settle it"),
    "wrong_number": ("somebody else has the number", "ask the customer for the new one"),
    "no_consent": (
        "no consent to texts on file",
        "collect it: a JOIN keyword, a box at checkout; or map the column that has it: --map sms_consent=...",
    ),
    "consent_too_weak": (
        "consent on file, but not the kind that marketing needs there",
        "give the wording that they agreed to: --map consent_wording=... or --consent-wording '...'",
    ),
    "consent_expired": ("implied consent has run out", "ask for consent by another road"),
    "bad_number": ("the carrier says that the number cannot be texted", "ask the customer for another"),
    "no_profile": ("no rules on file for their country, so nothing is sent", "none in this version"),
    "erased": ("erased at their request", "nothing"),
}
_LEFT_OUT: dict[str, str] = {
    "no_phone": "no phone number",
    "bad_phone": "a phone number that cannot be read",
    "repeated": "the same number or id as another row",
    "no_id": "no order number, or no id of a product",
    "bad_date": "a date that cannot be read",
    "bad_amount": "an amount that cannot be read",
    "no_customer": "an order of nobody that we know, without a number",
    "conflict": "rows that contradict each other",
    "erased": "somebody who was erased",
    "opted_out_before": "a new number of somebody who opted out",
    "no_name": "a product without a name",
    "too_long": "a short name that is too long for a text",
    "bad_days": "days that cannot be read",
    "shape": "a broken row",
}


def standing(session: Session, shop_id: int, reasons: Mapping[str, int], now: datetime) -> Table:
    """The table for a shop, with the rejected rows of the file just imported (by code)."""
    groups = (
        Customer.erased_at.is_not(None),
        Customer.number_state,
        Customer.country,
        Suppression.kind,
        Consent.kind,
        _ran_out(now),
    )
    columns: list[Any] = [group.label(f"g{number}") for number, group in enumerate(groups)]
    statement = (
        select(func.count(), *columns)
        .outerjoin(
            Suppression, and_(Suppression.shop_id == shop_id, Suppression.phone_key == Customer.phone_key)
        )
        .outerjoin(Consent, and_(Consent.shop_id == shop_id, Consent.phone_key == Customer.phone_key))
        .where(Customer.shop_id == shop_id)
        .group_by(*columns)
    )
    found: dict[str | None, int] = {}
    for count, *facts in session.execute(statement):
        reason = why_not(*facts)
        found[reason] = found.get(reason, 0) + count
    state = session.execute(select(Shop.state).where(Shop.id == shop_id)).scalar_one()
    return Table(
        customers=sum(found.values()),
        may_be_texted=found.get(None, 0),
        may_not=tuple(Line(code, found[code], *words) for code, words in _REASONS.items() if code in found),
        rows_left_out=tuple(
            Line(code, reasons[code], _LEFT_OUT[code], remedy)
            for code, remedy in REMEDIES.items()
            if reasons.get(code)
        ),
        shop_in_test=state == "test",
    )


def why_not(
    erased: bool,
    number_state: str,
    country: str,
    suppression: str | None,
    consent: str | None,
    old: bool | None,
) -> str | None:
    """The first reason for which a win-back text to such a customer would be denied; None when there is none."""
    if erased:
        return "erased"
    if suppression is not None:
        return suppression if suppression in _REASONS else "held"
    if number_state != "ok":
        return "bad_number" if number_state == "bad" else "wrong_number"
    profile = book().profiles.get(country)
    if profile is None:
        return "no_profile"
    if consent is None:
        return "no_consent"
    if consent not in profile.marketing_consent:
        return "consent_too_weak"
    return "consent_expired" if old else None


def _ran_out(now: datetime) -> ColumnElement[bool]:
    """Whether a consent has ended by time, as `Profile.runs_out` says it (R150, R155)."""
    ended: list[ColumnElement[bool]] = []
    for country, profile in book().profiles.items():
        ordered = Customer.last_order_at
        implied = and_(
            Consent.at < now - timedelta(days=profile.inquiry_days),
            or_(ordered.is_(None), ordered < now - timedelta(days=profile.implied_days)),
        )
        soft = func.coalesce(ordered, Consent.at) < now - timedelta(days=profile.soft_days)
        by_kind = or_(and_(Consent.kind == "implied", implied), and_(Consent.kind == "soft", soft))
        ended.append(and_(Customer.country == country, by_kind))
    return or_(*ended)
