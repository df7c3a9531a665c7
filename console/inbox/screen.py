"""One look at the inbox: everything that its page shows, read in one transaction and drawn as parts.

Owns the putting together, and the marks by which a page knows that it is old. Each part's words are a module's of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from bot.clock import domain_now, offset
from bot.compose import App
from bot.conversations.subjects import whereabouts
from bot.inbox import Actor, listing, returning, to_decide
from bot.inbox import talk as talks
from bot.inbox.filters import Filters
from bot.inbox.near import nearest
from bot.inbox.talk import Talk
from bot.models import Conversation, Customer, Shop
from bot.recent import MOMENT
from console.inbox import asking
from console.inbox.asking import zone
from console.inbox.beside import beside
from console.inbox.bubbles import bubbles
from console.inbox.head import deeds, head, nodes
from console.inbox.lasting import of_page
from console.inbox.later import presets
from console.inbox.list import Choices, choices, column
from console.inbox.live import Parts
from console.inbox.pending import pending
from console.inbox.times import Times

CLOCK = 4 * MOMENT
"""Seconds for which the clock is taken to go as it went: it is turned in the simulator alone. Over at a beat of the rest."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The page's values: its parts, and what does not change while it lies open."""

    parts: Parts
    talk: Talk | None
    times: Times
    choices: Choices


def clock(session: Session, app: App, actor: Actor) -> Times:
    """Whose zone, and the domain time."""
    shop_zone = session.execute(select(Shop.zone).where(Shop.id == actor.shop_id)).scalar_one()
    return Times(zone(shop_zone), domain_now(session, app.real_now))


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of list and conversation as they are, and when this is."""

    both: tuple[str, str]
    now: datetime
    """Domain time."""
    real: datetime


def marks(app: App, actor: Actor, asked: Filters, conversation: int | None) -> Marks | None:
    """As they are now; None: the shop has no such conversation."""
    real = app.real_now()
    with app.database.read() as session:
        now = real + app.recent.of("clock", lambda: offset(session), CLOCK)
        talk = "" if conversation is None else talks.mark(session, actor, conversation, real, app.recent)
        if talk is None:
            return None
        return Marks((listing.mark(session, actor, asked, now, real, app.recent), talk), now, real)


def draw(
    app: App, actor: Actor, slug: str, asked: Filters, conversation: int | None, before: str | None = None
) -> Screen | None:
    """The page; None: the shop has no such conversation. `before`: of the texts only those before that place."""
    real = app.real_now()
    with app.database.read() as session:
        times = clock(session, app, actor)
        talk = None
        if conversation is not None:
            talk = talks.read(session, actor, conversation, times.now, real, before)
            if talk is None:
                return None
        page = listing.page(session, actor, asked, times.now, real)
        left = column(actor, asked, times, conversation, page)
        fields = choices(session, actor, asked)
        held = talk is not None and talk.holder != "bot"
        silent = talk.standing.silenced if talk is not None else None
        doubt = to_decide.doubt(session, actor.shop_id, conversation) if conversation and silent else None
        near = nearest(session, actor, talk) if talk is not None else None
        places = returning.places(session, conversation, actor) if conversation and held else []
    about: dict[str, object] = {"slug": slug, "query": asking.query(asked), "list": left}
    names: tuple[str, ...] = ("tabs", "lines")
    if talk is not None:
        about |= {
            "head": head(talk, times, actor),
            "deeds": deeds(talk, times, actor),
            "entries": bubbles(talk.entries, talk, times, actor),
            "more": talk.more,
            "side": beside(talk, times),
            "pending": pending(talk, times, actor, doubt=doubt, near=near),
            "talk": talk,
            "times": times,
            "staff": fields.staff,
            "teams": fields.teams,
            "nodes": nodes(places),
            "later": presets(times),
        }
        names += ("head", "entries", "pending", "deeds", "side")
    html = {name: render_template(f"inbox/parts/{name}.html", **about) for name in names}
    parts = Parts(page.mark, talk.mark if talk else "", times.now, of_page(times, page.lines, talk), html)
    return Screen(parts, talk, times, fields)


@dataclass(frozen=True, slots=True)
class Their:
    """The customer of one conversation: what they are called here, their zone, and the language they are written in."""

    name: str
    zone: str
    language: str


def customer_of(session: Session, actor: Actor, conversation: int) -> Their | None:
    """Whose conversation it is; None: the shop has none of that number."""
    row = session.execute(
        select(Customer, Conversation.language, Shop.zone, Shop.language.label("usual"))
        .join(
            Conversation,
            and_(Conversation.shop_id == Customer.shop_id, Conversation.customer_id == Customer.id),
        )
        .join(Shop, Shop.id == Conversation.shop_id)
        .where(Conversation.shop_id == actor.shop_id, Conversation.id == conversation)
    ).one_or_none()
    if row is None:
        return None
    customer = row[0]
    language = row.language or customer.language or row.usual
    return Their(customer.first_name or "The customer", whereabouts(customer, row.zone)[1], language)
