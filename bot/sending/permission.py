"""Asking the gate about one text: its facts read under the conversation's lock, its answer kept as a receipt.

Owns the reading of the facts. Decides nothing: bot.compliance.gate does, and knows no database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.facts import AtMost, ConsentFact, SendFacts
from bot.compliance.gate import Decision, may_send, receipt_of
from bot.compliance.policy import policy_of
from bot.compliance.signups import QUESTION
from bot.conversations.journal import answers_keyword
from bot.conversations.rows import insert_soon
from bot.conversations.subjects import Subject
from bot.flows_store import flow_of
from bot.models import ConfirmedPhone, Outbound, Receipt, Signup
from bot.sending import welcome, wording
from bot.sending.standing import Standing, standing_of
from bot.sending.validity import with_validity

__all__ = ["Asked", "Standing", "ask", "keep_receipt", "standing_of"]

CALM = timedelta(hours=24)
"""No trigger interrupts a dialogue in which the customer spoke in the last 24 hours."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The gate's answer, the facts it rests on, and for how long the provider may try (seconds)."""

    answer: Decision
    facts: SendFacts
    validity_seconds: int | None
    body: str
    """The words that would leave: how to stop is said in them where it is due."""


def ask(
    session: Session,
    subject: Subject,
    row: Outbound,
    standing: Standing,
    now: datetime,
    *,
    link_url: str,
    body: str | None = None,
) -> Asked:
    """May this text leave now? The caller holds the conversation's lock. `body`: its words, where they are not the row's
    any more; `link_url`: where short links lead."""
    said = row.body if body is None else body
    facts = _facts(session, subject, row, standing, said, now)
    said_stop = any(each.says_stop and each.attempted_at > now - wording.MONTH for each in standing.left)
    words = wording.leaving(said, row.language, facts, said_stop, now)
    facts = wording.looked_at(facts, words, subject, link_url)
    answer, validity = with_validity(may_send(facts, now), facts, now)
    return Asked(answer, facts, validity, words)


def keep_receipt(session: Session, row: Outbound, asked: Asked, now: datetime) -> None:
    """Store the answer with every fact that it used."""
    columns: dict[str, Any] = receipt_of(asked.answer, asked.facts)
    row.kind = asked.answer.kind
    insert_soon(session, Receipt, {"shop_id": row.shop_id, "outbound_id": row.id, "at": now, **columns})


