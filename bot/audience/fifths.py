"""Keeping a shop's fifths of today: reckoned once a day, by the shop's calendar and the domain clock.

Owns when. What they are is bot.audience.rfm; a flow that asks for a segment reckons them itself if nobody has.
"""

from __future__ import annotations

from sqlalchemy import select

from bot.audience import rfm
from bot.clock import domain_now
from bot.compose import App
from bot.models import Shop
from flows.zones import zone_named


def reckon_daily(app: App) -> int:
    """Reckon the fifths of each shop whose day is another than they are of; gives of how many."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        shops = session.execute(select(Shop.id, Shop.zone).order_by(Shop.id)).all()
    done = 0
    for shop in shops:
        with app.database.read() as session:
            known = rfm.kept(session, shop.id)
            if known is not None and known.day == now.astimezone(zone_named(shop.zone)).date():
                continue
            bounds = rfm.reckon(session, shop.id, now)
        with app.database.write() as session:
            rfm.keep(session, shop.id, bounds, now)
        done += 1
    return done
