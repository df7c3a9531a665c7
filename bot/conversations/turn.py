"""A conversation's turn: everything that has settled goes through the engine, in order, in one transaction (I3).

Owns which event goes to which enrolment, and in what order. Decides no words (flows) and no permission (the gate):
this file is a gravity well, keep it that way. Several conversations may have their turns in one transaction; none knows
of the others. The caller holds nothing; the locks on the conversations are taken here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import RealNow
from bot.compliance import signups
from bot.conversations import drafts, hearers, holders, identity, journal, own_answers, wishes
from bot.conversations.apply import apply
from bot.conversations.begun import asked_for
from bot.conversations.desk import front_desk
from bot.conversations.doubts import doubt, opt_out_by_model
from bot.conversations.reading import Readings, asked_beside, joint_event
from bot.conversations.rows import store
from bot.conversations.sleeping import fire, sleep_till_timer
from bot.conversations.snapshot import facts_of, last_lines
from bot.conversations.waiting import Waiting, lock_waiting
from bot.db import WritingSession
from bot.flows_store import flow_of
from bot.keys import Keys
from bot.models import Enrolment, Inbound, Signal
from bot.offers import picks
from bot.stations import passed
from flows import codec
from flows import state as states
from flows.engine import advance
from flows.events import (
    Event,
    HandedBack,
    NotSent,
    OptedIn,
    OptedOut,
    Reading,
    Replied,
    Started,
    TimerFired,
)
from nlu.interpretation import Interpretation

OPTED_OUT = ("carrier_word", "rule", "repeated")
"""How an opt-out was found when it was stored. `repeated`: it was in force already, and was confirmed then (R5)."""

MAX_EVENTS = 12
"""Events that one turn's own effects may cause (a coupon that is ready at once, a text that cannot be rendered)."""


def take_turns_together(
    session: WritingSession,
    keys: Keys,
    link_url: str,
    conversations: Sequence[int],
    readings: Mapping[int, Readings],
    real_now: RealNow,
    turned: set[int] | None = None,
) -> int:
    """Take whatever has settled in these conversations; gives in how many there was something to do.

    One that another worker holds is passed over. `readings`: what nlu made of the texts, by conversation, outside of
    any transaction. A text that arrived since has none yet, and waits for the next turn. Into `turned` go the texts that
    had their turn here, and in no other transaction.
    """
    found = lock_waiting(session, conversations, real_now)
    awake: list[int] = []
    for waiting in found:
        conversation = waiting.subject.conversation
        unread = _Turns(session, keys, link_url, waiting, turned).take(readings.get(conversation.id, {}))
        if unread is None and conversation.holder == "bot":
            awake.append(conversation.id)
            store(session, conversation, version=conversation.version + 1)
        else:
            store(session, conversation, work_due_at=unread, version=conversation.version + 1)
    sleep_till_timer(session, awake)
    return len(found)


def _patience(first: Inbound) -> datetime:
    """When somebody who never pauses is answered all the same: after five times the settling."""
    return first.received_at + 5 * (first.settle_at - first.received_at)


