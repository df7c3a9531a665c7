"""Above a conversation: who speaks in it, why it is with people, what is on its way, and which deeds there are.

Owns those words. Pure; whether a deed may be done is asked again when it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.inbox import Actor
from bot.inbox.returning import Place
from bot.inbox.talk import Passage, Talk
from bot.staff.roles import may
from console import words
from console.inbox.bubbles import leaving, who
from console.inbox.lines import CALLING, Chip, aged, watched
from console.inbox.times import Times


@dataclass(frozen=True, slots=True)
class Head:
    """The conversation's head. `holder`: bot, nobody, mine or colleague. `waited`, `waited_words` and `tone`: how long the
    customer has waited; empty when nobody waits."""

    id: int
    name: str
    initial: str
    holder: str
    speaks: str
    waited: str
    waited_words: str
    tone: str
    chips: tuple[Chip, ...]
    watching: str
    returns: str
    on_its_way: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deeds:
    """Which deeds are offered, and the values that their fields begin with."""

    id: int
    holder: str
    colleague: str
    may_reply: bool
    may_assign: bool
    may_opt_out: bool
    who: str
    assignee: int | None
    team: str
    snoozed: str
    closed: bool
    paused: str
    bot_drafts: bool
    matter: str
    owed: bool
    passage: Passage | None
    returns: str


def head(talk: Talk, times: Times, actor: Actor) -> Head:
    """The head as it reads."""
    waited, said, tone = aged(talk.age, times.now, talk.snoozed_until)
    name = talk.person.name or talk.person.phone or "A customer"
    return Head(
        id=talk.conversation_id,
        name=name,
        initial=next((letter.upper() for letter in name if letter.isalpha()), "#"),
        holder=holder(talk),
        speaks=_speaks(talk),
        waited=waited,
        waited_words=f"{who(talk)} {said}" if said else "",
        tone=tone,
        chips=tuple(_chips(talk, times, actor)),
        watching=watched(talk.watching),
        returns=_returns(talk, times),
        on_its_way=tuple(each.body for each in leaving(talk)),
    )


def deeds(talk: Talk, times: Times, actor: Actor) -> Deeds:
    """What may be done now."""
    floor = [each for each in talk.standing.passages if not each.holdout]
    paused, silenced = talk.marketing_paused_until, talk.standing.silenced
    return Deeds(
        id=talk.conversation_id,
        holder=holder(talk),
        colleague=talk.held_by.name if talk.held_by else "",
        may_reply=may(actor.role, "inbox.reply"),
        may_assign=may(actor.role, "inbox.assign"),
        may_opt_out=may(actor.role, "inbox.settle") and not (silenced and silenced[0] == "opted_out"),
        who=(talk.person.name or "").split(" ")[0] or "them",
        assignee=talk.assignee.staff_id if talk.assignee else None,
        team=talk.team or "",
        snoozed=times.when(talk.snoozed_until)
        if talk.snoozed_until and talk.snoozed_until > times.now
        else "",
        closed=talk.closed_at is not None,
        paused=times.when(paused) if paused and paused > times.now else "",
        bot_drafts=talk.bot_drafts,
        matter="" if talk.open_matter in (None, "identity") else str(talk.open_matter),
        owed=talk.age is not None,
        passage=next((each for each in floor if each.has_floor), floor[0] if floor else None),
        returns=times.field(talk.return_at) if talk.return_at else "",
    )


def holder(talk: Talk) -> str:
    """bot, nobody, mine or colleague; one who works here no more counts as nobody."""
    if talk.holder == "bot":
        return "bot"
    if talk.mine:
        return "mine"
    return "colleague" if talk.holder == "staff" and talk.held_by else "nobody"


def _speaks(talk: Talk) -> str:
    match holder(talk):
        case "bot":
            return "The bot speaks, and a person sends" if talk.bot_drafts else "The bot speaks"
        case "mine":
            return "You speak"
        case "colleague":
            return f"{talk.held_by.name} speaks" if talk.held_by else "A colleague speaks"
        case _:
            return "Waiting for a person"


def _returns(talk: Talk, times: Times) -> str:
    if talk.return_at is None or talk.holder == "bot":
        return ""
    if talk.return_at <= times.now:
        return "Goes back to the bot as soon as nothing is owed or open"
    return f"Goes back to the bot by itself {times.when(talk.return_at)}"


def _chips(talk: Talk, times: Times, actor: Actor) -> list[Chip]:
    found = []
    if talk.reason is not None and talk.reason.cause != "wrote":
        found.append(
            Chip(talk.reason.own or talk.reason.words, "call" if talk.reason.cause in CALLING else "calm")
        )
    if (
        talk.open_matter
        and talk.open_matter != "identity"
        and not (talk.reason and talk.reason.cause == talk.open_matter)
    ):
        found.append(Chip(f"open {words.intent_words(talk.open_matter)}", "call"))
    if talk.assignee is not None and talk.assignee != talk.held_by:
        mine = talk.assignee.staff_id == actor.staff_id
        found.append(Chip("for you" if mine else f"for {talk.assignee.name}", "mine" if mine else "calm"))
    if talk.team:
        found.append(Chip(talk.team))
    if talk.snoozed_until is not None and talk.snoozed_until > times.now:
        found.append(Chip(f"snoozed until {times.when(talk.snoozed_until)}"))
    if talk.closed_at is not None:
        found.append(Chip(f"closed {times.when(talk.closed_at)}"))
    return found


def nodes(places: Sequence[Place]) -> tuple[tuple[str, str], ...]:
    """(value, words) of each node at which the bot may go on."""
    several = len(places) > 1
    return tuple(
        (
            f"{place.enrolment_id}:{node}",
            (f"{place.flow.replace('_', ' ')}: " if several else "")
            + words.node_words(node)
            + (", where it stood" if node == place.here else ""),
        )
        for place in places
        for node in place.nodes
    )
