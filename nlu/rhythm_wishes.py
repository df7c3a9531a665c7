"""Reads a customer's rhythm out of a plain text: «only twice a year», «not on Sundays», «solo café». Pure.

A text is a wish only if all of it is: wishes, the words that join them, and politeness. So «only 2 bags please» and «not
on Sundays, is the shop open?» are none, and whatever else is said goes to the model. Consent is not asked here: the
reader asks `nlu.optout` first, whose word is the last («only stop»).

A wish that sounds like an opt-out («no texts on Sundays») is a wish where all of it is one (nlu.optout_guards.limits_only).
"""

from __future__ import annotations

import re
from dataclasses import replace

from nlu.normalise import Plain
from nlu.rhythm import DAY, WEEK, Rhythm, joined
from nlu.topics import GOODS

_COUNTS = {
    **dict.fromkeys(("once", "one time", "one", "1", "un", "una vez", "1 vez", "una", "1 time"), 1),
    **dict.fromkeys(("twice", "two times", "two", "2", "dos veces", "dos", "2 times", "2 veces", "a couple of times"), 2),
    **dict.fromkeys(("thrice", "three times", "three", "3", "tres veces", "tres", "3 times", "3 veces"), 3),
    **dict.fromkeys(("four times", "four", "4", "cuatro veces", "cuatro", "4 times", "4 veces"), 4),
    **dict.fromkeys(("five times", "5", "cinco veces", "5 times", "5 veces"), 5),
    **dict.fromkeys(("six times", "6", "seis veces", "6 times", "6 veces"), 6),
}  # fmt: skip
_UNITS = {
    **dict.fromkeys(("day", "days", "dia", "dias"), 1),
    **dict.fromkeys(("week", "weeks", "wk", "semana", "semanas"), 7),
    **dict.fromkeys(("month", "months", "mo", "mes", "meses"), 30),
    **dict.fromkeys(("quarter", "quarters", "trimestre"), 90),
    **dict.fromkeys(("year", "years", "yr", "ano", "anos"), 365),
}
_GAPS = {
    "other": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "twelve": 12, "dos": 2, "tres": 3, "cuatro": 4,
    "cinco": 5, "seis": 6, "ocho": 8, "diez": 10, "doce": 12, **{str(n): n for n in (2, 3, 4, 5, 6, 8, 10, 12)},
}  # fmt: skip
"""Of «every other week», «cada seis meses»."""
_ADVERBS = {"daily": 1, "weekly": 7, "monthly": 30, "quarterly": 90, "yearly": 365, "annually": 365}
_DAYS = {
    **dict.fromkeys(("monday", "mon", "lunes"), (0,)),
    **dict.fromkeys(("tuesday", "tue", "tues", "martes"), (1,)),
    **dict.fromkeys(("wednesday", "wed", "miercoles"), (2,)),
    **dict.fromkeys(("thursday", "thu", "thurs", "jueves"), (3,)),
    **dict.fromkeys(("friday", "fri", "viernes"), (4,)),
    **dict.fromkeys(("saturday", "sat", "sabado"), (5,)),
    **dict.fromkeys(("sunday", "sun", "domingo"), (6,)),
    **dict.fromkeys(("weekend", "fin de semana", "finde"), (5, 6)),
    **dict.fromkeys(("fines de semana", "week end", "findes"), (5, 6)),
    **dict.fromkeys(("weekday", "workday", "entre semana", "dias laborables"), (0, 1, 2, 3, 4)),
}
_PARTS_OF_DAY = {
    **dict.fromkeys(
        ("mornings", "the morning", "the mornings", "la manana", "las mananas", "mananas"),
        (0, 12 * 60),
    ),
    **dict.fromkeys(("afternoons", "the afternoon", "the afternoons"), (12 * 60, 18 * 60)),
    **dict.fromkeys(("evenings", "the evening", "the evenings"), (17 * 60, DAY)),
    **dict.fromkeys(("la tarde", "las tardes", "tardes"), (12 * 60, DAY)),
    **dict.fromkeys(
        ("night", "nights", "the night", "noche", "la noche", "las noches", "noches"), (18 * 60, DAY)
    ),
    **dict.fromkeys(
        ("business hours", "office hours", "working hours", "horario de oficina", "horas de oficina"),
        (9 * 60, 17 * 60),
    ),
}


def _any(words: object) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload]


