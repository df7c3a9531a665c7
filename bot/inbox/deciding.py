"""What only a person can decide: doubts about an opt-out, wrong numbers, texts of which nobody knows, flows that are held,
questions, corrections.

Owns the one list of them, and the deeds of the first four. Decides nothing itself, and sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.compliance import consent
from bot.compliance.proof import Medium, Proof
from bot.compose import App
from bot.conversations.doubts import DOUBT
from bot.conversations.signals import signal
from bot.inbox import Actor, Done, Gone, NotAllowed, TooLate
from bot.inbox.deeds import begin, note, record
from bot.inbox.returning import close
from bot.inbox.to_decide import KINDS, Item, Kind, count
from bot.inbox.to_decide import items as items_of
from bot.models import Conversation, Customer, Flow
from bot.sending import breaker, unknowns
from flows.events import OptedOut

__all__ = [
    "Deciding",
    "Item",
    "Kind",
    "page",
    "resume_flow",
    "settle_doubt",
    "settle_number",
    "settle_unknown",
    "stop",
]


@dataclass(frozen=True, slots=True)
class Deciding:
    """The list, what ends first and then the oldest; `counts` are of all kinds, whatever is shown."""

    items: tuple[Item, ...]
    counts: dict[Kind, int]


def page(
    session: Session, actor: Actor, now: datetime, kind: Kind | None = None, limit: int = 100
) -> Deciding | NotAllowed:
    """What there is to decide in the actor's shop, of one kind or of all."""
    if not actor.may("inbox.look"):
        return NotAllowed("inbox.look")
    counts = {each: count(session, actor.shop_id, each) for each in KINDS}
    items = [
        item
        for each in KINDS
        if counts[each] and kind in (None, each)
        for item in items_of(session, actor.shop_id, each, limit)
    ]
    last = datetime.max.replace(tzinfo=UTC)
    items.sort(key=lambda item: (item.ends_at or last, item.since))
    return Deciding(tuple(items[:limit]), counts)


def stop(
    session: Session,
    conversation_id: int,
    actor: Actor,
    now: datetime,
    *,
    medium: Medium = "text",
    reason: str = "",
) -> Done | Gone | NotAllowed:
    """Opt this customer out of everything: they said so, in whatever words and by whatever road (R3)."""
    found = _whose(session, conversation_id, actor)
    if not isinstance(found, _Whose):
        return found
    proof = _proof(actor, reason, medium)
    done = consent.opt_out(
        session,
        actor.shop_id,
        found.phone_key,
        source="staff",
        at=now,
        details=proof.details(),
        payload=proof.payload(),
    )
    if not done:
        return Done(changed=False)
    _hear(session, found, now)
    _told(session, found, actor, "opted out", f"{actor.name} opted them out", now, medium=medium)
    _decided(session, found.conversation, actor, now, over=True)
    return Done()


def settle_doubt(
    session: Session,
    conversation_id: int,
    actor: Actor,
    now: datetime,
    *,
    opted_out: bool,
    reason: str = "",
) -> Done | Gone | NotAllowed | TooLate:
    """A held opt-out: it was one, or it was none and texts may leave again. An opt-out is never lifted here."""
    if opted_out:
        return stop(session, conversation_id, actor, now, reason=reason or "a doubt, settled")
    found = _whose(session, conversation_id, actor)
    if not isinstance(found, _Whose):
        return found
    if late := _stands_otherwise(session, found, "held"):
        return late
    proof = _proof(actor, reason, "text")
    consent.release(
        session,
        actor.shop_id,
        found.phone_key,
        source="staff",
        at=now,
        details=proof.details(),
        payload=proof.payload(),
    )
    _told(session, found, actor, "doubt settled", f"{actor.name}: no opt-out, texts may leave again", now)
    _decided(session, found.conversation, actor, now, over=False)
    return Done()


