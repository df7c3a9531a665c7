"""What was made of a text: the value that the reader gives and the database keeps, so that a replay needs no model.

JSON both ways. Decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias

Mood: TypeAlias = Literal["pleased", "neutral", "so_so", "upset"]
Language: TypeAlias = Literal["en", "es"]
Slot: TypeAlias = str | int | float


@dataclass(frozen=True, slots=True)
class Interpretation:
    """One reading of one text (or of the texts of one breath).

    `understood` is False when the confidence is too low to act on. `ranking` holds the five likeliest intents, best
    first. `also` is a second intent in another clause. `slots`: `later_until` (ISO date), `quantity` (int), `percent`
    (int), `product` (of the last order: «2:1,3», nlu.slots.picking), `fact` (key of the shop fact that answers a question),
    `near_fact` (of one that may, for people alone: flows never see it), `asks` (who, code_fails, loss, trouble),
    `instead` (of a shop's own intent: what it is where that means nothing). `why` is for people: rules, thresholds, words.
    `opt_out` is what rules and model together say of consent: the model may add to the rules, never take away.
    """

    intent: str
    confidence: float
    understood: bool
    ranking: tuple[tuple[str, float], ...]
    also: str | None
    mood: Mood
    language: Language | None
    slots: Mapping[str, Slot]
    why: tuple[str, ...]
    model: str
    opt_out: Literal["opted_out", "held", "none"] = field(default="none")

    def as_document(self) -> dict[str, Any]:
        """The fields by name, all plain: `dataclasses.asdict` would copy them one by one, once a turn."""
        return {name: getattr(self, name) for name in _NAMES}

    def to_json(self) -> str:
        """As JSON with sorted keys."""
        return json.dumps(self.as_document(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Interpretation:
        """The value that `to_json` wrote. Raises ValueError or TypeError for anything else."""
        values = json.loads(text)
        values["ranking"] = tuple((str(intent), float(share)) for intent, share in values["ranking"])
        values["why"] = tuple(values["why"])
        return cls(**values)


_NAMES = tuple(each.name for each in fields(Interpretation))
