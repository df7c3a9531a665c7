"""Back to the bot: where it stood, at a chosen node, or to the end of its passages; by a person, or by the shop's rule.

Owns both ways. A return by itself comes from `return_at`, which every deed of people sets anew (bot.inbox.holding.rearm):
it is moved on, and says why, while somebody waits for an answer. Nothing of marketing leaves within a day of it (the
gate's rule `returned`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compliance.rules.people import AFTER_PEOPLE
from bot.compose import App
from bot.conversations import drafts, holders
from bot.conversations.signals import signal
from bot.flows_store import flow_of
from bot.inbox import Actor, Done, Gone, HeldBy, NotAllowed
from bot.inbox.deeds import begin, lock, note, record
from bot.inbox.holding import holds_it, return_after
from bot.models import Conversation, Enrolment, Flow, Inbound, Note, Outbound, Promise
from flows import state as states
from flows.events import Event, HandedBack, Stopped

LOOK_AGAIN = timedelta(hours=1)
"""When a return that was refused is tried again."""
ENDED = "ended by staff"


@dataclass(frozen=True, slots=True)
class WhereItStood:
    """Every passage goes on waiting where it was."""


@dataclass(frozen=True, slots=True)
class AtNode:
    """This passage goes on at that node, and says what is said there; the others as they were."""

    enrolment_id: int
    node: str


@dataclass(frozen=True, slots=True)
class EndThem:
    """Every flow's passage is over. The front desk answers what the customer says next."""


Where: TypeAlias = WhereItStood | AtNode | EndThem


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The bot speaks again. Nothing of marketing leaves before `marketing_from`, the text of a chosen node included."""

    marketing_from: datetime


@dataclass(frozen=True, slots=True)
class NoSuchNode:
    """That passage is over, or its flow has no such node."""


@dataclass(frozen=True, slots=True)
class Place:
    """A passage that is under way, and the nodes of its flow, in the flow's own order."""

    enrolment_id: int
    flow: str
    here: str
    nodes: tuple[str, ...]


def places(session: Session, conversation_id: int, actor: Actor) -> list[Place]:
    """Where the bot may go on, for the picker. Empty where no flow's passage is under way."""
    found = []
    for enrolment, name in _passages(session, actor.shop_id, conversation_id):
        if enrolment.start_id is None:
            continue  # the front desk is nowhere: it answers what is said
        state = states.from_json(enrolment.state)
        flow = flow_of(session, enrolment.revision_id, state.revision)
        found.append(Place(enrolment.id, name, state.node, tuple(flow.nodes)))
    return found


def hand_back(
    session: Session,
    conversation_id: int,
    actor: Actor,
    now: datetime,
    *,
    where: Where | None = None,
    force: bool = False,
) -> GivenBack | Done | NoSuchNode | HeldBy | Gone | NotAllowed:
    """Give the conversation to the bot. A colleague's needs `force`. `Done(changed=False)`: the bot has it already."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    if conversation.holder == "bot":
        return Done(changed=False)
    colleague = holds_it(session, conversation, actor)
    if colleague and not force:
        return colleague
    events = _events(session, conversation, where or WhereItStood())
    if events is None:
        return NoSuchNode()
    owed = " The customer's last text was not answered by text." if conversation.owed_since else ""
    note(session, conversation, actor.staff_id, "handed_back", f"{_in_words(where)}{owed}", now)
    give_back(session, conversation, now, events)
    record(session, actor, "conversation handed back", conversation.id, now, where=_in_words(where))
    return GivenBack(now + AFTER_PEOPLE)


def give_back(
    session: Session,
    conversation: Conversation,
    now: datetime,
    events: list[tuple[int | None, Event]] | None = None,
) -> None:
    """The bot speaks again in a conversation that the caller has locked; its passages hear of it.

    `events`: what each passage hears; None: all of them, that they go on where they stood.
    """
    holders.hand_back(conversation, now)
    drafts.drop(session, conversation.shop_id, conversation.id)
    session.flush()
    for enrolment_id, event in events if events is not None else [(None, HandedBack(None))]:
        key = f"handed-back:{conversation.id}:{conversation.fence}" + (
            f":{enrolment_id}" if enrolment_id else ""
        )
        signal(session, conversation.shop_id, conversation.id, enrolment_id, key, event, now)


def return_due(app: App, limit: int = 50) -> int:
    """What the shop's rule gives back by now; gives how many conversations were looked at. May run twice."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        due = session.execute(
            select(Conversation.shop_id, Conversation.id)
            .where(Conversation.return_at <= now)
            .order_by(Conversation.return_at)
            .limit(limit)
        ).all()
    for row in due:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            conversation = lock(session, row.shop_id, row.id)
            if conversation is not None:
                try_return(session, conversation, now)
    if due:
        app.bell.ring("turns")
    return len(due)


