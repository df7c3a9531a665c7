"""The names of months, days, seasons and feasts in both languages, and when the movable ones are. Pure."""

from __future__ import annotations

from datetime import date, timedelta

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero", "february feb febrero", "march marzo", "april apr abril", "may mayo", "june jun junio", "july jul julio",
            "august aug agosto", "september sept sep septiembre", "october oct octubre", "november nov noviembre", "december dec diciembre",
        ), 1)
    for name in names.split()
}  # fmt: skip
WEEKDAYS = {
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
FEASTS: dict[str, tuple[int, int] | str] = {
    **dict.fromkeys(("christmas", "xmas", "navidad"), (12, 26)),
    **dict.fromkeys(("holidays", "new year", "new years", "ano nuevo"), (1, 2)),
    **dict.fromkeys(("las fiestas", "fiestas", "reyes"), (1, 7)),
    **dict.fromkeys(("valentines", "san valentin"), (2, 15)),
    **dict.fromkeys(("halloween",), (11, 1)),
    **dict.fromkeys(("tax season", "taxes"), (4, 16)),
    **dict.fromkeys(("4th of july", "fourth of july"), (7, 5)),
    **dict.fromkeys(("thanksgiving", "turkey day", "accion de gracias"), "thanksgiving"),
    **dict.fromkeys(("black friday", "viernes negro"), "black friday"),
    **dict.fromkeys(("easter", "semana santa", "pascua"), "easter"),
}
"""Month and day of the day after, or which movable feast it is. Who waits for the holidays to end means the new year's
day here, and Epiphany in Spanish."""
SEASONS = {
    **dict.fromkeys(("spring", "primavera"), (3, 20)),
    **dict.fromkeys(("summer", "verano"), (6, 21)),
    **dict.fromkeys(("fall", "autumn", "otono"), (9, 22)),
    **dict.fromkeys(("winter", "invierno"), (12, 21)),
}


def thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 21)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the anonymous computus (valid for every year of it)."""
    golden, century = year % 19, year // 100
    corrected = century - century // 4 - (8 * century + 13) // 25
    epact = (19 * golden + corrected + 15) % 30
    epact -= (epact // 28) * (1 - (epact // 28) * (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + epact + 2 - century + century // 4) % 7
    ahead = epact - weekday
    month = 3 + (ahead + 40) // 44
    return date(year, month, ahead + 28 - 31 * (month // 4))
