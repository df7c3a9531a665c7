"""Puts a customer in front of a question of a shipped flow, and tells what an answer leads to.

Owns the way there (found by trying, as a customer might) and the words for the outcome. Reads with the real reader.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

from bot.heard import hearing
from flows.definition import Flow
from flows.events import Reading
from flows.parser import library, published
from flows.play.came import Came, Heard
from flows.play.customer import BEGIN, customer_facts
from flows.play.player import Player, Standing
from flows.values import Scalar
from nlu.normalise import normalise
from nlu.reader import embedded_reader

READS = hearing(embedded_reader(sure=0.55, unsure=0.30))
_DEEPEST = 9
_TRIED = ("no", "yes", "coupon", "later", "reorder", "churn_reason", "smalltalk", "pleased")


@dataclass(frozen=True, slots=True)
class Step:
    """What came of one answer. `to`: the node that spoke; `nothing`; or where it ended without a word."""

    to: str
    stands: str
    texts: tuple[str, ...]


@cache
def shipped(name: str) -> Flow:
    """A flow of the library, as it is once published."""
    return published(library()[name])


def questions(flow: Flow) -> list[str]:
    """The nodes that ask the customer something and wait for the answer."""
    return [
        node.name
        for node in flow.nodes.values()
        if node.say
        and node.replies
        and not node.wait
        and any("?" in words["en"] for words in node.say.variants)
    ]


def before(flow: Flow, node: str, customer: Mapping[str, Scalar]) -> tuple[Player, Came]:
    """A player who stands at that node, by the shortest way there, and what was said last on it.

    `customer`: facts, and `codes`: how many are left.
    """
    facts = {name: value for name, value in customer.items() if name != "codes"}
    player = Player(flow, customer_facts(facts, BEGIN), BEGIN, codes=customer.get("codes"))  # type: ignore[arg-type]
    came = player.start()
    pending: deque[tuple[Standing, Came, int]] = deque([(player.standing, came, 0)])
    seen: set[tuple[str, str | None]] = set()
    while pending:
        standing, came, depth = pending.popleft()
        player.back_to(standing)
        if (
            player.state.node == node
            and player.stands == "waiting"
            and came.said
            and came.said[-1].node == node
        ):
            return player, came
        held = player.facts.offer.name if player.facts.offer else None
        if depth == _DEEPEST or (player.state.node, held) in seen or player.stands != "waiting":
            continue
        seen.add((player.state.node, held))
        if (after := player.silence()) is not None:
            pending.append((player.standing, after, depth + 1))
        player.back_to(standing)
        if player.timer and held and player.facts.offer and player.facts.offer.ends < player.timer[1]:
            player.wait(
                player.facts.offer.ends - player.now + timedelta(minutes=1)
            )  # the offer ends, the wait does not
            pending.append((player.standing, came, depth + 1))
        for intent in _TRIED:
            player.back_to(standing)
            if intent == "pleased" and intent in flow.node(player.state.node).replies:
                after = player.say(intent, Heard(Reading("smalltalk", 1.0, mood="pleased")))
                pending.append((player.standing, after, depth + 1))
                continue
            if intent in flow.node(player.state.node).replies:
                after = player.say(intent, Heard(Reading(intent, 1.0)))
                pending.append((player.standing, after, depth + 1))
    raise AssertionError(f"no way leads to {node}")


def answer(player: Player, standing: Standing, *texts: str) -> Step:
    """What these texts lead to, from there, one after the other."""
    player.back_to(standing)
    *first, last = [_said(player, text) for text in texts]
    said = tuple(body for came in (*first, last) for body in came.bodies)
    return Step(last.said[-1].node if last.said else "nothing", player.stands, said)


def _said(player: Player, text: str) -> Came:
    heard = READS(text, player.today, player.facts.shop.answers)
    if (
        plain := normalise(text)
    ).reaction and not plain.text:  # a thumb on a text of ours, as bot.conversations.reading has it
        heard = replace(heard, reading=replace(heard.reading, intent="reaction"))
    return player.say(text, heard)
