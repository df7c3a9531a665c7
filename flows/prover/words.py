"""Words that do harm: those that carriers take for an order, and texts that some customers would get in another language.

Owns these two checks. They look at the templates as they stand, whatever the path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.definition import Flow
from flows.places import Places
from flows.problems import Problem
from flows.prover.says import Wording, plain, wordings
from flows.source import FlowSource

OPT_OUT = (
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "END",
    "QUIT",
    "CANCEL",
    "REVOKE",
    "OPTOUT",
    "OPT OUT",
    "OPT-OUT",
)
"""R50, R53: alone, they are a stop, whatever was asked. The two last are the law's, not the carriers' (R1)."""

OPT_IN = ("START", "UNSTOP", "YES")
"""R52: alone, from a number that is opted out, they can sign it up again at the carrier. YES is on older lists."""

HELP = ("HELP", "INFO")
CARRIERS = frozenset({*OPT_OUT, *OPT_IN, *HELP})

_ASK = (
    r"\b(?:reply|answer|respond|text|say|send|type|write|responde|contesta|escribe|manda|di|env[ií]a)\b"
    r"(?:\s+(?:back|us|me|with|just|con|a))*\s*"
)
_QUOTE = r"[\"“«'‘]"
_OUT = r"(?:" + "|".join(word.replace(" ", r"\s") for word in sorted(OPT_OUT, key=len, reverse=True)) + ")"
_ASKED_OUT = re.compile(rf"{_ASK}[:]?\s*{_QUOTE}?\s*(?P<word>{_OUT})\b", re.IGNORECASE)
_OR_OUT = re.compile(rf"\b(?:or|o|u)\s+(?:{_QUOTE}\s*(?P<quoted>(?i:{_OUT}))\b|(?P<loud>{_OUT})\b)")
_LOUD_OUT = re.compile(rf"(?:{_QUOTE}|\b)(?P<word>{_OUT})\b(?={_QUOTE}?\s+(?:to|for|if|para|si)\b)")
_ASKED_IN = re.compile(
    rf"{_ASK}[:]?\s*{_QUOTE}?\s*(?P<word>{'|'.join(OPT_IN)})\b(?!\s+please)", re.IGNORECASE
)
_LOUD_IN = re.compile(
    rf"{_QUOTE}?\b(?P<word>{'|'.join(OPT_IN)})\b{_QUOTE}?(?=\s+(?:to|for|if|para|si)\b|\s*$)"
)
_ASKED_HELP = re.compile(rf"(?i:{_ASK})[:]?\s*{_QUOTE}?\s*(?P<word>INFO)\b")
_LEAVES = re.compile(
    r"^\W*(?:(?:to|para|for|if|si|:)\W+)?(?:\w+\W+){0,4}?(?:opt|unsubscribe|stop|end|quit|leave|no more|none|out|cancel(?: these)? texts?|"
    r"not get|fewer|baja|salir|parar|dejar de|no recibir|works|any ?time|cuando|me de)",
    re.IGNORECASE,
)
"""What may follow a STOP, in the same sentence: that it ends the texts."""
_SENTENCE_ENDS = re.compile(r"[.!?]+(?=\s|$)")


def words(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    """Answers that carriers take for themselves, and languages that are missing."""
    own = [each for each in wordings(source) if not each.own_words]
    for wording in own:
        yield from _carriers(wording, places)
    yield from _languages(own, places)


def _carriers(wording: Wording, places: Places) -> Iterator[Problem]:
    text = " ".join(plain(wording.template).split())
    for pattern in (_ASKED_OUT, _OR_OUT, _LOUD_OUT):
        for found in pattern.finditer(text):
            word = next(each for each in found.groupdict().values() if each).upper()
            rest = _SENTENCE_ENDS.split(text[found.end() :], maxsplit=1)[0]
            means_it = _LEAVES.match(rest) or (
                word == "STOP" and not re.match(r"\W*(?:to|for|if|para|si)\b", rest)
            )
            if not means_it:
                yield places.problem(
                    "carrier-word",
                    wording.path,
                    f"Whoever answers «{word}» is opted out by the carrier, whatever the text meant (R53).",
                    "Ask for another word.",
                )
                return
    if signs_up := _ASKED_IN.search(text) or _LOUD_IN.search(text):
        yield places.problem(
            "carrier-yes",
            wording.path,
            f"«{signs_up['word'].upper()}», texted alone by somebody who is opted out, can sign them up again at the carrier (R52).",
            "Ask for another word, such as «same again».",
            "warning",
        )
    if asked := _ASKED_HELP.search(text):
        yield places.problem(
            "carrier-word",
            wording.path,
            f"«{asked['word'].upper()}» is answered by the carriers themselves, and the flow may not see it (R52).",
            "Ask for another word.",
        )


def _languages(own: list[Wording], places: Places) -> Iterator[Problem]:
    wanted = sorted({each.language for each in own})
    had: dict[tuple[str, int], set[str]] = {}
    first: dict[tuple[str, int], Wording] = {}
    for each in own:
        had.setdefault((each.node, each.variant), set()).add(each.language)
        first.setdefault((each.node, each.variant), each)
    for key, languages in had.items():
        for language in wanted:
            if language not in languages:
                each = first[key]
                path = each.path[:-1] if each.path[-1] == each.language else each.path
                yield places.problem(
                    "missing-language",
                    path,
                    f"Other texts of this flow speak «{language}», and this one does not.",
                    f"Add `{language}: ...`, or take {language} out everywhere.",
                )
