"""What came of a deed, in words, when it is not simply what was wanted.

Owns the words of outcomes, and the buttons that say «do it all the same». Knows no route.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never

from bot.inbox import Done, Gone, HeldBy, NotAllowed, TooLate
from bot.inbox.arranging import NoSuchColleague
from bot.inbox.composing import OtherWays, Preview, WouldBeDenied, WouldWait
from bot.inbox.holding import TakenOver
from bot.inbox.newer import NewerText
from bot.inbox.notes import Noted
from bot.inbox.promises import Promised
from bot.inbox.replying import Writing, Written
from bot.inbox.returning import GivenBack, NoSuchNode
from bot.inbox.wording import Unsayable
from console.inbox.times import Times

Outcome: TypeAlias = (
    Done
    | TakenOver
    | GivenBack
    | Noted
    | Promised
    | Gone
    | NotAllowed
    | HeldBy
    | TooLate
    | NewerText
    | NoSuchColleague
    | NoSuchNode
)
"""What a deed gives back, of all those that are not the writing of a text."""


@dataclass(frozen=True, slots=True)
class Action:
    """A button that sends a form on the page again, with one field more."""

    words: str
    name: str
    value: str
    form: str = "write"


@dataclass(frozen=True, slots=True)
class Notice:
    """A strip above the field. `tone`: wait, stop or go; `texts` are the customer's; `copy` is an answer to take elsewhere."""

    title: str
    words: str = ""
    tone: str = "wait"
    texts: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    email: str = ""
    phone: str = ""
    copy: str = ""


def wrote(outcome: Writing, times: Times, zone: str, who: str) -> Notice | Gone | NotAllowed | None:
    """What to say of a text that was to be written; None: it is there."""
    match outcome:
        case Written():
            return None
        case NewerText():
            said = "Your text was not sent: look whether it still fits."
            return _newer(outcome, who, said, Action("Send it all the same", "seen_now", ""))
        case WouldBeDenied() | WouldWait():
            return gate(outcome, times, zone)
        case Unsayable(why):
            return Notice("It cannot be sent like this.", why, "stop")
        case HeldBy(name=name):
            return Notice(
                f"{name} speaks in this conversation.",
                "Your text was not sent.",
                actions=(Action("Take over and send", "force", "1"),),
            )
        case TooLate(why):
            return Notice("Too late.", why)
        case Gone() | NotAllowed():
            return outcome
        case _:
            assert_never(outcome)


def gate(refusal: WouldBeDenied | WouldWait, times: Times, zone: str) -> Notice:
    """The gate's no, or its not yet, and what one may do instead."""
    match refusal:
        case WouldWait(until=until, words=why):
            at = times.both(until, zone)
            return Notice(
                "It may not leave now.",
                f"{_sentence(why)} It could leave {at}.",
                actions=(Action(f"Send it {times.when(until)}", "wait", "1"),),
            )
        case WouldBeDenied(words=why, other=OtherWays(email=email, phone=phone, body=body)):
            others = "Write or call instead; the answer is ready to copy." if email or phone else ""
            return Notice(
                "This text may not be sent.",
                f"{_sentence(why)} {others}",
                "stop",
                email=email or "",
                phone=phone or "",
                copy=body,
            )
        case _:
            assert_never(refusal)


def counted(found: Preview) -> tuple[str, str]:
    """(`140 characters, 1 part, 1.2¢`, the text as it would read where that differs)."""
    parts = f"{found.parts} part{'' if found.parts == 1 else 's'}"
    return f"{len(found.body)} characters, {parts}, {found.cents:g}¢", found.body


def came_of(outcome: Outcome, again: str = "") -> Notice | Literal["done", "gone", "not allowed"]:
    """What to say of any other deed, or that there is nothing to say. `again`: the id of its form on the page, where it may
    be sent once more as it is."""
    match outcome:
        case Done() | TakenOver() | GivenBack() | Noted() | Promised():
            return "done"
        case Gone():
            return "gone"
        case NotAllowed():
            return "not allowed"
        case HeldBy(name=name):
            return Notice(
                f"{name} speaks in this conversation.", "That was not done: take the conversation over first."
            )
        case TooLate(why):
            return Notice("That was not done.", why)
        case NewerText():
            said = "That was not done: look whether it is still right."
            action = Action("Do it all the same", "seen_now", "", again) if again else None
            return _newer(outcome, "The customer", said, action)
        case NoSuchColleague():
            return Notice("That was not done.", "Nobody of that name answers customers here any more.")
        case NoSuchNode():
            return Notice("That was not done.", "The bot cannot go on there: look where it stands now.")
        case _:
            assert_never(outcome)


def _newer(outcome: NewerText, who: str, said: str, action: Action | None) -> Notice:
    """The customer's newest texts, and the button that says that they are seen."""
    texts = outcome.texts
    return Notice(
        f"{who} has written meanwhile.",
        said,
        texts=tuple(each.body or "(a picture)" for each in texts),
        actions=(replace(action, value=str(texts[-1].id)),) if action and texts else (),
    )


def _sentence(words: str) -> str:
    said = words[:1].upper() + words[1:]
    return said if said.endswith((".", "!", "?")) else said + "."
