"""What was measured of Rasa, and what stands for it where it could not be. Owns the figures' words; measures nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rasa:
    """Rasa 3.6 with DIET on our training data, on this machine or on one like it."""

    turns: float
    """A second, on the REST channel, from as many customers at a time as our own row has."""
    turn_ms: float | None
    """Processor time of the server for one turn. None: not known."""
    parse_ms: float
    """Processor time of DIET for one text of the held-out lines."""
    started_mb: float
    """PSS of the server, just started and idle."""
    idle_mb: float
    """The same after its first text."""
    when: str
    """Where the figures are from: «same run» or «measured apart»."""

    @property
    def turns_in_words(self) -> str:
        """What a whole turn is compared with."""
        spent = "" if self.turn_ms is None else f" ({self.turn_ms:.3g} ms of CPU)"
        return f"Rasa 3.6 REST turn, {self.turns:.3g}/s{spent}, {self.when}"

    @property
    def parse_in_words(self) -> str:
        """What reading a reply is compared with."""
        return f"Rasa 3.6 DIET, {self.parse_ms:.3g} ms, {self.when}"

    def memory_in_words(self, megabytes: float) -> str:
        """What the idle stack is compared with: one of the two memories."""
        return f"Rasa 3.6's server alone, {megabytes:.0f} MB, {self.when}"


APART = Rasa(turns=49.0, turn_ms=None, parse_ms=12.4, started_mb=790.0, idle_mb=790.0, when="measured apart")
"""From one two-core machine without other work, nothing stored; stands in where there is no Python 3.10."""
