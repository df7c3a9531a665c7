"""The first stations of the way: what a start asks of a customer before there is a text.

Owns how its conditions are told, one by one. They are bot.audience's own: a start asks them of all customers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audience.conditions import HOLDOUT_LASTS, TALK_LASTS, Asked, asked, by_trigger, conditions
from bot.audience.finding import arm_of, consent_fits, in_audience, who
from bot.audience.kinds import BY_TEXT, again_of, kind_of
from bot.audience.starts import running
from bot.conversations.subjects import Subject
from bot.models import Consent, Customer, Enrolment, Flow, FlowRevision
from bot.proof.steps import Step, day
from bot.proof.triggers import in_days, trigger_step
from flows.definition import Flow as Definition

TOLD = frozenset({"re-entry", "one voice", "dialogue"})
GATES = frozenset({"phone", "number", "suppression", "refunded", "let go", "holder"})
"""Conditions that the gate tells of in its own words."""


@dataclass(frozen=True, slots=True)
class Way:
    """One customer and one flow."""

    session: Session
    subject: Subject
    revision: FlowRevision
    flow: Definition
    enrolment: Enrolment | None
    link_url: str
    now: datetime


def entry(way: Way) -> tuple[Step, ...]:
    """What a start would ask about somebody who is not in the flow."""
    customer, flow = way.subject.customer, way.flow
    found = running(way.session, customer.shop_id, way.revision.flow_id)
    since = found.started_at if found else None
    ask = asked(way.session, customer.shop_id, way.revision.flow_id, flow, way.now, since)
    wanted = conditions(ask)
    row = way.session.execute(
        select(
            *who(), Consent.kind.label("consent"), *(each.label(f"c {name}") for name, each in wanted.items())
        )
        .outerjoin(Consent, (Consent.shop_id == Customer.shop_id) & (Consent.phone_key == Customer.phone_key))
        .where(Customer.id == customer.id)
    ).one()
    met = {name: bool(row._mapping[f"c {name}"]) for name in wanted}
    arm = arm_of(customer.shop_id, customer.phone_key, flow.name, flow.holdout_percent)
    told = TOLD | GATES | by_trigger(ask).keys()
    return (
        trigger_step(way.session, way.subject, ask, row, met),
        _audience(way, row),
        Step(
            "holdout",
            arm == "treated",
            "not in the control group"
            if arm == "treated"
            else f"in the control group of {flow.holdout_percent}%, who get nothing so that the difference can be measured",
        ),
        _re_entry(way, ask, met["re-entry"]),
        _one_voice(way, met["one voice"]),
        *_dialogue(way, met["dialogue"]),
        *(
            Step(name, False, f"a start passes over whom «{name}» speaks against")
            for name in wanted.keys() - told
            if not met[name]
        ),
    )


def _re_entry(way: Way, ask: Asked, free: bool) -> Step:
    last = way.session.execute(
        select(Enrolment.status, Enrolment.ended_at)
        .where(
            Enrolment.shop_id == way.subject.shop.id,
            Enrolment.customer_id == way.subject.customer.id,
            Enrolment.flow_id == way.revision.flow_id,
        )
        .order_by(Enrolment.id.desc())
        .limit(1)
    ).first()
    if last is None:
        return Step("re-entry", True, "never was in this flow")
    again = again_of(ask.flow.trigger)
    when = f"was in this flow until {day(last.ended_at)}" if last.ended_at else "is in this flow"
    if free or again is None or last.ended_at is None:
        return Step("re-entry", free, when if not free else f"{when}, and may enter again")
    if last.ended_at + again > way.now:
        why = f"{when}; the next passage begins {in_days(again)} after it"
        return Step("re-entry", False, why, last.ended_at + again)
    return Step("re-entry", False, f"{when}, and has not ordered since it began")


def _dialogue(way: Way, free: bool) -> tuple[Step, ...]:
    said = way.subject.conversation.last_inbound_at
    if free or said is None:
        return ()
    why = "they texted within the last 24 hours, and no trigger interrupts a dialogue"
    return (Step("dialogue", False, why, said + TALK_LASTS),)


def _audience(way: Way, row: Any) -> Step:
    failing = [test for test in way.flow.audience if not in_audience((test,), row, way.now)]
    if not failing:
        return Step("audience", True, "in the flow's audience")
    told = "; ".join(
        f"{test.fact} {test.compare} {'' if test.value is None else test.value}".strip() for test in failing
    )
    return Step("audience", False, f"not in the flow's audience ({told})")


def _one_voice(way: Way, free: bool) -> Step:
    if free:
        return Step("one voice", True, "no other flow speaks with them")
    others = way.session.execute(
        select(Flow.name, Enrolment.arm, Enrolment.started_at)
        .join(Enrolment, (Enrolment.shop_id == Flow.shop_id) & (Enrolment.flow_id == Flow.id))
        .where(
            Enrolment.shop_id == way.subject.shop.id,
            Enrolment.customer_id == way.subject.customer.id,
            Enrolment.status == "active",
            Enrolment.start_id.is_not(None),
            Enrolment.flow_id != way.revision.flow_id,
        )
        .order_by(Enrolment.id.desc())
    ).first()
    if others is None:
        return Step("one voice", False, "another flow speaks with them")
    if others.arm == "control":
        why = f"in the control group of {others.name} since {day(others.started_at)}"
        return Step("one voice", False, why, others.started_at + HOLDOUT_LASTS)
    return Step("one voice", False, f"{others.name} speaks with them since {day(others.started_at)}")


def consent_at_enrolment(way: Way, gate: Sequence[Step]) -> tuple[Step, ...]:
    """A start wants the consent that the country asks for, whatever a shop's setting lets the gate accept."""
    kind = way.session.execute(
        select(Consent.kind).where(
            Consent.shop_id == way.subject.shop.id, Consent.phone_key == way.subject.customer.phone_key
        )
    ).scalar_one_or_none()

    @dataclass(frozen=True)
    class Row:
        country: str
        consent: str | None

    fits = consent_fits(Row(way.subject.customer.country, kind))
    why = f"{kind} consent is not enough to be enrolled"
    return tuple(
        Step(step.step, False, why) if step.step == "consent" and step.ok and not fits else step
        for step in gate
    )


def start(way: Way) -> Step:
    """Nobody is texted because something was published."""
    found = running(way.session, way.subject.shop.id, way.revision.flow_id)
    if found is not None and found.kind in BY_TEXT:
        return Step("start", True, f"{way.flow.name} stands ready: their text begins it")
    if kind_of(way.flow.trigger) == "manual":
        return Step("start", True, f"{way.flow.name} has no trigger, and so no start")
    if found is None or found.next_batch_at is None:
        return Step(
            "start", False, f"nobody has started {way.flow.name} (`winback flow start {way.flow.name}`)"
        )
    begins = max(found.next_batch_at, way.now)
    if begins > way.now:
        return Step(
            "start", True, f"the next batch of {way.flow.name} is taken on {begins:%d %b %H:%M} UTC", begins
        )
    return Step(
        "start", True, f"the next batch of {way.flow.name} is due, {found.daily_limit} customers a day"
    )


def entered(way: Way, enrolment: Enrolment) -> tuple[Step, ...]:
    when = day(enrolment.started_at)
    entered = Step("trigger", True, f"entered {way.flow.name} on {when}")
    if enrolment.arm == "control":
        why = f"in the control group since {when}: gets nothing, so that the difference can be measured"
        return entered, Step("holdout", False, why)
    return entered, Step("holdout", True, "not in the control group")
