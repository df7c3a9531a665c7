"""What goes into a conversation that is played, and what comes out of it: values, between a player and whoever shows or records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from flows.effects import Effect
from flows.events import Reading


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of a customer's words: the reading, and what it says of consent (`held`: perhaps an opt-out)."""

    reading: Reading
    consent: Literal["none", "held", "opted_out"] = "none"


Reads: TypeAlias = Callable[[str, date, Mapping[str, str]], Heard]
"""Whatever reads words: the text, the customer's date, and the shop's answers by their keys."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text that left. `parts` is what it costs."""

    body: str
    node: str
    parts: int
    prompted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one happening. `lacking`: texts that could not be written, and why. `ran`: a flow that was to be run
    and is not at hand."""

    said: tuple[Said, ...] = ()
    effects: tuple[Effect, ...] = ()
    lacking: tuple[str, ...] = ()
    ran: str | None = None

    @property
    def bodies(self) -> tuple[str, ...]:
        """The texts as the phone shows them."""
        return tuple(each.body for each in self.said)

    def and_then(self, later: Came) -> Came:
        """Both together, in order."""
        return Came(
            self.said + later.said,
            self.effects + later.effects,
            self.lacking + later.lacking,
            later.ran or self.ran,
        )
