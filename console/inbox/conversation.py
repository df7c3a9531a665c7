"""The routes that look: the list, one conversation, what changed in them, older texts, pictures; and who looks.

Owns these addresses. Nothing a GET of these does is kept; that somebody looks or types, and how far they have read, comes
by POST.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import and_, select
from werkzeug.wrappers import Response as AnyResponse

from bot.compose import App
from bot.inbox import talk as talks
from bot.inbox import watching
from bot.inbox.unread import read_to
from bot.models import Inbound, InboundMedia
from console.access import Access, needs
from console.guards import again
from console.inbox import answering, asking
from console.inbox.asking import actor
from console.inbox.bubbles import bubbles
from console.inbox.live import known, known_until, unchanged
from console.inbox.screen import clock, marks

SHOWABLE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""Kinds of picture that a browser shows as nothing but a picture."""


def reading_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.get("")
    @needs("inbox.look")
    def page(slug: str) -> AnyResponse:
        return answering.page(app, slug, None)

    @doors.get("/live")
    @needs("inbox.look", by_itself=True)
    def live(slug: str) -> AnyResponse:
        return _changed(slug, None)

    @doors.get("/<int:conversation>")
    @needs("inbox.look")
    def conversation(slug: str, conversation: int) -> AnyResponse:
        use = asking.number(request.args.get("use"))
        before = request.args.get("before", "")[:40] or None
        return answering.page(app, slug, asking.row(conversation), draft_of=use, before=before)

    @doors.get("/<int:conversation>/live")
    @needs("inbox.look", by_itself=True)
    def live_conversation(slug: str, conversation: int) -> AnyResponse:
        return _changed(slug, asking.row(conversation))

    @doors.get("/<int:conversation>/older")
    @needs("inbox.look")
    def older(slug: str, conversation: int) -> str:
        """The texts before those that the page has."""
        who, before = actor(), request.args.get("before", "")[:40]
        with app.database.read() as session:
            times = clock(session, app, who)
            talk = talks.read(session, who, asking.row(conversation), times.now, app.real_now())
            if talk is None:
                abort(404)
            entries, more = talks.older(session, who, conversation, before)
        shown = bubbles(entries, talk, times, who)
        return render_template(
            "inbox/older.html", entries=shown, more=more, slug=slug, conversation=conversation
        )

    @doors.post("/<int:conversation>/watch")
    @needs("inbox.look", by_itself=True)
    def watch(slug: str, conversation: int) -> AnyResponse:
        """The page is open: who looks, whether they type, and how far they have read."""
        who, real, typing = actor(), app.real_now(), request.form.get("typing") == "1"
        number, seen = asking.row(conversation), asking.number(request.form.get("seen"))
        if request.form.get("gone") == "1":
            with app.database.write() as session:
                watching.leave(session, who, number)
            return Response(status=204)
        with app.database.read() as session:
            stale = watching.stale(session, who, number, real, typing=typing)
        if not stale and not seen:
            return Response(status=204)
        with app.database.write() as session:
            if not watching.heartbeat(session, who, number, real, typing=typing):
                abort(404)
            if seen:
                read_to(session, who, number, seen)
        return Response(status=204)

    @doors.get("/<int:conversation>/pictures/<int:picture>")
    @needs("inbox.look")
    def picture(slug: str, conversation: int, picture: int) -> AnyResponse:
        """The picture itself, as long as it is one of those kinds that a browser only shows."""
        with app.database.read() as session:
            found = session.execute(
                select(InboundMedia.kind, InboundMedia.body)
                .join(
                    Inbound,
                    and_(Inbound.shop_id == InboundMedia.shop_id, Inbound.id == InboundMedia.inbound_id),
                )
                .where(
                    InboundMedia.shop_id == actor().shop_id,
                    InboundMedia.id == asking.row(picture),
                    InboundMedia.status == "picture",
                    Inbound.conversation_id == asking.row(conversation),
                )
            ).one_or_none()
        if found is None or not found.body:
            abort(404)
        kind = found.kind if found.kind in SHOWABLE else "application/octet-stream"
        headers = {} if found.kind in SHOWABLE else {"Content-Disposition": 'attachment; filename="picture"'}
        return Response(found.body, content_type=kind, headers=headers)

    def _changed(slug: str, number: int | None) -> AnyResponse:
        """204 while the browser's marks are right, else the parts that are others than it has."""
        found = marks(app, actor(), asking.filters(), number)
        if found is None:
            abort(404)
        left = known_until() - found.now.timestamp()
        if found.both == known() and left > 0:
            return unchanged(found.real.timestamp() + left)
        # who asked was who they were a moment ago: that is enough to be told that there is nothing
        return again(app, Access("shop", "inbox.look", by_itself=True)) or answering.parts(app, slug, number)
