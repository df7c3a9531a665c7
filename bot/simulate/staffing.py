"""People of the shop: they get a conversation, look at it in their working hours, answer, and hand it back.

Owns the holder and its fence, as bot.conversations.holders does, and the load that is counted.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.conversations.identity import MATTER
from bot.simulate import post
from bot.simulate.records import Text
from bot.simulate.shop import worked_off
from flows.events import HandedBack

if TYPE_CHECKING:
    from bot.simulate.talk import Talk

CIRCLES = ("the flow goes in circles", "the flow says too much at once")
"""Why the engine itself gives up on a flow (flows.walk)."""


def hand_off(talk: Talk, reason: str, matter: str | None, now: datetime) -> None:
    """People have it now; they look at it in their working hours."""
    if matter:
        talk.matter = matter
    if talk.holder != "bot":
        return
    talk.holder, talk.fence = "nobody", talk.fence + 1
    staff = talk.world.people.staff
    talk.log.held.append((now, None))
    talk.log.notes.append((now, f"handed to a person: {reason}"))
    talk.log.counts["hand_offs.total"] += 1
    talk.log.counts[f"hand_offs_by.{reason}"] += 1
    if reason in CIRCLES:
        talk.dead_end("circle", reason, now)
    seen = worked_off(talk.world.shop, now, talk.staff.uniform(*staff.minutes_until_seen))
    if seen is not None:
        talk.later(seen, lambda at: _seen(talk, at))


def _seen(talk: Talk, now: datetime) -> None:
    """A person answers, settles what is open, and hands back."""
    staff = talk.world.people.staff
    tenths = round(talk.staff.uniform(*staff.minutes_of_work) * 10)
    talk.log.counts["staff.tenths_of_minutes"] += tenths
    begun = talk.log.held[-1][0]
    talk.log.counts["staff.hours_waited"] += round((now - begun).total_seconds() / 3600)
    if talk.consents.suppression == "held":
        talk.consents.release()  # whoever meant it has said so; then it is no doubt
    if talk.consents.suppression is None:
        words = f"{talk.world.shop.text_name}: a person here. I looked into it, and it is taken care of."
        if talk.by_hand is not None and talk.by_hand.status == "ready":
            talk.by_hand.status = "withheld"  # nobody says the same twice: what has not left is replaced
        talk.by_hand = text = Text(
            -1, len(talk.log.held), 0, None, words, now, talk.fence, len(talk.inbound), talk.inbound_at
        )
        post.dispatch(talk, text, now)
    talk.holder, talk.fence = "bot", talk.fence + 1
    talk.matter = talk.matter if talk.matter == MATTER else None
    talk.log.held[-1] = (begun, now)
    talk.log.notes.append((now, "handed back"))
    for passage in [each for each in talk.passages if each.active]:
        talk.hear(passage, HandedBack(None), now)
