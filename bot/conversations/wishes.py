"""A customer's wish about rhythm beside what they wished before: what holds from now on, kept whoever speaks for the shop.

Owns the way from a reading into the customer's row. How a wish is read is nlu's, what follows from it the gate's, what is
said the flow's (courtesy `rhythm`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.conversations.subjects import Subject
from bot.models import Customer
from nlu import rhythm
from nlu.interpretation import Interpretation
from nlu.rhythm import Rhythm


def weighed(subject: Subject, reading: Interpretation) -> Interpretation:
    """The reading with everything that holds by then in its words, because that is what the customer agrees to.

    A wish that leaves no time at all beside the earlier ones is perhaps an opt-out: it is held, and a person decides.
    """
    wish = reading.slots.get("rhythm")
    if not wish:
        return reading
    after = _after(subject.customer, str(wish))
    if after is not None and after.impossible:
        slots = {name: value for name, value in reading.slots.items() if not name.startswith("rhythm")}
        why = (*reading.why, "leaves no time at all beside what was wished before")
        return replace(reading, opt_out="held", slots=slots, why=why)
    holds = after or Rhythm()
    words = {f"rhythm_{language}": rhythm.in_words(holds, language) for language in ("en", "es")}
    return replace(reading, slots={**reading.slots, **words})


def keep(subject: Subject, wish: str, now: datetime) -> None:
    """Put one more wish of theirs into force; the empty one takes all back."""
    after = _after(subject.customer, wish)
    said = {"said_at": now.isoformat(), "inbound": subject.conversation.last_inbound_id}
    subject.customer.rhythm = None if after is None else {"wish": after.to_text(), **said}


def _after(customer: Customer, wish: str) -> Rhythm | None:
    known = (customer.rhythm or {}).get("wish")
    return rhythm.merged(rhythm.from_text(known) if known else None, rhythm.from_text(wish))
