"""What a rule of the gate answers.

Owns the shape of an answer and how a rule makes one. Knows no rule: the files beside it do.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.compliance.facts import Kind, SendFacts


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One rule's answer. `until` only with defer: the first instant at which this rule alone would allow."""

    id: str
    verdict: Literal["allow", "defer", "deny"]
    why: str
    until: datetime | None = None


Rule = Callable[[SendFacts, Kind, datetime], RuleVerdict]


@functools.lru_cache(maxsize=512)
def allow(rule: str, why: str) -> RuleVerdict:
    """Nothing against it, as far as this rule goes."""
    return RuleVerdict(rule, "allow", why)


def deny(rule: str, why: str) -> RuleVerdict:
    """It will not leave, now or later."""
    return RuleVerdict(rule, "deny", why)


def defer(rule: str, why: str, until: datetime) -> RuleVerdict:
    """Not before `until`."""
    return RuleVerdict(rule, "defer", why, until)
