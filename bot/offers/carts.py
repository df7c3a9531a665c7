"""Addresses: the short link that a text carries, and the shop's filled cart that it leads to.

Owns how each platform wants a cart written. Pure; what is in the cart is read in bot.offers.links.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from bot.keys import Keys
from bot.models import Shop
from bot.shops import ShopSettings


def link_token(keys: Keys, shop_id: int, enrolment_id: int, turn: int, purpose: str) -> str:
    """The token of that link: the same turn always gets the same one."""
    return keys.link_token(shop_id, enrolment_id, turn, purpose)


def link_address(keys: Keys, link_url: str, shop_id: int, enrolment_id: int, turn: int, purpose: str) -> str:
    """The short link as it stands in a text."""
    return f"{link_url.rstrip('/')}/l/{link_token(keys, shop_id, enrolment_id, turn, purpose)}"


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
