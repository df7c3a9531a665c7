"""How a route of the inbox answers: with the page, or with the parts of it that changed.

Owns both answers and the way from one to the other. After a deed, htmx gets parts and a browser without scripts is led to
the page; where a deed was not done the page says why, and what was typed is still there.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import NoReturn

from flask import abort, make_response, redirect, render_template
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from bot.compose import App
from bot.inbox import Gone, NotAllowed
from console.inbox import asking, live
from console.inbox.bubbles import who
from console.inbox.outcomes import Notice
from console.inbox.screen import draw


def page(
    app: App,
    slug: str,
    conversation: int | None,
    *,
    notice: Notice | None = None,
    body: str | None = None,
    draft_of: int | None = None,
    before: str | None = None,
    code: int = 200,
) -> AnyResponse:
    """The whole page. `body` is what was typed, when it goes back; without, the draft that was kept. Aborts with 404."""
    asked = asking.filters()
    seen = draw(app, asking.actor(), slug, asked, conversation, before=before)
    if seen is None:
        abort(404)
    talk, query = seen.talk, asking.query(asked)
    if body is None and talk is not None:
        drafts = [each for each in talk.drafts if each.mine]
        if draft_of is not None:
            drafts = [each for each in talk.drafts if each.outbound_id == draft_of] or drafts
        body = drafts[0].body if drafts else ""
    endpoint = "inbox.live" if conversation is None else "inbox.live_conversation"
    html = render_template(
        "inbox/page.html",
        slug=slug,
        parts=live.filled(seen.parts),
        choices=seen.choices,
        query=query,
        live_at=asking.address(slug, conversation, endpoint, asked),
        talk=talk,
        name=(talk.person.name or talk.person.phone or "A customer") if talk else "",
        who=who(talk) if talk else "",
        notice=Markup(noticed(notice)),  # noqa: S704  a template made it
        body=body or "",
        form_key=uuid.uuid4().hex,
        draft_of=draft_of,
        zone=seen.times.zone,
    )
    return make_response(html, code)


def done(
    app: App, slug: str, conversation: int, *, restored: str = "", new_form: bool = False
) -> AnyResponse:
    """It is done: the parts that changed, for htmx; else on to the page."""
    if not asking.by_htmx():
        return redirect(asking.address(slug, conversation, "inbox.conversation", asking.filters()), 303)
    extra = {"notice": noticed(None, restored)} | (_keys() if new_form else {})
    return parts(app, slug, conversation, extra=extra)


def not_done(
    app: App,
    slug: str,
    conversation: int,
    notice: Notice,
    *,
    body: str | None = None,
    draft_of: int | None = None,
    new_form: bool = False,
) -> AnyResponse:
    """It is not, and why (409). `new_form`: what was typed may be sent once more as a text of its own."""
    if asking.by_htmx():
        extra = {"notice": noticed(notice)} | (_keys() if new_form else {})
        return parts(app, slug, conversation, code=409, extra=extra)
    return page(app, slug, conversation, notice=notice, body=body, draft_of=draft_of, code=409)


def parts(
    app: App,
    slug: str,
    conversation: int | None,
    *,
    code: int = 200,
    extra: Mapping[str, str] | None = None,
) -> AnyResponse:
    """The parts that the browser has not as they are now. Aborts with 404."""
    seen = draw(app, asking.actor(), slug, asking.filters(), conversation)
    if seen is None:
        abort(404)
    return live.changed(seen.parts, code, extra)


def _keys() -> dict[str, str]:
    """What makes the next text that is sent another one than the last."""
    return {"keys": render_template("inbox/form_keys.html", form_key=uuid.uuid4().hex, draft_of=None)}


def noticed(notice: Notice | None, restored: str = "") -> str:
    """The strip above the field; empty when there is nothing to say."""
    if notice is None and not restored:
        return ""
    return render_template("inbox/notice.html", notice=notice, restored=restored)


def refuse(outcome: Gone | NotAllowed) -> NoReturn:
    """Aborts with 404 or 403."""
    if isinstance(outcome, Gone):
        abort(404)
    abort(403, "role")
