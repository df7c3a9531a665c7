"""A line of the list in words: whose, who spoke last and how it began, why it waits, how long, who looks at it.

Owns those words. What a line knows is bot.inbox.listing's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.inbox import Actor
from bot.inbox.filters import View
from bot.inbox.listing import COUNTED, Age, Counts, Line
from bot.inbox.watching import Watcher
from console.inbox.times import Times, short_span

VIEW_NAMES: Final[dict[View, str]] = {
    "waiting": "Waiting",
    "mine": "Mine",
    "open": "With people",
    "snoozed": "Snoozed",
    "closed": "Closed",
    "all": "Everything",
}
EMPTY: Final[dict[View, tuple[str, str]]] = {
    "waiting": (
        "Nobody is waiting.",
        "Whoever asks for a person, or whom the bot cannot help, will be here.",
    ),
    "mine": ("Nothing is yours.", "Conversations that you take over or are given will be here."),
    "open": ("People hold no conversation.", "The bot speaks everywhere."),
    "snoozed": (
        "Nothing is put aside.",
        "What you snooze comes back by itself, or when the customer writes.",
    ),
    "closed": ("Nothing was closed.", "A closed conversation opens again when the customer writes."),
    "all": ("No customer has written yet.", "Every conversation will be here, the bot's as well."),
}
CALLING: Final = frozenset({"held", "wrong_number", "complaint", "promise", "unknown"})
"""Reasons that stand out from the others, calmly."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One view's name. `count` is empty where it is not counted."""

    view: View
    name: str
    count: str
    current: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A few words in a lozenge. `tone`: calm, call, wait, late or mine."""

    words: str
    tone: str = "calm"


@dataclass(frozen=True, slots=True)
class Shown:
    """One line."""

    id: int
    name: str
    initial: str
    unread: bool
    current: bool
    prefix: str
    start: str
    when: str
    age: str
    age_words: str
    tone: str
    chips: tuple[Chip, ...]
    watching: str


def tabs(counts: Counts, view: View) -> tuple[Tab, ...]:
    """The views with what is counted of them."""
    counted = {"waiting": counts.waiting, "mine": counts.mine, "snoozed": counts.snoozed}
    return tuple(
        Tab(each, name, many(counted[each]) if each in counted else "", each == view)
        for each, name in VIEW_NAMES.items()
    )


def many(count: int) -> str:
    """`12`, or `999+`; nothing for none."""
    return "" if not count else f"{COUNTED - 1}+" if count >= COUNTED else str(count)


def line(each: Line, times: Times, actor: Actor, current: int | None) -> Shown:
    """The line as it reads."""
    age, age_words, tone = aged(each.age, times.now, each.snoozed_until)
    return Shown(
        id=each.conversation_id,
        name=each.name,
        initial=_initial(each.name),
        unread=each.unread,
        current=each.conversation_id == current,
        prefix=_prefix(each, actor),
        start=each.found or _start(each),
        when=times.short(each.last.at) if each.last else "",
        age=age,
        age_words=age_words,
        tone=tone,
        chips=tuple(_chips(each, times, actor)),
        watching=watched(each.watching),
    )


def aged(age: Age | None, now: datetime, snoozed: datetime | None = None) -> tuple[str, str, str]:
    """(`12 min`, the same in a sentence, tone), of working hours; empty where nobody waits. Who wrote while nobody works
    has waited for none of these, and no less."""
    if age is None:
        return "", "", ""
    waited, target = short_span(age.worked), short_span(age.target)
    if waited == "now":
        since, asleep = short_span(now - age.since), snoozed is not None and snoozed > now
        if not age.worked and since != "now" and not asleep:
            shut = f"has waited for {since}, out of hours; the shop answers within {target} of working hours"
            return f"{since}, out of hours", shut, age.tone
        return "just now", f"has waited for less than a minute; the shop answers within {target}", age.tone
    return waited, f"has waited for {waited} of working hours; the shop answers within {target}", age.tone


def watched(watching: Sequence[Watcher]) -> str:
    """`Tom is typing`, `Tom and Eve are looking`; empty when nobody else is there."""
    typing = [each.name for each in watching if each.typing]
    names = typing or [each.name for each in watching]
    if not names:
        return ""
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{listed} {'is' if len(names) == 1 else 'are'} {'typing' if typing else 'looking'}"


def _initial(name: str) -> str:
    return next((letter.upper() for letter in name if letter.isalpha()), "#")


def _prefix(each: Line, actor: Actor) -> str:
    if each.last is None or each.found:
        return ""
    match each.last.who:
        case "customer":
            return ""
        case "bot":
            return "Bot: "
        case "staff":
            mine = each.held_by is not None and each.held_by.staff_id == actor.staff_id
            return "You: " if mine else f"{each.held_by.name}: " if each.held_by else "Staff: "
        case "api":
            return "Program: "


def _start(each: Line) -> str:
    if each.last is None:
        return "Nothing was said yet"
    return each.last.start or ("(a picture)" if each.last.picture else "(an empty text)")


def _chips(each: Line, times: Times, actor: Actor) -> list[Chip]:
    found = []
    if each.reason is not None and each.reason.cause != "wrote":
        tone = "call" if each.reason.cause in CALLING else "calm"
        found.append(Chip(each.reason.own or each.reason.words, tone))
    if each.snoozed_until is not None:
        found.append(Chip(f"back {times.when(each.snoozed_until)}"))
    if each.closed_at is not None:
        found.append(Chip(f"closed {times.short(each.closed_at)}"))
    if each.held_by is not None:
        mine = each.held_by.staff_id == actor.staff_id
        found.append(Chip("you" if mine else each.held_by.name, "mine" if mine else "calm"))
    elif each.assignee is not None:
        mine = each.assignee.staff_id == actor.staff_id
        found.append(Chip("for you" if mine else f"for {each.assignee.name}", "mine" if mine else "calm"))
    elif each.holder == "bot":
        found.append(Chip("the bot"))
    if each.team:
        found.append(Chip(each.team))
    if each.language != "en":
        found.append(Chip(each.language.upper()))
    return found
