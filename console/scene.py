"""One look at the simulator: everything that its page shows, read in one transaction.

Owns the putting together, and the words of the clock. Each part is read by a module of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import domain_now, offset
from bot.compose import App
from bot.models import Shop
from console import words
from console.handset import Handset
from console.mind import Card, cards
from console.people import Person, Subject, people, subject
from console.phone import Bubble, bubbles
from console.standing import Standing, mark, standing

QUICK = ("Same again", "Got a coupon?", "Maybe later", "Who is this?", "STOP")
QUICK_SPANISH = ("Lo mismo", "¿Hay cupón?", "Más tarde", "¿Quién eres?", "STOP")


@dataclass(frozen=True, slots=True)
class ClockFace:
    """Domain time in words. `moved` is empty while it is real time."""

    time: str
    day: str
    where: str
    moved: str


@dataclass(frozen=True, slots=True)
class Scene:
    """The page's values."""

    who: Subject
    people: Sequence[Person]
    bubbles: Sequence[Bubble]
    cards: Sequence[Card]
    standing: Standing
    clock: ClockFace
    quick: Sequence[str]
    mark: str


def scene(app: App, handset: Handset, slug: str, customer_id: int | None) -> Scene | None:
    """What the simulator of this shop shows. None: no demo shop of that name, or no such customer in it."""
    found = look(app, slug, customer_id)
    if found is None:
        return None
    replies = handset.keyword_replies(found[0].phone)  # asked with no transaction open
    with app.database.read() as session:
        shop = demo_shop(session, slug)
        who = subject(session, shop, found[0].customer_id) if shop else None
        if shop is None or who is None:
            return None
        now = domain_now(session, app.real_now)
        everybody = people(session, shop.id, now)
        spanish = any(person.id == who.customer_id and person.spanish for person in everybody)
        return Scene(
            who=who,
            people=everybody,
            bubbles=bubbles(session, who, replies),
            cards=cards(session, who, now),
            standing=standing(session, who, now),
            clock=clock_face(session, app, who.zone),
            quick=QUICK_SPANISH if spanish else QUICK,
            mark=mark(session, who, now),
        )


def look(app: App, slug: str, customer_id: int | None) -> tuple[Subject, str] | None:
    """The customer and the mark of what the page would show: a few index probes, once a second."""
    with app.database.read() as session:
        shop = demo_shop(session, slug)
        who = subject(session, shop, customer_id) if shop else None
        return (who, mark(session, who, domain_now(session, app.real_now))) if who else None


def demo_shop(session: Session, slug: str) -> Shop | None:
    """The demo shop of that name. A real shop has no simulator: nobody may speak for its customers."""
    return session.execute(select(Shop).where(Shop.slug == slug, Shop.demo.is_(True))).scalar_one_or_none()


def clock_face(session: Session, app: App, zone: str) -> ClockFace:
    """Domain time where `zone` is."""
    now, ahead = domain_now(session, app.real_now), offset(session)
    moved = ""
    if ahead >= timedelta(minutes=1):
        moved = f"{words.span(ahead.total_seconds())} ahead of real time"
    return ClockFace(words.clock(now, zone), words.day(now, zone), words.zone_name(zone), moved)
