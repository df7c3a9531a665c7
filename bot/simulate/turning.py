"""What follows from a breath of texts: an opt-out, a doubt, a wish about rhythm, or an event for whoever has the floor.

Owns the same decisions as bot.conversations.turn for plain texts, and the undoing of a turn whose answer has not left.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.conversations.identity import FITTING, MATTER
from bot.simulate.records import Inbound, Passage
from bot.simulate.staffing import hand_off
from flows.events import CouponReady, CouponUnavailable, Reading, Replied
from flows.zones import zone_named
from nlu import rhythm as wishes

if TYPE_CHECKING:
    from bot.simulate.talk import Talk

UNDOABLE = frozenset({"SendText", "StartTimer", "RequestCoupon", "SetFact"})


def understand(talk: Talk, rows: list[Inbound], now: datetime) -> None:
    """Hear one breath of texts, and do what follows (bot.conversations.turn)."""
    today = now.astimezone(zone_named(talk.zone)).date()
    heard = talk.world.hearing.listen([row.said for row in rows], today)
    if talk.number_state == "bad":
        talk.number_state = "ok"
    if heard.opt_out == "opted_out":
        first = talk.consents.opt_out(now)
        if first:
            talk.count_opt_out(rows[-1].said)
        talk.silence("model", confirm=first, row=rows[-1], now=now)
        return
    if heard.opt_out == "held" or any(row.found == "held" for row in rows):
        talk.consents.hold("held", now)
        hand_off(talk, "perhaps an opt-out", None, now)
        return
    if "rhythm" in heard.reading.slots:
        after = wishes.merged(
            wishes.from_text(talk.rhythm) if talk.rhythm else None,
            wishes.from_text(str(heard.reading.slots["rhythm"])),
        )
        if after is not None and after.impossible:
            talk.consents.hold("held", now)
            hand_off(talk, "perhaps an opt-out", None, now)
            return
    _weigh(talk, heard.reading)
    if talk.holder == "bot":
        _replied(talk, rows, heard.reading, now)
    else:
        talk.log.counts["kept_for_people"] += 1
        if "rhythm" in heard.reading.slots:
            talk.keep_rhythm(str(heard.reading.slots["rhythm"]), now)


def _replied(talk: Talk, rows: list[Inbound], reading: Reading, now: datetime) -> None:
    passage = talk.passages[talk.floor] if talk.floor is not None else talk.passages[0]
    passage = passage if passage.active else talk.passages[0]
    text = "\n".join(row.said.words for row in rows)
    earlier = _undo(talk, passage)
    if earlier is not None:
        text = f"{earlier.text}\n{text}"
        weak = not reading.understood or reading.intent in ("smalltalk", "reaction", "other")
        if weak and earlier.reading.understood:
            reading = earlier.reading
        else:
            reading = replace(reading, slots={**earlier.reading.slots, **reading.slots})
    talk.hear(passage, Replied(text, reading, rows[-1].at), now, tuple(rows))


def _undo(talk: Talk, passage: Passage) -> Replied | None:
    """Take back the last turn where nothing of it left: its answer is given together with the newer one."""
    if not passage.taken or not passage.taken[-1].texts:
        return None
    undone = [passage.taken[-1]]
    if isinstance(undone[0].event, (CouponReady, CouponUnavailable)):
        undone = passage.taken[-2:]
        if len(undone) < 2 or undone[0].texts:
            return None
    texts = [text for each in undone for text in each.texts]
    event = undone[0].event
    kinds = frozenset().union(*(each.effects for each in undone))
    if (
        not isinstance(event, Replied)
        or not kinds <= UNDOABLE
        or any(text.notice for text in texts)
        or any(text.status not in ("ready", "withheld") for text in texts)
    ):
        return None
    for text in texts:
        text.status = "superseded"
    for each in undone:
        for provider_id in each.inbound:
            talk.log.answered_in[provider_id] -= 1
        passage.taken.remove(each)
    passage.wait = None
    # numbers only go forward: a timer of the undone turn must not fit the new one
    passage.state = replace(undone[0].before, turn=passage.state.turn, wait=passage.state.wait)
    talk.log.counts["turns.undone"] += 1
    return event


def _weigh(talk: Talk, reading: Reading) -> None:
    """«Who is this?» (bot.conversations.identity)."""
    if reading.slots.get("asks") == "who":
        if talk.matter is None or talk.holder != "bot":
            talk.matter = MATTER
    elif talk.matter == MATTER and reading.understood and reading.intent in FITTING:
        talk.matter = None
