"""What a customer must meet to enter a flow by its trigger: each condition by its name, as SQL on `customers`.

Owns the conditions: those of each kind of trigger, and those of all. A batch asks all of them at once, `winback why` each
for itself. What SQL can't say of a kind (a day that is reckoned from many orders, a date in an attribute) is bot.audience.picking;
audience and consent come on top of both (bot.audience.enrol).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.audience import rfm
from bot.audience.birthdays import ATTRIBUTE
from bot.audience.kinds import CART_LASTS, PURCHASE_LASTS, Kind, again_of, delay_of, kind_of
from bot.models import Cart, Conversation, Customer, Enrolment, FlowStart, LedgerEntry, Shop, Suppression
from bot.shops import ShopSettings
from flows.definition import Flow

HOLDOUT_LASTS = timedelta(days=30)
"""How long a control customer is kept out of other flows: the time within which a recovered order counts."""
TALK_LASTS = timedelta(hours=24)
"""How long after a customer's last text no trigger begins another flow: it is a dialogue."""
PRIORITY = 50
"""Of a flow that names none."""
DOUBLE_OPT_IN = ("US", "PR", "VI", "GU", "AS", "MP")
"""Where the carriers want a consent that was confirmed by text before a cart is spoken of."""
REPLENISHED_WITHIN = timedelta(days=365 + 30)
"""Older last orders have run out long ago, whatever they were."""

