"""The audit of a shop: who did what, newest first, with a filter. For owners; reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import select

from bot.compose import App
from bot.models import Shop
from bot.staff import audit, members
from bot.staff.audit import PAGE, Act, Filter
from console import words
from console.access import current, needs


@dataclass(frozen=True, slots=True)
class Line:
    """An act in words."""

    id: int
    when: str
    actor: str
    action: str
    subject: str
    details: str
    address: str


def audit_blueprint(app: App) -> Blueprint:
    """/shops/SLUG/audit."""
    doors = Blueprint("audit", __name__, url_prefix="/shops/<slug>/audit")

    @doors.get("")
    @needs("audit.look")
    def page(slug: str) -> str:
        who = current()
        wanted = Filter(
            staff_id=_number(request.args.get("who", "")),
            action=request.args.get("action", "")[:64],
            before=_number(request.args.get("before", "")),
        )
        with app.database.read() as session:
            zone = session.execute(select(Shop.zone).where(Shop.id == who.shop_id)).scalar_one()
            found = audit.acts(session, who.shop_id, wanted, PAGE + 1)
            actions = audit.actions(session, who.shop_id)
            people = members.people(session, who.shop_id, removed=True)
        older = found[PAGE - 1].id if len(found) > PAGE else None
        return render_template(
            "audit.html",
            lines=[_line(act, zone) for act in found[:PAGE]],
            actions=actions,
            people=people,
            wanted=wanted,
            older=older,
        )

    return doors


def _line(act: Act, zone: str) -> Line:
    return Line(
        id=act.id,
        when=_when(act.at, zone),
        actor=act.actor,
        action=act.action,
        subject=act.subject,
        details=", ".join(f"{name}: {_shown(value)}" for name, value in act.details.items()),
        address=act.address,
    )


def _when(at: datetime, zone: str) -> str:
    return f"{words.day(at, zone)}, {words.clock(at, zone)}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_shown(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    return str(value)


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None
