"""Storing what a customer said, before anything is made of it.

Owns the path from a signed webhook to a committed row. An opt-out found by carrier word or rule is in the consent
ledger in that same commit (I2), and only then is 2xx answered (I1). Decides nothing else: what to say is the turn's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compliance import consent
from bot.compose import App
from bot.conversations.customers import Party, find_or_make
from bot.conversations.own_phones import confirm_phone
from bot.conversations.rows import insert_once
from bot.models import Conversation, Inbound, Sender, StrayText
from bot.phones import BadPhone, parse_phone
from nlu import optout
from nlu.normalise import normalise

JOINS = frozenset({"JOIN", "ALTA", "UNIRME"})
"""Words that a shop prints beside its opt-in wording: texting one is the signature under it (R20). The carriers know
nothing of them, so the confirmation is ours."""


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


def receive(app: App, text: InboundText) -> None:
    """Store the text and wake a worker. A repeat changes nothing. Returns only after the commit."""
    with app.database.write() as session:
        stored = _store(session, app, text, kind=_kind(text))
    if stored:
        app.bell.ring("turns")


def receive_call(app: App, account: str, provider_id: str, from_number: str, to_number: str) -> None:
    """Note that somebody called the number (they heard how to reach us by text)."""
    call = InboundText(account, provider_id, from_number, to_number, "")
    with app.database.write() as session:
        _store(session, app, call, kind="call")


def _store(session: Session, app: App, text: InboundText, kind: str) -> bool:
    now = domain_now(session, app.real_now)
    sender = session.execute(
        select(Sender.shop_id, Sender.number).where(
            Sender.number == text.to_number,
            Sender.account == text.account,  # one account's token must not write into another's shop (I13)
            Sender.active.is_(True),
        )
    ).first()
    phone = _phone(text.from_number)
    if sender is None or phone is None:
        stray = {
            "account": text.account,
            "provider_id": text.provider_id,
            "from_number": text.from_number[:40],
            "to_number": text.to_number[:40],
            "body": text.body,
            "received_at": now,
        }
        insert_once(session, StrayText, stray)
        return False
    party = find_or_make(session, app.keys, sender.shop_id, phone, now)
    decision = optout.decide(text.body, text.opt_out_type) if kind != "call" else optout.decide("")
    joins = decision.outcome == "none" and text.body.strip().upper() in JOINS
    if joins:
        decision = replace(decision, keyword="START")
    from_provider = app.settings.twilio.keyword_replies == "provider"
    at_once = decision.outcome == "opted_out" or decision.keyword is not None
    waits = timedelta() if at_once else timedelta(seconds=app.settings.settle_seconds)
    row = {
        "shop_id": party.shop_id,
        "conversation_id": party.conversation_id,
        "account": text.account,
        "provider_id": text.provider_id,
        "sender_number": text.to_number,
        "kind": kind,
        "body": text.body,
        "media": [{"url": each.url, "content_type": each.content_type} for each in text.media],
        "received_at": now,
        "opt_out": _opt_out_word(decision),
        "keyword": decision.keyword,
        "provider_answers": bool(decision.keyword and not joins)
        and (from_provider or text.opt_out_type is not None),
        "settle_at": now + waits,
        "turned_at": now if kind == "call" else None,
    }
    inbound_id = insert_once(session, Inbound, row)
    if inbound_id is None:
        return False
    if kind == "call":
        return True
    if not _obey(session, party, decision, text, inbound_id, now) and decision.outcome == "opted_out":
        session.execute(update(Inbound).where(Inbound.id == inbound_id).values(opt_out="repeated"))
    confirm_phone(session, party, phone, text.body, now)
    _mark(session, party, inbound_id, now, now + waits)
    return True


def _obey(
    session: Session, party: Party, decision: optout.OptOut, text: InboundText, inbound_id: int, now: datetime
) -> bool:
    """What must be in force before anything else happens: opt-out, doubt, opt-in. True if it changed anything."""
    details: dict[str, Any] = {"inbound": inbound_id, "rule": decision.rule}
    payload = {"words": text.body[:500]}
    if decision.outcome == "opted_out":
        source = "carrier_word" if decision.keyword == "STOP" else "rule"
        return consent.opt_out(
            session, party.shop_id, party.phone_key, source=source, at=now, details=details, payload=payload
        )
    if decision.outcome == "held":
        return consent.hold(
            session,
            party.shop_id,
            party.phone_key,
            kind="held",
            source="rule",
            at=now,
            details=details,
            payload=payload,
        )
    if decision.keyword == "START":
        return consent.opt_in(
            session,
            party.shop_id,
            party.phone_key,
            kind="written" if text.body.strip().upper() in JOINS else None,
            source="join" if text.body.strip().upper() in JOINS else "start",
            at=now,
            details=details,
            payload=payload,
        )
    return False


def _mark(session: Session, party: Party, inbound_id: int, now: datetime, due: datetime) -> None:
    """The conversation has work; taking its row lock here is what orders a STOP against a claim."""
    session.execute(
        update(Conversation)
        .where(Conversation.id == party.conversation_id)
        .values(
            last_inbound_id=inbound_id,
            last_inbound_at=now,
            work_due_at=func.coalesce(
                _earlier(session, Conversation.work_due_at, due),
                due,
            ),
            version=Conversation.version + 1,
        )
    )


def _earlier(session: Session, column: Any, moment: datetime) -> Any:
    least = func.min if session.get_bind().dialect.name == "sqlite" else func.least
    return least(func.coalesce(column, moment), moment, type_=column.type)


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


def _kind(text: InboundText) -> str:
    if normalise(text.body).reaction:
        return "reaction"
    if text.media and not text.body.strip():
        return "picture"
    return "text" if text.body.strip() else "empty"
