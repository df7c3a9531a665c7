"""Texts of which nobody knows whether they left: looked for at the provider, and if that settles nothing, by a person.

Owns the two ways out of «unknown» beside a status report (I4). A listing settles a text when exactly one text there can
be it and is nobody else's; two that could be, or none, settle nothing, because a text that is not shown may still be
on its way. A person may then say «sent» or «lost». Nothing here ever sends again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from bot.clock import domain_now, offset
from bot.compose import App
from bot.conversations import own_answers
from bot.conversations.holders import not_answered
from bot.conversations.rows import fixed
from bot.conversations.signals import signal
from bot.models import Conversation, Customer, Enrolment, Outbound, Sender
from bot.sending import results
from bot.sending.outcomes import ListedText, ListingError, Sent
from bot.staff import audit
from bot.staff.audit import By
from bot.stations import passed
from flows.events import NotSent

PATIENCE = timedelta(minutes=10)
"""How long after the attempt a text is looked for: by then the status report would be here, and the listing complete."""
AGAIN = timedelta(hours=1)
GIVES_UP = timedelta(hours=24)
"""After so long without an answer only a person can know."""
BEFORE = timedelta(minutes=2)
AFTER = timedelta(minutes=15)
"""A text at the provider can be ours when it was made between so long before the attempt (clocks differ) and so long
after it (a call that hangs is over long before)."""
BATCH = 50
LOST = "lost"
WHY_LOST = "a person says that it never left"

Decision = Literal["sent", "lost"]

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UnknownText:
    """One text whose end is not known. Times are domain time; `since_day` is the GMT day at the provider's."""

    outbound_id: int
    shop_id: int
    conversation_id: int
    public_id: str
    attempted_at: datetime
    made_after: datetime
    made_before: datetime
    phone: str | None
    accounts: tuple[str, ...]
    body: str
    kind: str
    why: str | None


def open_unknowns(session: Session, shop_id: int | None = None, limit: int = 1000) -> list[UnknownText]:
    """Those that are unknown now, the oldest first; of one shop or of all."""
    whose = [Outbound.shop_id == shop_id] if shop_id is not None else []
    return _found(session, _UNKNOWN.where(*whose).limit(limit))


def look_for_unknown(app: App, limit: int = BATCH) -> int:
    """Look at the provider for those that are old enough; gives how many were found. May run twice, or never."""
    with app.database.read() as session:
        now, real = domain_now(session, app.real_now), app.real_now()
        due = _found(session, _UNKNOWN.where(*_due(now, real)).limit(limit))
    found = 0
    for text in due:
        try:
            listed = candidates(app, text)
        except ListingError as error:
            _log.warning("an unknown text could not be looked for", trace=text.public_id, why=str(error))
            continue
        found += _settle_by_listing(app, text, listed)
    return found


def candidates(app: App, text: UnknownText) -> list[ListedText]:
    """Texts at the provider that can be this one: same words, same number, made then, and bound to none of ours.

    Asks the network; no transaction may be open. Raises ListingError.
    """
    if text.phone is None:
        return []
    listed: list[ListedText] = []
    for account in text.accounts:
        listed += app.provider.list_sent(account, text.phone, text.made_after.date().isoformat())
    fitting = [each for each in listed if _can_be(each, text)]
    with app.database.read() as session:
        bound = set(
            session.scalars(
                select(Outbound.provider_id).where(Outbound.provider_id.in_([each.sid for each in fitting]))
            )
        )
    return [each for each in fitting if each.sid not in bound]


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a person's word. `done`: it changed something now. `status`: how the text stands."""

    done: bool
    status: str
    agrees: bool
    """Whether the status is what the person said."""


def settle(app: App, shop_id: int, public_id: str, decision: Decision, by: By | str) -> Settled | None:
    """A person decides. None: this shop has no such text. A text that is not unknown any more is left as it is.

    `by`: who, or the name of what they did it with.
    """
    with app.database.write() as session:
        found = session.execute(
            select(Outbound.id, Outbound.conversation_id).where(
                Outbound.shop_id == shop_id, Outbound.public_id == public_id
            )
        ).one_or_none()
        if found is None:
            return None
        row = _locked(session, found.id, found.conversation_id)
        if row.status != "unknown":
            return Settled(False, row.status, row.status == decision)
        now = domain_now(session, app.real_now)
        rings = False
        if decision == "sent":
            row.status, row.why = "sent", None  # its waits were armed at the attempt
        else:
            rings = _lose(session, row, now)
        audit.record(
            session,
            by if isinstance(by, By) else By(by),
            "unknown_settled",
            shop_id=shop_id,
            at=now,
            subject=audit.Subject("outbound", row.id),
            details={"outbound": row.id, "public_id": public_id, "as": decision},
        )
        passed(decision, public_id, conversation=row.conversation_id)
    if rings:
        app.bell.ring("turns")
    return Settled(True, decision, True)


