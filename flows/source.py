"""The shape of a flow file: what keys there are and what form their values take.

Owns the pydantic models that validate a file and from which the JSON Schema for editors is made. Nodes that exist,
paths that end, texts that fit: that is `checks`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from flows import durations
from flows.conditions import parse_test


def _duration(text: str) -> str:
    durations.seconds(text)
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
Value = str | int | float | bool
Words = dict[Literal["en", "es"], str]
Say = str | Words | list[str | Words]


class Part(BaseModel):
    """Common to all: a key nobody knows is a mistake, not a comment."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TriggerSource(Part):
    """Who enters the flow."""

    lapsed: str | None = Field(None, description="days since the last order, as in `45 to 365 days`")
    manual: bool = Field(False, description="only whom somebody enrols by hand")

    @field_validator("lapsed")
    @classmethod
    def _range(cls, value: str | None) -> str | None:
        if value is not None:
            durations.day_range(value)
        return value


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
    """A promise with an end."""

    percent: int | None = Field(None, ge=1, le=90, description="percent off the next order")
    amount: float | None = Field(None, gt=0, description="money off the next order, in the shop's currency")
    code: Literal["unique"] = Field("unique", description="every customer gets a code of their own")
    pool: str | None = Field(
        None, description="name of the pool of codes; percent-15 for 15 percent unless named"
    )
    valid_for: Duration | None = Field(None, description="from the moment that the text left")
    budget: int | None = Field(None, gt=0, description="at most so many codes are given out")

    @model_validator(mode="after")
    def _one_size(self) -> OfferSource:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("an offer is either a percent or an amount")
        return self


class SilenceSource(Part):
    """What happens when no answer comes."""

    after: Duration
    then: Target


class WaitSource(Part):
    """A pause that the customer may interrupt."""

    until: Literal["named"] | None = Field(
        None, description="`named`: the day that the customer named, if any"
    )
    otherwise: Duration = Field(..., description="how long when no day was named")


class BranchSource(Part):
    """One way on, if the facts are so."""

    if_: dict[str, Value] | None = Field(None, alias="if")
    go: Target | None = None
    otherwise: Target | None = None

    @model_validator(mode="after")
    def _either(self) -> BranchSource:
        if (self.otherwise is None) == (self.if_ is None) or (self.if_ is not None and self.go is None):
            raise ValueError("a branch is `if: {...}` with `go: node`, or `otherwise: node`")
        return self

    @field_validator("if_")
    @classmethod
    def _tests(cls, value: dict[str, Value] | None) -> dict[str, Value] | None:
        for fact, raw in (value or {}).items():
            parse_test(fact, raw)
        return value


class NodeSource(Part):
    """One stop of the dialogue."""

    say: Say | None = Field(None, description="the text; one for each language, or variants for an A/B split")
    replies: dict[str, Target] = Field({}, description="intent, or several with commas: the node to go to")
    silence: SilenceSource | None = Field(None, description="what happens when no answer comes")
    when: list[BranchSource] = Field([], description="ways on by facts; the first that fits is taken")
    offer: Name | None = Field(
        None, description="an offer's name: the code exists before the text is written"
    )
    otherwise: Target | None = Field(
        None,
        description="where to go when no code, or no answer, is to be had; left out: a person looks at it, or the flow "
        "ends where the customer had not asked",
    )
    link: Literal["reorder", "checkout", "shop"] | None = Field(None, description="what `link.here` leads to")
    answer: str | None = Field(
        None, description="key of a shop fact to say, or `asked`: what the customer asked"
    )
    wait: Duration | WaitSource | None = Field(None, description="a pause before `then`")
    set: dict[Name, Value] = Field({}, description="values to remember about the customer")
    tag: list[str] | str = Field([], description="tags for the customer")
    hand_off: str | None = Field(None, description="give the conversation to a person, for this reason")
    end: str | None = Field(None, description="the end of this passage, with its outcome")
    then: Target | None = Field(None, description="the next node")
    # for built-in nodes only; `checks` refuses them elsewhere
    notice: Literal["opted_out", "opted_in", "help", "confirm"] | None = None
    hold: str | None = None
    matter: Literal["complaint", "question"] | None = None


class CourtesySource(Part):
    """What comes with the language."""

    disclosure: Words
    how_to_stop: Words
    contact_card: Words
    replies: dict[str, Target]
    nodes: dict[Name, NodeSource]


class FlowSource(Part):
    """A flow file."""

    flow: Name = Field(..., description="the flow's name")
    title: str = Field("", max_length=100)
    priority: int = Field(
        50, ge=0, le=100, description="one flow speaks at a time: the higher one goes first"
    )
    trigger: TriggerSource = TriggerSource()
    audience: dict[str, Value] = Field({}, description="who of them, by facts")
    exit_on: list[Literal["ordered"]] = Field([], description="what ends the flow wherever it stands")
    holdout: str = Field("0%", pattern=r"^\d{1,2}%$", description="share that gets nothing, to measure by")
    texts: TextsSource = TextsSource()
    offers: dict[Name, OfferSource] = {}
    words: dict[str, Say] = Field({}, description="other wordings of built-in texts, by their name")
    start: Name
    nodes: dict[Name, NodeSource]
    desk: bool = False

    @field_validator("audience")
    @classmethod
    def _tests(cls, value: dict[str, Value]) -> dict[str, Value]:
        for fact, raw in value.items():
            parse_test(fact, raw)
        return value


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a flow file, for editors."""
    schema: dict[str, Any] = FlowSource.model_json_schema()
    return schema
