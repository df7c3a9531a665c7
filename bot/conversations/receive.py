"""Storing what a customer said, before anything is made of it.

Owns the path from a signed webhook to a committed row. An opt-out found by carrier word or rule is in the consent
ledger in that same commit (I2), and only then is 2xx answered (I1). Decides nothing else: what to say is the turn's.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, Table, bindparam, case, func, select, update
from sqlalchemy.orm import Session

from bot.clock import OFFSET, domain_now, domain_time
from bot.compose import App
from bot.conversations import late, own_answers, pictures
from bot.conversations.customers import Party, find_or_make
from bot.conversations.keywords import provider_answers
from bot.conversations.known import store_known
from bot.conversations.obeying import joins_by, obey
from bot.conversations.own_phones import confirm_phone, may_be_code
from bot.conversations.rows import insert_once
from bot.models import Conversation, Customer, Inbound, Sender, StrayText
from bot.phones import BadPhone, parse_phone
from bot.privacy.cards import mask_cards
from bot.privacy.erased import left_behind
from bot.settings import Settings
from bot.stations import passed
from nlu import optout
from nlu.normalise import Plain, normalise

WORDLESS = ("reaction", "empty")
"""Kinds of texts that want no answer of a person."""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or another attachment, at the provider."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class InboundText:
    """One text as a provider reported it, in plain values. `provider_id` is unique within `account`."""

    account: str
    provider_id: str
    from_number: str
    to_number: str
    body: str
    media: tuple[Media, ...] = ()
    opt_out_type: str | None = None
    messaging_service: str | None = None
    received_at: datetime | None = None
    """When the provider received it (real time), for a text that no webhook brought. None: just now."""


def receive(app: App, text: InboundText) -> None:
    """Store the text and wake a worker. A repeat changes nothing. Returns only after the commit."""
    arrival = _look_at(app.settings, text, call=False)
    stored = _store_known(app, arrival)
    if not stored:
        with app.database.write() as session:
            stored = _store(session, app, arrival)
    if stored:
        passed("received", text.provider_id)
        app.bell.ring("turns")


def receive_call(app: App, account: str, provider_id: str, from_number: str, to_number: str) -> None:
    """Note that somebody called the number (they heard how to reach us by text)."""
    call = InboundText(account, provider_id, from_number, to_number, "")
    with app.database.write() as session:
        _store(session, app, _look_at(app.settings, call, call=True))


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A text and what can be told of it without the database. `row`: what is stored, but for owner and times."""

    text: InboundText
    phone: str | None
    """E.164; None when nobody can have such a number."""
    decision: optout.OptOut
    waits: timedelta
    row: dict[str, Any]

    @property
    def is_call(self) -> bool:
        return bool(self.row["kind"] == "call")

    @property
    def by_rule(self) -> bool:
        """Whether a rule alone speaks for obeying something; a carrier's word counts whoever texts it."""
        return self.decision.outcome != "none" and self.decision.keyword is None

    def without_rule(self, settings: Settings) -> _Arrival:
        """The same, as a text that is said to somebody else."""
        waits = timedelta(seconds=settings.settle_seconds)
        return replace(self, decision=optout.NONE, waits=waits, row={**self.row, "opt_out": None})

    @property
    def plain(self) -> bool:
        """Nothing has to be obeyed, confirmed or noted beyond the text itself."""
        told = self.decision.outcome == "none" and self.decision.keyword is None
        simple = not self.is_call and not self.text.media and self.text.received_at is None
        return told and simple and self.phone is not None and not may_be_code(self.text.body)


def _look_at(settings: Settings, text: InboundText, *, call: bool) -> _Arrival:
    text = replace(text, body=mask_cards(text.body))  # before anybody reads or keeps it
    plain = normalise("" if call else text.body)
    decision = optout.decide("" if call else text.body, text.opt_out_type, plain)
    joins = decision.outcome == "none" and joins_by(text.body)
    if joins:
        decision = replace(decision, keyword="START")
    at_once = decision.outcome == "opted_out" or decision.keyword is not None
    return _Arrival(
        text,
        _phone(text.from_number),
        decision,
        timedelta() if at_once else timedelta(seconds=settings.settle_seconds),
        {
            "account": text.account,
            "provider_id": text.provider_id,
            "sender_number": text.to_number,
            "kind": "call" if call else _kind(text, plain),
            "body": text.body,
            "media": [{"url": each.url, "content_type": each.content_type} for each in text.media],
            "opt_out": _opt_out_word(decision),
            "keyword": decision.keyword,
            "provider_answers": provider_answers(
                settings.twilio.keyword_replies,
                text.to_number,
                text.body,
                decision.keyword,
                text.opt_out_type,
            ),
        },
    )


def _store_known(app: App, arrival: _Arrival) -> bool:
    """The short way, for most texts of most days."""
    if not arrival.plain or arrival.phone is None:
        return False
    return store_known(app.database, arrival.row, arrival.phone, app.real_now, arrival.waits)


