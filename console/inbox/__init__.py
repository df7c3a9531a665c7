"""The inbox: the list of conversations, one of them, and what people do in it.

Owns the addresses under /shops/SLUG/inbox. What is shown is read by bot.inbox and put into words here; what is done is
done by bot.inbox. No GET changes anything; everything works as plain forms, and htmx draws only what changed.

Where to start: `screen` (one look), `live` (parts and marks), `conversation`, `writing` and `deeds` (routes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

if TYPE_CHECKING:
    from bot.compose import App


def inbox_blueprint(app: App) -> Blueprint:
    """All routes of the inbox."""
    from console.inbox.conversation import reading_routes
    from console.inbox.deeds import deed_routes
    from console.inbox.picker import picker_routes
    from console.inbox.writing import writing_routes

    doors = Blueprint("inbox", __name__, url_prefix="/shops/<slug>/inbox")
    for routes in (reading_routes, writing_routes, deed_routes, picker_routes):
        routes(doors, app)
    return doors
