"""One conversation's turn: everything that has settled goes through the engine, in order, in one transaction (I3).

Owns which event goes to which enrolment, and in what order. Decides no words (flows) and no permission (the gate):
this file is a gravity well, keep it that way. The caller holds nothing; the lock on the conversation row is taken here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Table, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from bot.clock import OFFSET, RealNow, domain_time
from bot.compliance import consent
from bot.conversations import hearers, holders, journal
from bot.conversations.apply import apply
from bot.conversations.desk import front_desk
from bot.conversations.reading import asked_beside, joint_event
from bot.conversations.rows import fixed, store
from bot.conversations.snapshot import Subject, facts_of, subject_of
from bot.flows_store import flow_of
from bot.keys import Keys
from bot.models import Conversation, Enrolment, Inbound, Signal, Timer
from bot.stations import passed
from flows import codec
from flows import state as states
from flows.engine import advance
from flows.events import (
    Event,
    NotSent,
    OptedIn,
    OptedOut,
    Reading,
    Replied,
    TimerFired,
)
from nlu.interpretation import Interpretation

OPTED_OUT = ("carrier_word", "rule", "repeated")
"""How an opt-out was found when it was stored. `repeated`: it was in force already, and was confirmed then (R5)."""

MAX_EVENTS = 12
"""Events that one turn's own effects may cause (a coupon that is ready at once, a text that cannot be rendered)."""


def take_turn(
    session: Session,
    keys: Keys,
    link_url: str,
    conversation_id: int,
    readings: Mapping[tuple[int, ...], Interpretation],
    real_now: RealNow,
) -> bool:
    """Take whatever has settled in this conversation. False: another worker has it, or there was nothing to do.

    `readings` holds what nlu made of the texts, outside of any transaction: by the ids of the inbound rows that were
    read together. A text that arrived since has none yet, and waits for the next turn.
    """
    locked = session.execute(LOCK, {"conversation": conversation_id}).one_or_none()
    if locked is None:
        return False
    conversation, now = locked[0], domain_time(locked[1], real_now)
    if conversation.work_due_at is None or conversation.work_due_at > now:
        return False
    subject = subject_of(session, conversation)
    turn = _Turns(session, keys, link_url, subject, now)
    unread = turn.inbound(readings)
    waits = session.execute(_WAITS, {"conversation": conversation.id, "now": now}).one()
    if waits.signals:
        turn.signals(speaking=unread is not None)
    # what the customer is just saying comes before any silence
    if waits.timers and conversation.holder == "bot" and unread is None:
        turn.timers()
    conversation.work_due_at = _next_work(conversation, unread)
    conversation.version += 1
    return True


def _patience(first: Inbound) -> datetime:
    """When somebody who never pauses is answered all the same: after five times the settling."""
    return first.received_at + 5 * (first.settle_at - first.received_at)


LOCK = (
    select(Conversation, OFFSET)
    .where(Conversation.id == bindparam("conversation"))
    .with_for_update(skip_locked=True, of=Conversation)
)
"""The conversation, locked, unless another worker has it; and with it the clock, for the same trip."""


