"""The model's steps, taken with the real code on a real database.

Owns the translation: each step is one call of the function that the model stands for, and `shape` says of the rows what
`shape_of` says of the model's world. Draws no schedules and judges nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, exists, select
from sqlalchemy.orm import Session

from bot.clock import OFFSET, domain_now, domain_time, offset, set_offset
from bot.conversations import holders
from bot.conversations.receive import InboundText, receive
from bot.conversations.signals import signal
from bot.conversations.work import take_one
from bot.db import Database
from bot.models import Conversation, Enrolment, Inbound, Outbound, Suppression
from bot.sending import dispatch
from bot.sending.outcomes import Outcome, Sent, TryLater, Unknown
from bot.sending.status import Report, record_report
from flows.events import HandedBack
from tests.bot.interleavings.actors import Step
from tests.bot.interleavings.model import World
from tests.support.cast import ACCOUNT, Member
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider

WORDS = {
    "R1": "yes",
    "R2": "yes please",
    "Q1": "it was more about the thing with the lid",
    "S1": "please stop texting me",
    "S2": "i said stop texting me",
    "M1": "these messages bring me no joy whatsoever",
}
"""What the customer writes for each name of the model."""
PATIENCE = 30


class GatedDatabase(Database):
    """Its first transaction that writes waits at a gate: a worker that has read, and has not begun its turn."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.engine)
        self.arrived = threading.Event()
        self.go = threading.Event()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """As ever, once somebody let it go."""
        self.arrived.set()
        assert self.go.wait(PATIENCE)
        with super().write() as session:
            yield session


class PausedTurn:
    """take_one, stopped between reading and the turn."""

    def __init__(self, app: FakedApp, conversation_id: int) -> None:
        self._database = GatedDatabase(app.database)
        self._fault: BaseException | None = None
        self._thread = threading.Thread(
            target=self._run, args=(replace(app, database=self._database), conversation_id)
        )
        self._thread.start()
        assert self._database.arrived.wait(PATIENCE)

    def finish(self) -> None:
        """Take the turn."""
        self._database.go.set()
        self._thread.join(PATIENCE)
        if self._fault:
            raise self._fault

    def _run(self, app: FakedApp, conversation_id: int) -> None:
        try:
            take_one(app, conversation_id)
        except BaseException as fault:
            self._fault = fault
            self._database.arrived.set()


@dataclass
class Worker:
    """What a worker remembers between its steps."""

    turn: PausedTurn | None = None
    claims: dict[int, dispatch.Claim] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)


