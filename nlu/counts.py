"""Reads how many of something a plain text orders, and which percentage it asks for. Pure.

A number that says something else is blanked first: a size («12 oz»), a time («2 weeks»), what is still in the cupboard,
money, an order's number. What is unclear («a few») is left out, and the flow's own number stands.
"""

from __future__ import annotations

import re

from nlu.numbers import COUNTING, one_of, value_of

MOST = 99
"""More is a slip of the thumb, or a shop's own order."""

_WORD = one_of(COUNTING.keys() - {"once"})
_N = rf"(?:\d{{1,2}}|{_WORD}|once(?= (?:bolsas|cajas|paquetes|botellas|latas|unidades|piezas|frascos|pares)))"
_NOUN = (
    r"(?:bags?|box|boxes|packs?|packets?|bottles?|cans?|units?|pieces?|pairs?|jars?|tins?|tubes?|orders?|cases?|cartons?|sets?|"
    r"bolsas?|bolsitas?|cajas?|cajitas?|paquetes?|botellas?|latas?|unidad|unidades|piezas?|frascos?|pares|tarros?|pounds)"
)
_NOISE = re.compile(
    # sizes, times, money, numbers of orders, living beings
    rf"\b(?:\d{{1,4}}|{_WORD}) ?- ?(?=(?:oz|lb|kg|ct)\b)|\b(?:\d{{1,4}}|{_WORD}) ?(?:oz|ounces?|lbs?|pound|g|gr|grams?|kg|kilos?|ml|l|liters?|litros?|ct|count|inch|in|cm|mg)\b(?: {_NOUN}\b)?"
    rf"|\b(?:\d{{1,3}}|{_WORD}|a couple of|a couple|couple|un par de) (?:more )?(?:minutes?|min|mins|hours?|hrs?|days?|weeks?|wks?|months?|years?|nights?|am|pm|minutos?|horas?|dias?|semanas?|meses|mes|anos?|times|veces)\b"
    rf"|[$€£] ?\d+(?: [.,] \d+)?|\b\d+ (?:dollars?|bucks?|pesos?|euros?|usd|cents?|%|percent|por|off)\b"
    rf"|\b(?:order|pedido|number|numero|invoice|ticket|code|codigo)(?: (?:no|number|numero|#))? ?#? ?\d+"
    rf"|\b(?:\d{{1,2}}|{_WORD}) (?:dogs?|cats?|kids?|people|persons|of us|perros?|gatos?|hijos?|personas|questions?|preguntas?)\b"
    rf"|\bone (?:of (?:each|these|those|the|your|my)|question|thing|day|sec|second|moment|last|time)\b"
    # what they have already
    rf"|(?<!can )(?<!could )(?<!may )\b(?:i|we|still|already|got|todavia|aun|ya)(?: (?:still|already|only))* (?:have|had|got|bought|ordered|tengo|tenemos|tenia|quedan|compre|pedi)(?: \w+)? {_N}(?: {_NOUN})?\b"
    rf"|\b(?:tengo|quedan|queda|sobran)(?: \w+)? {_N}(?: {_NOUN})?\b|\b{_N} (?:{_NOUN} )?(?:left|remaining|last time|la vez pasada|la ultima vez)\b"
    rf"|\bhalf an? {_NOUN}\b|\bat \d{{1,2}}\b"
)
_DOZENS = re.compile(
    rf"\b(?:(?P<half>half an? dozen|half dozen|media docena)|(?P<n>{_N}|an?|una)? ?(?:dozen|docenas?))\b"
)
_ENDS = r"(?= [^\w\s]|$| (?:please|pls|plz|por favor|porfa|this time|esta vez|thanks|gracias|again|of|de|del|mas|more|now|instead|today)\b)"
_PAIR = re.compile(rf"\b(?:a (?:couple|pair)|couple|un par)(?: (?:of|de))?(?: (?:more|{_NOUN}))?{_ENDS}")
_ASK = r"(?:send|want|need|order|get|take|have|x|times|quiero|mandame|mandeme|necesito|dame|deme|ponme|make it|make that|ill take|que sean|qty|quantity|cantidad)"
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?P<n>{_N})(?: {_NOUN})? (?:instead of|rather than|en vez de|en lugar de)\b",
        rf"\b(?P<n>{_N}) (?:more |mas )?{_NOUN}\b",
        rf"\b(?P<n>{_N})(?: of| de(?: los| las|l)?| more| mas| x)(?= \w| [^\w\s]|$)(?! (?:january|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre))",
        r"\b(?P<n>\d{1,2}) ?x\b|\bx ?(?P<m>\d{1,2})\b",
        rf"\b{_ASK}(?: me)?(?: :)? (?P<n>{_N}|uno|una)(?= [^\w\s]|$| \w)",
        rf"\b(?:just|only|but|solo|solamente|nada mas|pero) (?P<n>{_N}|un|una){_ENDS}",
        rf"\b(?P<n>{_N}) (?:this time|esta vez|instead|again)\b",
        rf"^(?:(?:yes|yeah|yep|sure|ok|okay|si|dale|claro|va|perfect|hi|hola|,|!|\.) )*(?P<n>{_N}|uno|una)(?: (?:please|pls|plz|por favor|porfa|thanks|gracias|[.!]))*$",
    )
)
_SINGLE = re.compile(
    rf"(?<!half )\b(?:a|an|un|una|another|otra|otro|one more|one other|sol[oa]) {_NOUN}\b|\b(?:un|una) sol[oa]\b|\bone more{_ENDS}"
)
_PERCENT = re.compile(
    rf"(?<![$€£] )\b(?P<n>\d{{1,2}}|{_WORD}|once)(?: ?%| percent\b| por ciento\b| porciento\b| pct\b| off\b)"
)
_HALF = re.compile(r"\bhalf (?:off|price)\b|\b(?:a )?mitad de(?:l)? precio\b")


def quantity(text: str) -> int | None:
    """How many of something a plain text orders, 1 to 99."""
    text = " ".join(_NOISE.sub(" ~ ", text).split())
    if found := _DOZENS.search(text):
        if found["half"]:
            return 6
        return _in_bounds(12 * (1 if (found["n"] or "a") in ("a", "an", "una") else value_of(found["n"])))
    for form in _FORMS:
        if match := form.search(text):
            return _in_bounds(value_of(next(part for part in match.groups() if part)))
    if _PAIR.search(text):
        return 2
    return 1 if _SINGLE.search(text) else None


def percent(text: str) -> int | None:
    """The percentage that a plain text speaks of, 1 to 99."""
    if found := _PERCENT.search(text):
        return _in_bounds(value_of(found["n"]))
    return 50 if _HALF.search(text) else None


def _in_bounds(number: float) -> int | None:
    return int(number) if 1 <= number <= MOST else None
