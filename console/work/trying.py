"""The routes of a test: one button for each way on which people are told, and what came of pressing it.

Owns those words. What a test is, and how many there may be, is bot.alerts.trying's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, abort
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.alerts.trying import CHANNELS, Begun, Channel, NotSet, Result, TooOften, results, send_test
from bot.compose import App
from bot.inbox.alerting import ways
from bot.models import ConfirmedPhone
from bot.shops import ShopSettings
from console.access import current, needs
from console.inbox.times import Times
from console.people import shown_phone
from console.work.pages import on

NAMES: Final[dict[Channel, str]] = {"webhook": "Webhook", "email": "E-mail", "text": "Phone"}
WATCHED = timedelta(minutes=2)
"""For how long the page asks by itself what came of a test."""
SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of the last test to one address. `tone`: go, stop or wait."""

    where: str
    words: str
    tone: str
    when: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way. `wanted`: where the shop wants to be told on it; empty: nowhere."""

    channel: Channel
    name: str
    wanted: tuple[str, ...]
    came: tuple[Came, ...]


@dataclass(frozen=True, slots=True)
class Tests:
    """All ways; `moving`: a look a moment later may show more."""

    ways: tuple[Way, ...]
    moving: bool


def trying_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.post("/settings/notifications/test/<way>")
    @needs("inbox.settings")
    def test_way(slug: str, way: str) -> AnyResponse:
        who = current()
        channel = next((each for each in CHANNELS if each == way), None)
        if channel is None:
            abort(404)
        match send_test(app, who.shop_id, channel, who.by):
            case Begun():
                return on("work.notifications", "tested", _anchor="tests")
            case NotSet():
                return on("work.notifications", "test-not-set")
            case TooOften():
                return on("work.notifications", "test-too-often")


def tests_of(session: Session, shop_id: int, settings: ShopSettings, times: Times, now: datetime) -> Tests:
    """What can be tested, and what came of the last tests."""
    wanted: dict[str, list[str]] = {each: [] for each in CHANNELS}
    for channel, address in ways(session, shop_id, settings):
        wanted[channel].append(_where(session, shop_id, channel, address))
    came = results(session, shop_id)
    last = [each for its in came.values() for each in its]
    return Tests(
        tuple(
            Way(
                channel,
                NAMES[channel],
                tuple(wanted[channel]),
                tuple(_came(each, times, now) for each in came.get(channel, ())),
            )
            for channel in CHANNELS
        ),
        _moves(last, now),
    )


def _moves(last: Iterable[Result], now: datetime) -> bool:
    fresh = [each for each in last if each.at > now - WATCHED and not each.settled]
    return any(each.leaves_at is None or each.leaves_at < now + SOON for each in fresh)


def _where(session: Session, shop_id: int, channel: str, address: str) -> str:
    """The address as people know it."""
    if channel != "text":
        return address
    phone = session.get(ConfirmedPhone, int(address))
    return shown_phone(phone.phone) if phone is not None and phone.shop_id == shop_id else ""


def _came(result: Result, times: Times, now: datetime) -> Came:
    words, tone = _text_came(result, times, now) if result.channel == "text" else _plainly_came(result)
    where = shown_phone(result.where) if result.channel == "text" else result.where
    return Came(where, words, tone, times.when(result.at))


def _plainly_came(result: Result) -> tuple[str, str]:
    match result.status:
        case "sent":
            return "taken", "go"
        case "waiting":
            return "no answer yet", "wait"
        case _:
            return f"not taken: {result.why or result.status}", "stop"


def _text_came(result: Result, times: Times, now: datetime) -> tuple[str, str]:
    match result.status:
        case "delivered":
            return "arrived", "go"
        case "sent":
            return "sent; the carrier has not said yet that it arrived", "go"
        case "ready" if result.leaves_at and result.leaves_at >= now + SOON:
            why = f": {result.why}" if result.why else ""
            return f"waits until {times.when(result.leaves_at)}{why}", "wait"
        case "waiting" | "ready" | "claimed":
            return "leaves now", "wait"
        case "undelivered":
            return f"did not arrive{f' ({result.why})' if result.why else ''}", "stop"
        case _:
            return f"not sent: {result.why or result.status}", "stop"