_LEAD = (
    r"(?:(?:can|could|would|will|puedes|podrias) (?:you|u) |you can |(?:please|pls|just|por favor|porfa) "
    r"|(?:id|i d|i would|i) (?:prefer|like|want|rather) |(?:prefiero|quiero) )*"
)
_TEXT = r"(?:(?:text|txt|message|msg|write|contact)(?: to)?(?: me| us)|send(?: me| us)? (?:texts?|messages?|offers?)|texts?|messages?|offers?|escrib\w+|mand\w+ (?:mensajes|textos|ofertas)|textos|mensajes)"
_ONLY = r"(?:only|just|solo|solamente|unicamente|nada mas)"
_LIMIT = rf"(?:{_ONLY}(?: up to)?|max(?:imum)?(?: of)?|maximo|como (?:mucho|maximo)|(?:no|not) more than|no mas de|at (?:the )?most|up to|limit (?:it|texts|them|this)? ?to)"
_ENOUGH = rf"(?:(?:is|are|would be|works|es|esta|seria) ?(?:more than )?(?:enough|plenty|fine|ok|okay|good|great|perfect|suficiente|bien|bastante|for me|para mi)?(?: for me| para mi)?|basta|max(?:imum)?|maximo|tops|at most|como (?:mucho|maximo)|{_ONLY})"
_OFTEN = (
    rf"(?:(?P<count>{_any(_COUNTS)})(?: (?:texts?|messages?|offers?|textos?|mensajes?))? (?:a|an|per|every|each|in a|al|a la|por|cada|en un|en una)"
    rf"(?: (?P<other>{_any(_GAPS)}))? (?P<unit>{_any(_UNITS)})"
    rf"|(?:every|cada)(?: (?P<gap>{_any(_GAPS)}))? (?P<gap_unit>{_any(_UNITS)})"
    rf"|(?P<adverb>{_any(_ADVERBS)}))"
)
_DAY_NAME = rf"(?:{_any(_DAYS)})s?"
_DAY_LIST = rf"(?:(?:on|at|during|over|in|los|las|el|en) )?(?:the |el |los |las )?(?P<days>{_DAY_NAME}(?:(?: ?,| and| or| y| o| ni| nor| &)(?: on| los| the)? {_DAY_NAME}){{0,5}})"
_TIME = r"(?:las |la |el )?(?:(?P<{0}h>\d{{1,2}})(?: ?: ?(?P<{0}m>\d\d))? ?(?P<{0}p>am|pm|a m|p m|a [.] m(?: [.])?|p [.] m(?: [.])?|de la manana|de la tarde|de la noche)?|(?P<{0}n>noon|midday|mediodia))"
_SENT = r"(?:texts?|txts?|messages?|msgs?|offers?|promos?|mensajes|textos|ofertas|promociones)"
_BEFORE_IT = r"(?:before|earlier than|antes de|antes del|mas temprano (?:de|que))"
_AFTER_IT = r"(?:after|past|later than|despues de|despues del|mas tarde (?:de|que)|pasadas)"
_NOT = rf"(?:not|never|nunca|no|nothing|nada|(?:please )?(?:dont|do not|never) (?:text|txt|message|send)(?: me)?(?: {_SENT})?|but not|(?:no|not any|nada de|sin|no quiero|i dont want)(?: any)?(?: more| mas)? {_SENT}(?: mas)?|no (?:me )?(?:escrib\w+|mand\w+|envi\w+|text\w+)(?: {_SENT})?)"
_TOPIC = rf"(?:(?:i |we |yo )?{_ONLY} (?:(?:want|need|quiero|necesito)(?: to (?:get|receive|hear|see))? )?(?:{_TEXT} )?(?:about|regarding|sobre|acerca de) (?:your |the |el |la |los |las )?(?P<about>[a-z]{{3,20}})|{_TEXT} (?:{_ONLY} )?(?:about|sobre) (?:the |el |la )?(?P<about_only>[a-z]{{3,20}}) {_ONLY}|(?:only|solo|solamente) (?:de )?(?P<goods>{_any(GOODS)})(?: (?:texts?|offers?|deals?|news))?|{_ONLY} (?:ofertas|textos|mensajes) de (?P<offers_of>[a-z]{{3,20}}))"
_BEFORE = (
    r"(?:(?:text (?:me )?|texts? |escribeme |go )?(?:back to )?(?:as|like) (?:before|you did before)|textos como antes|"
    r"(?:escribeme |igual que |todo )?como antes|igual que antes|text me (?:as often as|whenever) you (?:like|want))"
)

