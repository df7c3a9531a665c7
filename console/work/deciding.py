"""The routes of what only a person can decide: one list, and a click for each.

Owns these addresses, and opting a customer out who said so by another road. The deeds are bot.inbox.deciding's and
bot.teaching's, which ask once more who may.
"""

from __future__ import annotations

from typing import Any, get_args

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compliance.proof import Medium
from bot.compose import App
from bot.inbox import Done, Gone, NotAllowed, TooLate, deciding
from bot.inbox.to_decide import KINDS, Kind
from bot.teaching import lines
from bot.teaching.fact_form import LANGUAGES, LONGEST
from bot.teaching.shop_facts import Wrong, dismiss_question, reopen_question, save_question
from console.access import needs
from console.inbox import asking
from console.inbox.answering import refuse
from console.inbox.asking import actor
from console.inbox.asking import words as typed
from console.inbox.screen import clock, customer_of
from console.work.cards import to_decide
from console.work.pages import Said, on, page

MEDIA: dict[Medium, str] = {"text": "by text", "phone": "on the phone", "email": "by e-mail"}
REASON = 300
LANGUAGE_NAMES = {"en": "English", "es": "Spanish"}


def deciding_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.get("/decide")
    @needs("inbox.look")
    def decide(slug: str) -> AnyResponse:
        """The list, of all kinds or of `kind`."""
        return _list(slug)

    @doors.post("/decide/doubts/<int:conversation>")
    @needs("inbox.settle")
    def settle_doubt(slug: str, conversation: int) -> AnyResponse:
        opted_out = _choice("stop", "go") == "stop"
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = deciding.settle_doubt(
                session, asking.row(conversation), actor(), now, opted_out=opted_out
            )
        return _came_of(found, "stopped" if opted_out else "released", conversation)

    @doors.post("/decide/numbers/<int:conversation>")
    @needs("inbox.settle")
    def settle_number(slug: str, conversation: int) -> AnyResponse:
        wrong = _choice("wrong", "theirs") == "wrong"
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = deciding.settle_number(session, asking.row(conversation), actor(), now, wrong=wrong)
        return _came_of(found, "moved" if wrong else "theirs", conversation)

    @doors.post("/decide/texts/<text>")
    @needs("inbox.settle")
    def settle_text(slug: str, text: str) -> AnyResponse:
        sent = _choice("sent", "lost") == "sent"
        found = deciding.settle_unknown(app, text[:64], actor(), sent=sent)
        return _came_of(found, "arrived" if sent else "lost")

    @doors.post("/decide/questions/<int:question>/save")
    @needs("facts.change")
    def answer_question(slug: str, question: int) -> AnyResponse:
        key = typed("key", 40) or typed("new_key", 40)
        answers = {language: typed(f"answer-{language}", LONGEST * 2) for language in LANGUAGES}
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = save_question(session, asking.row(question), key, answers, actor(), now)
        if isinstance(found, Wrong):
            given = {"question": str(question), "key": key, "answers": answers}
            return _list(slug, Said("It was not saved.", "problem", found.problems), 422, given)
        return _came_of(found, "fact-saved")

    @doors.post("/decide/questions/<int:question>/dismiss")
    @needs("facts.change")
    def dismiss(slug: str, question: int) -> AnyResponse:
        """Not to be asked again; with the choice «again» that is taken back."""
        again = request.form.get("choice") == "again"
        deed = reopen_question if again else dismiss_question
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = deed(session, asking.row(question), actor(), now)
        return _came_of(found, "asked-again" if again else "dismissed", question)

    @doors.post("/decide/flows/<int:flow>")
    @needs("flows.change")
    def resume_flow(slug: str, flow: int) -> AnyResponse:
        _choice("resume")
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = deciding.resume_flow(session, asking.row(flow), actor(), now)
        if isinstance(found, Done) and found.changed:
            app.bell.ring("sends")
        return _came_of(found, "flow-resumed")

    @doors.post("/decide/lines/<int:line>")
    @needs("lines.review")
    def review(slug: str, line: int) -> AnyResponse:
        take, who = _choice("take", "refuse") == "take", actor()
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            done = lines.review(
                session,
                who.shop_id,
                asking.row(line),
                take=take,
                at=now,
                staff_id=who.staff_id,
                by=who.by,
            )
        return _came_of(Done() if done else Gone(), "line-taken" if take else "line-refused", line)

    @doors.get("/opt-out/<int:conversation>")
    @needs("inbox.settle")
    def opt_out(slug: str, conversation: int) -> AnyResponse:
        """Ask how they said it, before they are opted out."""
        with app.database.read() as session:
            their = customer_of(session, actor(), asking.row(conversation))
        if their is None:
            abort(404)
        return page("opt_out", slug, conversation=conversation, name=their.name, media=MEDIA)

    @doors.post("/opt-out/<int:conversation>")
    @needs("inbox.settle")
    def stop(slug: str, conversation: int) -> AnyResponse:
        medium: Medium = next(
            (each for each in get_args(Medium) if each == request.form.get("medium")), "text"
        )
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = deciding.stop(
                session,
                asking.row(conversation),
                actor(),
                now,
                medium=medium,
                reason=typed("reason", REASON),
            )
        if isinstance(found, Gone | NotAllowed):
            refuse(found)
        return on("inbox.conversation", conversation=conversation)

    def _list(
        slug: str, said: Said | None = None, code: int = 200, given: dict[str, Any] | None = None
    ) -> AnyResponse:
        kind: Kind | None = next((each for each in KINDS if each == request.values.get("kind")), None)
        with app.database.read() as session:
            who = actor()
            found = to_decide(session, who, clock(session, app, who), kind)
        if isinstance(found, NotAllowed):
            refuse(found)
        return page(
            "decide",
            slug,
            said=said,
            code=code,
            found=found,
            kind=kind or "",
            given=given or {},
            languages=LANGUAGE_NAMES,
            longest=LONGEST,
        )

    def _came_of(found: Done | Gone | NotAllowed | TooLate, said: str, of: int | None = None) -> AnyResponse:
        kind = next((each for each in KINDS if each == request.form.get("kind")), None)
        match found:
            case Done(changed=changed):
                return on("work.decide", said if changed else "settled-already", of, kind=kind)
            case TooLate(why):
                return _list(actor_slug(), Said("That was not done.", "problem", (_sentence(why),)), 409)
            case Gone() | NotAllowed():
                return refuse(found)


def actor_slug() -> str:
    """The shop of this address."""
    return str((request.view_args or {})["slug"])


def _choice(*allowed: str) -> str:
    """What was chosen. Aborts with 400 for anything else."""
    given = request.form.get("choice", "")
    if given not in allowed:
        abort(400)
    return given


def _sentence(why: str) -> str:
    return f"{why[:1].upper()}{why[1:].rstrip('.')}."
