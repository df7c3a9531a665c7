"""Shops whose orders nobody hears of any more: their openers wait (rule `freshness`), and the owner is told.

Owns the finding and the telling. It concerns shops that would open now: live, with a start that runs.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compliance.rules.goodwill import stale
from bot.compose import App
from bot.models import FlowStart, Shop
from bot.sending.heeding import raise_alert
from bot.shops import ShopSettings

NO_ORDERS = "no_orders"
"""Code of the alert."""


def without_orders(session: Session, now: datetime) -> dict[int, str]:
    """The shops whose openers wait for order data, and why."""
    rows = session.scalars(
        select(Shop).where(
            Shop.state == "live",
            Shop.id.in_(select(FlowStart.shop_id).where(FlowStart.next_batch_at.is_not(None))),
        )
    )
    return {shop.id: why for shop in rows if (why := waits_for_orders(shop, now))}


def waits_for_orders(shop: Shop, now: datetime) -> str | None:
    """Why this shop's openers would wait; None: its order data is fresh, or it waits for none."""
    heard, days = shop.orders_known_at, ShopSettings.model_validate(shop.settings).order_data_days
    if shop.demo or not stale(heard, days, now):
        return None
    return f"no order heard of since {heard:%b %d}" if heard else "no order was ever heard of"


def tell_of_silent_feeds(app: App) -> None:
    """Raise an alert for each of them."""
    with app.database.read() as session:
        silent = without_orders(session, domain_now(session, app.real_now))
    for shop_id, why in silent.items():
        raise_alert(app, f"shop {shop_id}", NO_ORDERS, f"openers wait: {why}", app.real_now())