_ENDS_A_WORD = r"(?=[ ,.;!]|$)"
"""Or else «es» would be taken of «esta bien», and the wish be none."""
_FORMS = tuple(
    (name, re.compile(rf"(?:{pattern}){_ENDS_A_WORD}"))
    for name, pattern in (
        ("again", _BEFORE),
        ("often", rf"{_LEAD}(?:{_TEXT} )?{_LIMIT} {_OFTEN}(?: {_ENOUGH})*"),
        ("often", rf"{_LEAD}(?:{_TEXT} )?(?:about |around )?{_OFTEN}(?: {_ENOUGH})+"),
        ("often", rf"{_LEAD}{_TEXT} {_OFTEN}"),
        ("only_hours", rf"{_LEAD}(?:{_TEXT} )?{_ONLY} (?:{_TEXT} )?(?:between|from|entre|de) {_TIME.format('f')} (?:-|and|to|till|until|y|a) {_TIME.format('t')}"),
        ("only_after", rf"{_LEAD}(?:{_TEXT} )?{_ONLY} (?:{_TEXT} )?(?:after|despues de|a partir de) {_TIME.format('f')}"),
        ("only_before", rf"{_LEAD}(?:{_TEXT} )?{_ONLY} (?:{_TEXT} )?(?:before|antes de) {_TIME.format('t')}"),
        ("only_after", rf"{_LEAD}(?:{_TEXT} )?(?:after|despues de|a partir de) {_TIME.format('f')} {_ONLY}"),
        ("both", rf"{_LEAD}{_NOT} {_BEFORE_IT} {_TIME.format('f')} ?[,/]? ?(?:and|or|nor|y|o|ni)? ?(?:{_NOT} )?{_AFTER_IT} {_TIME.format('t')}"),
        ("not_after", rf"{_AFTER_IT} {_TIME.format('t')} (?:no|never|nunca)"),
        ("not_before", rf"{_BEFORE_IT} {_TIME.format('f')} (?:no|never|nunca)"),
        ("only_hours", rf"{_LEAD}(?:{_TEXT} )?(?:between|from|entre|de) {_TIME.format('f')} (?:-|and|to|till|until|y|a) {_TIME.format('t')} {_ONLY}"),
        ("not_before", rf"{_LEAD}{_NOT} {_BEFORE_IT} {_TIME.format('f')}"),
        ("not_after", rf"{_LEAD}{_NOT} {_AFTER_IT} {_TIME.format('t')}"),
        ("part", rf"{_LEAD}(?:{_TEXT} )?{_ONLY} (?:{_TEXT} )?(?:(?:in|on|at|por|en|de) )?(?P<part>{_any(_PARTS_OF_DAY)})"),
        ("part", rf"{_LEAD}(?:{_TEXT} )?(?:(?:in|on|at|por|en|de) )?(?P<part>{_any(_PARTS_OF_DAY)}) {_ONLY}"),
        ("not_part", rf"{_LEAD}{_NOT} (?:(?:in|on|at|por|en|de) )?(?P<part>{_any(_PARTS_OF_DAY)})"),
        ("only_days", rf"{_LEAD}(?:{_TEXT} )?{_ONLY} (?:{_TEXT} )?{_DAY_LIST}"),
        ("only_days", rf"{_LEAD}(?:{_TEXT} )?{_DAY_LIST} {_ONLY}"),
        ("only_days", rf"{_LEAD}{_TEXT} {_DAY_LIST}"),
        ("not_days", rf"{_LEAD}{_NOT} {_DAY_LIST}"),
        ("not_days", rf"{_DAY_LIST} no"),
        ("topic", rf"{_LEAD}{_TOPIC}"),
    )
)  # fmt: skip
_JOIN = re.compile(r"(?: *(?:[,.;&!/]|(?:and|but|or|also|y|e|ni|pero|tambien|o)(?= )) *)+|[ ,.;!]+")
_POLITE = re.compile(
    r"(?:please|pls|plz|thanks|thank you|thx|ty|ok|okay|hi|hey|hello|yes|sure|no problem|if you can|if possible|from now on|"
    r"going forward|por favor|porfa|gracias|hola|si|vale|bueno|a partir de ahora|de ahora en adelante|:|🙏|👍|😊|🙂)(?= |$|[,.!;])"
)
_PLURAL = re.compile(r"s(?= |$)")


def read_rhythm(plain: Plain) -> Rhythm | None:
    """The wish that the whole text is; `Rhythm()` for «as before»; None when it is anything else.

    One that leaves no time at all («never on weekdays, never on weekends», «only about nothing») is `impossible`: perhaps
    an opt-out.
    """
    text = plain.text.strip()
    if not text or "?" in text or "¿" in text or len(text) > 200 or plain.reaction is not None:
        return None
    found: Rhythm | None = None
    opening = _JOIN.match(text)  # «and not on Sundays», said on top of an earlier wish
    at = opening.end() if opening else 0
    while at < len(text):
        if polite := _POLITE.match(text, at):
            at = polite.end()
        elif (taken := _wish(text, at)) is not None:
            wish, at = taken
            found = joined(found, wish) if found else wish
        else:
            return None
        if at < len(text):
            joint = _JOIN.match(text, at)
            if joint is None or joint.end() == at:
                return None
            at = joint.end()
    return found


def _wish(text: str, at: int) -> tuple[Rhythm, int] | None:
    """The longest wish that begins here and ends at a word's end, and where that is."""
    best: tuple[Rhythm, int] | None = None
    for name, form in _FORMS:
        match = form.match(text, at)
        if match is None:
            continue
        if (best is None or match.end() > best[1]) and (wish := _value(name, match)) is not None:
            best = wish, match.end()
    return best


