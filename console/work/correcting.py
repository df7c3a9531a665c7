"""The routes of a correction: what a customer's text really meant, said from the conversation.

Owns these addresses. Whoever may review teaches at once; of everybody else it waits among what there is to decide. What was
done about the text stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, make_response, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compose import App
from bot.inbox import Actor
from bot.models import Inbound
from bot.teaching import lines
from bot.teaching.lines import Refused, State
from console.access import needs
from console.inbox import asking
from console.inbox.asking import actor
from console.inbox.asking import words as typed
from console.meanings import choices, meaning
from console.work.pages import Said, page


@dataclass(frozen=True, slots=True)
class Text:
    """The text that is corrected, and what the reader took it for."""

    id: int
    body: str
    conversation: int
    read_as: str
    intent: str


def correction_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.get("/texts/<int:text>/meant")
    @needs("inbox.correct")
    def correct(slug: str, text: int) -> AnyResponse:
        """The form: as a part for htmx, else as a page."""
        return _form(slug, text)

    @doors.post("/texts/<int:text>/meant")
    @needs("inbox.correct")
    def corrected(slug: str, text: int) -> AnyResponse:
        """Keep what it meant."""
        who, intent = actor(), typed("intent", 40)
        state: State = "taken" if who.may("lines.review") else "waiting"
        with app.database.write() as session:
            its = _text(session, who, text)
            if its is None:
                abort(404)
            line = lines.correct(
                session,
                who.shop_id,
                its.id,
                intent,
                at=domain_now(session, app.real_now),
                staff_id=who.staff_id,
                state=state,
                by=who.by,
            )
        if isinstance(line, Refused):
            why = f"{line.why[:1].upper()}{line.why[1:].rstrip('.')}."
            return _form(slug, text, Said("It was not kept.", "problem", (why,)), 422)
        return _answer(
            "corrected",
            slug,
            200,
            text=its,
            meant=meaning(intent),
            taken=state == "taken",
            line=line,
            stop=intent == "stop",
        )

    def _form(slug: str, text: int, said: Said | None = None, code: int = 200) -> AnyResponse:
        who = actor()
        with app.database.read() as session:
            its = _text(session, who, text)
            own = lines.names(session, who.shop_id, any_number=True) if its else frozenset()
        if its is None:
            abort(404)
        return _answer("meant", slug, code, text=its, choices=choices(own), said=said)


def _answer(panel: str, slug: str, code: int, *, said: Said | None = None, **values: object) -> AnyResponse:
    if asking.by_htmx():
        html = render_template(f"work/{panel}.html", slug=slug, said=said, **values)
        # htmx puts an error's answer in its place too, so the form comes back with what is wrong with it
        return make_response(html, code)
    return page("meant_page", slug, said=said, code=code, panel=panel, **values)


def _text(session: Session, who: Actor, text: int) -> Text | None:
    row = session.execute(
        select(Inbound.id, Inbound.body, Inbound.conversation_id, Inbound.reading).where(
            Inbound.shop_id == who.shop_id, Inbound.id == asking.row(text)
        )
    ).one_or_none()
    if row is None or row.conversation_id is None:
        return None
    intent = (row.reading or {}).get("intent") or ""
    return Text(row.id, row.body, row.conversation_id, meaning(intent) if intent else "", intent)