class _Turns:
    """The turns of one conversation under its lock."""

    def __init__(
        self, session: Session, keys: Keys, link_url: str, waiting: Waiting, turned: set[int] | None
    ) -> None:
        self.session = session
        self.turned = turned
        self.keys = keys
        self.link_url = link_url
        self.waiting = waiting
        self.subject = waiting.subject
        self.now = waiting.now
        self._heard = False

    def take(self, readings: Readings) -> datetime | None:
        """Everything there is. Gives when the texts that have not settled are due; None: there are none."""
        self.given_back()
        unread = self.inbound(readings)
        self.signals(speaking=unread is not None)
        # what the customer is just saying comes before any silence
        if self.subject.conversation.holder == "bot" and unread is None:
            self.timers()
        return unread

    def inbound(self, readings: Readings) -> datetime | None:
        """Texts that have settled and were read. Gives when those that have not are due."""
        conversation = self.subject.conversation
        plain: list[Inbound] = []
        unheard: datetime | None = None
        for row in self.waiting.inbound:
            if row.opt_out in OPTED_OUT and row.keyword is None and (row.id,) not in readings:
                # in force it is; but what else the text wants has not been read yet (R147)
                unheard = self.now
            elif row.opt_out in OPTED_OUT:
                self._opted_out(row, readings.get((row.id,)))
            elif row.keyword == "START":
                self._done(row, None)
                consented = signups.is_in(self.session, self.subject)
                self.desk_hears(OptedIn("start", not row.provider_answers, consented), [row.id])
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
        if self.subject.customer.number_state == "bad":  # a phone that texts is not dead
            store(self.session, self.subject.customer, number_state="ok")
        reading = wishes.weighed(self.subject, reading)
        if own_answers.is_answer(self.session, self.subject, plain):
            pass  # said to a customer, from a phone of the shop's own: no consent of its own, and bot.alerts hands it on
        elif reading.opt_out == "opted_out":  # only the model saw it: in force before any text leaves
            first = opt_out_by_model(self.session, self.subject, plain, reading, self.now)
            self._silence("model", confirm=first, also=asked_beside(plain, readings) or reading.also)
        elif reading.opt_out == "held":
            doubt(self.session, self.subject, plain, reading, self.now)
        elif signups.confirm(self.session, self.subject, plain, self.now):  # whoever speaks for the shop
            self.desk_hears(OptedIn("signup", confirm=True), [row.id for row in plain])
        else:
            identity.weigh(self.session, conversation, reading)
            if conversation.holder == "bot" and not self._began(plain):
                self._replied(plain, reading)
            elif "rhythm" in reading.slots:  # said to a person, it binds the bot all the same
                wishes.keep(self.subject, str(reading.slots["rhythm"]), self.now)
        return unheard

    def given_back(self) -> None:
        """People gave the conversation back: heard before what was said since, or nobody would answer that (I16)."""
        for row in self.waiting.signals:
            event: Event = codec.decode(Event, row.event)
            if isinstance(event, HandedBack):
                self._signalled(row, event)

    def signals(self, *, speaking: bool) -> None:
        """Events that were left for this conversation.

        While the customer is `speaking`, a text withheld for that is not taken for lost: its turn is about to be undone.
        """
        for row in self.waiting.signals:
            event: Event = codec.decode(Event, row.event)
            if speaking and isinstance(event, NotSent) and not event.final:
                continue
            if not isinstance(event, HandedBack):
                self._signalled(row, event)

    def _signalled(self, row: Signal, event: Event) -> None:
        store(self.session, row, taken_at=self.now)
        event, heard_by = hearers.addressed(self.session, self.subject, row.enrolment_id, event, self.now)
        for enrolment in heard_by:
            self.hear(enrolment, event, [])

    def timers(self) -> None:
        """Waits that are over."""
        for row in self.waiting.timers:
            if not fire(self.session, row.id, first=not self._heard):
                continue
            enrolment = self.session.get_one(Enrolment, row.enrolment_id)
            self.hear(enrolment, TimerFired(row.wait_no), [])
            if self.subject.conversation.holder != "bot":
                return

    def desk_hears(self, event: Event, inbound_ids: list[int]) -> None:
        """The front desk takes it."""
        self.hear(front_desk(self.session, self.subject, self.now), event, inbound_ids)

    def hear(self, enrolment: Enrolment, event: Event, inbound_ids: list[int]) -> None:
        """Take one event, and those that its effects cause at once, through the engine."""
        self._heard = True
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
                links=flow.links,
                offers=flow.offers,
                spoken=taken.reading.language if isinstance(taken, Replied) else None,
            )
            if (picked := picks.picked_by(taken, before.values)) is not None:
                facts = picks.as_picked(facts, picked, last_lines(self.session, self.subject))
            after, effects = advance(flow, before, taken, facts, self.now)
            if after == before and not effects:
                continue
            store(self.session, enrolment, turn=number, state=states.to_json(after))
            done = apply(self.session, self.subject, enrolment, number, effects, facts, self.now)
            journal.write(
                self.session, enrolment, before, taken, facts, effects, done.bodies, inbound_ids, self.now
            )
            pending += done.next_events
            for other, its_event in done.elsewhere:  # a flow that this one runs
                self.hear(other, its_event, [])

    def _began(self, rows: list[Inbound]) -> bool:
        """Whether the text was a flow's keyword, and that flow speaks now."""
        heard = asked_for(self.session, self.subject, rows, self.now)
        for enrolment, event in heard or ():
            begins = isinstance(event, Started)
            self.hear(enrolment, event, [row.id for row in rows] if begins else [])
        return heard is not None

    def _replied(self, rows: list[Inbound], reading: Interpretation) -> None:
        enrolment = hearers.floor(self.session, self.subject) or front_desk(
            self.session, self.subject, self.now
        )
        event = joint_event(rows, reading)
        turn, texts = self.waiting.last_texts.get(enrolment.id, (None, []))
        undone = journal.undo_unsent(self.session, enrolment, texts if turn == enrolment.turn else None)
        if undone and self.subject.conversation.bot_drafts:
            drafts.drop(self.session, self.subject.shop.id, self.subject.conversation.id)
        if isinstance(undone, Replied):
            event = joint_event(rows, reading, earlier=undone)
        self.hear(enrolment, event, [row.id for row in rows])
        if self.subject.conversation.owed_since is not None:  # from the first of what was said in one breath
            holders.owe(self.subject.conversation, rows[0].received_at)

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

    def _silence(self, source: str, *, confirm: bool, also: str | None) -> None:
        for enrolment in hearers.live(self.session, self.subject):
            self.hear(enrolment, OptedOut(source, confirm=False), [])
        self.desk_hears(OptedOut(source, confirm=confirm, also=also), [])

    def _done(self, row: Inbound, reading: Interpretation | None) -> None:
        passed("turned", row.provider_id, inbound=row.id, conversation=row.conversation_id)
        if self.turned is not None:
            self.turned.add(row.id)
        if reading:
            store(self.session, row, turned_at=self.now, reading=reading.as_document())
        else:
            store(self.session, row, turned_at=self.now)