def _lose(session: Session, row: Outbound, now: datetime) -> bool:
    """It never left: its passage hears of it, if it still hangs on this text. Gives whether a turn is to be taken.

    A passage that has gone on since is left alone: it would end for a text that nobody waits for. An answer is owed
    in any case, and goes to a person.
    """
    row.status, row.why = LOST, WHY_LOST
    if row.author == "staff":  # the conversation is locked with the row
        conversation = session.get_one(Conversation, row.conversation_id)
        not_answered(conversation, row, now)
        own_answers.came_to_nothing(session, row)
    enrolment = session.get(Enrolment, row.enrolment_id) if row.enrolment_id else None
    if enrolment is None or row.turn is None or enrolment.status != "active":
        return False
    effect = row.effect or {}
    prompted = effect.get("prompted_by") is not None and effect.get("notice") not in ("opted_out", "opted_in")
    if not prompted and enrolment.turn != row.turn:
        return False
    event = NotSent(row.turn, row.ordinal, WHY_LOST, final=True, prompted=prompted)
    return signal(session, row.shop_id, row.conversation_id, enrolment.id, f"not-sent:{row.id}", event, now)


def _settle_by_listing(app: App, text: UnknownText, listed: Sequence[ListedText]) -> int:
    with app.database.write() as session:
        row = _locked(session, text.outbound_id, text.conversation_id)
        if row.status != "unknown":
            return 0
        row.looked_at = app.real_now()
        if len(listed) != 1 or _has_rival(session, row):
            return 0
        taken = session.execute(select(Outbound.id).where(Outbound.provider_id == listed[0].sid).limit(1))
        if taken.first() is not None:  # bound since we asked
            return 0
        session.flush()
        now = domain_now(session, app.real_now)
        results.record(session, row.id, Sent(listed[0].sid, listed[0].status), now)
    passed("sent", text.public_id, conversation=text.conversation_id, found="listing")
    return 1


def _has_rival(session: Session, row: Outbound) -> bool:
    """Whether another text of ours could be the one at the provider: same words to the same customer, its end open."""
    rival = select(Outbound.id).where(
        Outbound.shop_id == row.shop_id,
        Outbound.conversation_id == row.conversation_id,
        Outbound.id != row.id,
        Outbound.status.in_(("unknown", "claimed")),
        Outbound.provider_id.is_(None),
        Outbound.body == row.body,
    )
    return session.execute(rival.limit(1)).first() is not None


def _locked(session: Session, outbound_id: int, conversation_id: int) -> Outbound:
    """The conversation first, then its row, like everybody else (DESIGN 3, locks)."""
    session.execute(select(Conversation.id).where(Conversation.id == conversation_id).with_for_update())
    return session.execute(
        select(Outbound)
        .where(Outbound.id == outbound_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def _can_be(listed: ListedText, text: UnknownText) -> bool:
    made = listed.made_at
    then = made is None or text.made_after <= made.astimezone(UTC) <= text.made_before
    return then and " ".join(listed.body.split()) == " ".join(text.body.split())


def _due(now: datetime, real: datetime) -> list[ColumnElement[bool]]:
    return [
        Outbound.attempted_at <= now - PATIENCE,
        Outbound.attempted_at > now - GIVES_UP,
        or_(Outbound.looked_at.is_(None), Outbound.looked_at <= real - AGAIN),
    ]


def _found(session: Session, rows: Select[Outbound, str | None]) -> list[UnknownText]:
    ahead = offset(session)
    found = session.execute(rows).all()
    shops = {row.shop_id for row, _ in found}
    accounts: dict[int, set[str]] = {shop_id: set() for shop_id in shops}
    for shop_id, account in session.execute(
        select(Sender.shop_id, Sender.account).where(Sender.shop_id.in_(shops))
    ):
        accounts[shop_id].add(account)
    return [_plain(row, phone, tuple(sorted(accounts[row.shop_id])), ahead) for row, phone in found]


def _plain(row: Outbound, phone: str | None, accounts: tuple[str, ...], ahead: timedelta) -> UnknownText:
    attempted = row.attempted_at or row.created_at
    return UnknownText(
        outbound_id=row.id,
        shop_id=row.shop_id,
        conversation_id=row.conversation_id,
        public_id=row.public_id,
        attempted_at=attempted,
        made_after=attempted - ahead - BEFORE,  # the provider's clock is a real one
        made_before=attempted - ahead + AFTER,
        phone=phone,
        accounts=accounts,
        body=row.body,
        kind=row.kind,
        why=row.why,
    )


_UNKNOWN = (
    select(Outbound, Customer.phone)
    .join(
        Conversation,
        (Conversation.shop_id == Outbound.shop_id) & (Conversation.id == Outbound.conversation_id),
    )
    .join(Customer, (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id))
    .where(Outbound.status == fixed("unknown"))
    .order_by(Outbound.attempted_at, Outbound.id)
)
