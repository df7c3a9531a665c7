"""What a shop may say about an order in JSON, and how it becomes the core's plain value.

Owns the shape of the document and the wording of its problems, which never repeat what was sent: it may hold somebody's
data. Must not touch the database.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Protocol, TypeAlias, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from bot.orders import CustomerIn, LineIn, OrderIn
from bot.phones import BadPhone, parse_phone

AT_MOST = 500
"""Orders in one request."""

Fault: TypeAlias = tuple[str, str]
"""A field, and what is wrong with it."""


class HasId(Protocol):
    """Whatever has an id of its platform's."""

    @property
    def external_id(self) -> str:
        """Unique in the shop."""
        ...


Sent = TypeVar("Sent", bound=HasId)

Id = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]*$")
]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\x00]*$")]
Money = Annotated[Decimal, Field(ge=0, le=Decimal(10**12), max_digits=15, decimal_places=3)]


class ApiPart(BaseModel):
    """Common to all that a shop sends."""

    # Fields that we do not know are ignored: platforms add some all the time.
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, hide_input_in_errors=True)


class ApiCustomer(ApiPart):
    """Whose order it is: by phone, or by an id or e-mail that we know already."""

    phone: Words | None = None
    email: Words | None = None
    external_id: Id | None = None
    first_name: Annotated[Words, Field(max_length=100)] | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$")] | None = None


class ApiLine(ApiPart):
    """One line; `price` is for one piece."""

    product_id: Id | None = None
    sku: Id | None = None
    name: Annotated[Words, Field(min_length=1)]
    quantity: int = Field(1, ge=0, le=100_000)
    price: Money = Decimal(0)


class ApiOrder(ApiPart):
    """One order. Money is in units of the currency, as a number or a string («31.50»)."""

    external_id: Id
    placed_at: AwareDatetime
    total: Money
    currency: Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]{3}$")]
    customer: ApiCustomer
    lines: list[ApiLine] = Field(default_factory=list, max_length=1000)
    code: Annotated[Words, Field(max_length=64)] | None = None
    status: Annotated[Words, Field(max_length=64)] = ""
    test: bool = False
    refunded: Money = Decimal(0)

    @field_validator("placed_at")
    @classmethod
    def _plausible(cls, at: datetime) -> datetime:
        if not 1990 <= at.year <= 2200:
            raise ValueError("the year is not plausible")
        return at


class Problem(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str


def read_orders(given: Any, country: str, *, latest: datetime) -> tuple[list[OrderIn], list[Problem]]:
    """The orders in a document (one, or a list of up to 500), or everything that is wrong with them, all at once.

    `country` is how a national phone number is read when the customer has none; an order placed after `latest` is a
    mistake.
    """

    def one(document: Any) -> tuple[OrderIn, list[Fault]]:
        order = ApiOrder.model_validate(document)
        early = [] if order.placed_at <= latest else [("placed_at", "lies in the future")]
        return _plain(order, country), early

    return read_several(given, "order", one)


def read_several(
    given: Any, noun: str, one: Callable[[Any], tuple[Sent, list[Fault]]]
) -> tuple[list[Sent], list[Problem]]:
    """What a document holds (one of them, or a list of up to 500), or everything that is wrong with it, all at once.

    `one` reads one of them and says what else is wrong with it; it may raise ValidationError or BadPhone.
    """
    several = given if isinstance(given, list) else [given]
    if not 1 <= len(several) <= AT_MOST:
        return [], [Problem(field="", message=f"give one {noun}, or a list of 1 to {AT_MOST}")]
    found: list[Sent] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, document in enumerate(several):
        path = f"{place}." if isinstance(given, list) else ""
        try:
            plain, faults = one(document)
        except ValidationError as error:
            problems += [
                Problem(field=path + ".".join(map(str, fault["loc"])), message=fault["msg"])
                for fault in error.errors(include_input=False, include_url=False, include_context=False)
            ]
        except BadPhone as error:
            problems.append(Problem(field=f"{path}customer.phone", message=str(error)))
        else:
            if plain.external_id in seen:
                problems.append(Problem(field=f"{path}external_id", message="twice in one request"))
            problems += [Problem(field=path + field, message=message) for field, message in faults]
            seen.add(plain.external_id)
            found.append(plain)
    return found, problems


def _plain(order: ApiOrder, country: str) -> OrderIn:
    customer = plain_customer(order.customer, country)
    lines = tuple(
        LineIn(line.name, line.quantity, cents(line.price), line.product_id, line.sku) for line in order.lines
    )
    return OrderIn(
        external_id=order.external_id,
        placed_at=order.placed_at,
        total_cents=cents(order.total),
        currency=order.currency,
        customer=customer,
        status=order.status,
        test=order.test,
        refunded_cents=cents(order.refunded),
        code=order.code or None,
        lines=lines,
    )


def plain_customer(given: ApiCustomer, country: str) -> CustomerIn:
    """Whose it is. Raises BadPhone."""
    country = (given.country or country).upper()
    return CustomerIn(
        phone=parse_phone(given.phone, country) if given.phone else None,
        email=given.email or None,
        external_id=given.external_id,
        first_name=given.first_name or None,
        country=given.country.upper() if given.country else None,
    )


def cents(amount: Decimal) -> int:
    """Whole cents, halves to the even one."""
    return int((amount * 100).to_integral_value())
