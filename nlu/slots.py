"""Reads typed details out of a plain text: until when to wait, how many, which percentage. Pure; `today` is an argument.

A detail that isn't clear is left out («when I'm back»): the flow has a default. Dates are calendar dates at the customer's.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

_NUMBERS = {
    **{word: n for n, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1)},
    **{word: n for n, word in enumerate(["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"], 1)},
    "a": 1, "an": 1, "un": 1, "una": 1, "couple": 2, "couple of": 2, "a couple": 2, "a couple of": 2, "un par de": 2, "few": 3, "a few": 3,
    "unos": 3, "unas": 3, "several": 3, "another": 1, "otra": 1, "otro": 1, "half a": 0.5, "dozen": 12, "media docena": 6, "docena": 12,
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero", "february feb febrero", "march marzo", "april apr abril", "may mayo", "june jun junio", "july jul julio",
            "august aug agosto", "september sept sep septiembre", "october oct octubre", "november nov noviembre", "december dec diciembre",
        ), 1)
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon lunes",
            "tuesday tues tue martes",
            "wednesday wed miercoles",
            "thursday thurs thu jueves",
            "friday fri viernes",
            "saturday sat sabado",
            "sunday domingo",
        )
    )
    for name in names.split()
}
_FEASTS = {
    **dict.fromkeys(("christmas", "xmas", "navidad", "holidays", "las fiestas", "fiestas"), (12, 26)),
    **dict.fromkeys(("new year", "new years", "ano nuevo", "reyes"), (1, 7)),
    **dict.fromkeys(("valentines", "san valentin"), (2, 15)),
    **dict.fromkeys(("halloween",), (11, 1)),
    **dict.fromkeys(("tax season", "taxes"), (4, 16)),
    **dict.fromkeys(("4th of july", "fourth of july"), (7, 5)),
}
_SEASONS = {
    **dict.fromkeys(("spring", "primavera"), (3, 20)),
    **dict.fromkeys(("summer", "verano"), (6, 21)),
    **dict.fromkeys(("fall", "autumn", "otono"), (9, 22)),
    **dict.fromkeys(("winter", "invierno"), (12, 21)),
}

_COUNT = "|".join(sorted((re.escape(word) for word in _NUMBERS), key=len, reverse=True))
_SPAN = re.compile(
    rf"\b(?P<n>\d{{1,3}}|{_COUNT}) (?:more |mas )?(?P<unit>days?|dias?|weeks?|wks?|semanas?|quincenas?|months?|mos|mes|meses|years?|anos?)\b"
)
_PAYDAY = re.compile(
    r"\b(?:pay ?day|pay ?check|get(?:ting)? paid|i m paid|im paid|paid on|payroll|check comes|quincena|me paguen|me pagan|cobre|cobro|dia de pago)\b"
)
_MONTH_END = re.compile(r"\b(?:end of (?:the |this )?month|month end|fin(?:es|al|ales)? de(?:l)? mes)\b")
_NEXT_MONTH = re.compile(
    r"\b(?:next month|nxt month|following month|(?:el )?(?:proximo mes|mes que (?:viene|entra)|mes proximo|otro mes)|month after)\b"
)
_NEXT_WEEK = re.compile(
    r"\b(?:next week|nxt week|(?:la )?(?:proxima semana|semana que (?:viene|entra)|otra semana))\b"
)
_NEXT_YEAR = re.compile(r"\b(?:next year|(?:el )?(?:proximo ano|ano que (?:viene|entra)))\b")
_TOMORROW = re.compile(r"\b(?:tomorrow|tmrw|tmr|tomorow|manana)\b")
_NOT_MORNING = re.compile(r"\b(?:por|de|en) la manana\b")
_WEEKEND = re.compile(r"\b(?:weekend|fin de semana|finde)\b")
_MONTH = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of| de)? )?(?P<name>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b(?: (?P<after>\d{{1,2}})(?:st|nd|rd|th)?\b)?"
)
_DAY_OF_MONTH = re.compile(
    r"\b(?:the|el|on|after|dia) (?:dia )?(?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?! (?:%|dollars|bags|percent|a |por))"
)
_WEEKDAY = re.compile(rf"\b(?P<name>{'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})\b")
_MAY = re.compile(
    r"\b(?:in|until|till|til|after|by|mid|early|late|next|of|en|come|around|first of) may\b|\bmay \d|^may$"
)
_FEAST = re.compile(rf"\b(?P<name>{'|'.join(sorted(_FEASTS, key=len, reverse=True))})\b")
_SEASON = re.compile(rf"\b(?P<name>{'|'.join(_SEASONS)})\b")
_PERCENT = re.compile(r"\b(\d{1,2})(?: ?%| percent\b| por ciento\b| porciento\b| pct\b| off\b)")
_QUANTITY_NOUN = r"(?:bags?|box|boxes|packs?|packets?|bottles?|cans?|units?|pieces?|pairs?|of|more|jars?|tins?|tubes?|orders?|cases?|cartons?|sets?|bolsas?|cajas?|paquetes?|botellas?|latas?|unidades?|piezas?|frascos?|pares|mas|pounds|lbs?)"
_QUANTITY = re.compile(
    rf"\b(?P<n>\d{{1,2}}|{'|'.join(w for w in _NUMBERS if ' ' not in w and w not in ('a', 'an', 'un', 'una', 'few', 'unos', 'unas', 'several', 'half', 'another', 'otra', 'otro', 'couple'))}) {_QUANTITY_NOUN}\b"
    rf"|\b(?:send|want|need|order|get|take|x|times|quiero|mandame|mandeme|necesito|dame|deme|make it|ill take)(?: me)? (?P<m>\d{{1,2}}|two|three|four|five|six|dos|tres|cuatro|cinco|seis)\b(?! ?(?:%|percent|off|days?|weeks?|months?|dias|semanas|meses|dollars|minutes|min|hours|oz))"
    rf"|^(?P<k>\d{{1,2}}|two|three|four|five|six|dos|tres|cuatro|cinco|seis)(?: (?:please|pls|por favor|porfa))?$|\b(?P<l>\d{{1,2}}) ?x\b|\bx ?(?P<o>\d{{1,2}})\b"
)


def later_until(text: str, today: date) -> date | None:
    """The first day on which a plain text allows to ask again; None when it names none that can be told."""
    if _MONTH_END.search(text):
        end = _month_start(today, 0).replace(day=monthrange(today.year, today.month)[1])
        return end if end > today else _month_start(today, 1)
    if span := _SPAN.search(text):
        return _after_span(_number(span["n"]), span["unit"], today)
    if _PAYDAY.search(text):
        return today.replace(day=15) if today.day < 15 else _month_start(today, 1)
    if month := _month(text, today):
        return month
    if feast := _FEAST.search(text):
        return _next(*_FEASTS[feast["name"]], today)
    if _NEXT_YEAR.search(text):
        return date(today.year + 1, 1, 2)
    if _NEXT_MONTH.search(text):
        return _month_start(today, 1)
    if _NEXT_WEEK.search(text):
        return today + timedelta(days=7 - today.weekday())
    if season := _SEASON.search(text):
        return _next(*_SEASONS[season["name"]], today)
    if _WEEKEND.search(text):
        return today + timedelta(days=(5 - today.weekday()) % 7 or 7)
    if day := _WEEKDAY.search(text):
        return today + timedelta(days=(_WEEKDAYS[day["name"]] - today.weekday()) % 7 or 7)
    if (found := _DAY_OF_MONTH.search(text)) and 1 <= int(found["day"]) <= 31:
        return _on_day(int(found["day"]), today)
    if _TOMORROW.search(_NOT_MORNING.sub(" ", text)):
        return today + timedelta(days=1)
    return None


def quantity(text: str) -> int | None:
    """How many of something a plain text orders, 1 to 99."""
    found = _QUANTITY.search(text)
    if found is None:
        return None
    number = int(_number(next(part for part in found.groups() if part)))
    return number if 1 <= number <= 99 else None


def percent(text: str) -> int | None:
    """The percentage that a plain text speaks of, 1 to 99."""
    found = _PERCENT.search(text)
    return int(found[1]) or None if found else None


def _number(word: str) -> float:
    return float(word) if word.isdecimal() else _NUMBERS[word]


def _after_span(count: float, unit: str, today: date) -> date | None:
    days = 1 if unit[0] == "d" else 7 if unit[:2] in ("we", "wk", "se") else 15 if unit[0] == "q" else 0
    if days:
        return today + timedelta(days=max(1, round(count * days)))
    months = int(count * (12 if unit[0] in "ya" else 1)) or 1
    if months > 36:
        return None
    start = _month_start(today, months)
    return start.replace(day=min(today.day, monthrange(start.year, start.month)[1]))


def _month(text: str, today: date) -> date | None:
    found = _MONTH.search(text)
    if found is None or (found["name"] == "may" and not _MAY.search(text)):
        return None
    if found["name"] == "march" and re.search(r"\b(?:to|we|they) march\b", text):
        return None
    day = int(found["day"] or found["after"] or 1)
    month = _MONTHS[found["name"]]
    return _next(month, day, today) if 1 <= day <= 31 else None


def _next(month: int, day: int, today: date) -> date:
    """The next such day of the year; a day that the month lacks becomes its last one."""
    for year in (today.year, today.year + 1):
        when = date(year, month, min(day, monthrange(year, month)[1]))
        if when > today:
            return when
    return date(today.year + 1, month, min(day, monthrange(today.year + 1, month)[1]))


def _on_day(day: int, today: date) -> date:
    for months in (0, 1):
        start = _month_start(today, months)
        when = start.replace(day=min(day, monthrange(start.year, start.month)[1]))
        if when > today:
            return when
    return _month_start(today, 1)


def _month_start(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, 1)
