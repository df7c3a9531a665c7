"""The routes of deeds: take over, hand back, give to a colleague, snooze, close, note, promise, pause.

Owns these addresses and the reading of their forms. Each deed is bot.inbox's, which asks once more who may.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.compose import App
from bot.inbox import Actor, arranging, from_draft, holding, notes, promises, returning, unread
from bot.inbox.returning import AtNode, EndThem, Where, WhereItStood
from console.access import needs
from console.inbox import answering, asking
from console.inbox.asking import actor, number, words
from console.inbox.later import days_later, moment_of
from console.inbox.outcomes import came_of
from console.inbox.screen import clock
from console.inbox.times import Times

NOTE_LENGTH = 2000
Deed = Callable[[Session, Actor, Times], Any]


def deed_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    def do(slug: str, conversation: int, deed: Deed, *, ring: bool = False) -> AnyResponse:
        """Do it in one transaction, and answer with the page as it is then, or with why it was not done."""
        who = actor()
        asking.row(conversation)
        with app.database.write() as session:
            times = clock(session, app, who)
            outcome = came_of(deed(session, who, times))
        if outcome == "done":
            if ring:
                app.bell.ring("turns")
            return answering.done(app, slug, conversation)
        if outcome == "gone":
            abort(404)
        if outcome == "not allowed":
            abort(403, "role")
        return answering.not_done(app, slug, conversation, outcome)

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

    @doors.post("/<int:conversation>/take")
    @needs("inbox.reply")
    def take(slug: str, conversation: int) -> AnyResponse:
        force = request.form.get("force") == "1"
        return do(
            slug,
            conversation,
            lambda session, who, times: holding.take_over(session, conversation, who, times.now, force=force),
        )

    @doors.post("/<int:conversation>/back")
    @needs("inbox.reply")
    def back(slug: str, conversation: int) -> AnyResponse:
        where, force = _where(), request.form.get("force") == "1"
        return do(
            slug,
            conversation,
            lambda session, who, times: returning.hand_back(
                session, conversation, who, times.now, where=where, force=force
            ),
            ring=True,
        )

    @doors.post("/<int:conversation>/wait")
    @needs("inbox.reply")
    def wait(slug: str, conversation: int) -> AnyResponse:
        said, force = words("note", 500), request.form.get("force") == "1"
        return do(
            slug,
            conversation,
            lambda session, who, times: arranging.let_wait(
                session, conversation, who, times.now, words=said, force=force
            ),
        )

    @doors.post("/<int:conversation>/assign")
    @needs("inbox.assign")
    def assign(slug: str, conversation: int) -> AnyResponse:
        to, team, said = number(request.form.get("assignee")), words("team", 64), words("note", 500)
        return do(
            slug,
            conversation,
            lambda session, who, times: arranging.assign(
                session, conversation, to, who, times.now, words=said, team=team
            ),
        )

    @doors.post("/<int:conversation>/snooze")
    @needs("inbox.reply")
    def snooze(slug: str, conversation: int) -> AnyResponse:
        preset = request.form.get("for", "")

        def until(times: Times) -> datetime:
            chosen = moment_of(preset, times) if preset else asking.moment("until", times.zone)
            return chosen or times.now  # nothing was chosen: it is said that this time is over

        return do(
            slug,
            conversation,
            lambda session, who, times: arranging.snooze(session, conversation, until(times), who, times.now),
        )

    @doors.post("/<int:conversation>/wake")
    @needs("inbox.reply")
    def wake(slug: str, conversation: int) -> AnyResponse:
        return do(
            slug,
            conversation,
            lambda session, who, times: arranging.snooze(session, conversation, None, who, times.now),
        )

    @doors.post("/<int:conversation>/close")
    @needs("inbox.reply")
    def close(slug: str, conversation: int) -> AnyResponse:
        force = request.form.get("force") == "1"
        return do(
            slug,
            conversation,
            lambda session, who, times: arranging.close(session, conversation, who, times.now, force=force),
            ring=True,
        )

    @doors.post("/<int:conversation>/reopen")
    @needs("inbox.reply")
    def reopen(slug: str, conversation: int) -> AnyResponse:
        return do(
            slug,
            conversation,
            lambda session, who, times: arranging.reopen(session, conversation, who, times.now),
        )

    @doors.post("/<int:conversation>/note")
    @needs("inbox.reply")
    def note(slug: str, conversation: int) -> AnyResponse:
        body = words("body", NOTE_LENGTH)
        return do(
            slug,
            conversation,
            lambda session, who, times: notes.write_note(session, conversation, body, who, times.now),
        )

    @doors.post("/<int:conversation>/notes/<int:note>/drop")
    @needs("inbox.reply")
    def drop_note(slug: str, conversation: int, note: int) -> AnyResponse:
        return do(
            slug,
            conversation,
            lambda session, who, times: notes.drop_note(session, asking.row(note), who, times.now),
        )

    @doors.post("/<int:conversation>/promise")
    @needs("inbox.reply")
    def promise(slug: str, conversation: int) -> AnyResponse:
        what = words("what", promises.LONGEST)
        return do(
            slug,
            conversation,
            lambda session, who, times: promises.promise(
                session,
                conversation,
                what,
                asking.moment("due", times.zone) or times.now,
                who,
                times.now,
            ),
        )

    @doors.post("/<int:conversation>/promises/<int:promise>/kept")
    @needs("inbox.reply")
    def kept(slug: str, conversation: int, promise: int) -> AnyResponse:
        return do(
            slug,
            conversation,
            lambda session, who, times: promises.keep(session, asking.row(promise), who, times.now),
        )

    @doors.post("/<int:conversation>/pause")
    @needs("inbox.reply")
    def pause(slug: str, conversation: int) -> AnyResponse:
        lift, given = request.form.get("lift") == "1", request.form.get("until", "")

        def until(times: Times) -> datetime | None:
            return None if lift else days_later(given, times) or times.now

        return do(
            slug,
            conversation,
            lambda session, who, times: arranging.pause_marketing(
                session, conversation, until(times), who, times.now
            ),
        )

    @doors.post("/<int:conversation>/settled")
    @needs("inbox.reply")
    def settled(slug: str, conversation: int) -> AnyResponse:
        return do(
            slug,
            conversation,
            lambda session, who, times: holding.settle_matter(session, conversation, who, times.now),
        )

    @doors.post("/<int:conversation>/enough")
    @needs("inbox.reply")
    def enough(slug: str, conversation: int) -> AnyResponse:
        return do(
            slug,
            conversation,
            lambda session, who, times: holding.no_answer_needed(session, conversation, who, times.now),
        )

    @doors.post("/<int:conversation>/drafts")
    @needs("inbox.reply")
    def drafts(slug: str, conversation: int) -> AnyResponse:
        on = request.form.get("on") == "1"
        return do(
            slug,
            conversation,
            lambda session, who, times: from_draft.bot_drafts(session, conversation, on, who, times.now),
        )

    @doors.post("/<int:conversation>/unread")
    @needs("inbox.look")
    def not_read(slug: str, conversation: int) -> AnyResponse:
        return do(
            slug,
            conversation,
            lambda session, who, times: unread.unread(session, who, conversation),
        )


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