def _value(name: str, match: re.Match[str]) -> Rhythm | None:
    groups = match.groupdict()
    match name:
        case "again":
            return Rhythm()
        case "often":
            return _often(groups)
        case "only_days" | "not_days":
            return _on_days(groups["days"], match[0], only=name == "only_days")
        case "part" | "not_part":
            first, last = _PARTS_OF_DAY[groups["part"]]
            if name == "not_part" and 0 < first < last < DAY:
                return None  # what is left are two ends of the day, and a rhythm has one span
            if name == "not_part":
                first, last = (last, DAY) if first == 0 else (0, first)
            return Rhythm(from_minute=first, to_minute=last, less_hours=name == "not_part")
        case "topic":
            topic = next(
                (groups[key] for key in ("about", "about_only", "goods", "offers_of") if groups[key]), None
            )
            if topic in _NOTHING:
                return Rhythm(weekdays=())
            return Rhythm(topic=topic) if topic and topic not in _NO_TOPIC else None
        case _:
            found = _hours(groups)
            return replace(found, less_hours=name in ("both", "not_before", "not_after")) if found else None


_NO_TOPIC = frozenset(
    {
        "that",
        "this",
        "them",
        "you",
        "once",
        "twice",
        "when",
        "the",
        "eso",
        "esto",
        "una",
        "dos",
        "stop",
        "vez",
    }
    | {"tarde", "tardes", "manana", "mananas", "noche", "noches", "morning", "evening", "afternoon", "night"}
    | {
        "offers",
        "discounts",
        "deals",
        "sales",
        "coupons",
        "ofertas",
        "descuentos",
        "promociones",
        "cupones",
    }  # of anything
    | {form for name in (*_DAYS, *_UNITS, *_PARTS_OF_DAY) for form in (name, f"{name}s")}
)
_NOTHING = frozenset("nothing none nada nobody nadie ninguno ninguna zero cero never nunca removal".split())
"""Who wants to hear of nothing else wants to hear nothing."""


def _often(groups: dict[str, str | None]) -> Rhythm | None:
    if adverb := groups["adverb"]:
        return Rhythm(1, _ADVERBS[adverb])
    unit = groups["unit"] or groups["gap_unit"]
    if unit is None:
        return None
    several = groups["other"] or groups["gap"]
    gap = _GAPS[several] if several else 1
    count = _COUNTS[groups["count"]] if groups["count"] else 1
    return Rhythm(count, min(_UNITS[unit] * gap, 730))


def _on_days(named: str, whole: str, *, only: bool) -> Rhythm | None:
    """One day alone («not on Sunday», «text me Monday») is about that day: it has to be said of all of them."""
    days: set[int] = set()
    limited = re.search(rf"\b(?:{_ONLY}|{_NOT})\b", whole) is not None
    always = (
        "los " in whole
        or re.search(rf"\b(?:never|nunca|(?:no|nada de|sin)(?: more)? {_SENT})\b", whole) is not None
    )
    for each in re.split(r" ?,| and| or| y| o| ni| nor| &", named):
        word = re.sub(r"^(?:on|los|the) ", "", each.strip())
        base = word if word in _DAYS else _PLURAL.sub("", word)
        days |= set(_DAYS.get(base, ()))
        always = always or base != word or (limited and len(_DAYS.get(base, ())) > 1)
    if not days or not always:
        return None
    left = days if only else set(WEEK) - days
    return Rhythm(weekdays=tuple(sorted(left)), less_days=not only)


def _hours(groups: dict[str, str | None]) -> Rhythm | None:
    first = _minute(groups, "f", opens=True) if "fh" in groups else 0
    last = _minute(groups, "t", opens=False) if "th" in groups else DAY
    if first is None or last is None or first >= last or (first, last) == (0, DAY):
        return None
    return replace(Rhythm(), from_minute=first, to_minute=last)


def _minute(groups: dict[str, str | None], side: str, *, opens: bool) -> int | None:
    """The minute of the day that a time of day means, where nobody says am or pm: waking hours, and what opens is early."""
    if groups[f"{side}n"]:
        return 12 * 60
    hour, minute = int(groups[f"{side}h"] or 0), int(groups[f"{side}m"] or 0)
    half = (groups[f"{side}p"] or "").replace(" ", "").replace(".", "")
    if hour > 24 or minute > 59:
        return None
    if half in ("pm", "delatarde", "delanoche"):
        hour = hour if hour >= 12 else hour + 12
    elif half in ("am", "delamanana"):
        hour = 0 if hour == 12 else hour
    elif hour < (8 if opens else 12) and hour != 0:
        hour += 12
    return min(hour * 60 + minute, DAY)
