"""The first stations of the way: what a start asks of a customer before there is a text.

Owns how its conditions are told, one by one. They are bot.audience's own: a start asks them of all customers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audience.enrol import HOLDOUT_LASTS, arm_of, conditions, consent_fits, in_audience, who
from bot.audience.starts import running
from bot.conversations.subjects import Subject
from bot.models import Consent, Customer, Enrolment, Flow, FlowRevision
from bot.proof.steps import Step, day
from flows.definition import Flow as Definition

TOLD = frozenset({"lapsed", "not too long ago", "re-entry", "one voice"})
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
    silent = way.subject.settings.silent_texts
    asked = conditions(customer.shop_id, way.revision.flow_id, flow, way.now, silent)
    row = way.session.execute(
        select(
            *who(), Consent.kind.label("consent"), *(each.label(f"c {name}") for name, each in asked.items())
        )
        .outerjoin(Consent, (Consent.shop_id == Customer.shop_id) & (Consent.phone_key == Customer.phone_key))
        .where(Customer.id == customer.id)
    ).one()
    met = {name: bool(row._mapping[f"c {name}"]) for name in asked}
    arm = arm_of(customer.shop_id, customer.phone_key, flow.name, flow.holdout_percent)
    return (
        _trigger(way, met),
        _audience(way, row),
        Step(
            "holdout",
            arm == "treated",
            "not in the control group"
            if arm == "treated"
            else f"in the control group of {flow.holdout_percent}%, who get nothing so that the difference can be measured",
        ),
        Step(
            "re-entry", met["re-entry"], "never was in this flow" if met["re-entry"] else "was in this flow"
        ),
        _one_voice(way, met["one voice"]),
        *(
            Step(name, False, f"a start passes over whom «{name}» speaks against")
            for name in asked.keys() - TOLD - GATES
            if not met[name]
        ),
    )


def _trigger(way: Way, met: dict[str, bool]) -> Step:
    last, days = way.subject.customer.last_order_at, way.flow.trigger.lapsed
    if days is None:
        return Step("trigger", False, "nobody enters this flow by themselves, only by hand")
    if last is None:
        return Step("trigger", False, "no order of theirs is known that counts")
    told = f"the last order was on {day(last)}, {max((way.now - last).days, 0)} days ago"
    wanted = f"the flow wants {days[0]} to {days[1]}"
    if not met["lapsed"]:
        return Step("trigger", False, f"{told}; {wanted}", last + timedelta(days=days[0]))
    return Step("trigger", met["not too long ago"], f"{told}; {wanted}")


def _audience(way: Way, row: Any) -> Step:
    if row.last_order_at is None:
        return Step("audience", False, "nobody without an order is in an audience")
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
