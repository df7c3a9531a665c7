"""Reads until when to wait out of a plain text: «after payday», «a mediados de mes». Pure; `today` is an argument.

A day that cannot be told («when I'm back», «one of these days») is left out: the flow has a default. Dates are calendar
dates at the customer's. What is later than three years is no plan.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from nlu.calendar_words import FEASTS, MONTHS, SEASONS, WEEKDAYS, easter, thanksgiving
from nlu.numbers import COUNTING, VAGUE, one_of, value_of

_COUNT = rf"\d{{1,3}}|{one_of({**COUNTING, **VAGUE})}"
_NAME = one_of(MONTHS)
_DAY_NAME = one_of(WEEKDAYS)
_VAGUELY = re.compile(
    r"\b(?:un dia de estos|otro dia|another day|algun dia|(?<!in )one day|one of these days|24 / 7)\b"
)
_PART = re.compile(
    r"\b(?:(?P<early>early|beginning of|start of|principios? de|comienzos de|inicios de)|(?P<mid>mid|middle of|mediados de|mitad de)"
    r"|(?P<late>late)|(?P<end>end of|finales de|final de|fin(?:es)? de(?! semana)|fin(?:al)? del|ultimos de)) ?(?:[-] )?"
    rf"(?:(?:in|on|the|this|el|la|este|esta|l) )*(?P<next>next |nxt |following |proxim[oa] )?(?P<period>months?|mes|years?|ano|week|semana|{_NAME})\b(?P<coming> (?:que (?:viene|entra)|proxim[oa]))?"
)
_MONTH_END = re.compile(r"\bmonth end\b")
_WEEK_OF = re.compile(
    rf"\b(?P<which>first|second|third|last|1st|2nd|3rd|primera|segunda|tercera|ultima) (?:week|semana) (?:of|in|de|del) (?:the )?(?P<name>{_NAME})\b"
)
_WEEKS = {"first": 1, "1st": 1, "primera": 1, "second": 8, "2nd": 8, "segunda": 8, "third": 15, "3rd": 15, "tercera": 15, "last": 22, "ultima": 22}  # fmt: skip
_AFTER_NEXT = re.compile(r"\b(?P<unit>week|month|year) after next\b")
_NUMERIC = re.compile(
    r"(?:^|\b(?:(?P<spanish>hasta|el|del|despues del|para el)|after|on|until|till|til|by|around|before) )(?P<a>\d{1,2}) / (?P<b>\d{1,2})\b(?! (?:a|an|of|de|bag|bags|bolsa|lb|oz|kg)\b)"
)
_WEEKS_FROM = re.compile(
    rf"\b(?P<n>{_COUNT}) (?:weeks?|semanas?) (?:from|after|despues del?|a partir del?) (?:this |next |el )?(?P<name>{_DAY_NAME})\b"
)
_FORTNIGHT = re.compile(r"\bfortnight\b")
_SPAN = re.compile(
    rf"(?<!hace )(?<!last )(?<!past )\b(?P<n>{_COUNT}) (?:more |mas )?(?P<unit>days?|dias?|weeks?|wks?|semanas?|quincenas?|months?|mos|mes|meses|years?|anos?)\b"
    rf"(?! ago\b)(?: (?:or|o) (?P<more>{_COUNT})\b)?(?P<half> (?:and a half|y medi[oa]))?"
)
_PAYDAY = re.compile(
    r"\b(?:pay ?day|pay ?check|get(?:ting)? paid|i m paid|im paid|paid on|payroll|check comes|quincena|me paguen|me pagan|cobre|cobro|dia de pago)\b"
)
_NEXT_MONTH = re.compile(
    r"\b(?:next month|nxt month|following month|(?:el )?(?:proximo mes|mes que (?:viene|entra)|mes proximo|otro mes)|month after)\b"
)
_NEXT_WEEK = re.compile(
    r"\b(?:next week|nxt week|(?:la )?(?:proxima semana|semana que (?:viene|entra)|otra semana))\b"
)
_NEXT_YEAR = re.compile(r"\b(?:next year|(?:el )?(?:proximo ano|ano que (?:viene|entra)))\b")
_NEXT_QUARTER = re.compile(r"\b(?:next quarter|proximo trimestre)\b")
_AFTER_TOMORROW = re.compile(r"\b(?:day after tomorrow|pasado manana)\b")
_TOMORROW = re.compile(r"\b(?:tomorrow|tmrw|tmr|tomorow|manana)\b")
_NOT_MORNING = re.compile(r"\b(?:por|de|en) la manana\b")
_AFTER_WEEKEND = re.compile(
    r"\b(?:after|pasando|pasado|despues del?) (?:the |this |el |este )?(?:weekend|fin de semana|finde)\b"
)
_WEEKEND = re.compile(r"\b(?:weekend|fin de semana|finde)\b")
_MONTH = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of| de)? )?(?P<name>{_NAME})\b(?: (?P<after>\d{{1,2}})(?:st|nd|rd|th)?\b)?"
)
_DAY_OF_MONTH = re.compile(
    r"\b(?:the|el|on|after|dia|around|until|till) (?:dia |the )?(?P<day>\d{1,2})"
    r"(?:(?:st|nd|rd|th)\b|(?= [.,!?;]|$| (?:of|de|del|or|and|y|o|please|pls|por|porfa|thanks|gracias|when|cuando|maybe|i|me|ya|then|ill)\b(?! la\b)))"
)
_WEEKDAY = re.compile(rf"\b(?P<name>{_DAY_NAME})\b")
_MAY = re.compile(
    r"\b(?:in|until|till|til|after|by|mid|early|late|next|of|en|come|around|first of) may\b|\bmay \d|^may$"
)
_FEAST = re.compile(rf"\b(?P<name>{one_of(FEASTS)})\b")
_SEASON = re.compile(rf"\b(?P<name>{one_of(SEASONS)})\b")
_MOST_MONTHS = 36


def later_until(text: str, today: date) -> date | None:
    """The first day on which a plain text allows to ask again; None when it names none that can be told."""
    text = _VAGUELY.sub(" ", text)
    for reads in (_part, _counted, _named, _turning, _near):
        if (found := reads(text, today)) is not None:
            return found
    return None


def _part(text: str, today: date) -> date | None:
    """«mid December», «end of next month», «the second week of January»."""
    if _MONTH_END.search(text):
        return _of_month(today, 31)
    if found := _WEEK_OF.search(text):
        return _next(MONTHS[found["name"]], _WEEKS[found["which"]], today)
    found = _PART.search(text)
    if found is None:
        return None
    day = 1 if found["early"] else 15 if found["mid"] else 20 if found["late"] else 31
    coming = bool(found["next"] or found["coming"])
    match found["period"]:
        case "week" | "semana":
            weekday = 0 if day == 1 else 2 if day == 15 else 4
            return (
                today + timedelta(days=7 - today.weekday() + weekday) if coming else _weekday(weekday, today)
            )
        case "month" | "months" | "mes":
            return _day_in(_month_start(today, 1), day) if coming else _of_month(today, day)
        case "year" | "years" | "ano":
            month, day = (1, 2) if day == 1 else (6, 15) if day == 15 else (12, 31)
            return date(today.year + 1, month, day) if coming else _next(month, day, today)
        case name:
            return _next(MONTHS[name], day, today)


def _counted(text: str, today: date) -> date | None:
    """«2 weeks», «a week from Monday», «the week after next», «12/15»."""
    if found := _AFTER_NEXT.search(text):
        if found["unit"] == "week":
            return today + timedelta(days=14 - today.weekday())
        return _month_start(today, 2) if found["unit"] == "month" else date(today.year + 2, 1, 2)
    if (found := _NUMERIC.search(text)) and (day := _numeric(found, today)):
        return day
    if found := _WEEKS_FROM.search(text):
        weeks = max(1, round(value_of(found["n"])))
        return _weekday(WEEKDAYS[found["name"]], today) + timedelta(weeks=weeks)
    if found := _SPAN.search(text):
        count = max(value_of(found["n"]), value_of(found["more"]) if found["more"] else 0)
        return _after_span(count + (0.5 if found["half"] else 0), found["unit"], today)
    return today + timedelta(days=14) if _FORTNIGHT.search(text) else None


def _named(text: str, today: date) -> date | None:
    """A month, a day of one, payday: a day that is named goes before the feast or the payday that it explains."""
    if month := _month(text, today):
        return month
    if (found := _DAY_OF_MONTH.search(text)) and 1 <= int(found["day"]) <= 31:
        return _of_month(today, int(found["day"]))
    if _PAYDAY.search(text):
        if day := _WEEKDAY.search(text):
            return _weekday(WEEKDAYS[day["name"]], today)
        return today.replace(day=15) if today.day < 15 else _month_start(today, 1)
    if feast := _FEAST.search(text):
        return _after_feast(FEASTS[feast["name"]], today)
    return None


def _turning(text: str, today: date) -> date | None:
    """The next year, quarter, month, week or season."""
    if _NEXT_YEAR.search(text):
        return date(today.year + 1, 1, 2)
    if _NEXT_QUARTER.search(text):
        return _month_start(today, 3 - (today.month - 1) % 3)
    if _NEXT_MONTH.search(text):
        return _month_start(today, 1)
    if _NEXT_WEEK.search(text):
        return today + timedelta(days=7 - today.weekday())
    season = _SEASON.search(text)
    return _next(*SEASONS[season["name"]], today) if season else None


def _near(text: str, today: date) -> date | None:
    if _AFTER_WEEKEND.search(text):
        return _weekday(0, today)
    if _WEEKEND.search(text):
        return _weekday(5, today)
    if day := _WEEKDAY.search(text):
        return _weekday(WEEKDAYS[day["name"]], today)
    if _AFTER_TOMORROW.search(text):
        return today + timedelta(days=2)
    return today + timedelta(days=1) if _TOMORROW.search(_NOT_MORNING.sub(" ", text)) else None


def _numeric(found: re.Match[str], today: date) -> date | None:
    """Month first, as in the United States; day first in Spanish, and where nothing else can be."""
    month, day = int(found["a"]), int(found["b"])
    if found["spanish"] or month > 12:
        month, day = day, month
    if month > 12:
        month, day = day, month
    return _next(month, day, today) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _after_span(count: float, unit: str, today: date) -> date | None:
    days = 1 if unit[0] == "d" else 7 if unit[:2] in ("we", "wk", "se") else 15 if unit[0] == "q" else 0
    if days:
        return today + timedelta(days=max(1, round(count * days)))
    if unit[0] in "ya":
        count *= 12
    if count > _MOST_MONTHS:
        return None
    start = _month_start(today, int(count))
    half = timedelta(days=15 if count % 1 else 0)
    return start.replace(day=min(today.day, monthrange(start.year, start.month)[1])) + half


def _after_feast(when: tuple[int, int] | str, today: date) -> date:
    """The day after it, this year's or the next one's."""
    if not isinstance(when, str):
        return _next(*when, today)
    first, second = (
        (easter(year) if when == "easter" else thanksgiving(year))
        + timedelta(days=2 if when == "black friday" else 1)
        for year in (today.year, today.year + 1)
    )
    return first if first > today else second


def _month(text: str, today: date) -> date | None:
    found = _MONTH.search(text)
    if found is None or (found["name"] == "may" and not _MAY.search(text)):
        return None
    if found["name"] == "march" and re.search(r"\b(?:to|we|they) march\b", text):
        return None
    day = int(found["day"] or found["after"] or 1)
    month = MONTHS[found["name"]]
    return _next(month, day, today) if 1 <= day <= 31 else None


def _next(month: int, day: int, today: date) -> date:
    """The next such day of the year; a day that the month lacks becomes its last one."""
    when = _day_in(date(today.year, month, 1), day)
    return when if when > today else _day_in(date(today.year + 1, month, 1), day)


def _of_month(today: date, day: int) -> date:
    """That day of this month, or of the next one when it is over."""
    when = _day_in(today, day)
    return when if when > today else _day_in(_month_start(today, 1), day)


def _day_in(month: date, day: int) -> date:
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))


def _weekday(weekday: int, today: date) -> date:
    """The next such day of the week, never today."""
    return today + timedelta(days=(weekday - today.weekday()) % 7 or 7)


def _month_start(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, 1)
