"""What was said and done in one conversation, as bubbles and thin lines, each text with its «why».

Owns those words. What happened is bot.inbox.talk's to know. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from bot.inbox import Actor
from bot.inbox.talk import Entry, Heard, Noted, Picture, Said, Talk
from bot.inbox.undoing import UNDONE
from console import words
from console.inbox.times import Times
from console.meanings import meaning
from console.phone import DELIVERY, Piece, pieces
from console.verdicts import STATUS

OPT_OUT: Final[dict[str, str]] = {
    "carrier_word": "Opted out, by a carrier's word",
    "rule": "Opted out, by rule",
    "model": "Opted out, found by the reader",
    "held": "May be an opt-out: no marketing until a person has decided",
    "repeated": "Had opted out before",
}
UNSEEN: Final = frozenset({"superseded"})
"""Texts that were replaced before anybody could see them."""
NOT_LEFT: Final = frozenset({"denied", "withheld", "expired", "refused", "lost", "superseded"})


@dataclass(frozen=True, slots=True)
class Why:
    """The fold-out of a text: what was read in it, or what the bot had read and where it stood, and what the gate said.

    `rules` had nothing against it, those in `against` had: (verdict, rule, why) each.
    """

    summary: str
    lines: tuple[str, ...]
    rules: tuple[tuple[str, str, str], ...] = ()
    against: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Bubble:
    """One entry. `side`: them, us, note or deed (a thin line). `undo`: the text that can still be taken back, and
    `leaves_at` when it leaves; `day`: the day, above the first entry of one."""

    key: str
    side: str
    author: str
    pieces: tuple[Piece, ...]
    when: str
    there: str
    state: str
    tone: str
    day: str
    heard: str = ""
    heard_unsure: bool = False
    pictures: tuple[Picture, ...] = ()
    flag: str = ""
    why: Why | None = None
    undo: int | None = None
    pending: bool = False
    by_bot: bool = False
    inbound: int | None = None
    """The number of a text of theirs that was read: one may say what it really meant."""
    note: int | None = None
    """The number of a note that this person may take away."""


def bubbles(
    entries: Sequence[Entry], talk: Talk, times: Times, actor: Actor, *, last_day: str = ""
) -> tuple[Bubble, ...]:
    """The entries as they read, oldest first, and what has not left yet below them."""
    readings = {each.id: each for each in entries if isinstance(each, Heard)}
    found, day = [], last_day
    for each in sorted(entries, key=_not_left_yet):
        if isinstance(each, Said) and each.verdict.status in UNSEEN:
            continue
        at = _moment(each)
        today = times.day(at) if not _not_left_yet(each) else day
        found.append(_bubble(each, talk, times, actor, readings, today if today != day else ""))
        day = today
    return tuple(found)


def leaving(talk: Talk) -> tuple[Said, ...]:
    """Texts that have been claimed: nobody can stop them any more."""
    return tuple(each for each in _said(talk.entries) if each.verdict.status == "claimed")


def waiting(talk: Talk) -> tuple[Said, ...]:
    """Texts that are written down and have not left."""
    return tuple(each for each in _said(talk.entries) if each.verdict.status == "ready")


def _not_left_yet(each: Entry) -> bool:
    """What is still to come stands last."""
    return isinstance(each, Said) and each.verdict.status == "ready"


def _said(entries: Iterable[Entry]) -> Iterable[Said]:
    return (each for each in entries if isinstance(each, Said))


def _moment(each: Entry) -> datetime:
    if isinstance(each, Said):
        return each.left_at or each.at
    return each.at


def _bubble(
    each: Entry, talk: Talk, times: Times, actor: Actor, readings: dict[int, Heard], day: str
) -> Bubble:
    at = _moment(each)
    when, there = times.clock(at), times.beside(at, talk.person.zone)
    match each:
        case Heard():
            return _heard(each, talk, when, there, day)
        case Said():
            return _text(each, talk, times, actor, readings, when, there, day)
        case Noted():
            return Bubble(
                key=f"n{each.id}",
                side="note" if each.kind in ("note", "brief") else "deed",
                author=_name(each.by.staff_id if each.by else None, each.by.name if each.by else "", actor)
                or "The shop's rule",
                pieces=(Piece(each.body),),
                when=when,
                there="",
                state="",
                tone="",
                day=day,
                flag="Handover" if each.kind == "brief" else "",
                note=each.id if _may_drop(each, actor) else None,
            )
        case _:
            assert_never(each)


def _may_drop(each: Noted, actor: Actor) -> bool:
    """As bot.inbox.notes.drop_note asks it once more."""
    own = each.by is not None and each.by.staff_id == actor.staff_id
    return each.kind == "note" and actor.may("inbox.reply") and (own or actor.role == "owner")


def _heard(each: Heard, talk: Talk, when: str, there: str, day: str) -> Bubble:
    reading, body = each.reading, each.body
    if each.kind == "call":
        return Bubble(
            f"h{each.id}", "deed", who(talk), (Piece("called the number"),), when, there, "", "", day
        )
    flag = OPT_OUT.get(each.opt_out or "", "")
    if each.keyword and each.provider_answers:
        flag = f"{flag}; the carrier has answered it" if flag else "The carrier has answered it"
    unsure = reading is not None and not reading.understood
    intent = meaning(reading.intent) if reading else ""
    return Bubble(
        key=f"h{each.id}",
        side="them",
        author=who(talk),
        pieces=(Piece(body or ("" if each.pictures else "(an empty text)")),),
        when=when,
        there=there,
        state="",
        tone="",
        day=day,
        heard=(f"not understood; perhaps: {intent}" if unsure else intent) if reading else "",
        heard_unsure=unsure,
        pictures=each.pictures,
        flag=flag,
        why=_reading(each),
        inbound=each.id if reading and body else None,
    )


def _text(
    each: Said,
    talk: Talk,
    times: Times,
    actor: Actor,
    readings: dict[int, Heard],
    when: str,
    there: str,
    day: str,
) -> Bubble:
    state, tone = _state(each, times)
    if each.verdict.status == "ready" and each.author == "bot" and talk.holder != "bot":
        state, tone = "held back while people speak", "wait"
    author = {"bot": "Bot", "api": "A program"}.get(each.author) or _name(
        each.staff.staff_id if each.staff else None, each.staff.name if each.staff else "Staff", actor
    )
    ready = each.verdict.status == "ready"
    return Bubble(
        key=f"s{each.id}",
        side="us",
        author=author or "Staff",
        pieces=pieces(each.body, links=True),
        when="" if ready else when,
        there="" if ready else there,
        state=state,
        tone=tone,
        day=day,
        why=_why(each, readings),
        undo=each.id if ready and each.author == "staff" else None,
        pending=each.verdict.status in NOT_LEFT or ready,
        by_bot=each.author != "staff",
    )


def _state(each: Said, times: Times) -> tuple[str, str]:
    verdict = each.verdict
    if verdict.status == "ready" and verdict.until is not None and verdict.until > times.now:
        return f"leaves {times.when(verdict.until)}", "wait"
    if verdict.status == "sent":
        said = DELIVERY.get(verdict.delivery or "", "sent")
        return said, "stop" if said == "not delivered" else "go"
    if verdict.status == "withheld" and each.author == "staff":
        return "taken back" if verdict.because == UNDONE else f"held back: {verdict.because}", "stop"
    return STATUS.get(verdict.status, (verdict.status, "wait"))


def _why(each: Said, readings: dict[int, Heard]) -> Why | None:
    verdict, lines = each.verdict, list[str]()
    heard = readings.get(each.answers or 0)
    if each.author == "bot" and heard is not None and heard.reading is not None:
        lines.append(f"It read «{_start(heard.body)}» as {_read(heard)}.")
    if each.node:
        lines.append(f"{each.flow or 'The front desk'}, at {words.node_words(each.node)}")
    if verdict.because:
        lines.append(f"The gate: {verdict.because}")
    elif verdict.looks == 0:
        lines.append("The gate is asked when it leaves.")
    if verdict.looks > 1:
        lines.append(f"The gate was asked {verdict.looks} times.")
    cost = f"{each.kind}, {each.parts} part{'' if each.parts == 1 else 's'}, {each.language}"
    lines.append(cost)
    rules = tuple((rule.verdict, rule.id.replace("_", " "), rule.why) for rule in verdict.rules)
    return Why(
        "Why",
        tuple(lines),
        tuple(each for each in rules if each[0] == "allow"),
        tuple(each for each in rules if each[0] != "allow"),
    )


def _reading(each: Heard) -> Why | None:
    reading = each.reading
    if reading is None:
        return None
    lines = [*reading.why]
    lines.append(f"{reading.percent}% sure")
    if reading.ranking:
        lines.append(", ".join(f"{meaning(name)} {share}%" for name, share in reading.ranking))
    if reading.also:
        lines.append(f"also: {meaning(reading.also)}")
    lines += [f"{name.replace('_', ' ')}: {value}" for name, value in reading.slots]
    if reading.mood and reading.mood != "neutral":
        lines.append(f"mood: {reading.mood}")
    if reading.language:
        lines.append(f"language: {reading.language}")
    return Why("Why", tuple(lines))


def _read(heard: Heard) -> str:
    reading = heard.reading
    assert reading is not None
    intent = meaning(reading.intent)
    return (
        f"«{intent}», {reading.percent}% sure"
        if reading.understood
        else f"nothing it knows («{intent}» {reading.percent}%)"
    )


def _start(body: str, length: int = 60) -> str:
    return body if len(body) <= length else body[: length - 1].rstrip() + "…"


def _name(staff_id: int | None, name: str, actor: Actor) -> str:
    return "You" if staff_id == actor.staff_id else name


def who(talk: Talk) -> str:
    """What the customer is called here."""
    return (talk.person.name or "").split(" ")[0] or "The customer"
