"""The loop without processes: a text goes in, turns are taken, due texts are sent, until nothing is left to do."""

from __future__ import annotations

import itertools

from sqlalchemy import select

from bot.audience import starts
from bot.audience.enrol import enrol
from bot.audience.finding import Candidate
from bot.compose import App
from bot.conversations.receive import InboundText, receive
from bot.conversations.work import take_turns
from bot.flows_store import current, publish_library
from bot.models import Conversation, Customer, Enrolment, Shop
from bot.sending.dispatch import send_due
from tests.support.cast import ACCOUNT, Cast, Member

_ids = itertools.count(1)


def run_until_quiet(app: App) -> None:
    """Turns and sends until neither finds anything."""
    for _ in range(20):
        if not take_turns(app) + send_due(app):
            return
    raise AssertionError("it never comes to rest")


def text_in(app: App, cast: Cast, who: Member, body: str, *, provider_id: str | None = None) -> str:
    """The customer texts the shop. Gives the provider's id of the text."""
    sid = provider_id or f"SM{next(_ids):032d}"
    number = cast.number if who.shop_id == cast.shop_id else cast.other_number
    receive(app, InboundText(ACCOUNT, sid, who.phone, number, body))
    return sid


def enrol_in(app: App, cast: Cast, who: Member, flow: str = "winback_offer") -> int:
    """Bring the customer of a shop whose orders were just heard of into a flow, in the treated arm. Gives the enrolment's id."""
    with app.database.write() as session:
        now = app.real_now()
        session.get_one(Shop, who.shop_id).orders_known_at = now
        publish_library(session, who.shop_id, now)
        revision = current(session, who.shop_id, flow)
        assert revision is not None
        start = starts.start(session, revision, now, daily_limit=10, total=None, by="test")
        start.status, start.next_batch_at = "done", None  # nobody else enters by it
        customer = session.get_one(Customer, who.customer_id)
        assert customer.last_order_at
        assert customer.phone
        candidate = Candidate(
            customer.id, customer.phone_key, customer.phone, customer.last_order_at, "treated"
        )
        made = enrol(session, who.shop_id, start, candidate, now)
        assert made is not None
        return made


def conversation(app: App, who: Member) -> Conversation:
    """The customer's conversation as it stands."""
    with app.database.read() as session:
        return session.execute(
            select(Conversation).where(Conversation.id == who.conversation_id)
        ).scalar_one()


def enrolment(app: App, enrolment_id: int) -> Enrolment:
    """An enrolment as it stands."""
    with app.database.read() as session:
        return session.get_one(Enrolment, enrolment_id)
