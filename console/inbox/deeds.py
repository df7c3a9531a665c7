"""The routes of deeds: take over, hand back, give to a colleague, snooze, close, note, promise, pause.

Owns these addresses and the reading of their forms. Each deed is bot.inbox's, which asks once more who may.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from flask import Blueprint, abort, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.compose import App
from bot.inbox import Actor, Done, arranging, from_draft, holding, notes, promises, returning, unread
from bot.inbox.returning import AtNode, EndThem, Where, WhereItStood
from bot.staff.roles import Permission
from console.access import needs
from console.inbox import answering, asking
from console.inbox.asking import actor, number, seen, words
from console.inbox.later import days_later, moment_of
from console.inbox.outcomes import Outcome, came_of
from console.inbox.screen import clock
from console.inbox.times import Times

NOTE_LENGTH = 2000
Deed: TypeAlias = Callable[..., Outcome]
"""`deed(session, conversation, who, times)`, with the further numbers of its address by name."""


def deed_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    def deed(
        address: str, needed: Permission = "inbox.reply", *, ring: bool = False, again: str = ""
    ) -> Callable[[Deed], Deed]:
        """The route of a deed, under `/CONVERSATION/` and this address: it is done in one transaction, and answered with the
        page as it is then, or with why it was not done. `ring`: the bot has a turn to take then. `again`: the form's id on
        the page, for a button that does it all the same."""

        def add(do: Deed) -> Deed:
            @needs(needed)
            def route(slug: str, conversation: int, **further: int) -> AnyResponse:
                who = actor()
                asking.row(conversation)
                with app.database.write() as session:
                    outcome = came_of(
                        do(session, conversation, who, clock(session, app, who), **further), again
                    )
                if outcome == "done":
                    if ring:
                        app.bell.ring("turns")
                    return answering.done(app, slug, conversation)
                if outcome == "gone":
                    abort(404)
                if outcome == "not allowed":
                    abort(403, "role")
                return answering.not_done(app, slug, conversation, outcome)

            doors.add_url_rule(f"/<int:conversation>/{address}", do.__name__, route, methods=["POST"])
            return do

        return add

    @doors.post("/customers/<int:customer>/begin")
    @needs("inbox.reply")
    def begin(slug: str, customer: int) -> AnyResponse:
        """Open a conversation with somebody to whom nothing was said yet. Nothing is said by that."""
        with app.database.write() as session:
            times = clock(session, app, actor())
            found = holding.open_with(session, asking.row(customer), actor(), times.now)
        if not isinstance(found, int):
            answering.refuse(found)
        return redirect(asking.address(slug, found, "inbox.conversation", asking.filters()), 303)

    @deed("take")
    def take(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        return holding.take_over(session, conversation, who, times.now, force=_on("force"))

    @deed("back", ring=True)
    def back(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        return returning.hand_back(
            session, conversation, who, times.now, where=_where(), force=_on("force"), seen=seen()
        )

    @deed("wait")
    def wait(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        return arranging.let_wait(
            session, conversation, who, times.now, words=words("note", 500), force=_on("force")
        )

    @deed("assign", "inbox.assign")
    def assign(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        to, team = number(request.form.get("assignee")), words("team", 64)
        return arranging.assign(
            session, conversation, to, who, times.now, words=words("note", 500), team=team
        )

    @deed("snooze")
    def snooze(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        preset = request.form.get("for", "")
        until = moment_of(preset, times) if preset else asking.moment("until", times.zone)
        # nothing was chosen: it is said that this time is over
        return arranging.snooze(session, conversation, until or times.now, who, times.now, seen=seen())

    @deed("wake")
    def wake(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        return arranging.snooze(session, conversation, None, who, times.now)

    @deed("close", ring=True, again="close-form")
    def close(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        return returning.close(session, conversation, who, times.now, force=_on("force"), seen=seen())

    @deed("reopen")
    def reopen(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        return arranging.reopen(session, conversation, who, times.now)

    @deed("note")
    def note(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        return notes.write_note(session, conversation, words("body", NOTE_LENGTH), who, times.now)

    @deed("notes/<int:note>/drop")
    def drop_note(session: Session, conversation: int, who: Actor, times: Times, note: int) -> Outcome:
        return notes.drop_note(session, asking.row(note), who, times.now)

    @deed("promise")
    def promise(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        what, due = words("what", promises.LONGEST), asking.moment("due", times.zone)
        return promises.promise(session, conversation, what, due or times.now, who, times.now)

    @deed("promises/<int:promise>/kept")
    def kept(session: Session, conversation: int, who: Actor, times: Times, promise: int) -> Outcome:
        return promises.keep(session, asking.row(promise), who, times.now)

    @deed("pause")
    def pause(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        until: datetime | None = days_later(request.form.get("until", ""), times) or times.now
        return arranging.pause_marketing(
            session, conversation, None if _on("lift") else until, who, times.now
        )

    @deed("settled")
    def settled(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        return holding.settle_matter(session, conversation, who, times.now)

    @deed("enough", again="enough-form")
    def enough(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        return holding.no_answer_needed(session, conversation, who, times.now, seen=seen())

    @deed("drafts")
    def drafts(session: Session, conversation: int, who: Actor, times: Times) -> Outcome:
        return from_draft.bot_drafts(session, conversation, _on("on"), who, times.now)

    @deed("unread", "inbox.look")
    def not_read(session: Session, conversation: int, who: Actor, _: Times) -> Outcome:
        unread.unread(session, who, conversation)
        return Done()


def _on(name: str) -> bool:
    return request.form.get(name) == "1"


def _where() -> Where:
    """Where the bot is to go on: `stood`, `end`, or `node` with PASSAGE:NODE beside it."""
    match request.form.get("where", "stood"):
        case "end":
            return EndThem()
        case "node":
            passage, _, node = request.form.get("node", "").partition(":")
            return AtNode(number(passage) or 0, node)
        case _:
            return WhereItStood()
