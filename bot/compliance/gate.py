"""The gate: the one question asked before any text leaves, whoever wrote it (I5).

Owns how the rules' answers become one: any Deny denies, else any Defer defers, else Allow. It decides and does nothing:
reading the facts, storing the receipt and sending belong to dispatch. It alone prevents the lawful-looking text at the
wrong moment: a rightly written flow, a customer who never said stop, a provider that would deliver, and it is 3 am.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from bot.compliance.areas import areas
from bot.compliance.book import book
from bot.compliance.facts import Kind, SendFacts, kind_of
from bot.compliance.rhythm import next_welcome
from bot.compliance.rules import RULES, RuleVerdict, window_name
from flows import codec
from flows.zones import version


@dataclass(frozen=True, slots=True)
class Allow:
    """It may leave now."""

    kind: Kind
    rules: tuple[RuleVerdict, ...]


@dataclass(frozen=True, slots=True)
class Defer:
    """Ask again at `until`, an instant inside a window. `rule` is the one that holds it longest, `why` its reason."""

    until: datetime
    rule: str
    why: str
    kind: Kind
    rules: tuple[RuleVerdict, ...]


@dataclass(frozen=True, slots=True)
class Deny:
    """It will not leave, now or later. `rule` is the first that said no."""

    rule: str
    why: str
    kind: Kind
    rules: tuple[RuleVerdict, ...]


Decision: TypeAlias = Allow | Defer | Deny


def may_send(facts: SendFacts, now: datetime) -> Decision:
    """Whether this text may leave at `now` (aware). Pure: the same facts and instant give the same answer."""
    kind = kind_of(facts, now)
    rules = tuple(rule(facts, kind, now) for rule in RULES)
    for verdict in rules:
        if verdict.verdict == "deny":
            return Deny(verdict.id, verdict.why, kind, rules)
    waits = [(verdict.until, verdict) for verdict in rules if verdict.until is not None]
    if not waits:
        return Allow(kind, rules)
    until, longest = max(waits, key=lambda wait: wait[0])
    wish = facts.rhythm if kind == "marketing" else None
    # by then even an answer is too late to be one, and keeps hours
    opening = next_welcome(facts.place, until, window_name(facts, kind), wish) if facts.place else None
    if opening is None:
        return Deny(longest.id, f"{longest.why}, and no window opens after that", kind, rules)
    return Defer(opening, longest.id, longest.why, kind, rules)


def name_of(decision: Decision) -> Literal["allow", "defer", "deny"]:
    """The decision's word in receipts and in `--json`."""
    match decision:
        case Allow():
            return "allow"
        case Defer():
            return "defer"
        case Deny():
            return "deny"


def data_version() -> str:
    """Which data the answer rests on: windows, areas, zone files."""
    return f"{book().version} areas {areas().version} tz {version()}"


def receipt_of(decision: Decision, facts: SendFacts) -> dict[str, Any]:
    """The columns of a models.Receipt that the gate fills: decision, until, kind, rules, facts, data_version."""
    return {
        "decision": name_of(decision),
        "until": decision.until if isinstance(decision, Defer) else None,
        "kind": decision.kind,
        "rules": [rule_json(verdict) for verdict in decision.rules],
        "facts": codec.encode(facts),
        "data_version": data_version(),
    }


def rule_json(verdict: RuleVerdict) -> dict[str, Any]:
    """`{"id", "verdict", "why"}`, and `until` where the rule defers."""
    shown: dict[str, Any] = {"id": verdict.id, "verdict": verdict.verdict, "why": verdict.why}
    if verdict.until is not None:
        shown["until"] = codec.encode(verdict.until)
    return shown