def try_return(session: Session, conversation: Conversation, now: datetime) -> str | None:
    """Give it back if its time has come and nothing stands against it; gives what does, in words.

    A refusal is said to staff once, and looked at again an hour later.
    """
    at = conversation.return_at
    if at is None or at > now:
        return None
    if conversation.holder == "bot" or return_after(session, conversation.shop_id) is None:
        conversation.return_at = None
        return None
    why = against(session, conversation)
    if why is None:
        note(session, conversation, None, "returned", "Given back to the bot by the shop's rule.", now)
        give_back(session, conversation, now)
        return None
    conversation.return_at = now + LOOK_AGAIN
    said = f"Not given back to the bot: {why}."
    if _last_said(session, conversation) != said:
        note(session, conversation, None, "returned", said, now)
    return why


def against(session: Session, conversation: Conversation) -> str | None:
    """What stands against giving this conversation back without a person; None: nothing."""
    if conversation.owed_since is not None:
        return "a text of the customer is not answered"
    if conversation.open_matter == "complaint":
        return "a complaint is open"
    own = (Outbound.shop_id == conversation.shop_id, Outbound.conversation_id == conversation.id)
    waits = select(Outbound.id).where(*own, Outbound.author == "staff", Outbound.status == "ready")
    if session.execute(waits.limit(1)).first():
        return "a colleague's text has not left yet"
    promised = select(Promise.id).where(
        Promise.shop_id == conversation.shop_id,
        Promise.conversation_id == conversation.id,
        Promise.kept_at.is_(None),
    )
    if session.execute(promised.limit(1)).first():
        return "a promise is not kept yet"
    unread = exists().where(
        Inbound.shop_id == conversation.shop_id,
        Inbound.conversation_id == conversation.id,
        Inbound.turned_at.is_(None),
    )
    return "a text of the customer is not read yet" if session.execute(select(unread)).scalar() else None


def _last_said(session: Session, conversation: Conversation) -> str | None:
    return session.execute(
        select(Note.body)
        .where(
            Note.shop_id == conversation.shop_id,
            Note.conversation_id == conversation.id,
            Note.kind == "returned",
            Note.at >= (conversation.held_since or conversation.created_at),
        )
        .order_by(Note.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def _events(
    session: Session, conversation: Conversation, where: Where
) -> list[tuple[int | None, Event]] | None:
    """What each passage hears; None: there is no such place."""
    match where:
        case WhereItStood():
            return [(None, HandedBack(None))]
        case AtNode(enrolment_id=chosen, node=node):
            passages = [each for each, _ in _passages(session, conversation.shop_id, conversation.id)]
            found = next((each for each in passages if each.id == chosen), None)
            if found is None or node not in flow_of(session, found.revision_id).nodes:
                return None
            return [(each.id, HandedBack(node if each.id == chosen else None)) for each in passages]
        case EndThem():
            passages = [each for each, _ in _passages(session, conversation.shop_id, conversation.id)]
            return [
                (each.id, HandedBack(None) if each.start_id is None else Stopped(ENDED)) for each in passages
            ]
        case _:
            assert_never(where)


def _passages(session: Session, shop_id: int, conversation_id: int) -> list[tuple[Enrolment, str]]:
    rows = session.execute(
        select(Enrolment, Flow.name)
        .join(Flow, (Flow.shop_id == Enrolment.shop_id) & (Flow.id == Enrolment.flow_id))
        .join(
            Conversation,
            (Conversation.shop_id == Enrolment.shop_id) & (Conversation.customer_id == Enrolment.customer_id),
        )
        .where(
            Conversation.shop_id == shop_id,
            Conversation.id == conversation_id,
            Enrolment.status == "active",
            Enrolment.arm == "treated",
        )
        .order_by(Enrolment.id)
    )
    return [(row[0], row[1]) for row in rows]


def _in_words(where: Where | None) -> str:
    match where:
        case None | WhereItStood():
            return "Handed back to the bot."
        case AtNode(node=node):
            return f"Handed back to the bot, at «{node}»."
        case EndThem():
            return "Handed back to the bot; the flow's passage is over."
        case _:
            assert_never(where)