Conditions = dict[str, ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who enters this flow now? `since`: when its start began, None while nobody has started it."""

    shop_id: int
    flow_id: int
    flow: Flow
    now: datetime
    zone: str
    silent_texts: int
    since: datetime | None = None
    bounds: rfm.Bounds | None = None

    @property
    def kind(self) -> Kind:
        """Of the flow's trigger."""
        return kind_of(self.flow.trigger)


def asked(
    session: Session, shop_id: int, flow_id: int, flow: Flow, now: datetime, since: datetime | None = None
) -> Asked:
    """The question, with what the shop's settings add to it, and the fifths of the day where segments are asked for."""
    shop = session.execute(select(Shop.settings, Shop.zone).where(Shop.id == shop_id)).one()
    return Asked(
        shop_id=shop_id,
        flow_id=flow_id,
        flow=flow,
        now=now,
        zone=shop.zone,
        silent_texts=ShopSettings.model_validate(shop.settings).silent_texts,
        since=since,
        bounds=rfm.today(session, shop_id, now) if flow.trigger.segments else None,
    )


def conditions(ask: Asked) -> Conditions:
    """All of them: the trigger's, then those that every trigger has."""
    return by_trigger(ask) | {"re-entry": re_entry(ask)} | _by_everybody(ask)


def by_trigger(ask: Asked) -> Conditions:
    """What this kind of trigger asks."""
    trigger, last = ask.flow.trigger, Customer.last_order_at
    match ask.kind:
        case "lapsed":
            first_day, last_day = trigger.lapsed or (0, 36_500)
            return {
                "lapsed": last <= ask.now - timedelta(days=first_day),
                "not too long ago": last > ask.now - timedelta(days=last_day + 1),
            }
        case "segment":
            assert ask.bounds is not None
            return {"segment": rfm.in_segments(ask.bounds, trigger.segments, ask.zone)}
        case "replenishment":
            return {"bought": last.is_not(None) & (last > ask.now - REPLENISHED_WITHIN)}
        case "after_purchase":
            return _purchase(ask)
        case "cart_abandoned":
            return {
                "cart": Customer.id.in_(select(Cart.customer_id).where(*left_carts(ask))),
                "one cart": ~_spoken_of_a_cart(ask),
                "cart consent": _confirmed_by_text(ask.shop_id),
            }
        case "birthday":
            return {"birthday": Customer.attributes[ATTRIBUTE].as_string().is_not(None)}
        case "keyword" | "manual":
            return {"by themselves": false()}
        case other:
            assert_never(other)


def left_carts(ask: Asked) -> tuple[ColumnElement[bool], ...]:
    """Carts that were left long enough ago, and not too long, by customers who have not ordered since."""
    ordered = aliased(Customer)
    return (
        Cart.shop_id == ask.shop_id,
        Cart.ordered_at.is_(None),
        Cart.enrolment_id.is_(None),
        Cart.updated_at <= ask.now - delay_of(ask.flow.trigger),
        Cart.updated_at > ask.now - CART_LASTS,
        ~exists().where(
            ordered.shop_id == Cart.shop_id,
            ordered.id == Cart.customer_id,
            ordered.last_order_at >= Cart.updated_at,
        ),
    )


def _purchase(ask: Asked) -> Conditions:
    """The order that begins it was placed after the start: so it was heard of after it, and no import of old orders
    begins anything."""
    trigger, last = ask.flow.trigger, Customer.last_order_at
    oldest = max(ask.now - PURCHASE_LASTS, ask.since or ask.now)
    lately: Conditions = {
        "delay": last <= ask.now - delay_of(trigger),
        "bought": last > oldest,
    }
    if trigger.after_purchase == "first":
        lately["first order"] = Customer.first_order_at > oldest
    return lately


def re_entry(ask: Asked) -> ColumnElement[bool]:
    """Never in this flow before; or, where one may enter again, no passage under way, and the last ended long enough ago;
    a birthday's began so long ago.

    A control passage, which nothing ends but an order, counts as ended when its time is over.
    """
    mine, again = aliased(Enrolment), again_of(ask.flow.trigger)
    theirs = (mine.shop_id == ask.shop_id, mine.customer_id == Customer.id, mine.flow_id == ask.flow_id)
    if again is None:
        return ~exists().where(*theirs)
    under_way = (mine.status == "active") & (
        (mine.arm == "treated") | (mine.started_at > ask.now - HOLDOUT_LASTS - again)
    )
    # a birthday is a day of the year: counted from its end, a long passage would cost the next one
    counted_from = mine.started_at if ask.kind == "birthday" else mine.ended_at
    against = [under_way, counted_from > ask.now - again]
    if ask.kind in ("replenishment", "after_purchase"):  # they enter again for another order
        against.append(mine.started_at >= Customer.last_order_at)
    return ~exists().where(*theirs, or_(*against))


def _by_everybody(ask: Asked) -> Conditions:
    priority = ask.flow.priority
    other, begun = aliased(Enrolment), aliased(FlowStart)
    return {
        "phone": Customer.phone.is_not(None),
        "number": Customer.number_state == "ok",
        "suppression": ~exists().where(
            Suppression.shop_id == ask.shop_id, Suppression.phone_key == Customer.phone_key
        ),
        # a flow of higher priority ends one of lower (bot.audience.enrol); any other waits until that has ended
        "one voice": ~exists().where(
            other.shop_id == ask.shop_id,
            other.customer_id == Customer.id,
            other.flow_id != ask.flow_id,
            other.status == "active",
            other.start_id == begun.id,
            begun.shop_id == ask.shop_id,
            or_(
                and_(other.arm == "treated", func.coalesce(begun.priority, PRIORITY) >= priority),
                and_(other.arm == "control", other.started_at > ask.now - HOLDOUT_LASTS),
            ),
        ),
        "dialogue": ~exists().where(
            Conversation.shop_id == ask.shop_id,
            Conversation.customer_id == Customer.id,
            Conversation.last_inbound_at > ask.now - TALK_LASTS,
        ),
        # both would be denied by the gate, and a place of the day be spent
        "refunded": Customer.refunded_order_at.is_(None)
        | (Customer.refunded_order_at <= Customer.last_order_at),
        "let go": ~exists().where(
            Conversation.shop_id == ask.shop_id,
            Conversation.customer_id == Customer.id,
            Conversation.silent_texts >= ask.silent_texts,
            Conversation.silent_at >= func.coalesce(Conversation.last_inbound_at, Conversation.silent_at),
            Conversation.silent_at >= func.coalesce(Customer.clicked_at, Conversation.silent_at),
            Conversation.silent_at >= func.coalesce(Customer.last_order_at, Conversation.silent_at),
        ),
        "holder": ~exists().where(
            Conversation.shop_id == ask.shop_id,
            Conversation.customer_id == Customer.id,
            Conversation.holder != "bot",
        ),
    }


def _spoken_of_a_cart(ask: Asked) -> ColumnElement[bool]:
    """Any flow of the shop: the carriers count texts about carts, not flows."""
    passage, begun = aliased(Enrolment), aliased(FlowStart)
    return exists().where(
        passage.shop_id == ask.shop_id,
        passage.customer_id == Customer.id,
        passage.started_at > ask.now - CART_LASTS,
        passage.start_id == begun.id,
        begun.shop_id == ask.shop_id,
        begun.kind == "cart_abandoned",
    )


def _confirmed_by_text(shop_id: int) -> ColumnElement[bool]:
    """The phone itself said yes, JOIN or START; in countries without that rule any consent will do."""
    return Customer.country.not_in(DOUBLE_OPT_IN) | exists().where(
        LedgerEntry.shop_id == shop_id,
        LedgerEntry.phone_key == Customer.phone_key,
        LedgerEntry.act == "opted_in",
        or_(
            LedgerEntry.source.in_(("join", "start")),
            LedgerEntry.details["confirmed_by"].as_string() == "text",
        ),
    )
