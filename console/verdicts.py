"""The texts of a turn and what became of each: the gate's answer, the rule that decided it, and every other rule.

Owns the reading of outbound rows with their receipts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Outbound, Receipt
from console import words
from console.people import Subject

STATUS: Final[Mapping[str, tuple[str, str]]] = {
    "ready": ("about to leave", "wait"),
    "claimed": ("leaving", "go"),
    "sent": ("sent", "go"),
    "unknown": ("may be on its way", "wait"),
    "lost": ("never left, a person says", "stop"),
    "refused": ("refused by the carrier", "stop"),
    "denied": ("not sent", "stop"),
    "withheld": ("withheld", "stop"),
    "expired": ("expired", "stop"),
    "superseded": ("replaced", "stop"),
}
"""Status of an outbound row: (in words, tone)."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule's answer in a receipt."""

    id: str
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class Said:
    """One text that a turn wrote. `tone`: go, wait or stop. `looks`: how often the gate was asked."""

    key: str
    body: str
    node: str
    kind: str
    status: str
    tone: str
    because: str
    rules: tuple[RuleLine, ...]
    looks: int


def said(session: Session, who: Subject, now: datetime) -> dict[tuple[int, int], list[Said]]:
    """All texts of this conversation by (enrolment, turn)."""
    texts = session.execute(
        select(Outbound)
        .where(
            Outbound.shop_id == who.shop_id,
            Outbound.conversation_id == who.conversation_id,
            Outbound.enrolment_id.is_not(None),
        )
        .order_by(Outbound.id)
    ).scalars()
    receipts = _receipts(session, who)
    found: dict[tuple[int, int], list[Said]] = {}
    for text in texts:
        key = (text.enrolment_id or 0, text.turn or 0)
        found.setdefault(key, []).append(_said(text, receipts.get(text.id, ()), who, now))
    return found


def _receipts(session: Session, who: Subject) -> dict[int, list[Receipt]]:
    rows = session.execute(
        select(Receipt)
        .join(Outbound, (Outbound.shop_id == Receipt.shop_id) & (Outbound.id == Receipt.outbound_id))
        .where(Receipt.shop_id == who.shop_id, Outbound.conversation_id == who.conversation_id)
        .order_by(Receipt.id)
    ).scalars()
    found: dict[int, list[Receipt]] = {}
    for row in rows:
        found.setdefault(row.outbound_id, []).append(row)
    return found


def _said(text: Outbound, receipts: Sequence[Receipt], who: Subject, now: datetime) -> Said:
    last = receipts[-1] if receipts else None
    status, tone = STATUS.get(text.status, (text.status, "wait"))
    if text.status == "ready" and text.due_at > now:
        status = f"leaves {words.when(text.due_at, who.zone, now)}"
    return Said(
        key=f"text-{text.id}",
        body=text.body,
        node=words.node_words(str((text.effect or {}).get("node", ""))),
        kind=text.kind,
        status=status,
        tone=tone,
        because=_because(text, last),
        rules=tuple(_line(rule) for rule in last.rules) if last else (),
        looks=len(receipts),
    )


def _because(text: Outbound, last: Receipt | None) -> str:
    """What decided: for an allowed text nothing but its kind, for any other the rule or the reason on the row."""
    if last is None or text.status in ("withheld", "expired", "superseded", "refused", "lost"):
        return text.why or ""
    deciding = [rule for rule in last.rules if rule["verdict"] == last.decision]
    if last.decision == "allow":
        return f"{last.kind}: {len(last.rules)} rules asked, none against"
    if last.decision == "defer":
        deciding = [max(deciding, key=lambda rule: str(rule.get("until", "")))] if deciding else []
    return f"{deciding[0]['id']}: {deciding[0]['why']}" if deciding else text.why or ""


def _line(rule: Mapping[str, Any]) -> RuleLine:
    return RuleLine(str(rule["id"]).replace("_", " "), str(rule["verdict"]), str(rule["why"]))
