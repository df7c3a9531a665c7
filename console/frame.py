"""What every page has around it: who is signed in, what they may open, and the form token.

Owns the names that all templates know: `me`, `here` (the shop at hand and one's role there), `may`, `form_token`.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g

from bot.compose import App
from bot.staff.roles import Permission
from console.access import Current, me
from console.guards import form_token


def fill_frame(flask: Flask, app: App) -> None:
    """Give these names to all templates."""

    @flask.context_processor
    def _names() -> dict[str, Any]:
        here: Current | None = g.get("current")

        def may(permission: Permission) -> bool:
            return here is not None and here.may(permission)

        return {"form_token": lambda: form_token(app.keys), "me": me(), "here": here, "may": may}
