"""What must be in force before anything else happens to a text: its opt-out, its doubt, its opt-in.

Owns the way from what the rules found to the ledger, in the very commit that stores the text (I2). Finds nothing itself
(nlu.optout does), and answers nobody.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from bot.compliance import consent, signups
from bot.compliance.scope import scope_of_stop
from bot.compliance.wordings import LANGUAGES, current, join_word, seller_of, wording
from bot.conversations.customers import Party
from bot.models import Customer, Inbound
from nlu import optout

JOINS = frozenset({"JOIN", "ALTA", "UNIRME"})
"""Words that a shop prints beside its opt-in wording: texting one is the signature under it (R20). The carriers know
nothing of them, so the confirmation is ours."""


def joins_by(words: str) -> bool:
    """Whether the text is the signature under a printed invitation."""
    return words.strip().upper() in JOINS


def obey(
    session: Session,
    party: Party,
    decision: optout.OptOut,
    words: str,
    inbound_id: int,
    provider_blocks: bool,
    now: datetime,
) -> bool:
    """What must be in force before anything else happens: opt-out, doubt, opt-in. True if it changed anything."""
    details: dict[str, Any] = {"inbound": inbound_id, "rule": decision.rule, "medium": "text"}
    payload = {"words": words[:500]}
    if decision.outcome == "opted_out":
        scope: consent.Scope = "all"
        if provider_blocks:
            details["provider_blocks"] = True
        else:
            scope = scope_of_stop(session, party.shop_id, party.conversation_id, words)
        return consent.opt_out(
            session,
            party.shop_id,
            party.phone_key,
            source="carrier_word" if decision.keyword == "STOP" else "rule",
            at=now,
            scope=scope,
            details=details,
            payload=payload,
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
        joins = joins_by(words)
        if joins:
            details |= _invitation(session, party.shop_id, words, inbound_id)
        signed = None if joins else signups.waiting_kind(session, party.shop_id, party.phone_key, now)
        back = consent.opt_in(
            session,
            party.shop_id,
            party.phone_key,
            kind="written" if joins else signed,
            source="join" if joins else "start",
            at=now,
            details=details,
            payload=payload,
        )
        # whoever has a number that moved has just said that they want texts (R28)
        session.execute(_THEIRS_NOW, {"its_shop": party.shop_id, "its_customer": party.customer_id})
        return back
    return False


def _invitation(session: Session, shop_id: int, words: str, inbound_id: int) -> dict[str, Any]:
    """What stands beside the word that they texted, with the number that they texted it to: what they agreed to (R20, R22)."""
    seller = seller_of(session, shop_id)
    number = session.execute(select(Inbound.sender_number).where(Inbound.id == inbound_id)).scalar_one()
    if seller is None:
        return {}
    language = next((each for each in LANGUAGES if join_word(each) == words.strip().upper()), "es")
    shown = wording(current("keyword"), language, replace(seller, number=number))
    return {"wording": shown.text, "wording_version": shown.version, "language": shown.language}


_CUSTOMERS: Table = Customer.__table__  # type: ignore[assignment]
_THEIRS_NOW = (
    update(_CUSTOMERS)
    .where(
        _CUSTOMERS.c.shop_id == bindparam("its_shop"),
        _CUSTOMERS.c.id == bindparam("its_customer"),
        _CUSTOMERS.c.number_state == "moved",
    )
    .values(number_state="ok")
)
