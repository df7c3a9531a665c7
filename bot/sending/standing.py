"""How it stands with a text that is due: what the database says that the gate has to know, read for a batch together.

Owns the statements. What is made of it is bot.sending.permission's; nothing is decided here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, func, literal, null, select
from sqlalchemy.orm import Session, aliased

from bot.conversations.rows import fixed, some
from bot.conversations.subjects import Subject
from bot.models import Consent, Conversation, Customer, Enrolment, Flow, Inbound, Outbound, Suppression
from bot.sending import welcome, wording

LEFT = ("claimed", "sent", "unknown")
"""What counts towards a cap: whatever may have reached the customer."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database says of a text that is due: the facts of the gate that are not the subject's own."""

    row: Any
    """Consent, suppression, and whether the customer is unheard."""
    left: Sequence[Any]
    """What left for the customer in the last 30 days, or as long as a rhythm counts, the newest first."""
    enrolment: Enrolment | None
    flow_held: str | None = None
    """Why the breaker holds the enrolment's flow."""


def standing_of(
    session: Session, rows: Sequence[Outbound], subjects: Iterable[Subject], now: datetime
) -> dict[int, Standing]:
    """How it stands with each of these texts, by their ids. The caller holds the locks of their conversations."""
    passages = {row.enrolment_id for row in rows if row.enrolment_id}
    whose = {"texts": some(row.id for row in rows)}
    enrolments: dict[int, tuple[Enrolment, str | None]] = {}
    if passages:
        found = session.execute(_ENROLMENTS, {"enrolments": some(passages)})
        enrolments = {each.id: (each, why if held else None) for each, held, why in found}
    left = defaultdict[int, list[Any]](list)
    since = now - welcome.history(each.customer for each in subjects)
    of_these = {"conversations": some(row.conversation_id for row in rows), "since": since}
    for each in session.execute(_LEFT, of_these):
        left[each.conversation_id].append(each)
    stands = {each.id: each for each in session.execute(_STANDING, whose | {"hour_ago": now - HOUR})}
    nobody = (None, None)
    return {
        row.id: Standing(
            stands[row.id], left[row.conversation_id], *enrolments.get(row.enrolment_id or 0, nobody)
        )
        for row in rows
    }


def standing_unwritten(session: Session, subject: Subject, now: datetime) -> Standing:
    """How it stands with a person's text that is not a row yet. Locks nothing: it is a forecast."""
    whose = {"conversation": subject.conversation.id, "conversations": [subject.conversation.id]}
    since = now - welcome.history([subject.customer])
    left = session.execute(_LEFT, whose | {"since": since}).all()
    return Standing(session.execute(_UNWRITTEN, whose).one(), left, None)


# Built once: building a statement costs SQLAlchemy about as much as running it.
_READ: type[Inbound] = aliased(Inbound)
_SAME: type[Inbound] = aliased(Inbound)
_OF_CUSTOMER = (
    Consent.kind.label("consent"),
    Consent.at.label("consent_at"),
    Consent.source.label("consent_source"),
    Consent.ledger_seq.label("consent_link"),
    Consent.dated.label("consent_dated"),
    Suppression.kind.label("suppression"),
    exists().where(Inbound.conversation_id == Conversation.id, Inbound.turned_at.is_(None)).label("unread"),
)


def _with_customer(found: Any) -> Any:
    """The statement, that has its conversation, with what `_OF_CUSTOMER` names."""
    return (
        found.join(
            Customer, (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id)
        )
        .outerjoin(Consent, (Consent.shop_id == Customer.shop_id) & (Consent.phone_key == Customer.phone_key))
        .outerjoin(
            Suppression,
            (Suppression.shop_id == Customer.shop_id) & (Suppression.phone_key == Customer.phone_key),
        )
    )


_STANDING = (
    _with_customer(
        select(
            Outbound.id,
            *_OF_CUSTOMER,
            _READ.received_at.label("read_at"),
            select(func.count())
            .where(
                _SAME.shop_id == _READ.shop_id,
                _SAME.conversation_id == _READ.conversation_id,
                _SAME.received_at > bindparam("hour_ago"),
                _SAME.body == _READ.body,
                _READ.body != "",  # pictures have no words
            )
            .scalar_subquery()
            .label("same_words"),
        )
        .select_from(Outbound)
        .join(
            Conversation,
            (Conversation.shop_id == Outbound.shop_id) & (Conversation.id == Outbound.conversation_id),
        )
    )
    .outerjoin(_READ, _READ.id == Outbound.read_inbound_id)
    .where(Outbound.id.in_(bindparam("texts", expanding=True)))
)
_UNWRITTEN = _with_customer(
    select(*_OF_CUSTOMER, null().label("read_at"), literal(0).label("same_words")).select_from(Conversation)
).where(Conversation.id == bindparam("conversation"))
_LEFT = (
    select(
        Outbound.conversation_id,
        Outbound.kind,
        Outbound.author,
        Outbound.attempted_at,
        Outbound.enrolment_id,
        # «replace» knows capitals from small letters in every dialect, «like» does not
        (func.replace(Outbound.body, wording.STOP, "") != Outbound.body).label("says_stop"),
    )
    .select_from(Conversation)
    .join(
        Outbound,
        (Outbound.shop_id == Conversation.shop_id) & (Outbound.conversation_id == Conversation.id),
    )
    .where(
        Conversation.id.in_(bindparam("conversations", expanding=True)),
        Outbound.status.in_([fixed(status) for status in LEFT]),
        Outbound.attempted_at > bindparam("since"),
    )
    .order_by(Outbound.id.desc())
)
_ENROLMENTS = (
    select(Enrolment, Flow.held_at, Flow.held_why)
    .join(Flow, (Flow.shop_id == Enrolment.shop_id) & (Flow.id == Enrolment.flow_id))
    .where(Enrolment.id.in_(bindparam("enrolments", expanding=True)))
)
