"""The list of conversations: which, in which order, and what one line of each says.

Owns the line and the page. Which rows are in a view, and where a page goes on, is `bot.inbox.views`'. Writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from sqlalchemy.orm import Session

from bot.inbox import Actor
from bot.inbox.reasons import Cause, Reason
from bot.inbox.watching import Watcher

View: TypeAlias = Literal["waiting", "mine", "open", "snoozed", "closed", "all"]
"""waiting: a person is to answer. mine: I hold it or it is assigned to me. open: with people, nothing owed included.
snoozed, closed: those. all: whoever wrote last, the bot's included. The first three leave out snoozed and closed ones."""
PAGE = 50
"""Lines of a page."""
NOBODY = 0
"""As `Filters.assignee`: assigned to nobody."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for. With `search` everything of the shop is looked through, whatever the view."""

    view: View = "waiting"
    reason: Cause | None = None
    language: str | None = None
    assignee: int | None = None
    team: str | None = None
    search: str = ""
    after: str | None = None
    """`Page.more` of the page before."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff by name, also one who works here no more."""

    staff_id: int
    name: str


@dataclass(frozen=True, slots=True)
class LastText:
    """The start of the last text, whoever wrote it; of the shop's only those that left or are about to."""

    who: Literal["customer", "bot", "staff", "api"]
    start: str
    at: datetime
    picture: bool


@dataclass(frozen=True, slots=True)
class Age:
    """For how long a customer has waited, in the shop's working hours. `tone`: calm, soon (three quarters of the
    target are over) or late."""

    since: datetime
    worked: timedelta
    target: timedelta | None
    tone: Literal["calm", "soon", "late"]


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation."""

    conversation_id: int
    customer_id: int
    name: str
    """First and last name; the masked number where there is none."""
    phone: str
    """Masked."""
    last: LastText | None
    reason: Reason | None
    """None: the bot's."""
    age: Age | None
    """None: nobody waits for a person."""
    holder: Literal["bot", "nobody", "staff"]
    held_by: Colleague | None
    assignee: Colleague | None
    team: str | None
    language: str | None
    unread: bool
    """The actor has not seen the customer's last text."""
    snoozed_until: datetime | None
    closed_at: datetime | None
    watching: tuple[Watcher, ...]
    """Colleagues who look at it now, the actor left out."""
    version: int
    found: str | None = None
    """The stretch of the text in which a search found its words."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `more` is the next one's `Filters.after`. `statement`: what a search looked through, where not all."""

    lines: tuple[Line, ...]
    more: str | None
    mark: str
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are in each view, `COUNTED` at most."""

    waiting: int
    mine: int
    snoozed: int


COUNTED = 1000


def page(session: Session, actor: Actor, filters: Filters, now: datetime, real: datetime) -> Page:
    """What the list shows. `now` is domain time, `real` real time (who looks). Bad cursors begin at the beginning."""
    raise NotImplementedError


def mark(session: Session, actor: Actor, filters: Filters, now: datetime, real: datetime) -> str:
    """Changes when the page would: asked each second by everybody who looks at it."""
    raise NotImplementedError


def counts(session: Session, actor: Actor, now: datetime) -> Counts:
    """What stands beside the names of the views."""
    raise NotImplementedError
