"""The owner's own phone, for the tests of what is told there and answered from there."""

from __future__ import annotations

from sqlalchemy import select

from bot.alerts.deliver import deliver
from bot.db import Database
from bot.inbox.alerting import look
from bot.models import Outbound, Suppression
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.support.cast import Cast, Member
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

PHONE = "+14155550109"
NOTICE = 'sent: Ana waits for a person: asked for a person. "do you have decaf?" Answer here: Ana: your words'


def texts(db: Database, who: Member) -> list[str]:
    """What was texted to them, with what became of each."""
    with db.read() as session:
        rows = session.execute(
            select(Outbound.body, Outbound.status)
            .where(Outbound.conversation_id == who.conversation_id)
            .order_by(Outbound.id)
        )
        return [f"{row.status}: {row.body}" for row in rows]


def told(app: FakedApp) -> None:
    """Whatever is due is told, and leaves."""
    look(app)
    deliver(app)
    run_until_quiet(app)


def silenced(db: Database, *who: Member) -> list[str]:
    """What stands against texts to these."""
    with db.read() as session:
        keys = [each.phone_key for each in who]
        return list(session.scalars(select(Suppression.kind).where(Suppression.phone_key.in_(keys))))


def answers(app: FakedApp, cast: Cast, olga: Member, clock: StillClock, body: str) -> None:
    """Olga texts this, and all that follows from it happens."""
    text_in(app, cast, olga, body)
    clock.move(seconds=5)
    run_until_quiet(app)
    deliver(app)
    clock.move(seconds=10)
    run_until_quiet(app)
