"""The JSON API's door: a shop reports its orders, carts that were left, and who opted out elsewhere, with its own key.

Owns who may call and how the answer looks. Whose key it is decides the shop; nothing in the document can (I13).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import select

from bot.audience.looks import look_soon
from bot.audience.recovery import cart_ordered, order_arrived
from bot.clock import domain_now
from bot.compliance.by_hand import stop
from bot.compliance.content import own
from bot.compose import App
from bot.db_faults import fault_of
from bot.keys import api_key_hash
from bot.models import ApiKey, Shop
from bot.orders import OrderIn, record_orders
from bot.orders.carts import CartIn, record_carts
from bot.shops import ShopSettings
from webhooks.answers import json_answer, note, plain_error
from webhooks.carts import read_carts
from webhooks.opt_outs import OptOutIn, read_opt_outs
from webhooks.orders import Problem, Sent, read_orders

MAX_BODY = 4 * 1024 * 1024
"""Bytes: 500 orders with many lines."""
BATCH = 25
"""Orders in one transaction: SQLite has one writer, and nobody may wait long for it."""

CLOCKS_APART = timedelta(days=1)
"""How far ahead of ours a shop's clock may be. An order of the year 2062 would keep its customer from ever lapsing."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key it was, and what time it is there."""

    id: int
    country: str
    now: datetime


def api_blueprint(app: App) -> Blueprint:
    """The routes under /api/v1."""
    doors = Blueprint("api", __name__, url_prefix="/api/v1")

    @doors.post("/orders")
    def orders() -> Response:
        def read(given: Any, shop: Caller) -> tuple[list[OrderIn], list[Problem]]:
            return read_orders(given, shop.country, latest=shop.now + CLOCKS_APART)

        return _reported(app, "orders", read, _record)

    @doors.post("/carts")
    def carts() -> Response:
        def read(given: Any, shop: Caller) -> tuple[list[CartIn], list[Problem]]:
            latest = shop.now + CLOCKS_APART
            return read_carts(given, shop.country, latest=latest, hosts=_hosts(app, shop.id))

        return _reported(app, "carts", read, _record_carts)

    @doors.post("/opt-outs")
    def opt_outs() -> Response:
        request.max_content_length = MAX_BODY
        shop = _shop(app)
        if shop is None:
            return _no_key()
        read, problems = read_opt_outs(_document(), shop.country)
        results = [
            result
            for at in range(0, len(read), BATCH)
            for result in _stop(app, shop.id, read[at : at + BATCH])
        ]
        app.bell.ring("turns")
        if any(result["result"] == "failed" for result in results):
            return json_answer({"opt_outs": results, "problems": problems}, 500)
        if problems:  # those that could be read are in force all the same
            return json_answer({"opt_outs": results, "problems": problems}, 422)
        return json_answer({"opt_outs": results}, 200)

    return doors


def _reported(
    app: App,
    noun: str,
    read: Callable[[Any, Caller], tuple[list[Sent], list[Problem]]],
    record: Callable[[App, int, list[Sent]], list[dict[str, str]]],
) -> Response:
    """All of what a shop reports, or nothing of it: read, then recorded a batch at a time."""
    request.max_content_length = MAX_BODY
    shop = _shop(app)
    if shop is None:
        return _no_key()
    given = _document()
    if given is None:
        return json_answer({"problems": [{"field": "", "message": "the body is not JSON"}]}, 422)
    found, problems = read(given, shop)
    if problems:
        return json_answer({"problems": [problem.model_dump() for problem in problems]}, 422)
    results = [
        result
        for at in range(0, len(found), BATCH)
        for result in record(app, shop.id, found[at : at + BATCH])
    ]
    app.bell.ring("turns")
    made = any(result["result"] == "created" for result in results)
    return json_answer({noun: results}, 201 if made else 200)


def _no_key() -> Response:
    response = plain_error(401, "give a valid key: Authorization: Bearer KEY")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _document() -> Any:
    try:
        return request.get_json(silent=True, force=True)
    except RecursionError:  # brackets in brackets in brackets
        return None


def _shop(app: App) -> Caller | None:
    """The shop whose key this is, its country, and the time there is."""
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key.strip():
        return None
    with app.database.read() as session:
        found = session.execute(
            select(Shop.id, Shop.country)
            .join(ApiKey, ApiKey.shop_id == Shop.id)
            .where(ApiKey.key_hash == api_key_hash(key.strip()), ApiKey.revoked_at.is_(None))
        ).first()
        now = domain_now(session, app.real_now)
    return Caller(found.id, found.country, now) if found else None


def _stop(app: App, shop_id: int, opt_outs: list[OptOutIn]) -> list[dict[str, str]]:
    """In force when this returns, each but for `failed`. The answer names the number as it was given: whoever asks knows it.

    What breaks one of them is undone with the whole transaction, so each is then tried in one of its own.
    """
    try:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            done = [
                stop(session, app.keys, shop_id, each.phone, source="api", proof=each.proof, at=now)
                for each in opt_outs
            ]
    except Exception as error:
        if fault_of(error) in ("gone", "full", "busy"):  # for all of them; the call can be made again
            raise
        if len(opt_outs) > 1:
            return [result for each in opt_outs for result in _stop(app, shop_id, [each])]
        note("opt-out failed", error)
        return [{"phone": opt_outs[0].given, "result": "failed"}]
    return [
        {"phone": each.given, "result": "opted_out" if stopped else "unchanged"}
        for each, stopped in zip(opt_outs, done, strict=True)
    ]


def _record(app: App, shop_id: int, orders: list[OrderIn]) -> list[dict[str, str]]:
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        recorded = record_orders(session, app.keys, shop_id, orders, source="api", now=now)
        for what in recorded:
            if what.began_to_count and what.order_id is not None:
                order_arrived(session, shop_id, what.order_id, now)
    return [
        {"external_id": order.external_id, "result": what.result, **({"why": what.why} if what.why else {})}
        for order, what in zip(orders, recorded, strict=True)
    ]


def _record_carts(app: App, shop_id: int, carts: list[CartIn]) -> list[dict[str, str]]:
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        recorded = record_carts(session, app.keys, shop_id, carts, now=now)
        if any(what.result in ("created", "updated") for what in recorded):
            look_soon(session, shop_id, "cart_abandoned", now)
        for cart, what in zip(carts, recorded, strict=True):
            if what.ordered is not None:
                cart_ordered(session, shop_id, what.ordered, cart.external_id, now)
    return [
        {"external_id": cart.external_id, "result": what.result, **({"why": what.why} if what.why else {})}
        for cart, what in zip(carts, recorded, strict=True)
    ]


def _hosts(app: App, shop_id: int) -> frozenset[str]:
    """Where a link of this shop's may lead."""
    with app.database.read() as session:
        shop = session.get_one(Shop, shop_id)
        settings = ShopSettings.model_validate(shop.settings)
        return own((shop.site_url, *settings.link_hosts)).hosts
