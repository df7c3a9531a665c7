"""The bell's protocol: «look at the database», and nothing more.

Owns what the core needs to know of a queue. Must not carry data: whoever hears the bell reads the database.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

Lane: TypeAlias = Literal["turns", "sends", "errands"]
"""turns: conversations with work. sends: outbound rows that are due. errands: something to ask the provider for."""


class Bell(Protocol):
    """Somebody who can wake a worker. Ringing never raises and may be lost: the sweep looks every second."""

    def ring(self, lane: Lane) -> None:
        """Wake a worker for this lane, unless one has been called already and not yet begun."""
        ...


class NoBell:
    """For tests and commands that do the work themselves."""

    def ring(self, lane: Lane) -> None:
        """Nobody is called."""
