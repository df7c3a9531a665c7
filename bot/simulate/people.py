"""Who the scripted people are: the shares of people.yml, as they are or as somebody sets them.

Owns the reading of that file and of what is changed in it. Every share is an assumption. Draws nobody: `person` does.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.simulate.words import groups
from flows.zones import zone_named

TEXTS = ("offer", "link", "mood", "answer", "plain", "any")
"""The kinds of text that people tell apart."""
DEEDS = ("nothing", "buy")
"""What people do with a text beside answering it."""
LONGEST = 200_000
"""Bytes of a file of people."""


class BadPeople(ValueError):
    """The shares can't be used. The message has a line for each thing that is wrong."""


class Closed(BaseModel):
    """Anything that is not known here is a mistake of the writer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Patience(Closed):
    """How long somebody takes to answer: between so many minutes."""

    weight: float = Field(ge=0)
    minutes: tuple[float, float]


class Staff(Closed):
    """Minutes of working time until a hand-off is looked at, and minutes of work that it is."""

    minutes_until_seen: tuple[float, float]
    minutes_of_work: tuple[float, float]


class Basket(Closed):
    """What people spend in an order without an offer, and what offers that are no money off cost, in whole currency units."""

    from_: float = Field(alias="from", gt=0)
    to: float = Field(gt=0)
    shipping: float = Field(ge=0)
    gift: float = Field(ge=0)
    point: float = Field(ge=0)


class Inclination(Closed):
    """What sort of person: its weight among all, and what they do with each kind of text, by weight."""

    weight: float = Field(ge=0)
    does: Mapping[str, Mapping[str, float]]

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, given: Any) -> Any:
        if not isinstance(given, Mapping) or "does" in given:
            return given
        return {"weight": given.get("weight"), "does": {k: v for k, v in given.items() if k != "weight"}}

    @field_validator("does")
    @classmethod
    def _known(cls, does: Mapping[str, Mapping[str, float]]) -> Mapping[str, Mapping[str, float]]:
        for text, deeds in does.items():
            if text not in TEXTS:
                raise ValueError(f"{text} is no kind of text; there are {', '.join(TEXTS)}")
            if unknown := [deed for deed in deeds if deed not in DEEDS and deed not in groups()]:
                raise ValueError(f"{unknown[0]} is neither {' nor '.join(DEEDS)} nor a group of words.yml")
            if any(weight < 0 for weight in deeds.values()) or not sum(deeds.values()):
                raise ValueError(f"the weights of {text} are at least nothing, and not all of them nothing")
        return does


class People(Closed):
    """The whole file."""

    shares: Mapping[str, float]
    patience: Mapping[str, Patience]
    staff: Staff
    basket: Basket
    inclinations: Mapping[str, Inclination]
    places: tuple[tuple[float, str, str | None, str, str, str], ...]
    """Weight, country, state, the first digits of the postcode, area code or start of the number, zone."""

    @field_validator("shares")
    @classmethod
    def _shares(cls, shares: Mapping[str, float]) -> Mapping[str, float]:
        for name, value in shares.items():
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value:g}, and a share is from 0 to 1")
        return shares

    @model_validator(mode="after")
    def _somebody(self) -> People:
        for what, weights in (
            ("inclinations", [each.weight for each in self.inclinations.values()]),
            ("patience", [each.weight for each in self.patience.values()]),
            ("places", [each[0] for each in self.places if each[1] == "US"]),
            ("places abroad", [each[0] for each in self.places if each[1] != "US"]),
        ):
            if min(weights, default=0) < 0 or not sum(weights):
                raise ValueError(f"{what}: the weights are at least nothing, and not all of them nothing")
        for place in self.places:
            zone_named(place[5])
        return self


def people(changes: Iterable[str] = (), file: str | None = None) -> People:
    """The people of people.yml, with what `file` (YAML of the same form) and then `changes` (`spanish=0.4`) say otherwise.

    A change names a share, or the weight of an inclination. Raises BadPeople with everything that is wrong.
    """
    data = _shipped()
    if file is not None:
        data = _merged(data, _read(file))
    groups_of_names = ("shares", "inclinations")
    if not_named := [name for name in groups_of_names if not isinstance(data[name], Mapping)]:
        raise BadPeople(f"{not_named[0]}: write names and what each is, as people.yml does")
    shares, inclinations = dict(data["shares"]), dict(data["inclinations"])
    wrong = [f"{name}: there is no such share" for name in shares if name not in _shipped()["shares"]]
    for change in changes:
        name, sign, value = (part.strip() for part in change.partition("="))
        try:
            number = float(value)
        except ValueError:
            sign = ""
        if not sign:
            wrong.append(f"{change}: write a share and its value, as in spanish=0.4")
        elif name in shares:
            shares[name] = number
        elif name in inclinations:
            given = inclinations[name]
            inclinations[name] = {**given, "weight": number} if isinstance(given, Mapping) else given
        else:
            names = ", ".join([*shares, *inclinations])
            wrong.append(f"{name}: there is no such share; there are {names}")
    if wrong:
        raise BadPeople("\n".join(wrong))
    try:
        return People.model_validate({**data, "shares": shares, "inclinations": inclinations})
    except ValidationError as error:
        lines = (
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors(include_url=False)
        )
        raise BadPeople("\n".join(lines)) from error


@functools.cache
def _shipped() -> dict[str, Any]:
    return _plain(files("bot.simulate").joinpath("people.yml").read_text("utf-8"))


def _read(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise BadPeople("a file of people is not so long")
    try:
        data = _plain(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadPeople(f"no YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(data, dict):
        raise BadPeople("write it as people.yml is written: `shares:` and the rest")
    return data


def _plain(text: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return found


def _merged(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Groups of names are merged one level deep; lists are replaced."""
    made = dict(base)
    for name, value in over.items():
        there = made.get(name)
        made[name] = (
            {**there, **value} if isinstance(there, Mapping) and isinstance(value, Mapping) else value
        )
    return made
