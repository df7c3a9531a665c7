"""One customer's way to a text, as a list of steps and one plain sentence.

Owns the shape and the sentence. Finds nothing out: bot.proof.why does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows.zones import zone_named


@dataclass(frozen=True, slots=True)
class Step:
    """One station of the way. `until`: where it stops them for a while, the first instant at which it would not."""

    step: str
    ok: bool
    why: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """The whole way, in order. `phone` is masked; `zone` is the one in which times are told to this customer.

    `next_possible`: the first instant at which a text could leave, if nothing else changes; None: none is in sight.
    """

    phone: str
    flow: str | None
    at: datetime
    zone: str | None
    steps: tuple[Step, ...]
    next_possible: datetime | None

    @property
    def stop(self) -> Step | None:
        """The first step that stopped them."""
        return next((step for step in self.steps if not step.ok), None)

    @property
    def sentence(self) -> str:
        """What there is to say, in one sentence."""
        of = f" of {self.flow}" if self.flow else ""
        if self.stop is None:
            return f"Nothing stops {self.phone}: {self.steps[-1].why}."
        told = f"{self.phone} gets no text{of} now: {self.stop.why}"
        if self.next_possible is None:
            return f"{told}; no time is in sight at which that ends by itself."
        return f"{told}; next possible {both_clocks(self.next_possible, self.zone)}."

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        local = self.next_possible and self.zone and self.next_possible.astimezone(zone_named(self.zone))
        return {
            "phone": self.phone,
            "flow": self.flow,
            "at": _iso(self.at),
            "steps": [
                {"step": step.step, "ok": step.ok, "why": step.why}
                | ({"until": _iso(step.until)} if step.until else {})
                for step in self.steps
            ],
            "stopped_by": self.stop.step if self.stop else None,
            "sentence": self.sentence,
            "next_possible": _iso(self.next_possible) if self.next_possible else None,
            "next_possible_local": local.isoformat() if local else None,
            "zone": self.zone,
        }


def both_clocks(at: datetime, zone: str | None) -> str:
    """«Tue 24 Nov 2026 17:00 UTC (09:00 on Tue 24 Nov in America/Los_Angeles)»."""
    told = f"{at.astimezone(UTC):%a %d %b %Y %H:%M} UTC"
    if zone is None:
        return told
    local = at.astimezone(zone_named(zone))
    return f"{told} ({local:%H:%M} on {local:%a %d %b} in {zone})"


def day(at: datetime) -> str:
    """«24 Nov 2026»."""
    return f"{at:%d %b %Y}".lstrip("0")


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
