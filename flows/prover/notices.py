"""Whether a shop's own wording of what the law asks for still says it: opt-out, opt-in and help (R5, R120, R122).

Owns what each of these texts must have in it and must not. They leave for people who are opted out, without any rule of
the gate looking at their words; so their words are looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from liquid.exceptions import LiquidError

from flows.places import Places
from flows.problems import Problem
from flows.render import compile_text
from flows.source import CourtesySource, FlowSource
from flows.source_parts import Say

_BRAND = (re.compile(r"shop\.(text_)?name"), "the shop's name: {{ shop.name }}")
_STOP = (re.compile(r"\bstop\b", re.I), "how to stop: «STOP to opt out»")
_HELP = (re.compile(r"\bhelp\b|shop\.contact", re.I), "HELP, or {{ shop.contact }}")
_CONTACT = (re.compile(r"shop\.contact|shop\.site", re.I), "whom to reach: {{ shop.contact }}")
_OFTEN = (
    re.compile(
        r"(?:\d+|texts_a_month ?\}\}) ?(texts|msgs?|messages|textos|mensajes|(?:a|per|al|por) [a-z]+)|recurring|frequency|recurrentes|frecuencia",
        re.I,
    ),
    "how often: «up to 6 texts a month»",
)
_FEES = (re.compile(r"\brates\b|\bfees?\b|\btarifas?\b|\bcostos?\b|\bcargos?\b", re.I), "«Msg&data rates may apply»")  # fmt: skip

MUST = {
    "opted_out": (_BRAND,),
    "opted_in": (_BRAND, _HELP, _STOP, _OFTEN, _FEES),
    "reachable": (_BRAND, _HELP, _STOP, _FEES),
    "confirm_opt_in": (_BRAND, _HELP, _STOP, _OFTEN, _FEES),
    "help": (_BRAND, _CONTACT, _STOP),
    "who": (_BRAND, _STOP),
}
"""R5, R6; R120; R122."""

_SELLS = re.compile(
    r"offer\.|link\.|\d+ ?%|https?://|\bcoupon\b|\bdiscount\b|\bsale\b|\bdescuento\b|\bcupón\b", re.I
)
"""R5: no marketing and no promotion in what follows an opt-out."""


def notices(source: FlowSource, places: Places) -> Iterator[Problem]:
    """What is missing in, or must go from, the texts that the law asks for, in a flow's `words`."""
    for name, say in source.words.items():
        for language, template in _each(say):
            yield from _one(name, language, template, places)


def missing(base: CourtesySource) -> list[str]:
    """The same for what comes with the language; empty, or the installation is broken."""
    nodes = {name: node.say for name, node in base.nodes.items() if name in MUST and node.say is not None}
    return [
        f"{name} ({language}): {what}"
        for name, say in nodes.items()
        for language, template in _each(say)
        for what in _lacks(name, template)
    ]


def _one(name: str, language: str, template: str, places: Places) -> Iterator[Problem]:
    path = ("words", name)
    try:
        compile_text(template)
    except (LiquidError, RecursionError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        yield places.problem("bad-template", path, f"Not valid Liquid: {said}.", "Mend the braces or tags.")
        return
    for what in _lacks(name, template):
        yield places.problem(
            "notice",
            path,
            f"`{name}` ({language}) has to say {what}.",
            "Put it in: the law or the carriers ask for it.",
        )
    if name in ("opted_out", "wrong_number") and (found := _SELLS.search(template)):
        yield places.problem(
            "notice",
            path,
            f"`{name}` ({language}) goes to somebody who has opted out, and «{found.group()}» sells (R5).",
            "Confirm the opt-out and nothing else.",
        )


def _lacks(name: str, template: str) -> list[str]:
    return [what for pattern, what in MUST.get(name, ()) if not pattern.search(template)]


def _each(say: Say) -> Iterator[tuple[str, str]]:
    for variant in say if isinstance(say, list) else [say]:
        if isinstance(variant, str):
            yield "en", variant
        else:
            yield from ((str(language), str(words)) for language, words in variant.items())
