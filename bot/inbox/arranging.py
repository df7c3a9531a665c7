"""Whose a conversation is to answer, and when it comes up again: assign, team, snooze, reopen, pause marketing.

Owns these deeds of staff. None of them changes who speaks, but for handing a conversation to a colleague and letting it wait
for one. (Closing gives it to the bot: bot.inbox.returning.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.conversations import holders
from bot.inbox import Actor, Done, Gone, HeldBy, NotAllowed, TooLate
from bot.inbox.brief import brief_of, in_words
from bot.inbox.deeds import begin, lock, note, record, shown
from bot.inbox.holding import holds_it, mine, rearm
from bot.inbox.newer import NewerText, newer
from bot.models import Conversation, Shop, Staff
from bot.staff.roles import may
from flows.zones import zone_named

TEAM = 64
"""Characters of a team's name."""


@dataclass(frozen=True, slots=True)
class NoSuchColleague:
    """Nobody of that number works for the shop, or they may not answer customers."""


def assign(
    session: Session,
    conversation_id: int,
    to: int | None,
    actor: Actor,
    now: datetime,
    *,
    words: str = "",
    team: str | None = None,
) -> Done | NoSuchColleague | Gone | NotAllowed:
    """Make it somebody's to answer (`to`: staff number; None: nobody's). Who speaks stays as it is, unless the actor does:
    then it waits for the colleague, with a brief. `words`: for them to read. `team`: None leaves it; "" takes it away."""
    conversation = begin(session, conversation_id, actor, "inbox.assign")
    if not isinstance(conversation, Conversation):
        return conversation
    name = _colleague(session, actor.shop_id, to) if to is not None else ""
    if name is None:
        return NoSuchColleague()
    conversation.assignee_id = to
    if team is not None:
        conversation.team = team.strip()[:TEAM] or None
    if to is not None and to != actor.staff_id and mine(conversation, actor):
        holders.wait(conversation, f"handed over by {actor.name}", now)
        brief = in_words(brief_of(session, conversation, now))
        if brief:
            note(session, conversation, actor.staff_id, "brief", brief, now)
    rearm(session, conversation, now)
    whom = f"Assigned to {name}." if to is not None else "Assigned to nobody."
    said = " ".join(
        part for part in (whom, f"Team: {conversation.team}." if team else "", words.strip()) if part
    )
    note(session, conversation, actor.staff_id, "assigned", said, now)
    record(session, actor, "conversation assigned", conversation.id, now, to=to, team=conversation.team)
    return Done()


def let_wait(
    session: Session,
    conversation_id: int,
    actor: Actor,
    now: datetime,
    *,
    words: str = "",
    force: bool = False,
) -> Done | TooLate | HeldBy | Gone | NotAllowed:
    """Whoever speaks here does so no more; it waits for a colleague. One that is assigned to the actor waits for whichever
    comes first, one that is assigned to somebody else stays theirs. The bot's is not taken from it: that is a takeover."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    if conversation.holder == "bot":
        return TooLate("The bot speaks here. Take the conversation over first, if a person is to answer.")
    colleague = holds_it(session, conversation, actor)
    if colleague and not force:
        return colleague
    theirs = conversation.assignee_id not in (None, actor.staff_id)
    if conversation.holder == "nobody" and (theirs or conversation.assignee_id is None):
        return Done(changed=False)
    holders.wait(conversation, f"left by {actor.name}", now)
    if not theirs:
        conversation.assignee_id = None
    rearm(session, conversation, now)
    note(session, conversation, actor.staff_id, "waits", f"Waits for a person. {words}".strip(), now)
    record(session, actor, "conversation left waiting", conversation.id, now)
    return Done()


def snooze(
    session: Session,
    conversation_id: int,
    until: datetime | None,
    actor: Actor,
    now: datetime,
    *,
    seen: int | None = None,
) -> Done | TooLate | NewerText | Gone | NotAllowed:
    """Out of the list until then, or until the customer writes. None: back into it now.

    `seen`: the last text that the actor was shown (0: none), for one that came since would be put aside unread; None: they
    were shown all.
    """
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    if until is not None and until <= now:
        return TooLate("That time is over already.")
    if until is not None and seen is not None and (came := newer(session, conversation, seen)):
        return came
    if conversation.snoozed_until == until:
        return Done(changed=False)
    conversation.snoozed_until = until
    rearm(session, conversation, now)
    said = f"Snoozed until {_local(session, actor, until):%b %d, %H:%M}." if until else "Snoozed no more."
    note(session, conversation, actor.staff_id, "snoozed", said, now)
    record(session, actor, "conversation snoozed", conversation.id, now)
    return Done()


def wake(app: App, limit: int = 100) -> int:
    """Bring back what was snoozed until now. Gives how many. May run twice."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        due = session.execute(
            select(Conversation.shop_id, Conversation.id)
            .where(Conversation.snoozed_until <= now)
            .order_by(Conversation.snoozed_until)
            .limit(limit)
        ).all()
    for row in due:
        with app.database.write() as session:
            conversation = lock(session, row.shop_id, row.id)
            if conversation and conversation.snoozed_until and conversation.snoozed_until <= now:
                conversation.snoozed_until = None
                shown(conversation)
    return len(due)


def reopen(session: Session, conversation_id: int, actor: Actor, now: datetime) -> Done | Gone | NotAllowed:
    """Into the open ones again."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    if conversation.closed_at is None:
        return Done(changed=False)
    conversation.closed_at = None
    note(session, conversation, actor.staff_id, "reopened", "Opened again.", now)
    record(session, actor, "conversation reopened", conversation.id, now)
    return Done()


def pause_marketing(
    session: Session, conversation_id: int, until: datetime | None, actor: Actor, now: datetime
) -> Done | TooLate | Gone | NotAllowed:
    """Nothing of marketing to this customer until then (the gate's rule `put_off`). None: no such pause any more."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    if until is not None and until <= now:
        return TooLate("That time is over already.")
    if conversation.marketing_paused_until == until:
        return Done(changed=False)
    conversation.marketing_paused_until = until
    said = (
        f"Marketing paused until {_local(session, actor, until):%b %d, %Y, %H:%M}."
        if until
        else "Marketing paused no more."
    )
    note(session, conversation, actor.staff_id, "paused", said, now)
    record(
        session,
        actor,
        "marketing paused",
        conversation.id,
        now,
        until=until.isoformat() if until else None,
    )
    return Done()


def _local(session: Session, actor: Actor, moment: datetime) -> datetime:
    """As the clock of the shop shows it."""
    zone = session.execute(select(Shop.zone).where(Shop.id == actor.shop_id)).scalar_one()
    return moment.astimezone(zone_named(zone))


def _colleague(session: Session, shop_id: int, staff_id: int | None) -> str | None:
    row = session.execute(
        select(Staff.name, Staff.role).where(
            Staff.shop_id == shop_id, Staff.id == staff_id, Staff.active.is_(True)
        )
    ).one_or_none()
    return row.name if row is not None and may(row.role, "inbox.reply") else None
