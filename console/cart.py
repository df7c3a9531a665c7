"""The demo shop's own till: the filled cart that a reorder link leads to, and the order that comes of it.

Stands in for the shop's platform, which a demo has not. The order is recorded the way the API's door records one, so
that the flow ends and the recovered revenue shows. Demo shops only.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.audience.recovery import order_arrived
from bot.clock import domain_now
from bot.compose import App
from bot.models import Click, Coupon, Link, Product, Shop
from bot.orders import OrderIn, record_orders
from bot.orders.values import CustomerIn, LineIn
from console.access import demo_or
from console.people import Person, people, subject
from console.scene import demo_shop

_ITEM = re.compile(r"([^:,\x00]{1,100}):([1-9]\d?)")


@dataclass(frozen=True, slots=True)
class CartLine:
    """One product in the cart. Money in cents."""

    product: str
    name: str
    quantity: int
    price_cents: int


@dataclass(frozen=True, slots=True)
class Cart:
    """What would be bought. `code` is empty when there is none, or none that is worth anything."""

    slug: str
    shop_name: str
    currency: str
    lines: tuple[CartLine, ...]
    code: str
    percent: int
    off_cents: int
    items: str

    @property
    def total_cents(self) -> int:
        """To pay."""
        return sum(line.price_cents * line.quantity for line in self.lines) - self.off_cents


def cart_blueprint(app: App) -> Blueprint:
    """/shops/SLUG/cart."""
    doors = Blueprint("cart", __name__, url_prefix="/shops/<slug>/cart")

    @doors.get("")
    @demo_or("simulator.play")
    def page(slug: str) -> str:
        with app.database.read() as session:
            shop = demo_shop(session, slug)
            if shop is None:
                abort(404)
            cart = read_cart(session, shop, request.args.get("items", ""), request.args.get("code", ""))
            everybody = people(session, shop.id, domain_now(session, app.real_now))
            buyer = _last_visitor(session, shop.id)
        return render_template("cart.html", cart=cart, people=everybody, buyer=_known(everybody, buyer))

    @doors.post("/order")
    @demo_or("simulator.play")
    def order(slug: str) -> Response:
        given = request.form.get("customer", "")
        with app.database.write() as session:
            shop = demo_shop(session, slug)
            who = subject(session, shop, int(given)) if shop and re.fullmatch(r"\d{1,15}", given) else None
            if shop is None or who is None:
                abort(404)
            cart = read_cart(session, shop, request.form.get("items", ""), request.form.get("code", ""))
            if not cart.lines:
                abort(404)
            now = domain_now(session, app.real_now)
            bought = OrderIn(
                external_id=f"till-{secrets.token_hex(5)}",
                placed_at=now,
                total_cents=cart.total_cents,
                currency=cart.currency,
                customer=CustomerIn(phone=who.phone),
                status="paid",
                code=cart.code or None,
                lines=tuple(
                    LineIn(line.name, line.quantity, line.price_cents, variant_id=line.product)
                    for line in cart.lines
                ),
            )
            for recorded in record_orders(session, app.keys, shop.id, [bought], source="demo", now=now):
                if recorded.began_to_count and recorded.order_id is not None:
                    order_arrived(session, shop.id, recorded.order_id, now)
        app.bell.ring("turns")
        return redirect(url_for("simulator.page", slug=slug, customer=who.customer_id), 303)

    return doors


def read_cart(session: Session, shop: Shop, items: str, code: str) -> Cart:
    """The cart that an address names: products of this shop only, and a code only if it is worth something here."""
    wanted = {found[1]: int(found[2]) for part in items.split(",") if (found := _ITEM.fullmatch(part))}
    rows = session.execute(
        select(Product)
        .where(Product.shop_id == shop.id, Product.external_id.in_(wanted), Product.kind == "product")
        .order_by(Product.id)
    ).scalars()
    lines = tuple(
        CartLine(row.external_id, row.name, wanted[row.external_id], row.price_cents or 0) for row in rows
    )
    coupon = session.execute(
        select(Coupon).where(
            Coupon.shop_id == shop.id,
            Coupon.code == code.replace("\x00", "")[:64],
            Coupon.status.in_(("reserved", "live")),
        )
    ).scalar_one_or_none()
    worth = sum(line.price_cents * line.quantity for line in lines)
    percent = coupon.percent or 0 if coupon else 0
    return Cart(
        slug=shop.slug,
        shop_name=shop.name,
        currency=shop.currency,
        lines=lines,
        code=coupon.code if coupon else "",
        percent=percent,
        off_cents=worth * percent // 100,
        items=",".join(f"{line.product}:{line.quantity}" for line in lines),
    )


def _last_visitor(session: Session, shop_id: int) -> int | None:
    """Whose link was opened last: they are most likely the one who stands at the till."""
    return session.execute(
        select(Link.customer_id)
        .join(Click, (Click.shop_id == Link.shop_id) & (Click.link_id == Link.id))
        .where(Link.shop_id == shop_id)
        .order_by(Click.id.desc())
        .limit(1)
    ).scalar()


def _known(everybody: list[Person], customer_id: int | None) -> int | None:
    return next((person.id for person in everybody if person.id == customer_id), None)
