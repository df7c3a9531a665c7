"""What a request asks of the inbox: by whom, in which view, in whose zone, and for which rows.

Owns the reading of addresses and forms. What cannot be read is 404 in an address, and nothing in a field.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final, get_args

from flask import abort, request, url_for

from bot.inbox import Actor
from bot.inbox.filters import Filters, View
from bot.inbox.reasons import CAUSES
from bot.staff.roles import role_named
from console.access import current
from flows.zones import zone_named

ZONE_COOKIE = "winback_zone"
"""Set by inbox.js: the zone of whoever looks. Without it the shop's is shown."""
HIGHEST: Final = 2**63 - 1
SEARCH_LENGTH = 100
BODY_LENGTH = 1600
"""Characters: the provider takes no longer text (R70)."""
VIEWS: Final[tuple[View, ...]] = get_args(View)
_WORD_LENGTH = 64
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{1,63}")


def actor() -> Actor:
    """Who is signed in, as deeds know them. Only in a route that `needs` something."""
    who = current()
    role = role_named(who.role)
    if role is None:
        abort(403, "role")
    return Actor(who.shop_id, who.staff_id, who.name, role, who.account_id, who.address)


def by_htmx() -> bool:
    """Whether a part of the page is asked for, not a page."""
    return request.headers.get("HX-Request") == "true"


def row(number: int) -> int:
    """A row's number in an address. Aborts with 404 for one that no row can have."""
    if not 0 < number <= HIGHEST:
        abort(404)
    return number


def filters() -> Filters:
    """What is asked for of the list. A word that is none of ours counts as not given."""
    given = request.args
    view: View = next((each for each in VIEWS if each == given.get("view")), "waiting")
    return Filters(
        view=view,
        reason=next((each for each in CAUSES if each == given.get("reason")), None),
        language=given.get("language", "")[:8] or None,
        assignee=number(given.get("assignee")),
        team=given.get("team", "").strip()[:_WORD_LENGTH] or None,
        search=given.get("q", "").strip()[:SEARCH_LENGTH],
        after=given.get("after") or None,
    )


def query(asked: Filters) -> dict[str, str]:
    """The same as a query for url_for, without what is as usual and without the cursor."""
    given = {
        "view": asked.view if asked.view != "waiting" else "",
        "reason": asked.reason or "",
        "language": asked.language or "",
        "assignee": "" if asked.assignee is None else str(asked.assignee),
        "team": asked.team or "",
        "q": asked.search,
    }
    return {name: value for name, value in given.items() if value}


def address(slug: str, conversation: int | None, endpoint: str, asked: Filters) -> str:
    """Of a page of the inbox, with the list's view and filters kept."""
    values: dict[str, Any] = {"slug": slug, **query(asked)}
    if asked.after:
        values["after"] = asked.after
    if conversation is not None:
        values["conversation"] = conversation
    return url_for(endpoint, **values)


def number(given: str | None) -> int | None:
    """A number in a field; None for anything else."""
    if given is None or not (given.isascii() and given.isdigit() and len(given) < 19):
        return None
    return int(given)


def seen() -> int:
    """The last text of the customer that whoever sent this form was shown; 0 for none, and for a form that does not say.

    A form says it more than once, as it was drawn and as it was read (inbox.js): the earlier counts. Shown why nothing was
    done, one says `seen_now`.
    """
    shown = [number(each) or 0 for each in request.form.getlist("seen")]
    return number(request.form.get("seen_now")) or min(shown, default=0)


def words(name: str, length: int = BODY_LENGTH) -> str:
    """The text in a field of the form, as it may be stored."""
    return request.form.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip()[:length]


def zone(shop_zone: str) -> str:
    """The zone of whoever looks; the shop's, as long as their browser has not said."""
    given = request.cookies.get(ZONE_COOKIE, "")
    if not _ZONE.fullmatch(given):
        return shop_zone
    try:
        zone_named(given)
    except ValueError:
        return shop_zone
    return given


def moment(name: str, where: str) -> datetime | None:
    """The instant in a field `YYYY-MM-DDTHH:MM`, told in the zone of whoever looks; None when there is none.

    An hour that the clock skips is the one after it; of an hour that comes twice the first is meant.
    """
    try:
        local = datetime.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None
    if local.tzinfo is not None or not 2000 <= local.year <= 2200:
        return None
    return local.replace(tzinfo=zone_named(where)).astimezone(UTC)
