"""Which accident each guard prevents: what happens in which beginning, once it is left out.

Owns the table. A guard that stands behind another one is shown with that one left out too.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.bot.interleavings import guards as g


@dataclass(frozen=True)
class Accident:
    """With these guards `out`, this scenario breaks this promise."""

    guard: str
    scenario: str
    promise: str
    behind: tuple[str, ...] = ()

    @property
    def out(self) -> g.Guards:
        """All guards, without it and those that it stands behind."""
        return g.Guards(frozenset({self.guard, *self.behind}))

    @property
    def kept(self) -> g.Guards:
        """All guards, without those that it stands behind."""
        return g.Guards(frozenset(self.behind))


TWICE = "one row was handed to the provider twice"
STOP = "claimed after a stop"
UNCONFIRMED = "a stop was not confirmed"
UNHEARD = "Q1 has neither an answer nor a person"

ACCIDENTS = (
    Accident(g.UNIQUE_INBOUND, "a reply, delivered twice", "R1 was answered twice"),
    Accident(g.LOCK, "a stop when the opener is due", STOP),
    Accident(g.LOCK, "a reply to an opener", "written before a takeover, claimed after it"),
    Accident(g.LOCK, "a reply, delivered twice", TWICE),
    Accident(g.READY, "a reply, delivered twice", TWICE),
    Accident(g.FENCE, "taken over and handed back", "written before a takeover, claimed after it"),
    Accident(g.FRESH, "a reply, then such a stop", STOP),
    Accident(g.SUPPRESSION, "a stop, then a reply, left alone", STOP),
    Accident(g.HOLDER, "a reply to an opener", "claimed while a person holds the conversation"),
    Accident(g.UNREAD, "a stop that only the model finds", STOP),
    Accident(g.COMMIT_FIRST, "a reply, delivered twice", TWICE),
    Accident(g.LEASE, "a reply, delivered twice", TWICE),
    Accident(g.CLAIMED, "a reply, delivered twice", "what may be on its way was made ready again"),
    Accident(
        g.UNIQUE_OUTBOUND, "a reply, delivered twice", "one turn was written down twice", behind=(g.LOCK,)
    ),
    Accident(g.UNCLAIMED, "two replies, one after the other", "R1 was answered twice"),
    Accident(g.NOTICE, "a stop, then a reply, left alone", UNCONFIRMED),
    Accident(g.OWED, "a stop when the opener is due", UNCONFIRMED),
    Accident(g.LOST, "two replies to a flow, left alone", "R1 has neither an answer nor a person"),
    Accident(g.LOST, "a question, then a stop of the model's, left alone", UNHEARD),
    Accident(g.DESK, "a question, then a stop, left alone", UNHEARD),
    Accident(g.ASKED, "a question, then a stop, left alone", UNHEARD),
    Accident(g.BESIDE, "a question, then a stop of the model's, left alone", UNHEARD),
)
