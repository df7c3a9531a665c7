"""What a person does with a text that they have read: nothing, buy, or answer, and in what words.

Owns the choice, by the weights of people.yml. The shop knows none of this: it gets words, and orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bot.simulate.people import Inclination, People
from bot.simulate.person import Person, pick
from bot.simulate.words import Meaning, Said, afterthought, in_words, pieces, say
from flows.definition import Ask, Node
from flows.effects import SendText
from flows.intents import MOODS
from flows.zones import zone_named

ANSWERS_AT_MOST = 12
"""So many replies, and nobody feels like answering any more."""
_WAKES, _SLEEPS = 7, 23
_VALUE = Meaning("value", "other")


@dataclass(frozen=True, slots=True)
class Read:
    """A text on the phone, as far as a person can tell what it wants. `node`: the stop at which the shop waits."""

    effect: SendText | None
    node: Node | None


def kind_of(read: Read) -> str:
    """offer, link, mood, answer or plain: what sort of text it is to whoever gets it."""
    effect = read.effect
    if effect is None:
        return "answer"
    if effect.offer is not None or "link.checkout" in effect.template:
        return "offer"
    if "link." in effect.template:
        return "link"
    if read.node is not None and not MOODS.keys().isdisjoint(read.node.replies):
        return "mood"
    return "answer" if effect.prompted_by else "plain"


def deed(read: Read, person: Person, people: People, chance: Random) -> str:
    """nothing, buy, value, or a group of words.yml."""
    inclination = people.inclinations[person.inclination]
    asked = read.node.ask if read.node is not None else None
    if asked is not None and person.inclination != "silent" and chance.random() < 0.7:
        return "unclear" if chance.random() < people.shares["misfit"] else "value"
    chosen = pick(chance, dict(_does(inclination, kind_of(read))))
    unclear = chosen not in ("nothing", "buy", "stop", "reaction", "picture")
    if unclear and chance.random() < people.shares["unclear"]:
        return "unclear"
    return chosen


def words_for(group: str, person: Person, people: People, chance: Random) -> list[Said]:
    """The texts of one reply, in the order in which they are sent."""
    share = people.shares
    said = say(group, person.language, chance, typos=share["typos"], shouts=share["shouts"])
    if (
        said.kind == "text"
        and said.meaning.intent not in ("stop", "start", "help")
        and chance.random() < share["fragments"]
    ):
        return pieces(said, chance)
    return [said]


def value_for(ask: Ask, language: str, chance: Random) -> list[Said]:
    """A value that fits what was asked for."""
    match ask.kind:
        case "number":
            low, high = ask.low if ask.low is not None else 1, ask.high if ask.high is not None else 5
            words = f"{chance.uniform(low, high):.0f}"
        case "date":
            words = chance.choice(
                ["next friday", "in two weeks", "tomorrow"]
                if language == "en"
                else ["mañana", "en dos semanas"]
            )
        case "choice":
            words = chance.choice([word for words in ask.choices.values() for word in words] or ["the first"])
        case "text":
            return [say("anything", language, chance, typos=0, shouts=0)]
    return [in_words(words, language, _VALUE)]


def second_thought(said: Said, chance: Random) -> Said:
    """What is sent while the answer is on its way."""
    return afterthought(said, chance)


def answers_at(person: Person, zone: str, people: People, read_at: datetime, chance: Random) -> datetime:
    """When they get to it: after their own patience, and not in their sleep."""
    low, high = people.patience[person.patience].minutes
    at = read_at + timedelta(minutes=chance.uniform(low, high))
    local = at.astimezone(zone_named(zone))
    if local.hour >= _SLEEPS:
        at += timedelta(hours=24 - local.hour + _WAKES)
    elif local.hour < _WAKES:
        at += timedelta(hours=_WAKES - local.hour)
    return at


def _does(inclination: Inclination, kind: str) -> dict[str, float]:
    does = inclination.does
    found = does.get(kind) or does.get("any") or does.get("plain") or {"nothing": 1}
    return dict(found)
