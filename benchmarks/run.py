"""What all rows share: how long to measure, where PostgreSQL is, and how to say what is going on.

Owns the options of one run. Starts PostgreSQL when the first row asks for it.
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass, field

from benchmarks.rasa.value import APART, Rasa
from benchmarks.stack import Postgres


@dataclass
class Run:
    """One call of `python -m benchmarks`. `scale` is what --seconds makes of every row's own duration."""

    scale: float = 1.0
    quick: bool = False
    rasa: Rasa = APART
    """What three of the rows compare with; measured in this run unless it can't be or isn't wanted."""
    turn_costs: dict[str, float] = field(default_factory=dict)
    """Milliseconds of processor time a turn, by process, once the row of turns has been measured."""

    def seconds(self, usual: float) -> float:
        """How long to measure what usually takes `usual` seconds."""
        return max(0.2, usual * self.scale)

    def say(self, line: str) -> None:
        """Progress, to standard error: the table and the JSON have standard output to themselves."""
        print(line, file=sys.stderr, flush=True)

    @functools.cached_property
    def postgres(self) -> Postgres:
        """The server for all rows that need one."""
        self.say("starting PostgreSQL")
        return Postgres()

    def close(self) -> None:
        """Stop what was started."""
        if "postgres" in self.__dict__:
            self.postgres.close()
