"""Parts of a page that are drawn again when they changed, and only then.

Owns how a browser tells what it has: two marks (of the list and of the conversation), the moment until which the clock
changes nothing in it, and a few letters of each part's digest. While the marks are right and that moment has not come the
answer is 204, with nothing read but them; else the parts whose digest is another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Response, make_response, render_template, request
from markupsafe import Markup

from console.still import STANDS_UNTIL

SAID = 16
"""Digits of a moment."""
MARKS = "marks"
"""The part that carries what the browser has; always sent along."""


@dataclass(frozen=True, slots=True)
class Parts:
    """HTML by the id of the element that it fills, with the marks that it was true for, `until` when (domain time)."""

    list_mark: str
    talk_mark: str
    now: datetime
    until: datetime
    html: Mapping[str, str]

    def has(self) -> str:
        """What the browser will say that it has."""
        return " ".join(f"{name}={digest(html)}" for name, html in self.html.items())


def digest(html: str) -> str:
    """A few letters that change with the text."""
    return hashlib.blake2s(html.encode(), digest_size=6).hexdigest()


def known() -> tuple[str, str]:
    """The marks that the browser has."""
    return request.values.get("list_mark", ""), request.values.get("talk_mark", "")


def known_until() -> float:
    """Until when what the browser has is true (seconds since 1970); of one that does not say, until never."""
    said = request.values.get("until", "")
    return float(said) if said.isascii() and said.isdigit() and len(said) < SAID else 0.0


def filled(parts: Parts) -> dict[str, Markup]:
    """The parts for the page that has them all, its marks included."""
    # each was rendered by a template, so what came from people is escaped in it
    shown = {name: Markup(html) for name, html in parts.html.items()}  # noqa: S704
    return shown | {MARKS: Markup(_marks(parts))}  # noqa: S704


def changed(parts: Parts, code: int = 200, extra: Mapping[str, str] | None = None) -> Response:
    """The parts that the browser has not, in this state; and `extra` ones in any case."""
    there = dict(each.partition("=")[::2] for each in request.values.get("has", "").split())
    sent = {name: html for name, html in parts.html.items() if there.get(name) != digest(html)}
    sent |= extra or {}
    page = render_template(
        "inbox/partials.html",
        parts={name: Markup(html) for name, html in sent.items()},  # noqa: S704
        marks=Markup(_marks(parts)),  # noqa: S704
    )
    return make_response(page, code)


def unchanged(real_until: float) -> Response:
    """Nothing to draw; as true until then (real time, seconds since 1970) as long as nothing that was asked for changes."""
    request.environ[STANDS_UNTIL] = real_until
    return Response(status=204)


def _marks(parts: Parts) -> str:
    return render_template("inbox/marks.html", view=parts)
