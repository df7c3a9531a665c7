"""Why did this customer get a text, or none? The way from the trigger to the delivery, walked with the real functions.

Owns the order of the stations. Must not know a rule: who fits is bot.audience's, what may leave the gate's, what became
of it the outbound row's.
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
from bot.clock import domain_now
from bot.compliance.windows import next_opening
from bot.compose import App
from bot.conversations.subjects import Subject
from bot.flows_store import current, flow_of
from bot.models import Consent, Customer, Enrolment, Erasure, Flow, FlowRevision
from bot.phones import mask
from bot.proof import asking
from bot.proof.delivery import delivery_steps, gate_steps, last_text
from bot.proof.steps import Step, Walk, day
from flows.definition import Flow as Definition


class NoSuchFlow(ValueError):
    """The message names the flows that there are."""


@dataclass(frozen=True, slots=True)
class _Way:
    """One customer and one flow."""

    session: Session
    subject: Subject
    revision: FlowRevision
    flow: Definition
    enrolment: Enrolment | None
    link_url: str
    now: datetime


def why(app: App, shop_id: int, phone: str, flow_name: str | None = None) -> Walk:
    """Walk the way of this number (E.164) at this shop, for one flow or for the one that comes nearest to texting.

    Raises NoSuchFlow. Leaves nothing behind.
    """
    with asking.supposing(app.database) as session:
        now = domain_now(session, app.real_now)
        key = app.keys.phone_key(shop_id, phone)
        if flow_name is not None and current(session, shop_id, flow_name) is None:
            names = ", ".join(_published(session, shop_id)) or "none; `winback flow publish` makes one"
            raise NoSuchFlow(f"no flow {flow_name} is published (there are: {names})")
        customer = session.execute(
            select(Customer).where(Customer.shop_id == shop_id, Customer.phone_key == key)
        ).scalar_one_or_none()
        if customer is None or customer.phone is None:
            return Walk(
                mask(phone), flow_name, now, None, (_stranger(session, shop_id, key, customer),), None
            )
        subject = asking.subject_for(session, customer, now)
        known = Step("customer", True, f"a customer since {day(customer.created_at)}")
        walks = [
            _walk(_Way(session, subject, *each, app.settings.link_url, now), known)
            for each in _flows(session, subject, flow_name, now)
        ]
        if not walks:
            nothing = Step("trigger", False, "no flow is published that enters customers by itself")
            return Walk(mask(phone), None, now, subject.zone, (known, nothing), None)
        return max(walks, key=_reaches)


def _walk(way: _Way, known: Step) -> Walk:
    """All stations, also after the one that stops: what comes later may stop them for longer."""
    text = last_text(way.session, way.enrolment) if way.enrolment else None
    if way.enrolment is None:
        entry = _entry(way)
        gate = gate_steps(
            asking.about_opener(way.session, way.subject, way.revision, way.flow, None, way.now)
        )
        steps = (known, *entry, *_consent_at_enrolment(way, gate), _start(way))
    else:
        steps = (known, *_entered(way, way.enrolment))
        if way.enrolment.arm == "treated":
            steps = (
                *steps,
                *delivery_steps(
                    way.session,
                    way.subject,
                    way.revision,
                    way.flow,
                    way.enrolment,
                    text,
                    way.link_url,
                    way.now,
                ),
            )
    return Walk(
        mask(way.subject.customer.phone),
        way.flow.name,
        way.now,
        way.subject.zone,
        steps,
        _next_possible(way, steps),
    )


def _entry(way: _Way) -> tuple[Step, ...]:
    """What a start would ask about somebody who is not in the flow."""
    customer, flow = way.subject.customer, way.flow
    asked = conditions(customer.shop_id, way.revision.flow_id, flow, way.now)
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
    )


def _trigger(way: _Way, met: dict[str, bool]) -> Step:
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


def _audience(way: _Way, row: Any) -> Step:
    failing = [test for test in way.flow.audience if not in_audience((test,), row, way.now)]
    if not failing:
        return Step("audience", True, "in the flow's audience")
    told = "; ".join(
        f"{test.fact} {test.compare} {'' if test.value is None else test.value}".strip() for test in failing
    )
    return Step("audience", False, f"not in the flow's audience ({told})")


def _one_voice(way: _Way, free: bool) -> Step:
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


def _consent_at_enrolment(way: _Way, gate: Sequence[Step]) -> tuple[Step, ...]:
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


def _start(way: _Way) -> Step:
    """Nobody is texted because something was published."""
    start = running(way.session, way.subject.shop.id, way.revision.flow_id)
    if start is None or start.next_batch_at is None:
        return Step(
            "start", False, f"nobody has started {way.flow.name} (`winback flow start {way.flow.name}`)"
        )
    begins = max(start.next_batch_at, way.now)
    if begins > way.now:
        return Step(
            "start", True, f"the next batch of {way.flow.name} is taken on {begins:%d %b %H:%M} UTC", begins
        )
    return Step(
        "start", True, f"the next batch of {way.flow.name} is due, {start.daily_limit} customers a day"
    )


def _entered(way: _Way, enrolment: Enrolment) -> tuple[Step, ...]:
    when = day(enrolment.started_at)
    entered = Step("trigger", True, f"entered {way.flow.name} on {when}")
    if enrolment.arm == "control":
        why = f"in the control group since {when}: gets nothing, so that the difference can be measured"
        return entered, Step("holdout", False, why)
    return entered, Step("holdout", True, "not in the control group")


def _stranger(session: Session, shop_id: int, key: str, customer: Customer | None) -> Step:
    erased = session.execute(
        select(Erasure.asked_at).where(Erasure.shop_id == shop_id, Erasure.phone_key == key)
    ).scalar()
    if customer is not None and erased is not None:
        return Step("customer", False, f"erased on {day(erased)}, at their request")
    return Step("customer", False, "no customer of this shop has this number")


def _next_possible(way: _Way, steps: Sequence[Step]) -> datetime | None:
    """The first instant at which every step lets them pass, inside the hours; None when one of them has no end.

    A flow that nobody has started is no such step: it can be started at any time.
    """
    stopped = [step for step in steps if not step.ok and step.step != "start"]  # that is for a person to say
    if any(step.until is None for step in stopped):
        return None
    until = max([way.now, *(step.until for step in steps if step.until is not None)])
    window = None if way.flow.send_window == "any" else way.flow.send_window
    return next_opening(way.subject.place, until, window)


def _flows(
    session: Session, subject: Subject, name: str | None, now: datetime
) -> list[tuple[FlowRevision, Definition, Enrolment | None]]:
    """The flow that is meant; else the one that speaks with them; else all that enter customers by themselves."""
    found = []
    for each in [name] if name else _published(session, subject.shop.id):
        revision = current(session, subject.shop.id, each)
        assert revision is not None
        flow = flow_of(session, revision.id)
        enrolment = session.execute(
            select(Enrolment)
            .where(
                Enrolment.shop_id == subject.shop.id,
                Enrolment.customer_id == subject.customer.id,
                Enrolment.flow_id == revision.flow_id,
            )
            .order_by(Enrolment.id.desc())
            .limit(1)
        ).scalar_one_or_none()
        if enrolment is not None:  # it stays on its revision, whatever was published since (I8)
            revision = session.get_one(FlowRevision, enrolment.revision_id)
            flow = flow_of(session, revision.id)
        found.append((revision, flow, enrolment))
    if name:
        return found
    speaking = [
        each
        for each in found
        if each[2] and each[2].status == "active" and each[2].start_id and each[2].arm == "treated"
    ]
    entering = [
        each
        for each in found
        if not each[1].desk and (each[1].trigger.lapsed or (each[2] and each[2].start_id))
    ]
    return speaking or entering


def _published(session: Session, shop_id: int) -> list[str]:
    return list(
        session.scalars(
            select(Flow.name)
            .where(Flow.shop_id == shop_id, Flow.current_revision_id.is_not(None))
            .order_by(Flow.name)
        )
    )


def _reaches(walk: Walk) -> tuple[bool, int]:
    """How far a way leads."""
    passed = next((number for number, step in enumerate(walk.steps) if not step.ok), len(walk.steps))
    return walk.stop is None, passed
