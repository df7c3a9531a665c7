"""A text to a person's own confirmed phone, and their answer from there: «Ana: we have it, 10 am» goes to Ana.

Owns both ways. The notice is a text of the shop's in the person's own conversation, through the gate, which keeps it out of
the night; it says by which name to answer. An answer is written as if it had been typed in the inbox (bot.inbox.replying):
same lock, same gate, same record, and whoever answers hears where it goes, and again if it does not get there. Which text
is such an answer, says bot.conversations.own_answers.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.outcomes import Delivered, Delivery, Never
from bot.alerts.speakers import Refused, Speaker, speaker
from bot.clock import domain_now
from bot.compose import App
from bot.conversations import own_answers
from bot.conversations.customers import find_or_make
from bot.conversations.own_answers import KEY, WRITTEN
from bot.conversations.rows import insert_once
from bot.inbox import Gone, HeldBy, NotAllowed, TooLate
from bot.inbox.composing import KEY as OF_STAFF
from bot.inbox.composing import WouldBeDenied, WouldWait
from bot.inbox.newer import NewerText
from bot.inbox.replying import Writing, Written, write
from bot.inbox.wording import Unsayable
from bot.models import (
    ConfirmedPhone,
    Conversation,
    Customer,
    Inbound,
    Notice,
    Notification,
    Outbound,
    Shop,
)
from flows.render import day_words
from flows.segments import measure, tidy
from flows.zones import zone_named
from nlu import optout

EXPIRES = timedelta(hours=12)
QUOTED = 80
"""Characters of the customer's text that a notice shows."""
_NOT_TOLD: Final[Mapping[str, str]] = {
    "unconfirmed": "the phone is not confirmed any more",
    "untold": "the shop tells another phone now",
    "left": "whoever's phone it is does not work here any more",
}
"""Why a phone does not even hear what customers write."""


def tell(app: App, shop_id: int, notice_id: int, phone_id: int) -> Delivery:
    """Write the text of this notice to that confirmed phone."""
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        row: Any = session.execute(
            select(Notification, ConfirmedPhone)
            .join(
                Notice, (Notice.shop_id == Notification.shop_id) & (Notice.notification_id == Notification.id)
            )
            .join(ConfirmedPhone, ConfirmedPhone.shop_id == Notice.shop_id)
            .where(Notice.shop_id == shop_id, Notice.id == notice_id, ConfirmedPhone.id == phone_id)
        ).one_or_none()
        if row is None:
            return Never("the phone is not confirmed any more")
        matter, phone = row
        whose = speaker(session, shop_id, phone.phone)
        if isinstance(whose, Refused) and whose.kind in _NOT_TOLD:
            return Never(_NOT_TOLD[whose.kind])
        party = find_or_make(session, app.keys, shop_id, phone.phone, now)
        words, about = _words(session, shop_id, matter, party.conversation_id, now)
        if about and not isinstance(whose, Refused):
            words += f" Answer here: {about['name']}: your words"
        _write(session, shop_id, party.conversation_id, f"{KEY}{notice_id}", words, about, now)
    app.bell.ring("sends")
    return Delivered()


def hand_on(app: App, shop_id: int, inbound_id: int) -> Delivery:
    """Write what was answered to the customer it is for, and tell whoever answered where it goes. Called again when the text
    has come to nothing since (bot.conversations.own_answers.came_to_nothing), it tells that."""
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        found: Any = session.execute(
            select(Inbound, Customer.phone)
            .join(
                Conversation,
                (Conversation.shop_id == Inbound.shop_id) & (Conversation.id == Inbound.conversation_id),
            )
            .join(
                Customer,
                (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id),
            )
            .where(Inbound.shop_id == shop_id, Inbound.id == inbound_id)
        ).one_or_none()
        if found is None:
            return Never("there is no such text any more")
        inbound, phone = found
        together = session.scalars(
            select(Inbound.body)
            .where(
                Inbound.shop_id == shop_id,
                Inbound.conversation_id == inbound.conversation_id,
                Inbound.id >= inbound.id,
                Inbound.turned_at == inbound.turned_at,
            )
            .order_by(Inbound.id)
        )
        said = own_answers.parted(list(together))
        its = said and own_answers.about(
            session, shop_id, inbound.conversation_id, said[0], inbound.received_at
        )
        actor = speaker(session, shop_id, phone)
        result: Delivery = Delivered()
        if said is None or not its:
            return Never("nobody to answer")
        key = f"{WRITTEN}{inbound_id}"
        if refusal := _refused(actor, its["name"], said[1]):
            told, words, why = refusal
            if words:  # once: for this matter, or for these words
                about = its["notification"] if told == "refused" else inbound_id
                _write(session, shop_id, inbound.conversation_id, f"{KEY}{told}:{about}", words, None, now)
            result = Never(why)
        elif ended := _ended(session, shop_id, key, its["name"]):
            _write(session, shop_id, inbound.conversation_id, f"{KEY}unsaid:{inbound_id}", ended, its, now)
        else:
            assert not isinstance(actor, Refused)
            form = key.removeprefix(OF_STAFF)
            outcome = write(
                session, app, its["conversation"], said[1], actor, its["seen"], now, form=form, wait=True
            )
            if isinstance(outcome, Written) and outcome.again:
                return Delivered()
            shop = session.get_one(Shop, shop_id)
            words, seen = _said(its["name"], outcome, shop.zone, now)
            about = {**its, "seen": seen or its["seen"]}
            _write(session, shop_id, inbound.conversation_id, f"{KEY}said:{inbound_id}", words, about, now)
    app.bell.ring("sends")
    return result