def settle_number(
    session: Session,
    conversation_id: int,
    actor: Actor,
    now: datetime,
    *,
    wrong: bool,
    reason: str = "",
) -> Done | Gone | NotAllowed | TooLate:
    """A wrong number: somebody else has it now, and nothing leaves to it any more; or it is theirs after all (R30)."""
    found = _whose(session, conversation_id, actor)
    if not isinstance(found, _Whose):
        return found
    if late := _stands_otherwise(session, found, "wrong_number"):
        return late
    proof = _proof(actor, reason, "text")
    whose: dict[str, Any] = {
        "source": "staff",
        "at": now,
        "details": proof.details(),
        "payload": proof.payload(),
    }
    if wrong:
        # the hold stays for whoever has the number now; the consent was somebody else's, and ends (R28)
        consent.note(session, actor.shop_id, found.phone_key, "moved", **whose)
        state, said = "moved", "it is somebody else's number now"
    else:
        consent.release(session, actor.shop_id, found.phone_key, **whose)
        state, said = "ok", "it is their number after all"
        if found.conversation.open_matter == "identity":
            found.conversation.open_matter = None
    session.execute(
        update(Customer)
        .where(Customer.shop_id == actor.shop_id, Customer.id == found.conversation.customer_id)
        .values(number_state=state)
    )
    _told(session, found, actor, "number settled", f"{actor.name}: {said}", now, wrong=wrong)
    return Done()


def settle_unknown(
    app: App, public_id: str, actor: Actor, *, sent: bool
) -> Done | Gone | NotAllowed | TooLate:
    """A text of which nobody knows whether it left (I4). Opens its own transaction, and never sends again."""
    if not actor.may("inbox.settle"):
        return NotAllowed("inbox.settle")
    settled = unknowns.settle(app, actor.shop_id, public_id, "sent" if sent else "lost", actor.by)
    if settled is None:
        return Gone()
    if settled.done or settled.agrees:
        return Done(changed=settled.done)
    return TooLate(f"it is known by now: {settled.status}")


def resume_flow(session: Session, flow_id: int, actor: Actor, now: datetime) -> Done | Gone | NotAllowed:
    """A flow that the breaker holds goes on: what left so far is weighed no more (bot.sending.breaker)."""
    if not actor.may("flows.change"):
        return NotAllowed("flows.change")
    name = session.execute(
        select(Flow.name).where(Flow.shop_id == actor.shop_id, Flow.id == flow_id)
    ).scalar_one_or_none()
    if name is None:
        return Gone()
    waited = breaker.resume(session, actor.shop_id, name, now, by=actor.by)
    return Done(changed=waited is not None)


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whose doubt it is, the conversation locked."""

    conversation: Conversation
    phone_key: str


def _whose(session: Session, conversation_id: int, actor: Actor) -> _Whose | Gone | NotAllowed:
    conversation = begin(session, conversation_id, actor, "inbox.settle")
    if not isinstance(conversation, Conversation):
        return conversation
    key = session.execute(
        select(Customer.phone_key).where(
            Customer.shop_id == actor.shop_id, Customer.id == conversation.customer_id
        )
    ).scalar_one()
    return _Whose(conversation, key)


def _stands_otherwise(session: Session, found: _Whose, kind: str) -> TooLate | None:
    standing = consent.status(session, found.conversation.shop_id, found.phone_key).suppression
    if standing is not None and standing.kind == kind:
        return None
    return TooLate(f"it is settled already: {standing.kind if standing else 'nothing stands against them'}")


def _proof(actor: Actor, reason: str, medium: Medium) -> Proof:
    return Proof(medium=medium, by=f"staff {actor.staff_id}", reason=reason.strip() or None)


def _hear(session: Session, found: _Whose, now: datetime) -> None:
    """The flows hear of it as if it had been texted; nothing confirms it (R5): it was said to a person."""
    shop_id, its_id = found.conversation.shop_id, found.conversation.id
    key = f"opted-out:staff:{found.phone_key[:16]}:{now.isoformat()}"
    signal(session, shop_id, its_id, None, key, OptedOut("staff", confirm=False), now)


def _decided(
    session: Session, conversation: Conversation, actor: Actor, now: datetime, *, over: bool
) -> None:
    """What waited for this decision alone waits no more: of whoever is opted out nothing is left to do (`over`), and else
    their text waits as any other does."""
    if conversation.holder_reason != DOUBT:
        return
    if over and conversation.holder == "nobody" and conversation.open_matter is None:
        close(session, conversation.id, actor, now)
    else:
        conversation.holder_reason = None
        conversation.version += 1


def _told(
    session: Session, found: _Whose, actor: Actor, action: str, said: str, now: datetime, **details: Any
) -> None:
    note(session, found.conversation, actor.staff_id, "mended", said, now)
    record(session, actor, action, found.conversation.id, now, **details)