class Replay:
    """One conversation of the real code, on which steps are taken."""

    def __init__(
        self, app: FakedApp, clock: StillClock, who: Member, number: str, enrolment_id: int | None
    ) -> None:
        self.app = app
        self.clock = clock
        self.who = who
        self.number = number
        self.enrolment_id = enrolment_id
        self.workers: dict[str, Worker] = {}
        self.accepted: list[str] = []
        self._reported: set[str] = set()
        self._before = 0
        with app.database.read() as session:
            self._before = len(self._rows(session))

    def take(self, step: Step) -> str:
        """Do what the step says. For a look and a claim: what came of it, to be compared with the model."""
        worker = self.workers.setdefault(step.who, Worker())
        match step.what:
            case "receive":
                sid = f"SM{self.who.conversation_id:08d}{step.arg}"
                text = InboundText(ACCOUNT, sid, self.who.phone, self.number, WORDS[step.arg])
                receive(self.app, text)
            case "read":
                worker.turn = PausedTurn(self.app, self.who.conversation_id)
            case "turn":
                assert worker.turn is not None
                worker.turn.finish()
                worker.turn = None
            case "look":
                return str(self._due())
            case "claim":
                return str(self._claim(worker, step.row))
            case "call":
                worker.outcomes[step.row] = self._call(worker.claims[step.row], step.arg)
            case "record":
                end = (worker.claims.pop(step.row), worker.outcomes.pop(step.row))
                dispatch.record_together(self.app, [end])
            case "die":
                self.workers[step.who] = Worker()
            case "take over" | "hand back":
                self._staff(step.what)
            case "sweep":
                self._sweep()
            case "report":
                self._report()
            case _:
                raise AssertionError(step)
        return ""

    def rest(self) -> None:
        """One round of what bells and sweeps do: `exploring.one_round`, with the real code."""
        take_one(self.app, self.who.conversation_id)
        worker = Worker()
        for n in self._due():
            if self._claim(worker, n):
                end = (worker.claims[n], self._call(worker.claims[n], "sent"))
                dispatch.record_together(self.app, [end])
        with self.app.database.read() as session:
            claimed = any(row.status == "claimed" for row in self._rows(session))
        if claimed:
            self._sweep()
        self._report()

    def shape(self) -> dict[str, Any]:
        """What can be compared, as the database has it."""
        where = {"conversation": self.who.conversation_id, "enrolment": self.enrolment_id}
        with self.app.database.read() as session:
            held = session.execute(_HELD, where | {"shop": self.who.shop_id, "key": self.who.phone_key}).one()
            now = domain_time(held.clock_offset_us, self.app.real_now)
            return {
                "texts": [turned is not None for (turned,) in session.execute(_TEXTS, where)],
                "rows": [
                    (_kind(row), row.status, row.fence, row.status == "ready" and row.due_at > now)
                    for row in self._rows(session)
                ],
                "holder": held.holder,
                "fence": held.fence,
                "suppressed": held.stopped,
                "flow lives": held.passage == "active",
                "floor": held.floor_enrolment_id is not None,
            }

    def _rows(self, session: Session) -> list[Any]:
        rows = session.execute(_ROWS, {"conversation": self.who.conversation_id}).all()
        return list(rows[self._before :])

    def _due(self) -> tuple[int, ...]:
        with self.app.database.read() as session:
            now = domain_now(session, self.app.real_now)
            rows = self._rows(session)
            return tuple(n for n, row in enumerate(rows) if row.status == "ready" and row.due_at <= now)

    def _claim(self, worker: Worker, n: int) -> bool:
        with self.app.database.read() as session:
            row_id = self._rows(session)[n].id
        claims = dispatch.claim_together(self.app, [row_id], [self.who.conversation_id])
        if claims:
            worker.claims[n] = claims[0]
        return bool(claims)

    def _call(self, claim: dispatch.Claim, outcome: str) -> Outcome:
        provider = self.app.provider
        assert isinstance(provider, FakeProvider)
        match outcome:
            case "later":
                provider.will(TryLater("20429", "too many", 0))
            case "timeout":
                provider.will(Unknown("timeout"))
            case _:
                provider.will(Sent(f"SM{claim.text.public_id}", "queued"))
        if outcome != "later":
            self.accepted.append(claim.text.public_id)
        return provider.send(claim.text)

    def _staff(self, act: str) -> None:
        with self.app.database.write() as session:
            held = session.execute(
                select(Conversation).where(Conversation.id == self.who.conversation_id).with_for_update()
            ).scalar_one()
            now = domain_now(session, self.app.real_now)
            if act == "take over":
                holders.take_over(held, 1, now)
                return
            holders.hand_back(held, now)
            session.flush()
            key = f"handed-back:{held.id}:{held.fence}"
            signal(session, self.who.shop_id, held.id, None, key, HandedBack(None), now)

    def _sweep(self) -> None:
        """Leases are of real time: it moves on, and what is due in the domain stays as it was."""
        step = timedelta(seconds=self.app.settings.lease_seconds + 1)
        self.clock.move(step)
        with self.app.database.write() as session:
            set_offset(session, offset(session) - step)
        dispatch.expire_leases(self.app)

    def _report(self) -> None:
        for public_id in self.accepted:
            if public_id not in self._reported:
                self._reported.add(public_id)
                record_report(self.app, Report(ACCOUNT, f"SM{public_id}", public_id, "delivered", "", {}))


def shape_of(world: World) -> dict[str, Any]:
    """The same of the model."""
    return {
        "texts": [text.turned for text in world.texts],
        "rows": [
            (row.kind, row.status, row.fence, row.put_off and row.status == "ready") for row in world.rows
        ],
        "holder": world.holder,
        "fence": world.fence,
        "suppressed": world.suppressed,
        "flow lives": world.flow_lives,
        "floor": world.floor,
    }


_HERE: BindParameter[int] = bindparam("conversation")
_ROWS = (
    select(Outbound.id, Outbound.status, Outbound.fence, Outbound.due_at, Outbound.effect)
    .where(Outbound.conversation_id == _HERE)
    .order_by(Outbound.id)
)
_TEXTS = select(Inbound.turned_at).where(Inbound.conversation_id == _HERE).order_by(Inbound.id)
_HELD = select(
    Conversation.holder,
    Conversation.fence,
    Conversation.floor_enrolment_id,
    select(Enrolment.status).where(Enrolment.id == bindparam("enrolment")).scalar_subquery().label("passage"),
    exists()
    .where(Suppression.shop_id == bindparam("shop"), Suppression.phone_key == bindparam("key"))
    .label("stopped"),
    OFFSET,
).where(Conversation.id == _HERE)


def _kind(row: Any) -> str:
    effect = row.effect
    if effect.get("notice"):
        return "confirmation"
    if effect.get("prompted_by"):
        return "answer"
    return "opener" if effect["node"] == "hello" else "reminder"
