"""What kind of edit lies between two revisions: only words, only offers, or more. Pure.

Owns the two questions on which a rehearsal's one key depends. What changed in detail is flows.play.diff's.
"""

from __future__ import annotations

from dataclasses import dataclass

from flows.definition import Flow
from flows.play.diff import changes


@dataclass(frozen=True, slots=True)
class Kind:
    """`only_words`: nothing but what is said. `only_offers`: nothing but what offers are worth, and perhaps words, too.

    An edit that changes nothing at all is both.
    """

    only_words: bool
    only_offers: bool

    @property
    def small(self) -> bool:
        """Whether everybody can go on where they stand."""
        return self.only_words or self.only_offers


def kind_of(old: Flow, new: Flow) -> Kind:
    """What was edited between these two."""
    found = changes(old, new)
    return Kind(found.only_words, found.only_offers)
