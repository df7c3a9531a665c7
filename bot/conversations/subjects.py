"""Whom a turn or a text is about: the shop and the customer of a conversation, and what a batch reads of them together.

Owns reading for many conversations what each would read for itself: a statement costs several times what a row costs.
Decides nothing. Whatever was not read ahead is looked up when it is needed, so reading ahead changes no result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.compliance.places import Place, place_of, speaking_zone
from bot.conversations.rows import fixed, some
from bot.models import (
    Conversation,
    Coupon,
    Customer,
    Enrolment,
    Flow,
    FlowStart,
    Order,
    OrderLine,
    Product,
    SegmentBounds,
    Shop,
    ShopFact,
)
from bot.shops import ShopSettings


@dataclass(slots=True)
class Seen:
    """What this transaction has read already. None: not yet. Whoever changes a code says so with `forget_codes`."""

    lines: Sequence[Any] | None = None
    """The last order that counts, a row a product, the dearest first."""
    codes: Sequence[Any] | None = None
    """Every code that the customer was ever given or promised, the newest first."""
    answers: dict[int, Sequence[Any]] = field(default_factory=dict)
    """The shops' facts in every language, by shop. One dictionary for the whole batch."""
    keyword_starts: dict[int, Sequence[FlowStart]] = field(default_factory=dict)
    """Starts that wait for a word, by shop. One dictionary for the whole batch."""
    live: list[tuple[Enrolment, str]] | None = None
    """Passages under way, with the name of their flow. Look at `status` again: a turn may have ended one."""

    begun: int = 0
    """Flows that other flows began for this customer, one after the other (bot.conversations.running)."""

    def forget_codes(self) -> None:
        """A code was reserved or given back."""
        self.codes = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a turn or a text is about: rows, and what was worked out from them."""

    shop: Shop
    customer: Customer
    conversation: Conversation
    settings: ShopSettings
    place: Place
    zone: str
    seen: Seen = field(default_factory=Seen)
    fifths: SegmentBounds | None = None
    """Where the fifths of the shop's customers are cut; None: nobody has reckoned them yet."""


class Addressed(Protocol):
    """What is known of where somebody is: a customer, or those columns of one."""

    phone: Any
    country: Any
    region: Any
    postcode: Any


def whereabouts(customer: Addressed, shop_zone: str) -> tuple[Place, str]:
    """Where the customer may be, and the zone in which dates are said to them."""
    place = place_of(
        customer.phone or "", country=customer.country, region=customer.region, postcode=customer.postcode
    )
    return place, speaking_zone(place, shop_zone)


def subject_of(session: Session, conversation: Conversation) -> Subject:
    """The shop and the customer of one conversation."""
    return subjects_of(session, [conversation])[conversation.id]


def subjects_of(session: Session, conversations: Iterable[Conversation]) -> dict[int, Subject]:
    """The shops and the customers of several, by conversation."""
    by_id = {each.id: each for each in conversations}
    settings: dict[int, ShopSettings] = {}
    answers: dict[int, Sequence[Any]] = {}
    keyword_starts: dict[int, Sequence[FlowStart]] = {}
    found: dict[int, Subject] = {}
    for conversation_id, shop, customer, fifths in session.execute(
        _WHO, {"conversations": some(by_id)}
    ).all():
        if shop.id not in settings:
            settings[shop.id] = ShopSettings.model_validate(shop.settings)
        place, zone = whereabouts(customer, shop.zone)
        found[conversation_id] = Subject(
            shop,
            customer,
            by_id[conversation_id],
            settings[shop.id],
            place,
            zone,
            Seen(answers=answers, keyword_starts=keyword_starts),
            fifths,
        )
    return found


def passages_ahead(session: Session, subjects: Sequence[Subject]) -> None:
    """The passages under way of each, in one statement."""
    live = _by_customer(session, _LIVE, subjects)
    for subject in subjects:
        subject.seen.live = [(row.Enrolment, row.name) for row in live[subject.customer.id]]


def words_ahead(session: Session, subjects: Sequence[Subject]) -> None:
    """What a text to each may speak of, in as many statements as for one."""
    lines = _by_customer(session, LAST_LINES, subjects)
    codes = _by_customer(session, CODES, subjects)
    for subject in subjects:
        subject.seen.lines, subject.seen.codes = lines[subject.customer.id], codes[subject.customer.id]
    answers_ahead(session, subjects)


def last_lines_of(session: Session, customers: Iterable[int]) -> defaultdict[int, list[Any]]:
    """The lines of the last order that counts of each, by customer: none asks nothing."""
    found = defaultdict[int, list[Any]](list)
    for row in session.execute(LAST_LINES, {"customers": some(customers)}) if customers else ():
        found[row.customer_id].append(row)
    return found


