"""Faults on demand: what the next call to create a message, a text from a handset or a fetch of a picture meets.

Owns choosing. Acting on a fault is webhooks.standin.messages.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["delay", "throttle", "error", "hang", "reset", "refuse", "undelivered", "lost", "media"]
"""delay: answers after `seconds`. throttle: 429, not accepted. error: HTTP `status`, accepted or not. hang: accepted,
then silence for `seconds`. reset: accepted, then the connection is cut. refuse: HTTP 400 with `code`. undelivered:
accepted, and the report says undelivered with `code`. lost: a text from the handset `to`, whose webhook is never
posted. media: a picture is answered with HTTP `status`."""
At = Literal["create", "handset", "media"]
_AT: Mapping[Kind, At] = {"lost": "handset", "media": "media"}


class FaultSpec(BaseModel):
    """What POST /standin/faults takes. `next`: so many calls and then never again; else each with `probability`."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    next: int | None = Field(None, ge=1)
    probability: float = Field(1.0, ge=0, le=1)
    seed: int = 0
    seconds: float = Field(0.1, ge=0, le=600)
    status: int = Field(500, ge=400, le=599)
    code: int | None = None
    accepted: bool = False
    to: str | None = None


@dataclass
class _Armed:
    spec: FaultSpec
    left: int | None
    dice: Random
    hits: int = 0


@dataclass
class Faults:
    """The faults that are armed, oldest first; a call meets the first that fits."""

    _armed: list[_Armed] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, spec: FaultSpec) -> None:
        """Add one."""
        with self._lock:
            self._armed.append(_Armed(spec, spec.next, Random(spec.seed)))  # noqa: S311  a test's dice

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()

    def draw(self, to: str, at: At = "create") -> FaultSpec | None:
        """The fault that this call meets, if any. `to`: the handset that it concerns."""
        if not self._armed:
            return None
        with self._lock:
            for armed in self._armed:
                if (
                    armed.spec.to not in (None, to)
                    or armed.left == 0
                    or _AT.get(armed.spec.kind, "create") != at
                ):
                    continue
                if armed.dice.random() >= armed.spec.probability:
                    continue
                if armed.left is not None:
                    armed.left -= 1
                armed.hits += 1
                return armed.spec
        return None

    def listed(self) -> list[dict[str, Any]]:
        """The armed faults and how often each was met."""
        with self._lock:
            return [
                {**armed.spec.model_dump(), "left": armed.left, "hits": armed.hits} for armed in self._armed
            ]
