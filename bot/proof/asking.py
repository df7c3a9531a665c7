"""Asking the gate about a text that was not written: the first one of a flow to this customer.

Owns the rows that stand in for it. They are written, the real functions are asked about them, and all is rolled back:
so that there is no second way of asking, and no answer that dispatch would not give.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.compliance.book import book
from bot.compliance.gate import Decision
from bot.conversations.customers import conversation_of
from bot.conversations.subjects import Subject, subject_of
from bot.db import Database
from bot.models import Conversation, Customer, Enrolment, FlowRevision, FlowStart, Outbound
from bot.models import Flow as FlowRow
from bot.sending import permission
from flows import state as states
from flows.definition import Flow
from flows.engine import begin
from flows.parser import published


class _Over(Exception):
    """Ends the transaction without a trace."""


@contextmanager
def supposing(database: Database) -> Iterator[Session]:
    """A transaction in which anything may be written, and of which nothing stays."""
    try:
        with database.write() as session:
            yield session
            raise _Over
    except _Over:
        pass


def read_up(database: Database, shop_id: int, phone_key: str, flow_name: str | None) -> None:
    """Read the flows and rules that a walk needs, before it begins: on SQLite every webhook waits while it lasts.

    `flow_name`: that one only. This process then knows them.
    """
    theirs = select(Enrolment.revision_id).join(
        Customer, (Customer.shop_id == Enrolment.shop_id) & (Customer.id == Enrolment.customer_id)
    )
    with database.read() as session:
        now_or_theirs = or_(
            FlowRevision.id == FlowRow.current_revision_id,
            FlowRevision.id.in_(theirs.where(Customer.shop_id == shop_id, Customer.phone_key == phone_key)),
        )
        wanted = [now_or_theirs] + ([FlowRow.name == flow_name] if flow_name else [])
        sources = session.scalars(
            select(FlowRevision.source)
            .join(FlowRow, (FlowRow.shop_id == FlowRevision.shop_id) & (FlowRow.id == FlowRevision.flow_id))
            .where(FlowRevision.shop_id == shop_id, *wanted)
        ).all()
    book()
    for source in sources:
        published(source)


def subject_for(session: Session, customer: Customer, now: datetime) -> Subject:
    """Whom the text is about; with a conversation, if there is none yet."""
    conversation_id = conversation_of(session, customer.shop_id, customer.id, now)
    return subject_of(session, session.get_one(Conversation, conversation_id))


def about_row(session: Session, subject: Subject, row: Outbound, link_url: str, now: datetime) -> Decision:
    """What the gate says of a text that is there, now."""
    standing = permission.standing_of(session, [row], [subject], now)[row.id]
    return permission.ask(session, subject, row, standing, now, link_url=link_url).answer


def about_opener(
    session: Session,
    subject: Subject,
    revision: FlowRevision,
    flow: Flow,
    enrolment: Enrolment | None,
    now: datetime,
) -> Decision:
    """What the gate says of the next text of this flow, were it written now. `enrolment`: where there is one already.

    To be called in `supposing`.
    """
    passage = enrolment or _passage(session, subject, revision, flow, now)
    row = Outbound(
        shop_id=subject.shop.id,
        public_id=secrets.token_hex(16),
        conversation_id=subject.conversation.id,
        enrolment_id=passage.id,
        key=f"supposed:{secrets.token_hex(8)}",
        author="bot",
        effect=None,
        body="",
        language=subject.shop.language,
        encoding="GSM-7",
        parts=1,
        kind="marketing",
        fence=subject.conversation.fence,
        due_at=now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return about_row(session, subject, row, "", now)  # a text without words has no links


def _passage(
    session: Session, subject: Subject, revision: FlowRevision, flow: Flow, now: datetime
) -> Enrolment:
    """As a start would make it, in the arm that is texted: the holdout is a step of its own."""
    start = FlowStart(
        shop_id=subject.shop.id,
        revision_id=revision.id,
        status="done",
        daily_limit=1,
        started_at=now,
        started_by="supposed",
    )
    session.add(start)
    session.flush()
    made = Enrolment(
        shop_id=subject.shop.id,
        customer_id=subject.customer.id,
        conversation_id=subject.conversation.id,
        flow_id=revision.flow_id,
        revision_id=revision.id,
        start_id=start.id,
        passage=0,
        state=states.to_json(begin(flow)),
        started_at=now,
    )
    session.add(made)
    session.flush()
    return made
