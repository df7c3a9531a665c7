"""How a text sounds: shouting, «!!», guilt, two questions at once, fine print where none is asked for. Warnings all.

Owns the tone that DESIGN asks for, as far as a rule can hear it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.definition import Flow
from flows.places import Places
from flows.problems import Problem
from flows.prover.says import Wording, plain, wordings
from flows.prover.words import CARRIERS
from flows.source import FlowSource

_MAY_SHOUT = CARRIERS | {"JOIN", "BAJA", "AYUDA", "ALTO", "HTTP", "HTTPS", "USPS", "DHL", "FEDEX", "BOGO"}
_LOUD = re.compile(r"\b[A-ZÁÉÍÓÚÑÜ]{4,}\b")
_LOUD_PAIR = re.compile(r"\b([A-ZÁÉÍÓÚÑÜ]{2,3})\s+(?=([A-ZÁÉÍÓÚÑÜ]{2,3})\b)")
"""Two short ones in a row: «BUY NOW». One alone is mostly a short form: «US», «VIP»."""
_SHORT_FORMS = frozenset(
    """
    US USA UK EU NY NYC LA SF DC CT TV OK ID PM AM VIP UPS PO BOX EST PST CST MST ET PT USD CAD EUR GBP PIN SMS FAQ LLC INC CO SA
    XL XXL OZ LB KG ML EE UU OPT OUT
    """.split()
)
_BANGS = re.compile(r"!\s*!|¡\s*¡")
_GUILT = re.compile(
    r"\b(?:we|i)(?:['’]re| are|['’]m| am) (?:so |very |really )?(?:sad|hurt|heartbroken|crying|upset)\b"
    r"|\b(?:don['’]?t|do not) (?:leave|abandon|forget|ghost|ignore) (?:us|me)\b"
    r"|\byou(?:['’]ve| have)? (?:forgot|forgotten|abandoned|ghosted|ignored|left)(?: about)? us\b"
    r"|\b(?:did you|have you) (?:forget|forgotten|ghost|abandon)(?:ed)? (?:about )?us\b"
    r"|\bbreaks? (?:our|my) heart|\bwe (?:really )?miss(?:ed)? you so\b|\bwas it something we (?:said|did)\b|\bhow could you\b"
    r"|\b(?:estamos|estoy) (?:muy |tan )?trist[ea]s?\b|\bno nos (?:dejes|olvides|abandones|ignores)\b"
    r"|\bnos (?:olvidaste|has olvidado|abandonaste|dejaste|ignoraste)\b|\bte olvidaste de nosotros\b"
    r"|\bnos (?:rompes|parte) el (?:coraz[óo]n|alma)\b|\bpor qu[ée] nos (?:dejas|abandonas)\b",
    re.IGNORECASE,
)
_FEES = re.compile(
    r"\bmsg ?& ?data\b|\bmessage and data rates\b|\bdata rates\b|\brates may apply\b|\bpueden aplicar(?:se)? (?:tarifas|cargos)\b|"
    r"\btarifas de (?:mensajes|datos)\b",
    re.IGNORECASE,
)
_URL = re.compile(r"https?://\S+")


def wording(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    """What would make a customer wince."""
    keywords = set(flow.trigger.keywords)
    for each in wordings(source):
        text = _URL.sub(" ", " ".join(plain(each.template).split()))
        for code, message, remedy in _faults(each, text, keywords):
            yield places.problem(code, each.path, message, remedy, "warning")


def _faults(each: Wording, text: str, keywords: set[str]) -> Iterator[tuple[str, str, str]]:
    loud = [word for word in _LOUD.findall(text) if word not in _MAY_SHOUT and word not in keywords]
    loud += [
        " ".join(pair)
        for pair in _LOUD_PAIR.findall(text)
        if not {*pair} & (_MAY_SHOUT | _SHORT_FORMS | keywords)
    ]
    if loud:
        yield "capitals", f"«{loud[0]}» shouts.", "Write it as one would say it."
    if _BANGS.search(text):
        yield "exclamation", "«!!» shouts.", "One exclamation mark will do."
    if found := _GUILT.search(text):
        yield "guilt", f"«{found.group()}» makes the customer feel guilty.", "Give them a reason instead."
    if _questions(each.template) > 1:
        yield "two-questions", "Two questions in one text: a «yes» answers both, or neither.", "Ask one."
    if not each.own_words and (found := _FEES.search(text)):
        yield "fees", f"«{found.group()}» belongs to the opt-in and to HELP.", "Leave it out here."


_BRANCH = re.compile(r"\{%-?\s*(if|elsif|else|unless|case|when|endif|endunless|endcase)\b.*?-?%\}", re.DOTALL)


def _questions(template: str) -> int:
    """Questions in the text, at the most: of the ways of an {% if %}, the one with the most counts."""
    best: list[list[int]] = [[0]]
    at = 0
    for tag in [*_BRANCH.finditer(template), None]:
        piece = template[at : tag.start() if tag else len(template)]
        best[-1][-1] += len(re.findall(r"\?+(?!\w)", _URL.sub(" ", plain(piece))))
        if tag is None:
            break
        at = tag.end()
        kind = tag.group(1)
        if kind in ("if", "unless", "case"):
            best.append([0])
        elif kind in ("elsif", "else", "when"):
            best[-1].append(0)
        elif len(best) > 1:
            most = max(best.pop())
            best[-1][-1] += most
    while len(best) > 1:
        most = max(best.pop())
        best[-1][-1] += most
    return best[0][0]
