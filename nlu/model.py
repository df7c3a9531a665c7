"""What the reader asks where no rule decides: the seam between the steps of reading and whatever weighs a text.

Owns the protocol alone. Behind it: `nlu.cascade` (shipped, in this process) and `nlu.served` (another process, over HTTP).
"""

from __future__ import annotations

from typing import Protocol

from nlu.classifier import Scores
from nlu.interpretation import Language


class Model(Protocol):
    """Weighs texts. Safe to share between threads; never raises for a text."""

    @property
    def name(self) -> str:
        """What a reading names as its model."""
        ...

    def scores(self, plain_text: str) -> Scores:
        """A first look at a plain text or a clause of one. Asked several times a text: it has to cost next to nothing."""
        ...

    def weigh(self, text: str, plain_text: str, language: Language | None) -> Scores:
        """What a text probably means, as it was written and in its plain form: a share for each of our intents."""
        ...
