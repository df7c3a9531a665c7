"""The first page: the three lines of the report, what is running, who waits for a person, and what holds texts back.

Owns the reading of it. The figures are those of `winback report` (bot.audience.report).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audience.report import report
from bot.checkup_sending import HeldBack, held_back
from bot.clock import domain_now
from bot.compose import App
from bot.models import Conversation, Customer, Flow, FlowRevision, FlowStart, Shop
from bot.phones import mask
from console import words
from console.scene import ClockFace, clock_face

STATES = {
    "live": "live",
    "test": "in test: texts confirmed phones only",
    "paused": "paused: compliance texts only",
}
HELD = 50
"""Waiting conversations that the page lists; beyond that it says how many more."""


@dataclass(frozen=True, slots=True)
class ShopLine:
    """A shop in the list."""

    slug: str
    name: str
    state: str
    demo: bool


@dataclass(frozen=True, slots=True)
class Running:
    """A start of a flow that still enrols."""

    flow: str
    revision: int
    enrolled: int
    limit: str
    next_batch: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conversation that a person has or should have."""

    conversation_id: int
    name: str
    why: str
    since: str
    holder: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The page's values."""

    shop: ShopLine
    lines: tuple[str, str, str]
    running: tuple[Running, ...]
    waiting: tuple[Waiting, ...]
    held_back: tuple[HeldBack, ...]
    clock: ClockFace


def shops(app: App) -> list[ShopLine]:
    """All shops of this installation."""
    with app.database.read() as session:
        rows = session.execute(select(Shop).order_by(Shop.id)).scalars()
        return [_line(shop) for shop in rows]


def overview(app: App, slug: str) -> Overview | None:
    """The first page of one shop; None when there is no such shop.

    What holds back an account or a sender is shown to a shop that is alone here: another shop's is none of its business.
    """
    alone = len(shops(app)) == 1
    reasons = tuple(each for each in held_back(app) if each.shop == slug or (each.shop is None and alone))
    with app.database.read() as session:
        shop = session.execute(select(Shop).where(Shop.slug == slug)).scalar_one_or_none()
        if shop is None:
            return None
        now = domain_now(session, app.real_now)
        return Overview(
            shop=_line(shop),
            lines=report(session, shop.id).lines(),
            running=_running(session, shop, now),
            waiting=_waiting(session, shop, now),
            held_back=reasons,
            clock=clock_face(session, app, shop.zone),
        )


def _line(shop: Shop) -> ShopLine:
    return ShopLine(shop.slug, shop.name, STATES.get(shop.state, shop.state), shop.demo)


def _running(session: Session, shop: Shop, now: datetime) -> tuple[Running, ...]:
    rows = session.execute(
        select(FlowStart, FlowRevision.number, Flow.name)
        .join(
            FlowRevision,
            (FlowRevision.shop_id == FlowStart.shop_id) & (FlowRevision.id == FlowStart.revision_id),
        )
        .join(Flow, (Flow.shop_id == FlowRevision.shop_id) & (Flow.id == FlowRevision.flow_id))
        .where(FlowStart.shop_id == shop.id, FlowStart.status == "running", FlowStart.trial.is_(False))
        .order_by(FlowStart.id)
    ).all()
    return tuple(
        Running(
            flow=name,
            revision=number,
            enrolled=int(start.params.get("enrolled", 0)),
            limit=f"{start.daily_limit:,} a day"
            + (f", {start.total_limit:,} in all" if start.total_limit else ""),
            next_batch=words.when(start.next_batch_at, shop.zone, now) if start.next_batch_at else "none",
        )
        for start, number, name in rows
    )


def _waiting(session: Session, shop: Shop, now: datetime) -> tuple[Waiting, ...]:
    rows = session.execute(
        select(Conversation, Customer.first_name, Customer.phone)
        .join(
            Customer,
            (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id),
        )
        .where(Conversation.shop_id == shop.id, Conversation.holder != "bot")
        .order_by(Conversation.held_since)
        .limit(HELD)
    ).all()
    return tuple(
        Waiting(
            conversation_id=held.id,
            name=first_name or (mask(phone) if phone else "somebody"),
            why=held.holder_reason or held.open_matter or "",
            since=words.when(held.held_since, shop.zone, now) if held.held_since else "",
            holder="waits" if held.holder == "nobody" else "with a person",
        )
        for held, first_name, phone in rows
    )
