"""Effects written down: texts as outbound rows, waits as timers, coupons as reservations. Decides nothing.

Owns the translation of each effect into rows, inside the turn's transaction. What leaves the house leaves later, from
dispatch, and only if the gate lets it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session

from bot.compliance import consent
from bot.conversations import drafts, holders, wishes
from bot.conversations.about_carts import ONE_TEXT, UNBOUND, bounds_of
from bot.conversations.rows import fixed, insert_named, insert_soon
from bot.conversations.running import Begun, NotBegun, run_flow
from bot.conversations.subjects import Subject
from bot.db import pending_of
from bot.models import Enrolment, Outbound, Timer
from bot.offers import coupons
from bot.offers.giving import give
from bot.offers.links import keep_links
from bot.offers.picks import SLOT as PICKED
from bot.pending import PromisedId
from bot.stations import passed
from flows import codec
from flows.effects import (
    AddTag,
    Effect,
    Finish,
    HandOff,
    HoldMarketing,
    RequestCoupon,
    RunFlow,
    SendText,
    SetFact,
    StartTimer,
)
from flows.events import Event, NotSent
from flows.facts import Facts
from flows.render import Rendered, render_within
from flows.segments import measure

TRIAL_WAIT = 60
"""Seconds that any wait takes in a trial: the owner wants to see the next text, not wait four days for it."""


@dataclass
class Applied:
    """What came of a turn's effects: events to take next, and the bodies that were written (for the journal).

    `elsewhere`: events for other passages of the same customer, to be heard once this one has its entry in the journal.
    """

    next_events: list[Event] = field(default_factory=list)
    elsewhere: list[tuple[Enrolment, Event]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    texts: int = 0
    drafted: list[tuple[PromisedId, str]] = field(default_factory=list)
    """Answers that a person is to send."""


def apply(
    session: Session,
    subject: Subject,
    enrolment: Enrolment,
    turn: int,
    effects: tuple[Effect, ...],
    facts: Facts,
    now: datetime,
) -> Applied:
    """Write down what a turn decided."""
    done = Applied()
    outbound: dict[int, PromisedId] = {}
    # a hand-off raises the fence first, so that the text which announces it carries the new one and may leave; a flow that
    # cannot be begun is one
    for effect in sorted(effects, key=lambda each: not isinstance(each, HandOff | RunFlow)):
        match effect:
            case HandOff():
                hours = subject.settings.return_hours
                after = timedelta(hours=hours) if hours else None
                holders.hand_off(subject.conversation, effect.reason, effect.matter, now, return_after=after)
            case SendText():
                _write_text(session, subject, enrolment, turn, effect, facts, now, outbound, done)
            case StartTimer():
                _start_timer(session, enrolment, effect, outbound, now)
            case RequestCoupon():
                done.next_events.append(give(session, subject, enrolment, effect, now))
            case SetFact():
                _set_fact(subject, effect, now)
            case AddTag():
                tags = [*subject.customer.attributes.get("tags", []), effect.tag]
                subject.customer.attributes = {**subject.customer.attributes, "tags": sorted(set(tags))}
            case HoldMarketing():
                consent.hold(
                    session,
                    subject.shop.id,
                    subject.customer.phone_key,
                    kind="wrong_number" if effect.why == "wrong_number" else "held",
                    source="flow",
                    at=now,
                    details={"enrolment": enrolment.id, "turn": turn},
                    payload={},
                )
            case RunFlow():
                _run(session, subject, enrolment, effect, done, now)
            case Finish():
                _finish(session, subject, enrolment, turn, effect, now)
            case _:
                assert_never(effect)
    if done.drafted:
        drafts.offer(session, subject.conversation, *drafts.joined(done.drafted), now)
    return done


def retire_timers(session: Session, enrolment_id: int) -> None:
    """Whatever was waited for is waited for no more."""
    pending = pending_of(session)
    pending.run(_RETIRE, {"enrolment": enrolment_id})
    for timer in pending.inserts(Timer):  # one of this very turn, which is not written yet
        if timer["enrolment_id"] == enrolment_id:
            timer["status"] = "stale"


_TIMERS: Table = Timer.__table__  # type: ignore[assignment]
_RETIRE = (
    update(_TIMERS)
    .where(_TIMERS.c.enrolment_id == bindparam("enrolment"), _TIMERS.c.status == fixed("armed"))
    .values(status="stale")
)


def _write_text(
    session: Session,
    subject: Subject,
    enrolment: Enrolment,
    turn: int,
    effect: SendText,
    facts: Facts,
    now: datetime,
    outbound: dict[int, PromisedId],
    done: Applied,
) -> None:
    words = render_within(effect, facts, now, subject.settings.marketing_parts)
    body = words.body if isinstance(words, Rendered) else ""
    size = measure(body)
    kind = "compliance" if effect.notice else "answer" if effect.prompted_by else "marketing"
    bounds = bounds_of(session, enrolment) if kind == "marketing" else UNBOUND
    row: dict[str, Any] = {
        "shop_id": subject.shop.id,
        "public_id": uuid.uuid4().hex,
        "conversation_id": subject.conversation.id,
        "enrolment_id": enrolment.id,
        "key": f"{enrolment.id}:{turn}:{effect.ordinal}",
        "turn": turn,
        "ordinal": effect.ordinal,
        "author": "bot",
        "effect": codec.encode(effect),
        "body": body,
        "language": effect.language,
        "encoding": size.encoding,
        "parts": size.parts,
        "kind": kind,
        "status": "ready",
        "why": None,
        "fence": subject.conversation.fence,
        "read_inbound_id": subject.conversation.last_inbound_id,
        "due_at": now,
        "expires_at": bounds.until,
        "created_at": now,
    }
    if not isinstance(words, Rendered):
        row |= {"status": "denied", "why": f"unrenderable: {words.why}"[:64]}
        done.next_events.append(
            NotSent(turn, effect.ordinal, words.why, final=True, prompted=effect.prompted_by is not None)
        )
    elif bounds.spent:
        row |= {"status": "denied", "why": ONE_TEXT}
        done.next_events.append(NotSent(turn, effect.ordinal, ONE_TEXT, final=True, prompted=False))
    elif drafts.wanted(subject.conversation, effect):
        row |= {"status": "withheld", "why": drafts.DRAFTED}
    outbound[effect.ordinal] = insert_named(session, Outbound, row)
    if row["why"] == drafts.DRAFTED:
        done.drafted.append((outbound[effect.ordinal], body))
    passed("written", row["public_id"], inbound=row["read_inbound_id"], conversation=row["conversation_id"])
    keep_links(session, subject, enrolment.id, turn, body, facts.link, now, effect.values.get(PICKED))
    done.bodies.append(body)
    done.texts += 1


def _start_timer(
    session: Session, enrolment: Enrolment, effect: StartTimer, outbound: dict[int, PromisedId], now: datetime
) -> None:
    retire_timers(session, enrolment.id)
    after, until = effect.after_seconds, effect.until
    if enrolment.trial:
        after, until = TRIAL_WAIT, None
    anchor = outbound.get(effect.anchor) if effect.anchor is not None and after is not None else None
    due = until if until else None if anchor else now + timedelta(seconds=after or 0)
    insert_soon(
        session,
        Timer,
        {
            "shop_id": enrolment.shop_id,
            "conversation_id": enrolment.conversation_id,
            "enrolment_id": enrolment.id,
            "wait_no": effect.wait,
            "status": "armed",
            "after_seconds": after,
            "outbound_id": anchor,
            "due_at": due,
        },
    )


def _run(
    session: Session, subject: Subject, enrolment: Enrolment, effect: RunFlow, done: Applied, now: datetime
) -> None:
    match run_flow(session, subject, enrolment, effect, now):
        case Begun(events):
            done.elsewhere += events
        case NotBegun(why):
            holders.hand_off(subject.conversation, why, None, now)
        case other:
            assert_never(other)


def _set_fact(subject: Subject, effect: SetFact, now: datetime) -> None:
    if effect.name == "language" and isinstance(effect.value, str):
        subject.conversation.language = effect.value
        subject.customer.language = effect.value
    elif effect.name == "rhythm":
        wishes.keep(subject, str(effect.value), now)
    else:
        subject.customer.attributes = {**subject.customer.attributes, effect.name: effect.value}


def _finish(
    session: Session, subject: Subject, enrolment: Enrolment, turn: int, effect: Finish, now: datetime
) -> None:
    enrolment.status, enrolment.outcome, enrolment.ended_at = "ended", effect.outcome[:64], now
    retire_timers(session, enrolment.id)
    session.execute(
        update(Outbound)
        .where(
            Outbound.shop_id == enrolment.shop_id,
            Outbound.conversation_id == enrolment.conversation_id,  # there is an index for it
            Outbound.enrolment_id == enrolment.id,
            Outbound.status == "ready",
            Outbound.turn < turn,
            # what the customer asked for leaves all the same, or whoever has to hear of it does (hearers)
            Outbound.effect["prompted_by"].as_string().is_(None),
        )
        .values(status="withheld", why=f"finished: {effect.outcome}"[:64])
    )
    coupons.give_back(session, subject.shop.id, subject.conversation.id, enrolment.id)
    subject.seen.forget_codes()
    if subject.conversation.floor_enrolment_id == enrolment.id:
        subject.conversation.floor_enrolment_id = None
