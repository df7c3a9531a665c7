"""The routes of the end of a shift: my conversations, and what becomes of each, with a note.

Owns the page. Each deed is bot.inbox's, in a transaction of its own: what cannot be done with one keeps nothing from the
others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.compose import App
from bot.inbox import Actor, Done, arranging, notes, returning, shift
from bot.inbox.shift import Mine
from console.access import needs
from console.inbox.asking import actor, number
from console.inbox.asking import words as typed
from console.inbox.outcomes import Notice, Outcome, came_of
from console.inbox.screen import clock
from console.inbox.team import colleagues
from console.inbox.times import Times, short_span
from console.people import shown_phone
from console.work.pages import Said, page

NOTE = 500
FATES = {"wait": "wait for anybody", "bot": "back to the bot", "close": "close"}


@dataclass(frozen=True, slots=True)
class Line:
    """One of my conversations. `owes`: how long the customer has waited for an answer."""

    id: int
    name: str
    speaks: bool
    owes: str
    matter: str
    promises: int
    last: str
    seen: int


def shift_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.get("/shift")
    @needs("inbox.reply")
    def end_of_shift(slug: str) -> AnyResponse:
        """My conversations, what waits longest first."""
        return _page(slug)

    @doors.post("/shift")
    @needs("inbox.reply")
    def leave_shift(slug: str) -> AnyResponse:
        """Do with each what was chosen; `all` is for those of which nothing was said."""
        who = actor()
        with app.database.read() as session:
            held = shift.mine(session, who)
        done, refused = 0, []
        for each in held:
            chosen = request.form.get(f"fate-{each.conversation_id}", "") or request.form.get("all", "")
            said = typed(f"note-{each.conversation_id}", NOTE)
            if not chosen:
                continue
            with app.database.write() as session:
                times = clock(session, app, who)
                outcome = came_of(_do(session, each.conversation_id, chosen, said, who, times))
            if outcome == "done":
                done += 1
            else:
                refused.append(f"{_name(each)}: {_why(outcome)}")
        if done:
            app.bell.ring("turns")
        if refused:
            return _page(slug, Said("Not all of it was done.", "problem", tuple(refused)), 409)
        return _page(
            slug, Said(f"{done} conversation{'' if done == 1 else 's'} handed on.") if done else None
        )

    def _page(slug: str, said: Said | None = None, code: int = 200) -> AnyResponse:
        who = actor()
        with app.database.read() as session:
            times = clock(session, app, who)
            held = shift.mine(session, who)
            others = [each for each in colleagues(session, who.shop_id) if each.staff_id != who.staff_id]
        return page(
            "shift",
            slug,
            said=said,
            code=code,
            lines=[_line(each, times) for each in held],
            others=others,
            fates=FATES,
            note_length=NOTE,
        )


def _do(session: Session, conversation: int, chosen: str, said: str, who: Actor, times: Times) -> Outcome:
    """One of them: to a colleague (`to:NUMBER`), waiting, to the bot, or closed. What the customer has said since the page
    was drawn is shown before the bot has it."""
    seen = number(request.form.get(f"seen-{conversation}")) or 0
    if chosen.startswith("to:"):
        to = number(chosen.removeprefix("to:")) or 0
        return arranging.assign(session, conversation, to, who, times.now, words=said)
    match chosen:
        case "wait":
            return arranging.let_wait(session, conversation, who, times.now, words=said)
        case "bot":
            done: Outcome = returning.hand_back(session, conversation, who, times.now, seen=seen)
        case "close":
            done = returning.close(session, conversation, who, times.now, seen=seen)
        case _:
            return Done(changed=False)
    if said and came_of(done) == "done":
        notes.write_note(session, conversation, said, who, times.now)
    return done


def _why(outcome: Notice | str) -> str:
    if isinstance(outcome, str):
        return "It is not there any more."
    return " ".join((outcome.title, *(f"«{text}»" for text in outcome.texts), outcome.words))


def _line(each: Mine, times: Times) -> Line:
    waited = times.now - each.owed_since if each.owed_since else timedelta()
    return Line(
        each.conversation_id,
        _name(each),
        each.speaks,
        short_span(waited) if each.owed_since else "",
        (each.matter or "").replace("_", " "),
        each.promises,
        times.when(each.last_inbound_at) if each.last_inbound_at else "",
        each.seen,
    )


def _name(each: Mine) -> str:
    return each.customer or (shown_phone(each.phone) if each.phone else "A customer")
