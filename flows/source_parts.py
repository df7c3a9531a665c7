"""The parts of a flow file around its nodes: trigger, caps, offers, tests, and the forms that single values take.

Owns these shapes. The file as a whole and its nodes are `source`.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from flows import durations
from flows.intents import INTENTS, OWN_NAME, RESERVED

NEVER = "never"
"""For `again`."""


def _duration(text: str) -> str:
    durations.seconds(text)
    return text


def _again(text: str) -> str:
    return text if text == NEVER else _duration(text)


def _day_range(text: str) -> str:
    durations.day_range(text)
    return text


def _before(text: str) -> str:
    durations.seconds_before(text)
    return text


def _name(text: str) -> str:
    if not text.replace("_", "").isalnum() or not text.isascii() or text[0].isdigit():
        raise ValueError("a name is made of letters, digits and _, and starts with a letter")
    return text


def _target(text: str) -> str:
    _name(text.removeprefix("courtesy."))
    return text


Duration = Annotated[str, AfterValidator(_duration)]
Name = Annotated[str, AfterValidator(_name), Field(max_length=40)]
Target = Annotated[str, AfterValidator(_target), Field(max_length=50)]
Keyword = Annotated[str, Field(min_length=2, max_length=20, pattern=r"^[^\W_][\w &'-]*$")]
ProductId = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]*$")]
Segment = Literal["champions", "loyal", "cooling", "at_risk", "hibernating", "lost"]
Value = str | int | float | bool
Words = Annotated[dict[Literal["en", "es"], str], Field(min_length=1)]
Say = str | Words | Annotated[list[str | Words], Field(min_length=1)]


class Part(BaseModel):
    """Common to all: a key nobody knows is a mistake, not a comment."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TriggerSource(Part):
    """Who enters the flow. One of the kinds; with none of them people enter by hand, or from another flow (`run`)."""

    lapsed: Annotated[str, AfterValidator(_day_range)] | None = Field(
        None, description="days since the last order, as in `45 to 365 days`"
    )
    replenishment: Annotated[str, AfterValidator(_before)] | None = Field(
        None,
        description="before what they bought runs out, as in `3 days before`: by the product's days of use, or by the "
        "customer's own rhythm when it is known",
    )
    after_purchase: Literal["first", "any"] | None = Field(
        None, description="after the first order, or after any"
    )
    cart_abandoned: bool = Field(False, description="after a cart was left at the checkout")
    keyword: Annotated[list[Keyword], Field(min_length=1, max_length=10)] | Keyword | None = Field(
        None, description="a word that, texted alone, begins the flow; or several"
    )
    segment: list[Segment] | Segment | None = Field(
        None, description="who is in one of these segments (recency, frequency, value)"
    )
    birthday: Annotated[str, AfterValidator(_before)] | None = Field(
        None, description="before the birthday, as in `3 days before`, or `that day`"
    )
    manual: bool = Field(False, description="only whom somebody enrols by hand")
    delay: Duration | None = Field(None, description="how long after the order, or after the cart was left")
    again: Annotated[str, AfterValidator(_again)] | None = Field(
        None,
        description="how long after a passage ended (a birthday's: began) the same customer may enter again, or `never`; "
        "unless given, what the trigger's kind implies",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> TriggerSource:
        kinds = (
            self.lapsed,
            self.replenishment,
            self.after_purchase,
            self.cart_abandoned,
            self.keyword,
            self.segment,
            self.birthday,
            self.manual,
        )
        if sum(1 for each in kinds if each) > 1:
            raise ValueError("a flow has one kind of trigger; write a second flow that runs this one")
        if self.delay and not (self.after_purchase or self.cart_abandoned):
            raise ValueError("`delay` goes with after_purchase or cart_abandoned")
        return self


def _own_intent(text: str) -> str:
    if not re.fullmatch(OWN_NAME, text) or text in RESERVED:
        raise ValueError("an intent of your own is called by small letters, digits and _, as in gift_wrap")
    if text in INTENTS:
        raise ValueError(f"`{text}` is known already: take another name for your own, as in my_{text}")
    return text


OwnIntent = Annotated[str, AfterValidator(_own_intent)]
OwnLine = Annotated[str, Field(min_length=1, max_length=500)]
OwnLines = Annotated[
    dict[Literal["en", "es"], Annotated[list[OwnLine], Field(min_length=5, max_length=200)]],
    Field(min_length=1),
]


class TextsSource(Part):
    """How often and when this flow may text."""

    at_most: str | None = Field(None, description="a cap, as in `3 per 7 days`")
    send_window: Literal["any", "evenings_and_weekends", "business_hours", "mornings"] = Field(
        "any", description="hours in the customer's zone, within what the law allows"
    )

    @field_validator("at_most")
    @classmethod
    def _cap(cls, value: str | None) -> str | None:
        if value is not None:
            _, period = durations.count_per(value)
            if period > 30 * 86_400:
                raise ValueError("count within 30 days at most: what left before is not looked at")
        return value


class OfferSource(Part):
    """A promise with an end: exactly one of percent, amount, free_shipping, gift and points."""

    percent: int | None = Field(None, ge=1, le=90, description="percent off the next order")
    amount: float | None = Field(None, gt=0, description="money off the next order, in the shop's currency")
    free_shipping: bool = Field(False, description="the next order is sent for nothing")
    gift: ProductId | None = Field(None, description="a product's id: it lies in the cart for nothing")
    points: int | None = Field(None, gt=0, description="points beside the next order")
    code: Literal["unique"] = Field("unique", description="every customer gets a code of their own")
    pool: str | None = Field(
        None, description="name of the pool of codes; percent-15 for 15 percent unless named"
    )
    valid_for: Duration | None = Field(None, description="from the moment that the text left")
    budget: int | None = Field(None, gt=0, description="at most so many codes are given out")

    @model_validator(mode="after")
    def _one_kind(self) -> OfferSource:
        kinds = (self.percent, self.amount, self.free_shipping, self.gift, self.points)
        if sum(1 for each in kinds if each) != 1:
            raise ValueError("an offer is one of percent, amount, free_shipping, gift and points")
        return self


PERHAPS_STOP = "perhaps_stop"
"""The intent of a step that is read as perhaps an opt-out: nothing is said, and a person decides."""


class StepSource(Part):
    """One step of a test: what happens, and what is expected of it. Without a happening: what was said just before."""

    says: str | None = Field(None, max_length=1600, description="what the customer texts")
    intent: str | None = Field(
        None,
        description="how it is read, by the model unless given; `perhaps_stop`: as a doubt that a person settles",
    )
    slots: dict[str, Value] = Field({}, description="what else is read from it, e.g. later_until: 2026-12-01")
    mood: Literal["pleased", "neutral", "so_so", "upset"] | None = Field(
        None, description="in which mood it is read"
    )
    language: Literal["en", "es"] | None = Field(None, description="in which language it is read")
    silence: bool = Field(False, description="the customer says nothing until the wait is over")
    orders: bool = Field(False, description="the customer orders")
    hand_back: Target | bool = Field(False, description="a person gives the conversation back, at this node")
    after: Duration | None = Field(
        None, description="so much time passes first, and waits that are over then end"
    )
    no_codes: bool = Field(False, description="from here on no code is to be had")
    expects: str | list[str] | None = Field(
        None, description="what the answer has in it; several: a text each; an empty list: nothing is said"
    )
    at: Target | None = Field(None, description="the node where the conversation then stands")
    stands: Literal["waiting", "coupon", "handed_off", "ended"] | None = Field(
        None, description="whether it waits for the customer, is with a person, or has ended"
    )
    outcome: str | None = Field(None, description="the outcome with which it has ended")
    within: Duration | None = Field(
        None, description="how long the wait lasts at most: the one that was sat out, or the one that begins"
    )

    @model_validator(mode="after")
    def _one_happening(self) -> StepSource:
        if sum((self.says is not None, self.silence, self.orders, self.hand_back is not False)) > 1:
            raise ValueError(
                "a step is one of says, silence, orders and hand_back: write one after the other"
            )
        if self.says is None and (self.intent or self.slots or self.mood or self.language):
            raise ValueError("intent, slots, mood and language go with `says`")
        return self


class TestSource(Part):
    """A conversation as the merchant wants it. It begins on a Friday, 20 November 2026, at six in the evening."""

    test: str = Field(..., min_length=1, max_length=100, description="what it shows, in a sentence")
    customer: dict[str, Value] = Field(
        {}, description="facts that matter, e.g. language: es, or last_order.product: Mug"
    )
    steps: Annotated[list[StepSource], Field(min_length=1, max_length=60)]


class TestsSource(Part):
    """A file of tests beside a flow's own, NAME.tests.yml beside NAME.yml."""

    tests: list[TestSource] = Field(..., description="conversations as they should go")
