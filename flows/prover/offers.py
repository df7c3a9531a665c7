"""Whether what is promised is true: offers that are known, and «last», «ends» or «only» said of an offer that really ends.

Owns these checks. An end that is claimed has to be the end of an offer in the customer's hands, on every path to that text;
and for 30 days after it no code may follow that is as good or better.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from itertools import count

from flows.definition import Flow, Offer
from flows.places import Places
from flows.problems import Problem
from flows.prover.says import Wording, plain, wordings
from flows.prover.spots import Move, Walk
from flows.source import FlowSource

LARGE = {"percent": 40, "amount_cents": 5000, "points": 5000}
"""From here on an offer that nobody counts can cost a shop more than it meant to give. Codes are finite all the same."""

AFTERWARDS = 30 * 86_400
DAY_AND_A_HALF = 36 * 3600
"""How far off an end may be that is called «today» or «tonight»: a day, and the hours until its midnight."""

_TIMES = r"chance|call|days?|hours?|minutes?|offer|reminder|notice|deal|opportunity|night"
_URGENT = re.compile(
    rf"\b(?:last|final)[ -](?:{_TIMES})\b"
    r"|\b(?:ends?|ending|expires?|expiring)\s+(?:at|on|by|in|this|soon|today|tonight|tomorrow|midnight|\{\{)"
    r"|\bends\b|\bexpires\b|\blimited[ -]time\b|(?<!no )\bhurry\b|\bwhile (?:supplies|stocks?|they) last\b"
    r"|\bonly\s+(?:today|tonight|now|till|until|this|for(?! you)|a few|\d+|one|\{\{)"
    r"|\b(?:today|tonight|now|once|weekend|week) only\b"
    r"|\b[úu]ltim[oa]s?\s+(?:oportunidad|llamada|d[ií]as?|aviso|horas?|recordatorio|oferta|noche|minutos?)"
    r"|\b(?:oportunidad|llamada|oferta|aviso) final\b"
    r"|\b(?:s[óo]lo|solamente|[úu]nicamente)\s+(?:por\s+)?(?:hoy|ma[ñn]ana|ahora|hasta|est[ae]|quedan?|\d+|\{\{)"
    r"|\b(?:termina|vence|caduca|expira)n?\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_TODAY = re.compile(r"\b(?:today|tonight|midnight|hoy|esta noche|medianoche)\b", re.IGNORECASE)


def budgets(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    """Large offers that nobody limits."""
    for name, offer in flow.offers.items():
        if offer.budget is None and any((getattr(offer, kind) or 0) > most for kind, most in LARGE.items()):
            yield places.problem(
                "no-budget",
                ("offers", name),
                f"`{name}` is large, and nothing limits how many are given out.",
                "Add `budget: 200`, say.",
                "warning",
            )


def claims(flow: Flow, source: FlowSource, places: Places, walk: Walk) -> Iterator[Problem]:
    """Ends that are claimed and are none."""
    urgent: dict[str, list[tuple[Wording, str]]] = {}
    for wording in wordings(source):
        found = _URGENT.search(_TAG.sub(" {{ ", wording.template))
        if found and not wording.own_words:
            urgent.setdefault(wording.node, []).append((wording, found.group()))
    if not urgent:
        return
    told: set[object] = set()
    for move in walk.moves():
        for text in move.texts:
            for wording, words in urgent.get(text.node, ()):
                problem = _claim(walk, places, move, wording, words)
                if problem and (problem.code, wording.path) not in told:
                    told.add((problem.code, wording.path))
                    yield problem


def _claim(walk: Walk, places: Places, move: Move, wording: Wording, words: str) -> Problem | None:
    held = move.facts.offer
    if held is None:
        return places.problem(
            "no-such-end",
            wording.path,
            f"«{words.strip()}» is said, and no offer that ends is in the customer's hands.",
            "Say it only where an offer ends, or leave it out.",
            transcript=walk.transcript(move),
        )
    prints_end = "offer.ends" in wording.template
    if (
        not prints_end
        and _TODAY.search(plain(wording.template))
        and move.left
        and move.left[1] > DAY_AND_A_HALF
    ):
        return places.problem(
            "no-such-end",
            wording.path,
            f"«{words.strip()}» is said, and the offer can still run for {move.left[1] // 86_400} days.",
            "Print {{ offer.ends | day }}, or let the offer end then.",
            transcript=walk.transcript(move),
        )
    again = _followed(walk, move, walk.flow.offers.get(held.name))
    if again is None:
        return None
    return places.problem(
        "not-the-last",
        wording.path,
        f"«{words.strip()}» is said, and within 30 days an offer follows that is as good or better.",
        "Take those words out, or the later offer.",
        transcript=walk.transcript(move, *again),
    )


def _followed(walk: Walk, claim: Move, offer: Offer | None) -> list[Move] | None:
    """A way from the claim to a new code, as good or better, within 30 days."""
    if offer is None:
        return None
    tick = count()
    queue: list[tuple[int, int, int]] = [(0, next(tick), claim.after)]
    best: dict[int, int] = {claim.after: 0}
    came: dict[int, Move] = {}
    while queue:
        at, _, number = heapq.heappop(queue)
        if at > best[number]:
            continue
        for move in walk.moves_of.get(number, ()):
            then = at + move.elapsed
            if then > AFTERWARDS or move.kind in ("people", "report", "consent", "shop"):
                continue
            given = move.facts.offer if move.kind == "coupon" and move.left else None
            if (
                given
                and given.name in walk.flow.offers
                and at_least_as_good(walk.flow.offers[given.name], offer)
            ):
                return [*_back(came, claim.after, number), move]
            if then < best.get(move.after, AFTERWARDS + 1):
                best[move.after] = then
                came[move.after] = move
                heapq.heappush(queue, (then, next(tick), move.after))
    return None


def at_least_as_good(one: Offer, other: Offer) -> bool:
    """Whether `one` gives no less than `other`: of the same kind, and not smaller. Kinds are not compared."""
    if one.percent and other.percent:
        return one.percent >= other.percent
    if one.amount_cents and other.amount_cents:
        return one.amount_cents >= other.amount_cents
    if one.points and other.points:
        return one.points >= other.points
    if one.gift and other.gift:
        return True
    return one.free_shipping and other.free_shipping


def _back(came: dict[int, Move], start: int, number: int) -> list[Move]:
    way: list[Move] = []
    while number != start:
        move = came[number]
        way.append(move)
        number = move.before
    return way[::-1]
