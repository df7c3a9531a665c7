"""Work beside the conversations: what there is to decide, facts, ready replies, codes, the end of a shift, notifications.

Owns these addresses under /shops/SLUG. What is read and done is bot.inbox's and bot.teaching's; here it gets words. No GET
changes anything, every page works as plain forms, and htmx only spares the reloading.

Where to start: `pages` (how a route answers), `deciding` with `cards`, then a file for each page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

if TYPE_CHECKING:
    from bot.compose import App


def work_blueprint(app: App) -> Blueprint:
    """All routes of these pages."""
    from console.work.codes import code_routes
    from console.work.correcting import correction_routes
    from console.work.deciding import deciding_routes
    from console.work.facts import fact_routes
    from console.work.mending import mending_routes
    from console.work.notifying import notifying_routes
    from console.work.replies import reply_routes
    from console.work.shift import shift_routes

    doors = Blueprint("work", __name__, url_prefix="/shops/<slug>")
    for routes in (
        deciding_routes,
        correction_routes,
        fact_routes,
        reply_routes,
        shift_routes,
        code_routes,
        mending_routes,
        notifying_routes,
    ):
        routes(doors, app)
    return doors