class _Turns:
    """The turns of one conversation under its lock."""

    def __init__(self, session: Session, keys: Keys, link_url: str, subject: Subject, now: datetime) -> None:
        self.session = session
        self.keys = keys
        self.link_url = link_url
        self.subject = subject
        self.now = now

    def inbound(self, readings: Mapping[tuple[int, ...], Interpretation]) -> datetime | None:
        """Texts that have settled and were read. Gives when those that have not are due."""
        conversation = self.subject.conversation
        rows = list(self.session.execute(_UNREAD, {"conversation": conversation.id}).scalars())
        plain: list[Inbound] = []
        unheard: datetime | None = None
        for row in rows:
            if row.opt_out in OPTED_OUT and row.keyword is None and (row.id,) not in readings:
                unheard = (
                    self.now
                )  # in force it is; but what else the text wants has not been read yet (R147)
            elif row.opt_out in OPTED_OUT:
                self._opted_out(row, readings.get((row.id,)))
            elif row.keyword == "START":
                self._done(row, None)
                self.desk_hears(OptedIn("start", confirm=not row.provider_answers), [row.id])
            elif row.keyword == "HELP":
                self._help(row, readings.get((row.id,)))
            else:
                plain.append(row)
        if not plain:
            return unheard
        settled = min(max(row.settle_at for row in plain), _patience(plain[0]))
        reading = readings.get(tuple(row.id for row in plain))
        if settled > self.now or reading is None:
            return unheard or max(settled, self.now)
        for row in plain:
            self._done(row, readings.get((row.id,)) or reading)
        if reading.opt_out == "opted_out":  # only the model saw it: in force before any text leaves
            self._model_opt_out(plain, reading, also=asked_beside(plain, readings) or reading.also)
        elif reading.opt_out == "held":
            self._doubt(plain, reading)
        elif conversation.holder == "bot":
            self._replied(plain, reading)
        return unheard

    def signals(self, *, speaking: bool) -> None:
        """Events that were left for this conversation.

        While the customer is `speaking`, a text withheld for that is not taken for lost: its turn is about to be undone.
        """
        rows = list(self.session.execute(_SIGNALS, {"conversation": self.subject.conversation.id}).scalars())
        for row in rows:
            event: Event = codec.decode(Event, row.event)
            if speaking and isinstance(event, NotSent) and not event.final:
                continue
            row.taken_at = self.now
            event, heard_by = hearers.addressed(self.session, self.subject, row.enrolment_id, event, self.now)
            for enrolment in heard_by:
                self.hear(enrolment, event, [])

    def timers(self) -> None:
        """Waits that are over."""
        due = {"conversation": self.subject.conversation.id, "now": self.now}
        for row in self.session.execute(_TIMERS_DUE, due).all():
            if self.session.execute(_FIRE, {"timer": row.id}).rowcount == 0:  # type: ignore[attr-defined]
                continue  # an earlier one of this turn retired it
            enrolment = self.session.get_one(Enrolment, row.enrolment_id)
            self.hear(enrolment, TimerFired(row.wait_no), [])
            if self.subject.conversation.holder != "bot":
                return

    def desk_hears(self, event: Event, inbound_ids: list[int]) -> None:
        """The front desk takes it."""
        self.hear(front_desk(self.session, self.subject, self.now), event, inbound_ids)

    def hear(self, enrolment: Enrolment, event: Event, inbound_ids: list[int]) -> None:
        """Take one event, and those that its effects cause at once, through the engine."""
        pending: list[Event] = [event]
        for _ in range(MAX_EVENTS):
            if not pending or enrolment.status != "active":
                return
            taken = pending.pop(0)
            before = states.from_json(enrolment.state)
            flow = flow_of(self.session, enrolment.revision_id, before.revision)
            number = enrolment.turn + 1
            facts = facts_of(
                self.session,
                self.keys,
                self.link_url,
                self.subject,
                enrolment_id=enrolment.id,
                turn=number,
                now=self.now,
            )
            after, effects = advance(flow, before, taken, facts, self.now)
            if after == before and not effects:
                continue
            store(self.session, enrolment, turn=number, state=states.to_json(after))
            done = apply(self.session, self.subject, enrolment, number, effects, facts, self.now)
            journal.write(
                self.session, enrolment, before, taken, facts, effects, done.bodies, inbound_ids, self.now
            )
            pending += done.next_events

    def _replied(self, rows: list[Inbound], reading: Interpretation) -> None:
        enrolment = hearers.floor(self.session, self.subject) or front_desk(
            self.session, self.subject, self.now
        )
        event = joint_event(rows, reading)
        undone = journal.undo_unsent(self.session, enrolment)
        if isinstance(undone, Replied):
            event = joint_event(rows, reading, earlier=undone)
        self.hear(enrolment, event, [row.id for row in rows])

    def _help(self, row: Inbound, reading: Interpretation | None) -> None:
        """The word HELP is answered whoever holds the conversation (R122), and apart from what else was said."""
        self._done(row, reading)
        if not row.provider_answers:  # else it has been answered already (R7, R50)
            self.desk_hears(Replied(row.body, Reading("help", 1.0), row.received_at), [row.id])

    def _opted_out(self, row: Inbound, reading: Interpretation | None) -> None:
        self._done(row, reading)
        self._silence(
            row.opt_out or "rule",
            confirm=not row.provider_answers and row.opt_out != "repeated",
            also=reading.also if reading else None,
        )

    def _model_opt_out(self, rows: list[Inbound], reading: Interpretation, also: str | None) -> None:
        first = consent.opt_out(
            self.session,
            self.subject.shop.id,
            self.subject.customer.phone_key,
            source="model",
            at=self.now,
            details={"inbound": rows[-1].id, "confidence": round(reading.confidence, 3)},
            payload={"words": rows[-1].body[:500]},
        )
        for row in rows:
            row.opt_out = "model"
        self._silence("model", confirm=first, also=also)

    def _doubt(self, rows: list[Inbound], reading: Interpretation) -> None:
        """Perhaps an opt-out: marketing stops, and a person decides. The bot says nothing meanwhile."""
        consent.hold(
            self.session,
            self.subject.shop.id,
            self.subject.customer.phone_key,
            source="model",
            at=self.now,
            details={"inbound": rows[-1].id, "why": list(reading.why)[:3]},
            payload={"words": rows[-1].body[:500]},
        )
        holders.hand_off(self.subject.conversation, "perhaps an opt-out", None, self.now)

    def _silence(self, source: str, *, confirm: bool, also: str | None) -> None:
        for enrolment in hearers.live(self.session, self.subject):
            self.hear(enrolment, OptedOut(source, confirm=False), [])
        self.desk_hears(OptedOut(source, confirm=confirm, also=also), [])

    def _done(self, row: Inbound, reading: Interpretation | None) -> None:
        passed("turned", row.provider_id, inbound=row.id, conversation=row.conversation_id)
        if reading:
            store(self.session, row, turned_at=self.now, reading=asdict(reading))
        else:
            store(self.session, row, turned_at=self.now)


