"""From a SendText to the words that leave: Liquid against the facts, look-alikes tidied. Pure.

Owns the template language: filters, limits, and the rule that a missing value is a failure, not a blank. `day` and
`money` replace Liquid's `date`, which would read the clock for «now».
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from liquid import BoundTemplate, Environment, RenderContext, Undefined
from liquid.exceptions import LiquidError, UndefinedError
from liquid.filter import with_context
from liquid.undefined import UNDEFINED

from flows.effects import SendText
from flows.facts import Facts
from flows.names import money_words, text_names
from flows.segments import measure, tidy
from flows.zones import zone_named


@dataclass(frozen=True, slots=True)
class Rendered:
    """Words ready to leave."""

    body: str


@dataclass(frozen=True, slots=True)
class Unrenderable:
    """The facts lack something that the text needs; nothing may be sent. `why` names it."""

    why: str


_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_DEAR = ("es", 5)
"""«sábado» has an á, which is not in GSM-7: it would make a text of one part two or three (R130, R132), so the date is said."""
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
}


def render(effect: SendText, facts: Facts, now: datetime) -> Rendered | Unrenderable:
    """The words of `effect` if it left at `now` (which decides between «Sunday» and «Dec 6»)."""
    try:
        body = as_written(effect, facts, now)
    except (LiquidError, ValueError, TypeError, RecursionError) as error:
        return Unrenderable(str(error).splitlines()[0][:60])
    body = tidy(body)
    return Rendered(body) if body else Unrenderable("the text is empty")


def as_written(effect: SendText, facts: Facts, now: datetime) -> str:
    """The same in the characters of its author, look-alikes and all. Raises LiquidError, ValueError or TypeError."""
    names = text_names(facts, effect.values)
    names["here"] = {
        "now": now,
        "zone": facts.zone,
        "language": effect.language,
        "currency": facts.shop.currency,
    }
    return " ".join(compile_text(effect.template).render(**names).split())


def render_within(effect: SendText, facts: Facts, now: datetime, parts: int) -> Rendered | Unrenderable:
    """`render`; a text that nobody asked for and that costs more than `parts` is said without the customer's name, then
    without the product too (R135, R136): what a template says by default is short. What is too long even so is given as
    it would be with everything in it, and the gate says no.
    """
    whole = render(effect, facts, now)
    if effect.prompted_by or effect.notice or not isinstance(whole, Rendered):
        return whole
    if measure(whole.body).parts <= parts:
        return whole
    nameless = replace(facts, customer=replace(facts.customer, first_name=None))
    order = nameless.last_order and replace(nameless.last_order, product=None)
    for plainer in (nameless, replace(nameless, last_order=order)):
        words = render(effect, plainer, now)
        if isinstance(words, Rendered) and measure(words.body).parts <= parts:
            return words
    return whole


@functools.lru_cache(maxsize=4096)
def compile_text(template: str) -> BoundTemplate:
    """The compiled template. Raises liquid.exceptions.LiquidError where it is not valid."""
    return _environment().from_string(template)


class _Context(RenderContext):
    """`size`, `first` and `last` of a group of names are names as any: a column may be called so, and be missing. What is
    missing is called by its whole name."""

    __slots__ = ()

    def get_item(self, obj: Any, key: Any) -> Any:
        return obj[key] if isinstance(obj, Mapping) else super().get_item(obj, key)

    def get(self, path: list[object], *, token: Any, default: object = UNDEFINED) -> object:
        found = super().get(path, token=token, default=default)
        if isinstance(found, _Missing):
            found.name = ".".join(map(str, path))  # the whole name, for whoever has to mend the text
        return found


class _Template(BoundTemplate):
    context_class = _Context


class _Limits(Environment):
    """A merchant's mistake costs a millisecond, not a machine."""

    template_class = _Template
    loop_iteration_limit = 100
    output_stream_limit = 3200
    local_namespace_limit = 20_000
    context_depth_limit = 8


class _Missing(Undefined):
    """A name without a value: false in a condition, replaced by `default`, and a failure when it is printed."""

    __slots__ = ()
    force_liquid_default = True

    def __str__(self) -> str:
        raise UndefinedError(f"{self.name} is missing", token=self.token)

    def __getitem__(self, key: str) -> object:
        return self


@functools.cache
def _environment() -> Environment:
    environment = _Limits(undefined=_Missing, autoescape=False)
    environment.filters.pop("date")
    environment.add_filter("day", _day)
    environment.add_filter("money", _money)
    return environment


def day_words(moment: datetime, now: datetime, zone: str, language: str) -> str:
    """A day as one says it: the weekday within six days, else «Dec 4». Both times are aware."""
    here = zone_named(zone)
    return _said(moment.astimezone(here).date(), now.astimezone(here).date(), language)


@with_context
def _day(value: object, *, context: Any) -> str:
    """The same for a text, of a moment or of a date as it is written in `said`."""
    here = context.resolve("here")
    if isinstance(value, datetime):
        return day_words(value, here["now"], here["zone"], here["language"])
    if isinstance(value, str):
        today = here["now"].astimezone(zone_named(here["zone"])).date()
        if len(value) == len("03-14"):  # a birthday: any year that has all days will do, and no weekday
            language = here["language"] if here["language"] in _MONTHS else "en"
            day = date.fromisoformat(f"2000-{value}")
            return _month_and_day(day, language)
        return _said(date.fromisoformat(value), today, here["language"])
    raise ValueError("`day` needs a date")


def _said(day: date, today: date, language: str) -> str:
    language = language if language in _DAYS else "en"
    if 0 <= (day - today).days <= 6 and (language, day.weekday()) != _DEAR:
        return _DAYS[language][day.weekday()]
    return _month_and_day(day, language)


def _month_and_day(day: date, language: str) -> str:
    month = _MONTHS[language][day.month - 1]
    return f"{day.day} {month}" if language == "es" else f"{month} {day.day}"


@with_context
def _money(value: object, *, context: Any) -> str:
    """Cents as people write prices: $31, or $31.50."""
    if not isinstance(value, int):
        raise ValueError("`money` needs an amount")
    return money_words(value, context.resolve("here")["currency"])
