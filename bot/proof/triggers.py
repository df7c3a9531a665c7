"""How each kind of trigger is told of one customer: what it asks, and what is so.

Owns the sentences. What is asked is bot.audience's own (conditions, picking), and so is the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audience import rfm
from bot.audience.birthdays import ATTRIBUTE, birthday_of, days_until
from bot.audience.conditions import Asked
from bot.audience.kinds import CART_LASTS, PURCHASE_LASTS, delay_of
from bot.audience.picking import picked
from bot.audience.running_out import running_out
from bot.conversations.subjects import Subject
from bot.models import Cart
from bot.proof.steps import Step, day
from flows.zones import zone_named


def trigger_step(session: Session, subject: Subject, ask: Asked, row: Any, met: Mapping[str, bool]) -> Step:
    """Whether the trigger names them, and why not. `met`: its conditions, each by its name."""
    last = subject.customer.last_order_at
    match ask.kind:
        case "lapsed":
            return _lapsed(ask, last, met)
        case "segment":
            return _segment(subject, ask, met["segment"])
        case "replenishment":
            return _replenishment(session, ask, row, met["bought"])
        case "after_purchase":
            return _purchase(ask, last, met)
        case "cart_abandoned":
            return _cart(session, subject, ask, met)
        case "birthday":
            return _birthday(session, ask, row)
        case "keyword":
            words = " or ".join(ask.flow.trigger.keywords)
            return Step("trigger", False, f"nobody enters this flow but by texting {words} alone")
        case "manual":
            return Step("trigger", False, "nobody enters this flow by themselves, only by hand")
        case other:
            assert_never(other)


def in_days(span: timedelta) -> str:
    """«30 days», or «2 hours»."""
    hours = span.total_seconds() / 3600
    number, unit = (hours, "hour") if hours < 72 else (hours / 24, "day")
    return f"{number:g} {unit}{'' if number == 1 else 's'}"


def _lapsed(ask: Asked, last: datetime | None, met: Mapping[str, bool]) -> Step:
    days = ask.flow.trigger.lapsed or (0, 0)
    if last is None:
        return Step("trigger", False, "no order of theirs is known that counts")
    told = f"the last order was on {day(last)}, {max((ask.now - last).days, 0)} days ago"
    wanted = f"the flow wants {days[0]} to {days[1]}"
    if not met["lapsed"]:
        return Step("trigger", False, f"{told}; {wanted}", last + timedelta(days=days[0]))
    return Step("trigger", met["not too long ago"], f"{told}; {wanted}")


def _segment(subject: Subject, ask: Asked, fits: bool) -> Step:
    customer, wanted = subject.customer, " or ".join(ask.flow.trigger.segments)
    segment = rfm.segment_of(
        ask.bounds, customer.last_order_at, customer.orders_count, customer.spent_cents, ask.zone
    )
    if segment is None:
        return Step(
            "trigger", False, f"they never ordered, so they are in no segment; the flow wants {wanted}"
        )
    return Step("trigger", fits, f"in the segment {segment}; the flow wants {wanted}")


def _replenishment(session: Session, ask: Asked, row: Any, bought: bool) -> Step:
    if not bought:
        return Step("trigger", False, "no order of theirs in the last year is known that counts")
    found = running_out(session, [row.id]).get(row.id)
    if found is None:
        return Step(
            "trigger",
            False,
            "nobody can tell when their last order runs out: the product has no days of use, and they bought it "
            "fewer than 3 times",
        )
    begins = found.at - timedelta(seconds=ask.flow.trigger.replenishment or 0)
    by = "their own rhythm" if found.own else "the product's days of use"
    told = f"{found.product} runs out on {day(found.at)}, by {by}; the flow begins on {day(begins)}"
    return Step("trigger", bool(picked(session, ask, [row])), told, begins if begins > ask.now else None)


def _purchase(ask: Asked, last: datetime | None, met: Mapping[str, bool]) -> Step:
    if last is None:
        return Step("trigger", False, "no order of theirs is known that counts")
    told, delay = f"the last order was placed on {day(last)}", delay_of(ask.flow.trigger)
    if not met["bought"]:
        wanted = (
            f"the flow wants one that was placed after its start, and in the last {PURCHASE_LASTS.days} days"
        )
        return Step("trigger", False, f"{told}; {wanted}")
    if not met.get("first order", True):
        return Step("trigger", False, f"{told}, and was not their first")
    later = f"; the flow begins {in_days(delay)} after it" if delay else ""
    return Step("trigger", met["delay"], told + later, last + delay if not met["delay"] else None)


def _cart(session: Session, subject: Subject, ask: Asked, met: Mapping[str, bool]) -> Step:
    cart = session.execute(
        select(Cart)
        .where(Cart.shop_id == ask.shop_id, Cart.customer_id == subject.customer.id)
        .order_by(Cart.updated_at.desc())
        .limit(1)
    ).scalar_one_or_none()
    if cart is None:
        return Step("trigger", False, "no cart of theirs was ever reported")
    told = f"their last cart was left on {day(cart.updated_at)}"
    delay, last = delay_of(ask.flow.trigger), subject.customer.last_order_at
    if cart.ordered_at is not None or (last is not None and last >= cart.updated_at):
        return Step("trigger", False, f"{told}, and they have ordered since")
    if cart.updated_at <= ask.now - CART_LASTS:
        return Step("trigger", False, f"{told}: the carriers want a text about it within 48 hours")
    if cart.updated_at + delay > ask.now:
        return Step(
            "trigger", False, f"{told}; the flow begins {in_days(delay)} after it", cart.updated_at + delay
        )
    if cart.enrolment_id is not None or not met["one cart"]:
        return Step(
            "trigger", False, f"{told}, and a text about a cart began within 48 hours: the carriers allow one"
        )
    if not met["cart consent"]:
        why = (
            "the carriers want a consent confirmed by text (a YES, JOIN or START) before a cart is spoken of"
        )
        return Step("trigger", False, f"{told}; {why}")
    return Step("trigger", met["cart"], told)


def _birthday(session: Session, ask: Asked, row: Any) -> Step:
    born = birthday_of(row.attributes.get(ATTRIBUTE), row.country)
    if born is None:
        return Step(
            "trigger",
            False,
            "no birthday of theirs is known that can be read (YYYY-MM-DD, MM-DD or M/D/YYYY)",
        )
    ahead = ask.flow.trigger.birthday or 0
    away = days_until(born, ask.now.astimezone(zone_named(ask.zone)).date())
    told = f"the birthday is on {born}, in {away} days; the flow begins {ahead} before"
    begins = ask.now + timedelta(days=away - ahead) if away > ahead else None
    return Step("trigger", bool(picked(session, ask, [row])), told, begins)