def _next_work(conversation: Conversation, unread: datetime | None) -> Any:
    """The earliest thing left to do: a text that has not settled, or (while the bot speaks) a timer, which is looked up
    in the statement that writes it down."""
    if unread is not None:
        return unread
    return _FIRST_TIMER if conversation.holder == "bot" else None


# Built once: building a statement costs SQLAlchemy about as much as running it.
_HERE: BindParameter[int] = bindparam("conversation")
_UNREAD = (
    select(Inbound).where(Inbound.conversation_id == _HERE, Inbound.turned_at.is_(None)).order_by(Inbound.id)
)
_SIGNALS = (
    select(Signal).where(Signal.conversation_id == _HERE, Signal.taken_at.is_(None)).order_by(Signal.id)
)
_DUE = (Timer.conversation_id == _HERE, Timer.status == fixed("armed"), Timer.due_at <= bindparam("now"))
_TIMERS_DUE = (
    select(Timer.id, Timer.enrolment_id, Timer.wait_no).where(*_DUE).order_by(Timer.due_at, Timer.id)
)
_WAITS = select(
    exists().where(Signal.conversation_id == _HERE, Signal.taken_at.is_(None)).label("signals"),
    exists().where(*_DUE).label("timers"),
)
_TIMERS: Table = Timer.__table__  # type: ignore[assignment]
_FIRE = (
    update(_TIMERS)
    .where(_TIMERS.c.id == bindparam("timer"), _TIMERS.c.status == fixed("armed"))
    .values(status="fired")
)
_FIRST_TIMER = (
    select(func.min(Timer.due_at))
    .where(Timer.conversation_id == Conversation.id, Timer.status == fixed("armed"))
    .correlate(Conversation)
    .scalar_subquery()
)
