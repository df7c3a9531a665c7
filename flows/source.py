"""The shape of a flow file: what keys there are and what form their values take.

Owns the pydantic models that validate a file and from which the JSON Schema for editors is made. Nodes that exist,
paths that end, texts that fit: that is the prover's.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from flows import durations
from flows.conditions import parse_test
from flows.source_parts import (
    Duration,
    Name,
    OfferSource,
    OwnIntent,
    OwnLines,
    Part,
    ProductId,
    Say,
    Target,
    TestSource,
    TextsSource,
    TriggerSource,
    Value,
    Words,
)


def _until(text: str) -> str:
    if text not in ("named", "payday"):
        durations.weekday(text)
    return text


def _kept(name: str) -> str:
    if name in OWN_NAMES:
        raise ValueError(f"`{name}` is a name of the language's own: take another, e.g. my_{name}")
    return name


OWN_NAMES = frozenset({"asks", "code_told", "fact", "instead", "language", "later_until", "rhythm"})
"""What the language notes itself of a customer; a flow that kept something else there would change what holds for them."""

Kept = Annotated[Name, AfterValidator(_kept)]


class SilenceSource(Part):
    """What happens when no answer comes."""

    after: Duration = Field(..., description="how long, from the moment that the text left, as in `4 days`")
    then: Target = Field(..., description="the node to go to")


class WaitSource(Part):
    """A pause that the customer may interrupt."""

    until: Annotated[str, AfterValidator(_until)] | None = Field(
        None,
        description="`named`: the day that the customer named, if any; `payday`: the next 1st or 15th, moved to the weekday "
        "before, unless the customer named a day; or a weekday and an hour, as in `friday 17:30`",
    )
    otherwise: Duration = Field("30 days", description="how long when there is no such day")


class AskSource(Part):
    """A value that the customer's next text gives; `then` is where the flow goes with it."""

    name: Kept = Field(..., description="texts call it `said.NAME`; it is kept with the customer, too")
    kind: Literal["number", "date", "choice", "text"] = Field(
        "text",
        description="what is a fitting answer: `number` takes «2 bags», «two», «$15»; `date` takes «March 3», «3/14», "
        "«tomorrow», «friday», and keeps 2026-12-01 (03-14 where `name` is birthday); `choice` takes the words of `choices`, "
        "their beginning, a small typo, or the number of the choice; `text` takes anything, and keeps 300 characters",
    )
    low: float | None = Field(None, description="the smallest number that fits")
    high: float | None = Field(None, description="the largest number that fits")
    choices: dict[Name, list[str] | str] = Field(
        {},
        description="for a choice: each value, with the words that mean it in any language; asked again, the first of them is "
        "named in English, the last in Spanish",
    )
    tries: int = Field(2, ge=0, le=3, description="how often it is asked again when the answer does not fit")
    otherwise: Target | None = Field(
        None,
        description="where to go when it never fits; left out: the language gives up politely, and `then` follows",
    )

    @model_validator(mode="after")
    def _fits(self) -> AskSource:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("`choices` goes with kind: choice")
        if self.kind != "number" and (self.low is not None or self.high is not None):
            raise ValueError("`low` and `high` go with kind: number")
        return self


class LinkSource(Part):
    """A link to one product, or to a page of ours on which the customer chooses one of several."""

    product: ProductId | None = Field(None, description="the id as the shop's platform has it")
    choose: Annotated[list[ProductId], Field(min_length=2, max_length=8)] | None = Field(
        None, description="several ids; an offer in the customer's hands goes with whichever is chosen"
    )

    @model_validator(mode="after")
    def _one(self) -> LinkSource:
        if (self.product is None) == (self.choose is None):
            raise ValueError("a link is `product: ID` or `choose: [ID, ID]`")
        return self


class AgainSource(Part):
    """«Anything else», after it was asked again so many times."""

    tries: int = Field(..., ge=1, le=3, description="how often the language asks again first")
    then: Target = Field(..., description="the node to go to after that")


class BranchSource(Part):
    """One way on, if the facts are so."""

    if_: dict[str, Value] | None = Field(
        None,
        alias="if",
        description='what has to be so, all of it, as in `{ orders: ">= 3", last_order.product: present }`; also absent, '
        "`in gold, silver`, or a plain value",
    )
    go: Target | None = Field(None, description="the node to go to then")
    otherwise: Target | None = Field(
        None, description="alone in the last line: the node to go to in any other case"
    )

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
    replies: dict[str, Target | AgainSource] = Field(
        {}, description="an intent, a mood, `anything else`, or several with commas: the node to go to"
    )
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
    link: Literal["reorder", "checkout", "shop"] | LinkSource | None = Field(
        None, description="what `link.here` leads to"
    )
    answer: str | None = Field(
        None, description="key of a shop fact to say, or `asked`: what the customer asked"
    )
    ask: AskSource | None = Field(None, description="collect a value from the next text")
    wait: Duration | WaitSource | None = Field(None, description="a pause before `then`")
    set: dict[Kept, Value] = Field({}, description="values to remember about the customer")
    tag: list[str] | str = Field([], description="tags for the customer")
    hand_off: str | None = Field(None, description="give the conversation to a person, for this reason")
    run: Name | None = Field(None, description="end this passage and begin another flow of the shop")
    end: str | None = Field(None, description="the end of this passage, with its outcome")
    then: Target | None = Field(None, description="the next node")
    # for built-in nodes only; the prover refuses them elsewhere
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
    title: str = Field("", max_length=100, description="what lists and screens call it")
    priority: int = Field(
        50, ge=0, le=100, description="one flow speaks at a time: the higher one goes first"
    )
    trigger: TriggerSource = Field(TriggerSource(), description="who enters, and when")
    audience: dict[str, Value] = Field({}, description="who of them, by facts")
    exit_on: list[Literal["ordered"]] = Field([], description="what ends the flow wherever it stands")
    holdout: str = Field("0%", pattern=r"^\d{1,2}%$", description="share that gets nothing, to measure by")
    texts: TextsSource = Field(TextsSource(), description="how often and when it may text")
    offers: dict[Name, OfferSource] = Field({}, description="what is promised, by name")
    intents: dict[OwnIntent, OwnLines] = Field(
        {},
        description="intents of your own, by name: for each language five or more lines as customers would text them; "
        "`replies` may name them",
    )
    words: dict[str, Say] = Field({}, description="other wordings of built-in texts, by their name")
    start: Name = Field(..., description="the node of the first text")
    nodes: dict[Name, NodeSource] = Field(..., description="the stops of the dialogue, by name")
    tests: list[TestSource] = Field(
        [], description="conversations as they should go, for `winback flow test`"
    )
    desk: bool = False

    @field_validator("audience")
    @classmethod
    def _tests(cls, value: dict[str, Value]) -> dict[str, Value]:
        for fact, raw in value.items():
            parse_test(fact, raw)
        return value


def goes_to(reply: str | AgainSource) -> str:
    """The node to which a reply leads in the end."""
    return reply if isinstance(reply, str) else reply.then


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a flow file, for editors."""
    schema: dict[str, Any] = FlowSource.model_json_schema()
    return schema
