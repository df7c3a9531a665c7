"""Addresses: the short link that a text carries, and the shop's filled cart that it leads to.

Owns how each platform wants a cart written. Pure but for reading the last order.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.keys import Keys
from bot.models import Coupon, Customer, Order, OrderLine, Product, Shop
from bot.shops import ShopSettings


def link_token(keys: Keys, shop_id: int, enrolment_id: int, turn: int, purpose: str) -> str:
    """The token of that link: the same turn always gets the same one."""
    return keys.link_token(shop_id, enrolment_id, turn, purpose)


def link_address(keys: Keys, link_url: str, shop_id: int, enrolment_id: int, turn: int, purpose: str) -> str:
    """The short link as it stands in a text."""
    return f"{link_url.rstrip('/')}/l/{link_token(keys, shop_id, enrolment_id, turn, purpose)}"


def cart_target(session: Session, shop: Shop, customer: Customer, purpose: str, now: datetime) -> str:
    """Where a link of that purpose leads: the last cart again, with the customer's code in it for `checkout`."""
    if purpose == "shop":
        return shop.site_url
    items = _last_cart(session, shop.id, customer.id)
    code = _code(session, shop.id, customer.id, now) if purpose == "checkout" else None
    return cart_address(shop, items, code)


def cart_address(shop: Shop, items: list[tuple[str, int]], code: str | None) -> str:
    """A filled cart: `items` are (platform's id, quantity). Without items, the shop's front page with the code kept."""
    base = shop.site_url.rstrip("/")
    settings = ShopSettings.model_validate(shop.settings)
    if settings.cart_address:
        joined = ",".join(f"{quote(item, safe='')}:{count}" for item, count in items)
        return settings.cart_address.replace("{items}", joined).replace("{code}", quote(code or "", safe=""))
    if shop.platform == "shopify":
        if not items:
            return f"{base}/discount/{quote(code, safe='')}" if code else base
        path = ",".join(f"{quote(item, safe='')}:{count}" for item, count in items)
        return f"{base}/cart/{path}" + (f"?{urlencode({'discount': code})}" if code else "")
    query = {"products": ",".join(f"{item}:{count}" for item, count in items)} if items else {}
    if code:
        query["coupon"] = code
    path = "checkout-link" if shop.platform == "woocommerce" else "cart"
    return f"{base}/{path}/?{urlencode(query)}" if query else base


def _last_cart(session: Session, shop_id: int, customer_id: int) -> list[tuple[str, int]]:
    last = (
        select(Order.id)
        .where(Order.shop_id == shop_id, Order.customer_id == customer_id, Order.counts.is_(True))
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Product.external_id, OrderLine.quantity)
        .join(OrderLine, (OrderLine.shop_id == Product.shop_id) & (OrderLine.product_id == Product.id))
        .where(OrderLine.shop_id == shop_id, OrderLine.order_id == last, Product.kind == "product")
        .order_by(OrderLine.line_no)
    ).all()
    return [(row.external_id, row.quantity) for row in rows]


def _code(session: Session, shop_id: int, customer_id: int, now: datetime) -> str | None:
    return (
        session.execute(
            select(Coupon.code)
            .where(
                Coupon.shop_id == shop_id,
                Coupon.customer_id == customer_id,
                Coupon.status.in_(("reserved", "live")),
                Coupon.ends_at.is_(None) | (Coupon.ends_at > now),
            )
            .order_by(Coupon.id.desc())
        )
        .scalars()
        .first()
    )
