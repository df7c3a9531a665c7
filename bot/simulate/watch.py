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
SETTLING = timedelta(seconds=3)
"""Whoever texts later than this before one of ours leaves can't have been heard for it: the two cross."""
HEARD = timedelta(hours=1)
"""Within this time a text is answered, or a person has it."""
NO_ANSWER_WANTED = frozenset({"reaction", "stop", "start"})
_OWED = frozenset({"opted_out", "opted_in", "help"})


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that must not happen. `kind`: after_stop, outside_hours, doubled, turned_twice, unanswered,
    during_open_matter, over_cap, after_order."""

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
        *_during_open_matter(log),
        *_over_cap(log),
        *_after_order(log),
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
        confirmed = helped = 0
        for text in log.left:
            if text.at <= since or (until is not None and text.at >= until):
                continue
            if text.notice == "opted_out" and text.at - since <= CONFIRMATION and not confirmed:
                confirmed = 1
                continue
            if text.notice == "help" and helped < _helps(log, since, text.at):
                helped += 1
                continue
            wrong.append(Found("after_stop", text.at, text.body))
    return wrong


def _helps(log: Log, since: datetime, until: datetime) -> int:
    """How often they asked for help in that time."""
    return sum(
        not each.repeat and since < each.at <= until and each.said.meaning.intent == "help"
        for each in log.arrived
    )


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
    """The first text after something of theirs, soon after it: what the engine takes for an answer proves nothing. One
    answer may be several texts of one turn."""
    limit = STAFF_ANSWER if text.author == "staff" else ANSWER
    if text.author != "staff" and text.prompted_by is None:
        return False
    came = [each.at for each in log.arrived if not each.repeat and each.at <= text.at]
    if not came or text.at - came[-1] > limit:
        return False
    return not any(
        came[-1] < each.at < text.at
        and each.author == text.author
        and each.notice is None
        and each.key[:2] != text.key[:2]
        for each in log.left
    )


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
        said_between = before is not None and any(
            not each.repeat and before < each.at < text.at for each in log.arrived
        )
        again = before is not None and text.at - before < timedelta(hours=24) and not said_between
        if again and before is not None and _crossed(log, before):
            again = False  # each of the two answers a text of its own
        if text.key in keys or again:
            wrong.append(Found("doubled", text.at, text.body))
        keys.add(text.key)
        last[text.body] = text.at
    return wrong


def _crossed(log: Log, leaving: datetime) -> bool:
    """Whether a text of theirs crossed with ours that left then, which answers an earlier one: it has an answer to come."""
    since = max((each.at for each in log.left if each.at < leaving), default=None)
    came = [
        each.at
        for each in log.arrived
        if not each.repeat and each.at <= leaving and (since is None or since < each.at)
    ]
    return len(came) > 1 and leaving - came[-1] < SETTLING


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
    if any(
        arrival.at < text.at <= until and (text.author == "staff" or text.prompted_by or text.notice)
        for text in log.left
    ):
        return True
    return any(since <= until and (end is None or end >= arrival.at) for since, end in log.held)


def _marketing(log: Log) -> list[Leaving]:
    """What nobody asked for."""
    return [
        each
        for each in log.left
        if each.author == "bot" and each.notice is None and not _is_answer(log, each)
    ]


def _during_open_matter(log: Log) -> list[Found]:
    """Marketing while people have the conversation: a hand-off, a complaint or a question that waits for them."""
    return [
        Found("during_open_matter", each.at, each.body)
        for each in _marketing(log)
        if any(since < each.at and (until is None or each.at < until) for since, until in log.held)
    ]


def _over_cap(log: Log) -> list[Found]:
    """More marketing of one passage within the time that its flow declares than it declares."""
    wrong = []
    for passage, (most, within) in log.caps.items():
        times = [each for each in _marketing(log) if each.key[0] == passage]
        for number, each in enumerate(times):
            if number >= most and each.at - times[number - most].at < within:
                wrong.append(Found("over_cap", each.at, each.body))
    return wrong


def _after_order(log: Log) -> list[Found]:
    """Marketing of a passage that an order within it has ended."""
    return [
        Found("after_order", each.at, each.body)
        for each in _marketing(log)
        if any(
            begun < at < each.at for begun, number in log.begun if number == each.key[0] for at in log.bought
        )
    ]
