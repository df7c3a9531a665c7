"""The end of a shift: my conversations, and what becomes of each; and whoever is gone holds nothing.

Owns the list and the leaving. What can be done with each is bot.inbox.arranging's and returning's: give it to a colleague,
let it wait, hand it to the bot, close it, each with a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.conversations import holders
from bot.inbox import Actor
from bot.inbox.deeds import lock, note
from bot.inbox.holding import rearm
from bot.models import Conversation, Customer, Promise, SignInSession, Staff
from bot.staff import audit
from bot.staff.roles import ALLOWED, may
from bot.staff.sessions import IDLE

SIGNED_OFF = "a colleague signed off"
GONE = "a colleague works here no more"
NO_MORE = "a colleague answers customers no more"
CLOCK = audit.By("clock")
"""Who lets go in nobody's name."""


@dataclass(frozen=True, slots=True)
class Mine:
    """One of the actor's conversations. `speaks`: the actor holds it; else it is only theirs to answer. `seen`: the last text
    of the customer that there is, which whoever reads this has been told of (0: none)."""

    conversation_id: int
    customer: str | None
    phone: str | None
    speaks: bool
    owed_since: datetime | None
    matter: str | None
    promises: int
    last_inbound_at: datetime | None
    seen: int


def mine(session: Session, actor: Actor) -> list[Mine]:
    """The conversations that the actor holds or has to answer, what waits longest first. Two hundred at the most."""
    rows = session.execute(
        select(Conversation, Customer.first_name, Customer.phone)
        .join(
            Customer, (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id)
        )
        .where(
            Conversation.shop_id == actor.shop_id,
            Conversation.holder != "bot",
            Conversation.closed_at.is_(None),
            _with(actor.staff_id),
        )
        .order_by(Conversation.owed_since.is_(None), Conversation.owed_since, Conversation.id)
        .limit(200)
    ).all()
    ids = [row[0].id for row in rows]
    promised: dict[int, int] = {}
    for conversation_id in session.scalars(
        select(Promise.conversation_id).where(
            Promise.shop_id == actor.shop_id,
            Promise.conversation_id.in_(ids),
            Promise.kept_at.is_(None),
        )
    ):
        promised[conversation_id] = promised.get(conversation_id, 0) + 1
    return [
        Mine(
            each.id,
            name,
            phone,
            each.holder == "staff",
            each.owed_since,
            each.open_matter,
            promised.get(each.id, 0),
            each.last_inbound_at,
            each.last_inbound_id or 0,
        )
        for each, name, phone in rows
    ]


def sign_off(
    session: Session,
    shop_id: int,
    staff_id: int,
    now: datetime,
    why: str = SIGNED_OFF,
    by: audit.By = CLOCK,
) -> int:
    """Whatever this member of staff holds, or had to answer, waits for anybody from now on; gives how many, which are in
    the audit. For whoever signs out, or is removed, without having said what becomes of it. `by`: whose deed that is."""
    held = session.scalars(
        select(Conversation.id)
        .where(Conversation.shop_id == shop_id, _with(staff_id))
        .order_by(Conversation.id)
    ).all()
    left = 0
    for conversation_id in held:
        conversation = lock(session, shop_id, conversation_id)
        if conversation is None or not _is_with(conversation, staff_id):
            continue
        if conversation.holder == "staff":
            holders.wait(conversation, why, now)
        if conversation.assignee_id == staff_id:
            conversation.assignee_id = None
        rearm(session, conversation, now)
        note(session, conversation, None, "waits", f"Waits for a person: {why}.", now)
        left += 1
    if left:
        audit.record(
            session,
            by,
            "conversations let go",
            shop_id=shop_id,
            at=now,
            subject=audit.Subject("staff", staff_id),
            details={"conversations": left, "why": why},
        )
    return left


def sign_off_everywhere(app: App, account_id: int) -> int:
    """The same at every shop that this account works for, once none of its sessions is open any more: whoever signs out at
    the desk goes on at the phone. Gives how many conversations.

    A transaction of its own, after that which ended the session: no lock on an account is held over one on a conversation.
    """
    real = app.real_now()
    with app.database.write() as session:
        if session.execute(select(_here(account_id, real))).scalar_one():
            return 0
        now = domain_now(session, app.real_now)
        works_for = session.execute(
            select(Staff.shop_id, Staff.id, Staff.name)
            .where(Staff.account_id == account_id)
            .order_by(Staff.id)
        ).all()
        return sum(
            sign_off(session, row.shop_id, row.id, now, by=audit.By(row.name, account_id, row.id))
            for row in works_for
        )


def sign_off_who_may_not(app: App, shop_id: int, staff_id: int, by: audit.By) -> int:
    """The same for somebody who was removed, or whose new role answers no customers; gives how many conversations. After
    the transaction that changed them, which locks the shop."""
    with app.database.write() as session:
        staff = session.execute(
            select(Staff.active, Staff.role).where(Staff.shop_id == shop_id, Staff.id == staff_id)
        ).one_or_none()
        if staff is None or (staff.active and may(staff.role, "inbox.reply")):
            return 0
        why = NO_MORE if staff.active else GONE
        return sign_off(session, shop_id, staff_id, domain_now(session, app.real_now), why, by)


def release_absent(app: App) -> int:
    """Let wait what is held by people who were removed or may not answer any more, or who have had no open session for as
    long as one may be idle; gives how many conversations. May run twice.

    Sessions live in real time; since when somebody holds is asked too, for whoever acts by the command line has none.
    """
    real = app.real_now()
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        here = _here(Staff.account_id, real)
        absent = session.execute(
            select(Conversation.shop_id, Conversation.staff_id, Staff.active, Staff.role)
            .outerjoin(Staff, (Staff.shop_id == Conversation.shop_id) & (Staff.id == Conversation.staff_id))
            .where(
                Conversation.holder == "staff",
                or_(
                    Staff.active.is_not(True),
                    Staff.role.not_in(sorted(ALLOWED["inbox.reply"])),
                    ~here & (Conversation.held_since < now - IDLE),
                ),
            )
            .distinct()
        ).all()
    left = 0
    for row in absent:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            why = GONE if not row.active else SIGNED_OFF if may(row.role, "inbox.reply") else NO_MORE
            left += sign_off(session, row.shop_id, row.staff_id, now, why)
    return left


def _with(staff_id: int) -> ColumnElement[bool]:
    """That they speak in a conversation, or that it waits for them."""
    return or_(
        (Conversation.holder == "staff") & (Conversation.staff_id == staff_id),
        (Conversation.holder == "nobody") & (Conversation.assignee_id == staff_id),
    )


def _is_with(conversation: Conversation, staff_id: int) -> bool:
    if conversation.holder == "nobody":
        return conversation.assignee_id == staff_id
    return conversation.holder == "staff" and conversation.staff_id == staff_id


def _here(account: Any, real: datetime) -> ColumnElement[bool]:
    """Whether a session of this account is open."""
    return exists().where(
        SignInSession.account_id == account,
        SignInSession.step == "done",
        SignInSession.expires_at > real,
        SignInSession.seen_at > real - IDLE,
    )
