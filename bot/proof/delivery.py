"""The last part of the way: what the gate says or said of a text, and what became of it at the provider.

Owns the reading of receipts, and of an outbound row's end, as steps. A text that was judged is not judged again: its
receipt speaks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.gate import Decision
from bot.conversations.subjects import Subject
from bot.models import Enrolment, FlowRevision, Outbound, Receipt
from bot.proof import asking
from bot.proof.steps import Step
from bot.sending.status import FAILED
from bot.sending.twilio_errors import look_up
from flows.definition import Flow

ASKED_BEFORE = frozenset({"holdout"})
"""Rules of the gate that are a station of their own on the way."""


def last_text(session: Session, enrolment: Enrolment) -> Outbound | None:
    """The newest text of this passage that no newer one took the place of."""
    return session.execute(
        select(Outbound)
        .where(
            Outbound.shop_id == enrolment.shop_id,
            Outbound.conversation_id == enrolment.conversation_id,
            Outbound.enrolment_id == enrolment.id,
            Outbound.status != "superseded",
        )
        .order_by(Outbound.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def delivery_steps(
    session: Session,
    subject: Subject,
    revision: FlowRevision,
    flow: Flow,
    enrolment: Enrolment,
    text: Outbound | None,
    link_url: str,
    now: datetime,
) -> tuple[Step, ...]:
    """From the text that was written (or would be) to its end. To be called in `asking.supposing`."""
    if text is None and enrolment.status != "active":
        why = f"the passage is over ({enrolment.outcome or 'ended'}), and no text was written in it"
        return (Step("passage", False, why),)
    if text is None:
        asked = asking.about_opener(session, subject, revision, flow, enrolment, now)
        waits = "the text waits for its turn" if enrolment.turn == 0 else "no text of it waits to leave"
        return (*gate_steps(asked), Step("provider", True, waits))
    match text.status:
        case "ready":
            asked = asking.about_row(session, subject, text, link_url, now)
            later = text.due_at > now
            why = f"it is put off ({text.why})" if later and text.why else "the text is about to leave"
            return (
                *gate_steps(asked),
                Step("provider", not later, why, text.due_at if later else None),
            )
        case "denied" | "withheld" | "expired":
            asked_then = _receipt_steps(session, text)
            if text.status == "denied" and any(not step.ok for step in asked_then):
                return asked_then
            why = f"the text was {text.status}: {text.why}"
            return (*asked_then, Step("dispatch", False, why))
        case _:
            return (*_receipt_steps(session, text), *_end(text))


def gate_steps(decision: Decision) -> tuple[Step, ...]:
    """The gate's rules as steps, in the order in which a reason is named."""
    return tuple(
        Step(rule.id, rule.verdict == "allow", rule.why, rule.until)
        for rule in decision.rules
        if rule.id not in ASKED_BEFORE
    )


def rules_of(receipt: Receipt) -> Sequence[Mapping[str, Any]]:
    """`{"id", "verdict", "why"}` of each rule as it was asked then, `until` where it deferred."""
    return receipt.rules


def _receipt_steps(session: Session, text: Outbound) -> tuple[Step, ...]:
    receipt = session.execute(
        select(Receipt)
        .where(Receipt.shop_id == text.shop_id, Receipt.outbound_id == text.id)
        .order_by(Receipt.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if receipt is None:
        return ()
    return tuple(
        Step(
            rule["id"],
            rule["verdict"] == "allow",
            rule["why"],
            datetime.fromisoformat(rule["until"]) if rule.get("until") else None,
        )
        for rule in rules_of(receipt)
        if rule["id"] not in ASKED_BEFORE
    )


def _end(text: Outbound) -> tuple[Step, ...]:
    """What the provider, or the carrier behind it, said."""
    when = f"{text.attempted_at:%d %b %Y %H:%M} UTC" if text.attempted_at else "an unknown time"
    meaning = f"{text.error_code}: {look_up(text.error_code).meaning}" if text.error_code else ""
    match text.status:
        case "claimed":
            return (Step("provider", True, "the text is leaving right now"),)
        case "unknown":
            why = f"nobody knows whether the text of {when} left (`winback texts unknown`)"
            return (Step("provider", False, why),)
        case "refused" | "lost":
            why = f"the provider did not take the text of {when} ({meaning or text.why})"
            return (Step("provider", False, why),)
        case _ if text.provider_status in FAILED:
            why = f"the text left on {when}, and the carrier did not deliver it ({meaning or text.provider_status})"
            return (Step("provider", False, why),)
        case _:
            arrived = text.provider_status in ("delivered", "read")
            end = "was delivered" if arrived else "is with the provider, who has not reported a delivery yet"
            return (Step("provider", True, f"the last text left on {when} and {end}"),)