def _ended(session: Session, shop_id: int, key: str, name: str) -> str | None:
    """That the text of that key did not get there, and why; None: it did, may still, or was not written."""
    row = session.execute(
        select(Outbound.status, Outbound.why, Outbound.provider_status, Outbound.error_code).where(
            Outbound.shop_id == shop_id, Outbound.key == key
        )
    ).one_or_none()
    if row is None or row.status in ("ready", "claimed", "unknown"):
        return None
    if row.status == "sent":
        failed = row.provider_status in ("undelivered", "failed")
        return f"It did not reach {name} ({row.error_code or row.provider_status})." if failed else None
    return f"Not sent to {name}: {row.why or row.status}"


def _words(
    session: Session, shop_id: int, matter: Notification, here: int, now: datetime
) -> tuple[str, dict[str, Any] | None]:
    row = session.execute(
        select(
            Customer.first_name,
            Customer.last_name,
            Customer.phone,
            Conversation.last_inbound_id,
            Inbound.body,
        )
        .select_from(Conversation)
        .join(
            Customer, (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id)
        )
        .outerjoin(
            Inbound, (Inbound.shop_id == Conversation.shop_id) & (Inbound.id == Conversation.last_inbound_id)
        )
        .where(Conversation.shop_id == shop_id, Conversation.id == (matter.conversation_id or 0))
    ).one_or_none()
    if row is None:
        return f"Winback: {matter.line}.", None
    name = _name(session, shop_id, here, row.first_name or (row.phone or "")[-4:] or "Somebody", matter, now)
    quoted = " ".join((row.body or "").split())
    quote = f' "{quoted[:QUOTED]}{"..." if len(quoted) > QUOTED else ""}"' if quoted else ""
    about = {
        "name": name,
        "conversation": matter.conversation_id,
        "seen": row.last_inbound_id,
        "notification": matter.id,
    }
    return f"{name} {matter.line}.{quote}", about


def _name(session: Session, shop_id: int, here: int, name: str, matter: Notification, now: datetime) -> str:
    """By which name to answer: a second Ana is «Ana 2»."""
    name = " ".join(name.replace(":", " ").split())[:24]
    taken = {
        each["name"].casefold(): each["conversation"]
        for each in reversed(own_answers.lately(session, shop_id, here, now))
    }
    for number in range(1, 50):
        called = name if number == 1 else f"{name} {number}"
        if taken.get(called.casefold(), matter.conversation_id) == matter.conversation_id:
            return called
    return name


def _refused(whose: Speaker, name: str, words: str) -> tuple[str, str, str] | None:
    """Why this is not handed on: by which key it is told, what whoever answered hears, and what stands in the notice.

    None: it is handed on.
    """
    if isinstance(whose, Refused):
        heard = f"Not sent to {name}: {whose.why}" if whose.why else ""
        return "refused", heard, "this phone may not answer"
    if (
        optout.decide(words).keyword == "STOP"
    ):  # meant for the bot, it stands alone; no customer can do anything with it
        heard = (
            f'Not sent to {name}: "{words}" is an order to the bot. Text it alone to hear nothing more here.'
        )
        return "unsaid", heard, "an order to the bot"
    return None


def _said(name: str, outcome: Writing, zone: str, now: datetime) -> tuple[str, int | None]:
    """What whoever answered is told, and the last text of the customer that they have seen with it."""
    match outcome:
        case Written(leaves_at=at) if at - now < timedelta(minutes=2):
            return f"Goes to {name} now.", None
        case Written(leaves_at=at):
            local = at.astimezone(zone_named(zone))
            return f"Goes to {name} on {day_words(at, now, zone, 'en')} at {local:%H:%M}.", None
        case NewerText(texts=texts):
            newer = " / ".join(" ".join(each.body.split())[:QUOTED] for each in texts[-2:])
            return f'Not sent: {name} wrote since: "{newer}" Answer again: {name}: your words', texts[-1].id
        case WouldBeDenied(words=why) | WouldWait(words=why) | Unsayable(why=why) | TooLate(why=why):
            return f"Not sent to {name}: {why}", None
        case HeldBy(name=colleague):
            return f"Not sent: {colleague} speaks with {name}.", None
        case Gone() | NotAllowed():
            return f"Not sent to {name}: you may not.", None
        case _:
            assert_never(outcome)


def _write(
    session: Session,
    shop_id: int,
    conversation_id: int,
    key: str,
    words: str,
    about: dict[str, Any] | None,
    now: datetime,
) -> None:
    """A text to the person's own phone; once, by its key."""
    body = tidy(words)
    size = measure(body)
    fence, read = session.execute(
        select(Conversation.fence, Conversation.last_inbound_id).where(
            Conversation.shop_id == shop_id, Conversation.id == conversation_id
        )
    ).one()
    values = {
        "shop_id": shop_id,
        "public_id": uuid.uuid4().hex,
        "conversation_id": conversation_id,
        "key": key,
        "author": "staff",
        "effect": {"about": about} if about else None,
        "body": body,
        "language": "en",
        "encoding": size.encoding,
        "parts": size.parts,
        "kind": "staff",
        "status": "ready",
        "fence": fence,
        "read_inbound_id": read,
        "due_at": now,
        "expires_at": now + EXPIRES,
        "ordinal": 0,
        "attempts": 0,
        "created_at": now,
    }
    insert_once(session, Outbound, values)
