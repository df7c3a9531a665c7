"""Why did this customer get a text, or none? The way from the trigger to the delivery, walked with the real functions.

Owns the order of the stations. Must not know a rule: who fits is bot.audience's, what may leave the gate's, what became
of it the outbound row's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from bot.audience.kinds import again_of, kind_of
from bot.clock import domain_now
from bot.compliance.windows import next_opening
from bot.compose import App
from bot.conversations.subjects import Subject
from bot.flows_store import current, flow_of
from bot.models import Customer, Enrolment, Erasure, Flow, FlowRevision, FlowStart
from bot.phones import mask
from bot.proof import asking
from bot.proof.delivery import delivery_steps, gate_steps, last_text
from bot.proof.entry import Way, consent_at_enrolment, entered, entry, start
from bot.proof.steps import Step, Walk, day
from flows.definition import Flow as Definition


class NoSuchFlow(ValueError):
    """The message names the flows that there are."""


def why(app: App, shop_id: int, phone: str, flow_name: str | None = None) -> Walk:
    """Walk the way of this number (E.164) at this shop, for one flow or for the one that comes nearest to texting.

    Raises NoSuchFlow. Leaves nothing behind.
    """
    key = app.keys.phone_key(shop_id, phone)
    asking.read_up(app.database, shop_id, key, flow_name)
    with asking.supposing(app.database) as session:
        now = domain_now(session, app.real_now)
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
            _walk_apart(Way(session, subject, *each, app.settings.link_url, now), known)
            for each in _flows(session, subject, flow_name, now)
        ]
        if not walks:
            nothing = Step("trigger", False, "no flow is published that enters customers by itself")
            return Walk(mask(phone), None, now, subject.zone, (known, nothing), None)
        return max(walks, key=_reaches)


def _walk_apart(way: Way, known: Step) -> Walk:
    """What one walk supposes, the next one must not meet: one flow would seem to speak with them already."""
    point = way.session.begin_nested()
    try:
        return _walk(way, known)
    finally:
        point.rollback()


def _walk(way: Way, known: Step) -> Walk:
    """All stations, also after the one that stops: what comes later may stop them for longer."""
    text = last_text(way.session, way.enrolment) if way.enrolment else None
    if way.enrolment is None:
        asked = entry(way)  # before there is a passage, supposed or not
        gate = gate_steps(
            asking.about_opener(way.session, way.subject, way.revision, way.flow, None, way.now)
        )
        steps = (known, *asked, *consent_at_enrolment(way, gate), start(way))
    else:
        steps = (known, *entered(way, way.enrolment))
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


def _stranger(session: Session, shop_id: int, key: str, customer: Customer | None) -> Step:
    erased = session.execute(
        select(Erasure.asked_at).where(Erasure.shop_id == shop_id, Erasure.phone_key == key)
    ).scalar()
    if customer is not None and erased is not None:
        return Step("customer", False, f"erased on {day(erased)}, at their request")
    return Step("customer", False, "no customer of this shop has this number")


def _next_possible(way: Way, steps: Sequence[Step]) -> datetime | None:
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
        if enrolment is not None and enrolment.status == "ended" and again_of(flow.trigger) is not None:
            enrolment = None  # they may enter again: that is what is asked
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
        if not each[1].desk and (kind_of(each[1].trigger) != "manual" or (each[2] and each[2].start_id))
    ]
    return speaking or entering


def _published(session: Session, shop_id: int) -> list[str]:
    """The published flows; those that enrol customers now come first, and of two equal walks the first is told."""
    running = exists().where(
        FlowStart.shop_id == Flow.shop_id,
        FlowStart.revision_id == FlowRevision.id,
        FlowRevision.shop_id == Flow.shop_id,
        FlowRevision.flow_id == Flow.id,
        FlowStart.status == "running",
        FlowStart.trial.is_(False),
    )
    return list(
        session.scalars(
            select(Flow.name)
            .where(Flow.shop_id == shop_id, Flow.current_revision_id.is_not(None))
            .order_by(running.desc(), Flow.name)
        )
    )


def _reaches(walk: Walk) -> tuple[bool, int]:
    """How far a way leads."""
    passed = next((number for number, step in enumerate(walk.steps) if not step.ok), len(walk.steps))
    return walk.stop is None, passed