def _facts(
    session: Session, subject: Subject, row: Outbound, standing: Standing, said: str, now: datetime
) -> SendFacts:
    shop, customer, conversation = subject.shop, subject.customer, subject.conversation
    effect, enrolment = row.effect or {}, standing.enrolment
    trial = enrolment is not None and enrolment.trial
    speaks = enrolment if enrolment is not None and enrolment.start_id is not None else None
    flow = flow_of(session, speaks.revision_id, speaks.state.get("revision")) if speaks else None
    stands, left = standing.row, standing.left
    reach = now - welcome.history([customer])
    marketing = tuple(
        each.attempted_at for each in left if each.kind == "marketing" and each.attempted_at > reach
    )
    wish = None if trial else welcome.rhythm_of(customer)
    plays = trial or shop.demo  # whoever tries it out types fast, and the same again and again
    asks = effect.get("notice") == QUESTION
    helps = effect.get("notice") == "help" and stands.suppression is not None
    signed_up_at, signed_up_by = _signed_up(session, subject) if asks else (None, None)
    at_most = None
    if flow and flow.at_most and not trial:
        at_most = AtMost(flow.at_most[0], -(-flow.at_most[1] // 86_400))
    return SendFacts(
        author=row.author,
        prompted_by=effect.get("prompted_by"),
        offer=effect.get("offer"),
        notice=effect.get("notice"),
        shop_state=shop.state,
        to_is_confirmed_phone=_confirmed(session, shop.id, customer.phone) if shop.state == "test" else None,
        number_state=customer.number_state,
        place=subject.place,
        suppression=stands.suppression,
        consent=ConsentFact(stands.consent, stands.consent_at, stands.consent_source, stands.consent_link)
        if stands.consent
        else None,
        arm=speaks.arm if speaks else None,
        holder=conversation.holder,
        open_matter=conversation.open_matter,
        unread_inbound=stands.unread,
        inbound_at=stands.read_at if row.author == "bot" else conversation.last_inbound_at,
        bot_texts_60s=sum(
            1 for each in left if each.author == "bot" and each.attempted_at > now - timedelta(seconds=60)
        ),
        marketing_at=() if trial else marketing,
        staff_at=tuple(each.attempted_at for each in left if each.author == "staff"),
        at_most=at_most,
        flow_at=tuple(
            each.attempted_at
            for each in left
            if each.kind == "marketing" and each.enrolment_id == row.enrolment_id
        ),
        send_window=None if trial or flow is None or flow.send_window == "any" else flow.send_window,
        paused_until=None if trial else _calm_after(subject, row, now),
        policy=policy_of(subject.settings),
        last_order_at=customer.last_order_at,
        proof_at=now if trial else _proof_at(subject, stands),
        signed_up_at=signed_up_at,
        signed_up_by=signed_up_by,
        help_by_word=answers_keyword(session, row, "HELP") if helps else None,
        opener=speaks is not None
        and not trial
        and not any(
            each.enrolment_id == speaks.id and each.attempted_at > now - timedelta(days=30) for each in left
        ),
        # what the demo's customers buy is invented: there is no feed that could fall silent
        orders_known_at=now if shop.demo else shop.orders_known_at,
        last_order_refunded=not trial and welcome.sent_back(customer),
        silent_texts=0
        if trial
        else welcome.silent_texts(subject, again=row.attempts > 0 and row.kind == "marketing"),
        rhythm=wish,
        rhythm_at=welcome.said_at(customer) if wish else None,
        off_topic=welcome.off_topic(session, subject, said, wish),
        flow_held=None if trial or speaks is None else standing.flow_held,
        answers_at=() if plays else welcome.answers_at(left, now),
        same_words=0 if plays else stands.same_words,
        returned_at=None if trial else conversation.returned_at,
        marketing_paused_until=None if trial else conversation.marketing_paused_until,
        owed_since=conversation.owed_since,
    )


def _proof_at(subject: Subject, stands: Any) -> datetime | None:
    """When it was last shown that the number is whose it was (R28, R29). A consent of an unknown day shows nothing."""
    customer = subject.customer
    signs = (
        stands.consent_at if stands.consent_dated is not False else None,
        customer.last_order_at,
        customer.clicked_at,
        customer.proven_at,
        subject.conversation.last_inbound_at,
    )
    return max((each for each in signs if each is not None), default=None)


def _signed_up(session: Session, subject: Subject) -> tuple[datetime | None, str | None]:
    """When and how. Asked only for the question itself, which few customers ever get."""
    of_them = select(Signup.at, Signup.source).where(
        Signup.shop_id == subject.shop.id, Signup.phone_key == subject.customer.phone_key
    )
    found = session.execute(of_them).one_or_none()
    return (found.at, found.source) if found else (None, None)


def _calm_after(subject: Subject, row: Outbound, now: datetime) -> datetime | None:
    """When a flow that the customer is not talking with may speak again."""
    conversation = subject.conversation
    spoke = conversation.last_inbound_at
    if spoke is None or spoke + CALM <= now or conversation.floor_enrolment_id == row.enrolment_id:
        return None
    return spoke + CALM


def _confirmed(session: Session, shop_id: int, phone: str | None) -> bool:
    return (
        session.execute(
            select(ConfirmedPhone.id).where(
                ConfirmedPhone.shop_id == shop_id,
                ConfirmedPhone.phone == phone,
                ConfirmedPhone.confirmed_at.is_not(None),
            )
        ).first()
        is not None
    )
