"""The routes of the field to write in: send, take back, count while typing, keep the draft.

Owns these addresses. A text goes through `bot.inbox.replying` and the gate like everybody's; here is no way round it.
"""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compose import App
from bot.inbox import Done, Gone, NotAllowed, TooLate, composing, drafting, replying, undoing
from bot.inbox.unread import read_to
from bot.inbox.wording import Unsayable
from console.access import needs
from console.inbox import answering, asking
from console.inbox.asking import actor, number, words
from console.inbox.outcomes import Notice, counted, gate, wrote
from console.inbox.screen import clock, customer_of
from console.inbox.times import Times

FORM_LENGTH = 64


def writing_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.post("/<int:conversation>/send")
    @needs("inbox.reply")
    def send(slug: str, conversation: int) -> AnyResponse:
        """Write the text; it leaves after the seconds of grace, or at its hour."""
        who, form = actor(), request.form
        body, draft_of = words("body"), number(form.get("draft_of") or None)
        seen = asking.seen()
        key = form.get("key", "")[:FORM_LENGTH]
        if not key:
            abort(400)
        with app.database.write() as session:
            times = clock(session, app, who)
            their = customer_of(session, who, asking.row(conversation))
            if their is None:
                abort(404)
            outcome = replying.write(
                session,
                app,
                conversation,
                body,
                who,
                seen,
                times.now,
                form=key,
                at=_at(times),
                wait=form.get("wait") == "1",
                force=form.get("force") == "1",
                draft_of=draft_of,
            )
            if seen:
                read_to(session, who, conversation, seen)
        notice = wrote(outcome, times, their.zone, their.name)
        if isinstance(notice, Gone | NotAllowed):
            answering.refuse(notice)
        if isinstance(notice, Notice):
            gone = isinstance(
                outcome, TooLate
            )  # the bot's text, or this form's: the words are a text of their own now
            again = None if gone else draft_of
            return answering.not_done(
                app, slug, conversation, notice, body=body, draft_of=again, new_form=gone
            )
        app.bell.ring("sends")
        return answering.done(app, slug, conversation, new_form=True)

    @doors.post("/<int:conversation>/texts/<int:text>/undo")
    @needs("inbox.reply")
    def undo(slug: str, conversation: int, text: int) -> AnyResponse:
        """Take the text back, as long as nothing has claimed it. Its words are the draft again."""
        who = actor()
        with app.database.write() as session:
            now, here = domain_now(session, app.real_now), asking.row(conversation)
            outcome = undoing.undo(session, asking.row(text), who, now, conversation_id=here)
            if isinstance(outcome, undoing.Undone) and not drafting.own_draft(session, conversation, who):
                drafting.keep_draft(session, conversation, outcome.body, who, now)
        match outcome:
            case undoing.Undone(body):
                return answering.done(app, slug, conversation, restored=body)
            case TooLate(why):
                return answering.not_done(app, slug, conversation, Notice("Too late.", why))
            case Gone() | NotAllowed():
                return answering.refuse(outcome)

    @doors.post("/<int:conversation>/count")
    @needs("inbox.reply")
    def count(slug: str, conversation: int) -> str:
        """What the text would cost and when it could leave, asked while it is typed. Changes nothing."""
        who, body = actor(), words("body")
        if not body:
            return ""
        with app.database.read() as session:
            times = clock(session, app, who)
            their = customer_of(session, who, asking.row(conversation))
            if their is None:
                abort(404)
            found = composing.preview(session, app, conversation, body, who, times.now, at=_at(times))
        match found:
            case composing.Preview():
                said, reads = counted(found)
                refusal = gate(found.gate, times, their.zone) if found.gate else None
                return render_template(
                    "inbox/count.html",
                    said=said,
                    many=found.parts > 1,
                    reads=reads if reads != body else "",
                    refusal=refusal,
                )
            case Unsayable(why):
                return render_template("inbox/count.html", said="", refusal=Notice("", why, "stop"))
            case Gone() | NotAllowed():
                return answering.refuse(found)

    @doors.post("/<int:conversation>/draft")
    @needs("inbox.reply")
    def draft(slug: str, conversation: int) -> AnyResponse:
        """Keep what was typed so far; an empty one is dropped."""
        body = request.form.get("body", "").replace("\x00", "")[: asking.BODY_LENGTH]
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            outcome = drafting.keep_draft(session, asking.row(conversation), body, actor(), now)
        if not isinstance(outcome, Done):
            return answering.refuse(outcome)
        return Response(status=204)

    def _at(times: Times) -> datetime | None:
        return asking.moment("at", times.zone)