def _store(session: Session, app: App, arrival: _Arrival) -> bool:
    text, phone = arrival.text, arrival.phone
    found = session.execute(
        _WHO, {"number": text.to_number, "account": text.account, "phone": phone or ""}
    ).first()
    now = domain_time(found.clock_offset_us, app.real_now) if found else domain_now(session, app.real_now)
    came = late.came_at(text.received_at, now, app.real_now)
    if found is None or phone is None or (found.conversation_id is None and _is_ours(session, phone)):
        stray = {
            "account": text.account,
            "provider_id": text.provider_id,
            "from_number": text.from_number[:40],
            "to_number": text.to_number[:40],
            "body": text.body,
            "received_at": came,
        }
        insert_once(session, StrayText, stray)
        return False
    if (
        found.conversation_id is None or text.received_at is not None
    ):  # an erased one has no number here any more
        key = app.keys.phone_key(found.shop_id, phone)
        if left_behind(session, found.shop_id, key, arrival.row, came, now):
            return False
    if found.conversation_id is not None:
        party = Party(found.shop_id, found.customer_id, found.conversation_id, found.phone_key)
    else:
        party = find_or_make(session, app.keys, found.shop_id, phone, now, themselves=True)
    if arrival.by_rule and own_answers.is_said_to_a_customer(
        session, party.shop_id, party.conversation_id, phone, text.body, came
    ):
        arrival = arrival.without_rule(app.settings)
    decision, due = arrival.decision, came + arrival.waits
    row = {
        **arrival.row,
        "shop_id": party.shop_id,
        "conversation_id": party.conversation_id,
        "received_at": came,
        "settle_at": due,
        "turned_at": now if arrival.is_call else None,
    }
    inbound_id = insert_once(session, Inbound, row)
    if inbound_id is None:
        return False
    if arrival.is_call:
        return True
    pictures.expect(session, party.shop_id, inbound_id, text.account, row["media"], app.real_now())
    if late.overtaken(session, party.shop_id, party.phone_key, decision, came):
        late.set_aside(session, inbound_id, now)  # the customer has said the opposite since
        return True
    blocks = bool(arrival.row["provider_answers"])
    if (
        not obey(session, party, decision, text.body, inbound_id, blocks, now)
        and decision.outcome == "opted_out"
    ):
        session.execute(update(Inbound).where(Inbound.id == inbound_id).values(opt_out="repeated"))
    if confirm_phone(session, party, phone, text.body, now):  # said to a command, not to the bot
        session.execute(update(Inbound).where(Inbound.id == inbound_id).values(turned_at=now))
    if decision.outcome != "opted_out" and late.is_late(session, came, now, app.settings.late_after_hours):
        late.to_a_person(session, party.conversation_id, inbound_id, arrival.row, now)
        return True
    told = decision.outcome == "opted_out" or decision.keyword is not None
    _mark(session, party, inbound_id, came, due, asks=not told and row["kind"] not in WORDLESS)
    return True


def _is_ours(session: Session, phone: str) -> bool:
    """Whether a number of some shop here is texting: its bot and ours would talk to each other for ever."""
    return session.execute(select(Sender.id).where(Sender.number == phone)).first() is not None


def _mark(
    session: Session, party: Party, inbound_id: int, now: datetime, due: datetime, *, asks: bool
) -> None:
    """The conversation has work; taking its row lock here is what orders a STOP against a claim. `asks`: whoever holds it
    owes an answer."""
    given = {"conversation": party.conversation_id, "inbound": inbound_id, "at": now, "due": due}
    session.execute(_marking(session.get_bind().dialect.name, asks), given)


@functools.cache
def _marking(dialect: str, asks: bool) -> Any:
    least = func.min if dialect == "sqlite" else func.least
    greatest = func.max if dialect == "sqlite" else func.greatest
    instant = Conversation.work_due_at.type
    due, at = bindparam("due", type_=instant), bindparam("at", type_=instant)
    table: Table = Conversation.__table__  # type: ignore[assignment]
    for_people: dict[str, Any] = {}
    if asks:  # while people hold, they owe an answer; and what was put aside comes up again
        owed = case(
            (table.c.holder == "bot", table.c.owed_since), else_=func.coalesce(table.c.owed_since, at)
        )
        for_people = {"owed_since": owed, "snoozed_until": None, "closed_at": None}
    return (
        update(table)
        .where(table.c.id == bindparam("conversation"))
        .values(
            last_inbound_id=bindparam("inbound"),
            # a missed text may have come before the last one that we know
            last_inbound_at=greatest(func.coalesce(table.c.last_inbound_at, at), at, type_=instant),
            work_due_at=least(func.coalesce(table.c.work_due_at, due), due, type_=instant),
            version=table.c.version + 1,
            **for_people,
        )
    )


_WHO = (
    select(
        Sender.shop_id,
        Customer.id.label("customer_id"),
        Customer.phone_key,
        Conversation.id.label("conversation_id"),
        OFFSET,
    )
    .outerjoin(
        Customer, (Customer.shop_id == Sender.shop_id) & (Customer.phone == bindparam("phone", type_=String))
    )
    .outerjoin(
        Conversation,
        (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id),
    )
    .where(
        Sender.number == bindparam("number"),
        Sender.account
        == bindparam("account"),  # one account's token must not write into another's shop (I13)
        Sender.active.is_(True),
    )
)


def _opt_out_word(decision: optout.OptOut) -> str | None:
    match decision.outcome:
        case "opted_out":
            return "carrier_word" if decision.keyword == "STOP" else "rule"
        case "held":
            return "held"
        case _:
            return None


def _phone(raw: str) -> str | None:
    try:
        return parse_phone(raw, None)
    except BadPhone:
        return None


def _kind(text: InboundText, plain: Plain) -> str:
    if plain.reaction:
        return "reaction"
    if text.media and not text.body.strip():
        return "picture"
    return "text" if text.body.strip() else "empty"
