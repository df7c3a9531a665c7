"""Between the texts and the field to write in: what is about to leave, what the bot held back, what has come meanwhile.

Owns those words. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.inbox import Actor
from bot.inbox.near import Near
from bot.inbox.talk import Heard, Said, Talk
from bot.inbox.to_decide import Kind
from bot.sending import held_back
from console.inbox.bubbles import waiting, who
from console.inbox.times import Times

AT_ONCE = timedelta(seconds=90)
"""A text that leaves sooner is in its seconds of grace; a later one was written for later."""


@dataclass(frozen=True, slots=True)
class Leaves:
    """A person's text that has not left. `seconds`: how many it has, as it is drawn; 0 for one of a later hour. `overtaken`:
    the customer has written since, so it will be held back then (bot.sending.held_back)."""

    outbound_id: int
    start: str
    seconds: int
    when: str
    author: str
    mine: bool
    overtaken: bool


@dataclass(frozen=True, slots=True)
class Pending:
    """What the strip shows. `last` is the customer's last text that the page has drawn."""

    leaves: tuple[Leaves, ...]
    bots: str
    bots_id: int | None
    bots_outbound: int | None
    last: int
    last_text: str
    who: str
    doubt: str
    """What a person has to decide before texts leave again (bot.inbox.to_decide.Kind); empty: nothing."""
    near: Near | None


def pending(
    talk: Talk, times: Times, actor: Actor, *, doubt: Kind | None = None, near: Near | None = None
) -> Pending:
    """The strip as it reads. `near`: a fact that may answer what was asked."""
    bots = next((each for each in talk.drafts if not each.mine), None)
    heard = [each for each in talk.entries if isinstance(each, Heard)]
    return Pending(
        leaves=tuple(
            _leaves(each, heard, talk, times, actor) for each in waiting(talk) if each.author == "staff"
        ),
        bots=bots.body if bots else "",
        bots_id=bots.id if bots else None,
        bots_outbound=bots.outbound_id if bots else None,
        last=talk.last_inbound_id or 0,
        last_text=heard[-1].body if heard else "",
        who=who(talk),
        doubt=doubt or "",
        near=near if actor.may("inbox.reply") else None,
    )


def _leaves(each: Said, heard: Sequence[Heard], talk: Talk, times: Times, actor: Actor) -> Leaves:
    until = each.verdict.until
    left = until - times.now if until else timedelta(0)
    soon = left < AT_ONCE
    mine = each.staff is not None and each.staff.staff_id == actor.staff_id
    for_later = each.node is None and until is not None and until - each.written_at > held_back.AT_ONCE
    newer = any(one.id > (each.answers or 0) and one.kind in held_back.SAID for one in heard)
    return Leaves(
        outbound_id=each.id,
        start=each.body if len(each.body) <= 80 else each.body[:79].rstrip() + "…",
        seconds=max(1, round(left.total_seconds())) if soon else 0,
        when="" if soon or until is None else times.both(until, talk.person.zone),
        author="You" if mine else each.staff.name if each.staff else "A colleague",
        mine=mine,
        overtaken=for_later and newer,
    )
