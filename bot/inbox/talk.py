"""One conversation as people read it: what was said, read, decided, sent and noted, in order; and the customer beside it.

Owns the values. Words for them belong to the pages; times are plain instants. Writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy.orm import Session

from bot.inbox import Actor
from bot.inbox.listing import Age, Colleague
from bot.inbox.reasons import Reason
from bot.inbox.watching import Watcher

LENGTH = 50
"""Entries that are read at once."""

Tone: TypeAlias = Literal["go", "wait", "stop"]


@dataclass(frozen=True, slots=True)
class Picture:
    """What came beside a text. `status`: waiting, picture, not_a_picture or given_up; only a picture has bytes to show."""

    id: int
    status: str
    kind: str | None
    claimed_type: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader made of a text. Shares are whole percents."""

    intent: str
    percent: int
    understood: bool
    why: tuple[str, ...]
    ranking: tuple[tuple[str, int], ...]
    slots: tuple[tuple[str, str], ...]
    also: str | None
    mood: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """A text of the customer's. `turned_at`: when the bot took it up; None: it has not, or people hold."""

    id: int
    at: datetime
    kind: str
    body: str
    pictures: tuple[Picture, ...]
    reading: Reading | None
    opt_out: str | None
    keyword: str | None
    provider_answers: bool
    turned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule's answer in a receipt."""

    id: str
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a text of ours. `status` is the row's (models.Outbound), `delivery` what the carrier said last.
    `because`: the rule or error that decided. `looks`: how often the gate was asked."""

    status: str
    tone: Tone
    delivery: str | None
    because: str
    rules: tuple[Rule, ...]
    looks: int
    until: datetime | None
    """When a text that has not left is to leave."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text of ours, whether or not it left. `node` and `flow` where a turn wrote it; `answers`: the last text of the
    customer's that it knew of."""

    id: int
    at: datetime
    author: Literal["bot", "staff", "api"]
    staff: Colleague | None
    body: str
    kind: str
    language: str
    parts: int
    node: str | None
    flow: str | None
    answers: int | None
    left_at: datetime | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Noted:
    """What a colleague wrote down, or what was done (models.Note.kind). `by` None: a rule of the shop's."""

    id: int
    at: datetime
    kind: str
    by: Colleague | None
    body: str


Entry: TypeAlias = Heard | Said | Noted


@dataclass(frozen=True, slots=True)
class Bought:
    """One order. `what`: (product, how many) each."""

    order: str
    at: datetime
    total_cents: int
    currency: str
    status: str
    counts: bool
    what: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code that the customer was given or promised. `state`: promised, live, used, ended or void."""

    id: int
    code: str
    state: Literal["promised", "live", "used", "ended", "void"]
    percent: int | None
    amount_cents: int | None
    free_shipping: bool
    gift: str | None
    points: int | None
    ends_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Passage:
    """One flow that this customer is in. `phase` as in flows.state; `then`: where silence would lead."""

    enrolment_id: int
    flow: str
    title: str
    node: str
    phase: str
    has_floor: bool
    holdout: bool
    then: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand now. `silenced`: the kind of suppression, and by whom; `consent`: the kind in force.
    `leaves`: when texts that wait will leave; `waits`: until when silence is waited for (None: from when the text leaves)."""

    passages: tuple[Passage, ...]
    silenced: tuple[str, str] | None
    consent: str | None
    leaves: tuple[datetime, ...]
    waits: tuple[datetime | None, ...]
    link_opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Person:
    """The customer. `zone` is theirs, as far as it is known; amounts in cents of `currency`."""

    id: int
    name: str | None
    phone: str | None
    email: str | None
    language: str | None
    country: str
    zone: str
    orders_count: int
    spent_cents: int
    currency: str
    first_order_at: datetime | None
    last_order_at: datetime | None
    points: int | None
    orders: tuple[Bought, ...]
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Promised:
    """Something that staff told the customer they would do."""

    id: int
    what: str
    by: Colleague | None
    due_at: datetime
    kept_at: datetime | None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A text that was begun: the actor's own, or the bot's (`mine` False)."""

    id: int
    mine: bool
    body: str
    outbound_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """The page's values. `more`: `before` of the entries older than these; None: these are all."""

    conversation_id: int
    version: int
    mark: str
    shop_zone: str
    person: Person
    entries: tuple[Entry, ...]
    more: str | None
    last_inbound_id: int | None
    holder: Literal["bot", "nobody", "staff"]
    held_by: Colleague | None
    mine: bool
    assignee: Colleague | None
    team: str | None
    reason: Reason | None
    age: Age | None
    open_matter: str | None
    language: str | None
    standing: Standing
    promises: tuple[Promised, ...]
    drafts: tuple[Drafted, ...]
    watching: tuple[Watcher, ...]
    snoozed_until: datetime | None
    closed_at: datetime | None
    return_at: datetime | None
    returned_at: datetime | None
    marketing_paused_until: datetime | None
    bot_drafts: bool


def read(
    session: Session,
    actor: Actor,
    conversation_id: int,
    now: datetime,
    real: datetime,
    before: str | None = None,
) -> Talk | None:
    """The conversation of the actor's shop; None when it has none of that number. `now` domain time, `real` real time."""
    raise NotImplementedError


def older(
    session: Session, actor: Actor, conversation_id: int, before: str
) -> tuple[tuple[Entry, ...], str | None]:
    """The entries before those, oldest first, and what to ask for next. Less work than the whole page."""
    raise NotImplementedError


def mark(session: Session, actor: Actor, conversation_id: int, now: datetime, real: datetime) -> str | None:
    """Changes when the page would; None when the shop has no such conversation. Asked each second by who looks at it."""
    raise NotImplementedError
