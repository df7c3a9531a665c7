"""Twilio's error codes as data: what each means and what is to be done.

Owns reading the table (twilio_errors.yml) and the safe default for a code that is not in it. Must not act on one.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, TypeAlias, get_args

from ruamel.yaml import YAML

Action: TypeAlias = Literal[
    "retry", "replan", "slow_down", "pause_all", "suppress", "number_bad", "alert", "drop"
]
"""See the head of twilio_errors.yml."""

NOT_ACCEPTED: frozenset[Action] = frozenset({"retry", "slow_down", "pause_all"})
"""At create: certainly not accepted, and the same row may be tried again."""


@dataclass(frozen=True, slots=True)
class ProviderError:
    """One code. `after_seconds`: how long to wait where the action says so. `strikes`: reports until a number is bad.
    `holds`: whose openers an alert holds back; None: only this text is concerned."""

    code: str
    meaning: str
    action: Action
    after_seconds: float = 60
    strikes: int = 1
    holds: Literal["account", "sender"] | None = None


@functools.cache
def table() -> dict[str, ProviderError]:
    """Every code that we know, by code."""
    text = (files("bot.sending") / "twilio_errors.yml").read_text("utf-8")
    return {code: _row(code, row) for code, row in YAML(typ="safe").load(text).items()}


def look_up(code: str) -> ProviderError:
    """The row of a code. An unknown one is dropped and shown to people: never retried, never held against the number
    (R108)."""
    return table().get(code) or ProviderError(code, "unknown to this version", "drop")


def _row(code: str, row: dict[str, object]) -> ProviderError:
    action = row["action"]
    if action not in get_args(Action):
        raise ValueError(f"twilio_errors.yml: {code} has the unknown action {action!r}")
    holds: Any = row.get("holds")
    if holds not in (None, "account", "sender"):
        raise ValueError(f"twilio_errors.yml: {code} holds an unknown {holds!r}")
    return ProviderError(
        code,
        str(row["meaning"]),
        action,  # type: ignore[arg-type]
        float(str(row.get("after", 60))),
        int(str(row.get("strikes", 1))),
        holds,
    )
