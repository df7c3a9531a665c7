"""What became of a text of ours: the gate's answer, the rule that decided it, and what the carrier said.

Owns the reading of one outbound row with its receipts. Words for it are the pages'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol, TypeAlias

Tone: TypeAlias = Literal["go", "wait", "stop"]

TONES: Final[Mapping[str, Tone]] = {
    "ready": "wait",
    "claimed": "go",
    "sent": "go",
    "unknown": "wait",
    "lost": "stop",
    "refused": "stop",
    "denied": "stop",
    "withheld": "stop",
    "expired": "stop",
    "superseded": "stop",
}
"""By the status of the row (models.Outbound.status)."""
UNDELIVERED: Final = frozenset({"undelivered", "failed"})
"""What the carrier says of a text that did not arrive."""
_OWN_REASON = frozenset({"withheld", "expired", "superseded", "refused", "lost"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule's answer in a receipt."""

    id: str
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`delivery`: what the carrier said last; `error` its code. `because`: the rule or error that decided. `looks`: how
    often the gate was asked. `until`: when a text that has not left is to leave."""

    status: str
    tone: Tone
    delivery: str | None
    error: str | None
    because: str
    rules: tuple[Rule, ...]
    looks: int
    until: datetime | None


class Text(Protocol):
    """What is looked at of an outbound row."""

    status: str
    why: str | None
    due_at: datetime
    provider_status: str | None
    error_code: str | None


class Answer(Protocol):
    """What is looked at of a receipt."""

    decision: str
    kind: str
    rules: list[Any]


def verdict(text: Text, receipts: Sequence[Answer]) -> Verdict:
    """What became of this text. `receipts`: all of its, the oldest first."""
    last = receipts[-1] if receipts else None
    tone = TONES.get(text.status, "wait")
    return Verdict(
        status=text.status,
        tone="stop" if text.provider_status in UNDELIVERED else tone,
        delivery=text.provider_status,
        error=text.error_code,
        because=_because(text, last),
        rules=tuple(_rule(each) for each in last.rules) if last else (),
        looks=len(receipts),
        until=text.due_at if text.status == "ready" else None,
    )


def because_of(receipt: Answer) -> str | None:
    """The sentence of the rule that decided, in the gate's words; None: none was against it."""
    rule = _deciding(receipt) if receipt.decision != "allow" else None
    return str(rule["why"]) if rule else None


def _because(text: Text, last: Answer | None) -> str:
    """For an allowed text nothing but its kind, for any other the rule or the reason on the row."""
    if last is None or text.status in _OWN_REASON:
        return text.why or ""
    if last.decision == "allow":
        return f"{last.kind}: {len(last.rules)} rules asked, none against"
    rule = _deciding(last)
    return f"{rule['id']}: {rule['why']}" if rule else text.why or ""


def _deciding(receipt: Answer) -> Mapping[str, Any] | None:
    """The first rule that said no; of those that say later, the one that says it for longest."""
    rules: list[Mapping[str, Any]] = [rule for rule in receipt.rules if rule["verdict"] == receipt.decision]
    if receipt.decision == "defer" and rules:
        return max(rules, key=lambda rule: str(rule.get("until", "")))
    return rules[0] if rules else None


def _rule(rule: Mapping[str, Any]) -> Rule:
    return Rule(str(rule["id"]).replace("_", " "), str(rule["verdict"]), str(rule["why"]))