def answers_ahead(session: Session, subjects: Sequence[Subject]) -> None:
    """The facts of every shop among them that has not been read yet."""
    answers = subjects[0].seen.answers
    new = {subject.shop.id for subject in subjects} - set(answers)
    if new:
        answers.update({shop: [] for shop in new})
        for row in session.execute(_ANSWERS, {"shops": some(new)}).all():
            answers[row.shop_id].append(row)  # type: ignore[attr-defined]


def _by_customer(
    session: Session, statement: Any, subjects: Sequence[Subject]
) -> defaultdict[int, list[Any]]:
    customers = some(subject.customer.id for subject in subjects)
    found = defaultdict[int, list[Any]](list)
    for row in session.execute(statement, {"customers": customers}):
        found[row.customer_id].append(row)
    return found


# Built once: building a statement costs SQLAlchemy about as much as running it.
_THEIRS: BindParameter[Any] = bindparam("customers", expanding=True)
_WHO = (
    select(Conversation.id, Shop, Customer, SegmentBounds)
    .join(Shop, Shop.id == Conversation.shop_id)
    .join(Customer, (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id))
    .outerjoin(SegmentBounds, SegmentBounds.shop_id == Shop.id)
    .where(Conversation.id.in_(bindparam("conversations", expanding=True)))
)
_LIVE = (
    select(Enrolment, Enrolment.customer_id, Flow.name)
    .select_from(Customer)
    .join(Enrolment, (Enrolment.shop_id == Customer.shop_id) & (Enrolment.customer_id == Customer.id))
    .join(Flow, (Flow.shop_id == Enrolment.shop_id) & (Flow.id == Enrolment.flow_id))
    .where(Customer.id.in_(_THEIRS), Enrolment.status == fixed("active"), Enrolment.arm == fixed("treated"))
    .order_by(Enrolment.id)
)
CODE = (
    "id",
    "customer_id",
    "enrolment_id",
    "status",
    "code",
    "offer",
    "pool",
    "percent",
    "amount_cents",
    "free_shipping",
    "gift",
    "points",
    "valid_for_seconds",
    "starts_at",
    "ends_at",
)
"""What is known of a code that somebody was given."""
CODES = (
    select(
        *(Coupon.__table__.c[name] for name in CODE),
        Product.text_name.label("gift_text_name"),
        Product.name.label("gift_name"),
        Order.placed_at.label("used_at"),
    )
    .select_from(Customer)
    .join(Coupon, (Coupon.shop_id == Customer.shop_id) & (Coupon.customer_id == Customer.id))
    .outerjoin(Product, (Product.shop_id == Coupon.shop_id) & (Product.external_id == Coupon.gift))
    .outerjoin(Order, (Order.shop_id == Coupon.shop_id) & (Order.id == Coupon.redeemed_order_id))
    .where(Customer.id.in_(_THEIRS))
    .order_by(Coupon.reserved_at.desc().nulls_last(), Coupon.id.desc())
)
_LAST = (
    select(Order.id)
    .where(Order.shop_id == Customer.shop_id, Order.customer_id == Customer.id, Order.counts.is_(True))
    .order_by(Order.placed_at.desc(), Order.id.desc())
    .limit(1)
    .correlate(Customer)
    .scalar_subquery()
)
LAST_LINES = (
    select(
        Order.customer_id,
        Order.placed_at,
        Order.total_cents,
        OrderLine.quantity,
        OrderLine.line_no,
        OrderLine.price_cents,
        Product.external_id,
        Product.text_name,
        Product.name,
        Product.private,
    )
    .select_from(Customer)
    .join(Order, (Order.shop_id == Customer.shop_id) & (Order.id == _LAST))
    # two joins in a row, not one of a joined pair: SQLite would put the whole of order_lines together first
    .outerjoin(OrderLine, (OrderLine.shop_id == Order.shop_id) & (OrderLine.order_id == Order.id))
    .outerjoin(
        Product,
        (Product.shop_id == OrderLine.shop_id)
        & (Product.id == OrderLine.product_id)
        & (Product.kind == fixed("product")),
    )
    .where(Customer.id.in_(_THEIRS))
    # what runs out is what they would name, and what a text «low on X?» is about; then the dearest
    .order_by(Product.days_of_use.is_(None), OrderLine.price_cents.desc(), OrderLine.line_no)
)
_ANSWERS = (
    select(ShopFact.shop_id, ShopFact.key, ShopFact.language, ShopFact.answer, ShopFact.asked_as)
    .where(ShopFact.shop_id.in_(bindparam("shops", expanding=True)))
    .order_by(ShopFact.id)
)
