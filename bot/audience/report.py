"""What came of it, in three lines: what was sent and answered, what came back, what it cost.

Owns the figures of `winback report` and of the console's first page. Trials are left out.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, case, cast, func, select
from sqlalchemy.orm import Session

from bot.compliance.standing import OPT_OUTS
from bot.models import (
    Click,
    Conversation,
    Customer,
    Enrolment,
    Inbound,
    Link,
    Order,
    Outbound,
    Recovery,
    Shop,
    Suppression,
)
from bot.shops import ShopSettings

MICROCENTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """One shop's figures since `since`. Money in cents of the shop's currency."""

    enrolled: int
    control: int
    texts: int
    parts: int
    answered: int
    clicked: int
    opted_out: int
    waiting: int
    recovered: int
    control_ordered: int
    revenue_cents: int
    text_cost_cents: int
    texts_billed: int
    """Of `texts`: those whose real price the provider has told. The others are reckoned by `part_cost_cents`."""
    discount_cents: int
    currency: str

    def to_json(self) -> dict[str, Any]:
        """The figures by name."""
        return asdict(self)

    def lines(self) -> tuple[str, str, str]:
        """The three lines."""
        share = f" ({self.answered / self.enrolled:.0%})" if self.enrolled else ""
        control = (
            f", against {_rate(self.control_ordered, self.control)} of the holdout" if self.control else ""
        )
        return (
            f"Sent {_count(self.texts, 'text')}; of {_count(self.enrolled, 'customer')} in a flow "
            f"{self.answered:,} answered{share}, "
            f"{self.clicked:,} clicked, {self.opted_out:,} opted out, {self.waiting:,} "
            f"{'waits' if self.waiting == 1 else 'wait'} for a person.",
            f"Recovered {_count(self.recovered, 'order')} worth {_money(self.revenue_cents, self.currency)} "
            f"({_rate(self.recovered, self.enrolled)} of those texted{control}).",
            f"Cost {_money(self.text_cost_cents, self.currency)} in texts{self._billed()} and "
            f"{_money(self.discount_cents, self.currency)} in discounts.",
        )

    def _billed(self) -> str:
        share = self.texts_billed / self.texts if self.texts else 0
        return f" ({share:.0%} of them as billed)" if share else ""


def report(session: Session, shop_id: int, since: datetime | None = None) -> Report:
    """The figures of one shop, since an instant or from the beginning."""
    shop = session.get_one(Shop, shop_id)
    settings = ShopSettings.model_validate(shop.settings)
    passages = [
        Enrolment.shop_id == shop_id,
        Enrolment.start_id.is_not(None),
        Enrolment.trial.is_(False),
        *([Enrolment.started_at >= since] if since else []),
    ]
    treated = (*passages, Enrolment.arm == "treated")

    def count(*where: Any) -> int:
        return session.execute(select(func.count()).select_from(Enrolment).where(*where)).scalar_one()

    # a price in another currency than the shop's says nothing here
    billed = Outbound.price_microcents.is_not(None) & (Outbound.price_unit == shop.currency)
    texts = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Outbound.parts), 0),
            func.coalesce(func.sum(case((billed, 1), else_=0)), 0),
            func.coalesce(func.sum(case((billed, cast(Outbound.price_microcents, BigInteger)), else_=0)), 0),
            func.coalesce(func.sum(case((billed, 0), else_=Outbound.parts)), 0),
        )
        .select_from(Outbound)
        .outerjoin(Enrolment, Enrolment.id == Outbound.enrolment_id)
        .where(
            Outbound.shop_id == shop_id,
            Outbound.status.in_(("sent", "unknown", "claimed")),
            func.coalesce(Enrolment.trial, False).is_(False),
            *([Outbound.attempted_at >= since] if since else []),
        )
    ).one()
    conversations = select(Enrolment.conversation_id).where(*treated)
    answered = session.execute(
        select(func.count(func.distinct(Inbound.conversation_id))).where(
            Inbound.shop_id == shop_id, Inbound.conversation_id.in_(conversations), Inbound.kind != "call"
        )
    ).scalar_one()
    clicked = session.execute(
        select(func.count(func.distinct(Link.customer_id)))
        .select_from(Click)
        .join(Link, (Link.shop_id == Click.shop_id) & (Link.id == Click.link_id))
        .where(Click.shop_id == shop_id, Click.by_machine.is_(False), *([Click.at >= since] if since else []))
    ).scalar_one()
    opted_out = session.execute(
        select(func.count(func.distinct(Suppression.phone_key)))
        .select_from(Suppression)
        .join(
            Customer,
            (Customer.shop_id == Suppression.shop_id) & (Customer.phone_key == Suppression.phone_key),
        )
        .join(Enrolment, (Enrolment.shop_id == Customer.shop_id) & (Enrolment.customer_id == Customer.id))
        .where(Suppression.kind.in_(OPT_OUTS), Suppression.since >= Enrolment.started_at, *treated)
    ).scalar_one()
    waiting = session.execute(
        select(func.count())
        .select_from(Conversation)
        .where(Conversation.shop_id == shop_id, Conversation.holder == "nobody")
    ).scalar_one()
    back = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Recovery.revenue_cents), 0),
            func.coalesce(func.sum(Recovery.discount_cents), 0),
        )
        .join(Order, (Order.shop_id == Recovery.shop_id) & (Order.id == Recovery.order_id))
        .where(
            Order.counts.is_(True), Recovery.shop_id == shop_id, *([Recovery.at >= since] if since else [])
        )
    ).one()
    return Report(
        enrolled=count(*treated),
        control=count(*passages, Enrolment.arm == "control"),
        texts=texts[0],
        parts=int(texts[1]),
        answered=answered,
        clicked=clicked,
        opted_out=opted_out,
        waiting=waiting,
        recovered=back[0],
        control_ordered=count(*passages, Enrolment.arm == "control", Enrolment.outcome == "ordered"),
        revenue_cents=int(back[1]),
        text_cost_cents=round(int(texts[3]) / MICROCENTS + int(texts[4]) * settings.part_cost_cents),
        texts_billed=int(texts[2]),
        discount_cents=int(back[2]),
        currency=shop.currency,
    )


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _rate(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"


def _money(cents: int, currency: str) -> str:
    return f"${cents / 100:,.2f}" if currency in ("USD", "CAD", "AUD") else f"{cents / 100:,.2f} {currency}"
