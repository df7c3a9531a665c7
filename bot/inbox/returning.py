"""Back to the bot: where it stood, at a chosen node, or to the end of its passages; and closed, when people are done.

Owns both deeds and the giving back, which bot.inbox.by_rule does too. Nobody gives back or closes over a text that they
have not seen. Nothing of marketing leaves within a day of it (the gate's rule `returned`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.rules.people import AFTER_PEOPLE
from bot.conversations import drafts, holders
from bot.conversations.signals import signal
from bot.flows_store import flow_of
from bot.inbox import Actor, Done, Gone, HeldBy, NotAllowed
from bot.inbox.deeds import begin, note, record
from bot.inbox.holding import holds_it
from bot.inbox.newer import NewerText, newer
from bot.models import Conversation, Enrolment, Flow
from flows import state as states
from flows.events import Event, HandedBack, Stopped

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


Giving: TypeAlias = GivenBack | Done | NoSuchNode | NewerText | HeldBy | Gone | NotAllowed


def hand_back(
    session: Session,
    conversation_id: int,
    actor: Actor,
    now: datetime,
    *,
    where: Where | None = None,
    force: bool = False,
    seen: int | None = None,
) -> Giving:
    """Give the conversation to the bot. A colleague's needs `force`. `Done(changed=False)`: the bot has it already.

    `seen`: the last text of the customer that the actor was shown (0: none); None: they were shown all.
    """
    conversation = _ready(session, conversation_id, actor, force, seen)
    if not isinstance(conversation, Conversation):
        return conversation
    if conversation.holder == "bot":
        return Done(changed=False)
    return _hand_back(session, conversation, actor, where or WhereItStood(), now)


def close(
    session: Session,
    conversation_id: int,
    actor: Actor,
    now: datetime,
    *,
    where: Where | None = None,
    force: bool = False,
    seen: int | None = None,
) -> Giving:
    """People are done with it, and the bot has it again, as with `hand_back`. What the customer says then opens it again."""
    conversation = _ready(session, conversation_id, actor, force, seen)
    if not isinstance(conversation, Conversation):
        return conversation
    given: Giving = Done(changed=conversation.closed_at is None)
    if conversation.holder != "bot":
        given = _hand_back(session, conversation, actor, where or WhereItStood(), now)
    if isinstance(given, GivenBack) or given == Done():
        conversation.closed_at, conversation.snoozed_until, conversation.assignee_id = now, None, None
        note(session, conversation, actor.staff_id, "closed", "Closed.", now)
        record(session, actor, "conversation closed", conversation.id, now)
    return given


def _ready(
    session: Session, conversation_id: int, actor: Actor, force: bool, seen: int | None
) -> Conversation | HeldBy | NewerText | Gone | NotAllowed:
    """The conversation under its lock, if the actor may give it back knowing what was said. The bot answers for itself."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation) or conversation.holder == "bot":
        return conversation
    colleague = holds_it(session, conversation, actor)
    if colleague and not force:
        return colleague
    return (newer(session, conversation, seen) if seen is not None else None) or conversation


def _hand_back(
    session: Session, conversation: Conversation, actor: Actor, where: Where, now: datetime
) -> GivenBack | NoSuchNode:
    events = _events(session, conversation, where)
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


def _in_words(where: Where) -> str:
    match where:
        case WhereItStood():
            return "Handed back to the bot."
        case AtNode(node=node):
            return f"Handed back to the bot, at «{node}»."
        case EndThem():
            return "Handed back to the bot; the flow's passage is over."
        case _:
            assert_never(where)
