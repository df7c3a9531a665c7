"""What a start's row repeats of its flow, so that the clock and a keyword need not read the flow's source.

Owns these columns: kind, priority, keywords, and when the clock looks next. They are written when a start begins
(bot.audience.starts) and when one is led into another revision (bot.history.revisions).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.audience.kinds import BY_TEXT, STANDING, kind_of
from bot.conversations.words import folded
from bot.models import FlowStart
from flows.definition import Flow

KEYWORDS = "keywords"
"""In a start's params: the words, folded."""


def columns_of_start(flow: Flow, now: datetime) -> dict[str, Any]:
    """Of a start that begins now. A keyword's only stands ready: the clock never looks at it."""
    kind = kind_of(flow.trigger)
    return {
        "kind": kind,
        "priority": flow.priority,
        "params": _params(flow, {"enrolled": 0}),
        "next_batch_at": None if kind in BY_TEXT else now,
    }


def lead(start: FlowStart, revision_id: int, flow: Flow, now: datetime) -> None:
    """Have a running start bring its people into that revision from here on; how many it has enrolled stays counted.

    A revision without a trigger brings nobody: its start is over.
    """
    was, kind = start.kind or "lapsed", kind_of(flow.trigger)
    params = _params(flow, start.params)
    if kind != was:
        params.pop("after", None)  # a place in another order of customers
    start.revision_id, start.kind, start.priority, start.params = revision_id, kind, flow.priority, params
    if kind == "manual":
        start.status, start.next_batch_at = "stopped", None
    elif kind in BY_TEXT:
        start.next_batch_at = None
    elif start.next_batch_at is None or (kind != was and kind in STANDING):
        start.next_batch_at = now


def _params(flow: Flow, params: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in params.items() if name != KEYWORDS}
    words = [folded(word) for word in flow.trigger.keywords]
    return kept | ({KEYWORDS: words} if words else {})
