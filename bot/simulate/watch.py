"""The observer: looks at what left and what came, from outside, and says what must never have happened.

Owns the promises as somebody with the phone in their hand would put them. It asks neither gate nor ledger: when somebody
said stop it has from the person, where they are too; only the hours themselves are those of the law's table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.compliance.book import book
from bot.simulate.person import Home
from bot.simulate.records import Arrival, Leaving, Log
from flows.zones import zone_named

ANSWER = timedelta(minutes=11)
"""How long after a text of theirs one of ours may be its answer, by the law's clock and the settling."""
STAFF_ANSWER = timedelta(minutes=16)
CONFIRMATION = timedelta(minutes=5)
HEARD = timedelta(hours=1)
"""Within this time a text is answered, or a person has it."""
NO_ANSWER_WANTED = frozenset({"reaction", "stop", "start"})
_OWED = frozenset({"opted_out", "opted_in", "help"})


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that must not happen. `kind`: after_stop, outside_hours, doubled, turned_twice, unanswered."""

    kind: str
    at: datetime
    words: str


def watch(log: Log, ends: datetime) -> list[Found]:
    """Everything that is wrong with this conversation, seen from outside."""
    return [
        *_after_stop(log),
        *_outside_hours(log),
        *_doubled(log),
        *_turned_twice(log),
        *_unanswered(log, ends),
    ]


def stops(log: Log) -> list[tuple[datetime, datetime | None]]:
    """From when to when they wanted nothing, by their own words."""
    found: list[tuple[datetime, datetime | None]] = []
    for each in log.arrived:
        intent = each.said.meaning.intent
        if intent == "stop" and (not found or found[-1][1] is not None):
            found.append((each.at, None))
        elif intent == "start" and found and found[-1][1] is None:
            found[-1] = (found[-1][0], each.at)
    return found


def _after_stop(log: Log) -> list[Found]:
    wrong = []
    for since, until in stops(log):
        confirmed = 0
        for text in log.left:
            if text.at <= since or (until is not None and text.at >= until):
                continue
            if text.notice == "opted_out" and text.at - since <= CONFIRMATION and not confirmed:
                confirmed = 1
                continue
            asked = any(
                since < each.at <= text.at and each.said.meaning.intent == "help" for each in log.arrived
            )
            if text.notice == "help" and asked:
                continue
            wrong.append(Found("after_stop", text.at, text.body))
    return wrong


def _outside_hours(log: Log) -> list[Found]:
    wrong = []
    for text in log.left:
        if text.notice in _OWED or _is_answer(log, text):
            continue
        for at in (text.at, text.arrives_at):
            if at is not None and not _open(_home_at(log, at), at):
                wrong.append(Found("outside_hours", at, text.body))
                break
    return wrong


def _is_answer(log: Log, text: Leaving) -> bool:
    limit = STAFF_ANSWER if text.author == "staff" else ANSWER
    answers = text.author == "staff" or text.prompted_by is not None
    return answers and any(timedelta() <= text.at - each.at <= limit for each in log.arrived)


def _home_at(log: Log, at: datetime) -> Home:
    return [home for since, home in log.homes if since <= at][-1]


def _open(home: Home, at: datetime) -> bool:
    local = at.astimezone(zone_named(home.zone))
    hours = book().hours(home.place.country, (home.region,) if home.region else (), local.date())
    return hours is not None and hours[0] <= local.hour * 60 + local.minute < hours[1]


def _doubled(log: Log) -> list[Found]:
    """The same text twice: under one key, or the same words again although nothing was said or asked between."""
    wrong, keys = [], set()
    last: dict[str, datetime] = {}
    for text in log.left:
        before = last.get(text.body)
        said_between = before is not None and any(before <= each.at <= text.at for each in log.arrived)
        again = before is not None and text.at - before < timedelta(hours=24) and not said_between
        if text.key in keys or again:
            wrong.append(Found("doubled", text.at, text.body))
        keys.add(text.key)
        last[text.body] = text.at
    return wrong


def _turned_twice(log: Log) -> list[Found]:
    when = {each.provider_id: each for each in log.arrived}
    return [
        Found("turned_twice", when[provider_id].at, when[provider_id].said.words)
        for provider_id, turns in log.answered_in.items()
        if turns > 1 and provider_id in when
    ]


def _unanswered(log: Log, ends: datetime) -> list[Found]:
    """I16: every text gets an answer or a person."""
    quiet = stops(log)
    return [
        Found("unanswered", each.at, each.said.words)
        for each in log.arrived
        if not each.repeat and each.at + HEARD < ends and not _met(log, each, quiet)
    ]


def _met(log: Log, arrival: Arrival, quiet: list[tuple[datetime, datetime | None]]) -> bool:
    if arrival.said.meaning.intent in NO_ANSWER_WANTED or arrival.said.kind == "reaction":
        return True
    until = arrival.at + HEARD
    if any(since <= until and (end is None or end >= arrival.at) for since, end in quiet):
        return True
    if any(arrival.at < text.at <= until for text in log.left):
        return True
    return any(since <= until and (end is None or end >= arrival.at) for since, end in log.held)
