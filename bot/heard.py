"""What nlu made of a text, in the words of flows, who do not know each other.

Owns the mapping alone, without a database: turns and the merchant's own chat and tests read alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from flows.events import Reading
from nlu.interpretation import Interpretation

if TYPE_CHECKING:  # heavy, and whoever only takes turns plays nothing
    from flows.play.came import Heard, Reads
    from nlu.reader import Reader


_FOR_PEOPLE = frozenset({"near_fact"})
"""Slots that nothing may be said by."""


def in_flow_words(reading: Interpretation) -> Reading:
    """As far as a flow may care."""
    return Reading(
        intent=reading.intent,
        confidence=round(reading.confidence, 4),
        understood=reading.understood,
        slots={name: value for name, value in reading.slots.items() if name not in _FOR_PEOPLE},
        language=reading.language,
        mood=reading.mood,
        also=reading.also,
    )


def hearing(reader: Reader) -> Reads:
    """That reader, for a player."""
    from flows.play.came import Heard

    def read(text: str, today: date, answers: Mapping[str, str]) -> Heard:
        found = reader.read(text, today=today, answers=answers)
        return Heard(in_flow_words(found), found.opt_out)

    return read
