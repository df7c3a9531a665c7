"""Who did what: written in the transaction of the act itself, so that there is no act without its line.

Owns the row and its reading. Details are small facts: ids, roles, settings. Never what a text says, and numbers only masked
(I12); `record` sees to both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Account, Audit, Staff
from bot.processes.logs import mask_numbers

_BODIES = frozenset({"body", "text", "texts", "message", "password", "token", "secret", "code"})
_LENGTH = 300
PAGE = 100
"""Lines that a page shows."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acted. A command or a job has a name and nothing else."""

    name: str
    account_id: int | None = None
    staff_id: int | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What it was done to: the kind of row, and its number."""

    kind: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the audit."""

    id: int
    at: datetime
    actor: str
    account_id: int | None
    staff_id: int | None
    action: str
    subject: str
    details: Mapping[str, Any]
    address: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for. `before`: acts older than the one with this number."""

    staff_id: int | None = None
    action: str = ""
    subject_kind: str = ""
    before: int | None = None


def record(
    session: Session,
    by: By,
    action: str,
    *,
    shop_id: int | None,
    at: datetime,
    subject: Subject | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write that `by` did this, at `at` (domain time), with the transaction at hand.

    Raises ValueError for details that would hold what a text says, or a secret.
    """
    session.add(
        Audit(
            shop_id=shop_id,
            actor=mask_numbers(by.name)[:100],
            account_id=by.account_id,
            staff_id=by.staff_id,
            action=action,
            subject_kind=subject.kind if subject else None,
            subject_id=subject.id if subject else None,
            details=_clean(details or {}),
            address=by.address[:64] if by.address else None,
            at=at,
        )
    )


def record_of_account(
    session: Session, account: Account, action: str, at: datetime, *, address: str = "", **details: Any
) -> None:
    """Write what somebody did to their own account, at each shop that they work for: its owner may want to know."""
    members = session.execute(
        select(Staff.shop_id, Staff.id).where(Staff.account_id == account.id, Staff.active.is_(True))
    ).all()
    where: list[tuple[int | None, int | None]] = [(shop_id, staff_id) for shop_id, staff_id in members]
    for shop_id, staff_id in where or [(None, None)]:
        by = By(account.name or account.email, account.id, staff_id, address)
        subject = Subject("account", account.id)
        record(session, by, action, shop_id=shop_id, at=at, subject=subject, details=details)


def acts(session: Session, shop_id: int, wanted: Filter, limit: int = PAGE) -> list[Act]:
    """The newest acts at this shop that fit, newest first."""
    asked = select(Audit).where(Audit.shop_id == shop_id)
    if wanted.staff_id is not None:
        asked = asked.where(Audit.staff_id == wanted.staff_id)
    if wanted.action:
        asked = asked.where(Audit.action == wanted.action)
    if wanted.subject_kind:
        asked = asked.where(Audit.subject_kind == wanted.subject_kind)
    if wanted.before is not None:
        asked = asked.where(Audit.id < wanted.before)
    return [_act(row) for row in session.scalars(asked.order_by(Audit.id.desc()).limit(limit))]


def actions(session: Session, shop_id: int) -> list[str]:
    """The kinds of acts that there have been, for the filter."""
    asked = select(Audit.action).where(Audit.shop_id == shop_id).distinct().order_by(Audit.action)
    return list(session.scalars(asked))


def _act(row: Audit) -> Act:
    subject = row.subject_kind or ""
    if row.subject_id is not None:
        subject = f"{subject} {row.subject_id}"
    return Act(
        id=row.id,
        at=row.at,
        actor=row.actor,
        account_id=row.account_id,
        staff_id=row.staff_id,
        action=row.action,
        subject=subject,
        details=row.details,
        address=row.address or "",
    )


def _clean(details: Mapping[str, Any]) -> dict[str, Any]:
    if held := _BODIES & {name.lower() for name in details}:
        raise ValueError(f"the audit keeps no {', '.join(sorted(held))}")
    return {name: _value(value) for name, value in details.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return mask_numbers(value)[:_LENGTH]
    if isinstance(value, Mapping):
        return _clean(value)
    if isinstance(value, list | tuple):
        return [_value(each) for each in value]
    return value
