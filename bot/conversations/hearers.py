"""Who hears an event, and what of it: the passages that live, the one that has the floor, the front desk.

Owns two questions. To whom is an event addressed; and does an answer that will not leave still need a person (I16).
Decides no words, and writes nothing but the end of a holdout's passage.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from bot.conversations.desk import front_desk
from bot.conversations.reading import STILL_WANTED
from bot.conversations.subjects import Subject
from bot.flows_store import flow_of
from bot.models import Enrolment, FlowStart, Outbound, Suppression
from bot.offers import coupons
from flows import state as states
from flows.events import Event, NotSent, Ordered

OUTDATED = "a newer text arrived"
"""Why dispatch withholds an answer: the customer has said something newer than it has read."""


def addressed(
    session: Session, subject: Subject, enrolment_id: int | None, event: Event, now: datetime
) -> tuple[Event, list[Enrolment]]:
    """The event as it stands by now, and who hears it. Called when everything that was said has had its turn."""
    if enrolment_id is None:
        if isinstance(event, Ordered):
            _end_controls(session, subject, event.at, now)
            return event, [each for each in live(session, subject) if not _begun_by(session, each, event)]
        return event, live(session, subject)
    found = session.get(Enrolment, enrolment_id)
    if found is None:
        return event, []
    lives = found.status == "active"
    if isinstance(event, NotSent) and not lives:  # a code that the text would have carried is nobody's now
        coupons.give_back(session, subject.shop.id, subject.conversation.id, found.id)
        subject.seen.forget_codes()
    if isinstance(event, NotSent) and event.prompted and (lost := _lost(session, subject, found, event)):
        return lost, [found if lives else front_desk(session, subject, now)]
    return event, [found] if lives else []


def live(session: Session, subject: Subject) -> list[Enrolment]:
    """Every passage of the customer that is under way, the front desk's among them."""
    if subject.seen.live is not None:
        return [each for each, _ in subject.seen.live if each.status == "active"]
    whose = {"shop": subject.shop.id, "customer": subject.customer.id}
    return list(session.execute(_LIVE, whose).scalars())


def floor(session: Session, subject: Subject) -> Enrolment | None:
    """The passage to which a reply belongs, if there is one."""
    holding = subject.conversation.floor_enrolment_id
    found = session.get(Enrolment, holding) if holding else None
    return found if found and found.status == "active" else None


def _lost(session: Session, subject: Subject, enrolment: Enrolment, event: NotSent) -> NotSent | None:
    """The event as a final one, when nobody else will answer what the text would have answered.

    An outdated answer whose turn was undone is answered together with the newer text. One whose turn could not be
    undone (it was on its way then, and came back with «try later»; or the newer text was a stop, START or HELP) is
    not: it is lost. People who hold the conversation have read it all.
    """
    if subject.conversation.holder != "bot":
        return None
    row = session.execute(
        _TEXT,
        {
            "shop": subject.shop.id,
            "conversation": subject.conversation.id,
            "enrolment": enrolment.id,
            "turn": event.turn,
            "ordinal": event.ordinal,
            "key": subject.customer.phone_key,
        },
    ).one_or_none()
    if row is None:
        return None
    outdated = row.status == "withheld" and event.why == OUTDATED
    if not outdated and (enrolment.status == "active" or not event.final):
        return None  # its own passage hears it, as it is
    over = row.suppressed or enrolment.outcome == "ordered"
    if over and (row.effect or {}).get("prompted_by") not in STILL_WANTED:
        return None
    return replace(event, final=True)


def _begun_by(session: Session, passage: Enrolment, order: Ordered) -> bool:
    """Whether the order is what the passage began with, and so not what ends it. Any later one does."""
    if passage.started_at < order.at:
        return False
    flow = flow_of(session, passage.revision_id, states.from_json(passage.state).revision)
    return flow.trigger.after_purchase is not None


def _end_controls(session: Session, subject: Subject, placed_at: datetime, now: datetime) -> None:
    """The holdout is not talked to: an order just ends their passage, unless it was placed before that began and the flow
    follows a purchase."""
    session.execute(
        update(Enrolment)
        .where(
            Enrolment.shop_id == subject.shop.id,
            Enrolment.customer_id == subject.customer.id,
            Enrolment.arm == "control",
            Enrolment.status == "active",
            or_(
                Enrolment.started_at < placed_at,
                ~exists().where(
                    FlowStart.shop_id == Enrolment.shop_id,
                    FlowStart.id == Enrolment.start_id,
                    FlowStart.kind == "after_purchase",
                ),
            ),
        )
        .values(status="ended", outcome="ordered", ended_at=now)
    )


# Built once: building a statement costs SQLAlchemy about as much as running it.
_LIVE = (
    select(Enrolment)
    .where(
        Enrolment.shop_id == bindparam("shop"),
        Enrolment.customer_id == bindparam("customer"),
        Enrolment.status == "active",
        Enrolment.arm == "treated",
    )
    .order_by(Enrolment.id)
)
_TEXT = select(
    Outbound.status,
    Outbound.effect,
    exists()
    .where(Suppression.shop_id == bindparam("shop"), Suppression.phone_key == bindparam("key"))
    .label("suppressed"),
).where(
    Outbound.shop_id == bindparam("shop"),
    Outbound.conversation_id == bindparam("conversation"),
    Outbound.enrolment_id == bindparam("enrolment"),
    Outbound.turn == bindparam("turn"),
    Outbound.ordinal == bindparam("ordinal"),
)
