"""The texts of a turn and what became of each, in words: the gate's answer, the rule that decided it, and every other.

Owns the words of the simulator; what a row and its receipts say is bot.inbox.verdicts'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbox.verdicts import TONES, Rule, Tone, verdict
from bot.models import Outbound, Receipt
from console import words
from console.people import Subject

_WORDS: Final[Mapping[str, str]] = {
    "ready": "about to leave",
    "claimed": "leaving",
    "sent": "sent",
    "unknown": "may be on its way",
    "lost": "never left, a person says",
    "refused": "refused by the carrier",
    "denied": "not sent",
    "withheld": "withheld",
    "expired": "expired",
    "superseded": "replaced",
}
STATUS: Final[Mapping[str, tuple[str, Tone]]] = {name: (_WORDS[name], tone) for name, tone in TONES.items()}
"""Status of an outbound row: (in words, tone)."""


@dataclass(frozen=True, slots=True)
class Said:
    """One text that a turn wrote. `looks`: how often the gate was asked."""

    key: str
    body: str
    node: str
    kind: str
    status: str
    tone: Tone
    because: str
    rules: tuple[Rule, ...]
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
    found = verdict(text, receipts)
    status = _WORDS.get(text.status, text.status)
    if found.until is not None and found.until > now:
        status = f"leaves {words.when(found.until, who.zone, now)}"
    return Said(
        key=f"text-{text.id}",
        body=text.body,
        node=words.node_words(str((text.effect or {}).get("node", ""))),
        kind=text.kind,
        status=status,
        tone=found.tone,
        because=found.because,
        rules=found.rules,
        looks=found.looks,
    )
