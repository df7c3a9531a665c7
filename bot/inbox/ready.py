"""Replies that a shop keeps ready, in each of its languages, with the variables that flows have.

Owns the keeping, searching, and their file. Rendering them for one customer is bot.inbox.replying's.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from liquid.exceptions import LiquidError
from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.inbox import Actor, Done, Gone, NotAllowed
from bot.models import ReadyReply
from bot.staff import audit
from flows.parser import read_shape
from flows.places import Places
from flows.problems import Problem
from flows.prover.says import names_of, plain, template_faults
from flows.segments import measure

LANGUAGES = ("en", "es")
LONGEST = 1000
"""Characters of a reply as it is written."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


@dataclass(frozen=True, slots=True)
class Ready:
    """One reply in one language. `parts`: what it costs as written, before variables."""

    id: int
    name: str
    language: str
    body: str
    used: int
    parts: int


@dataclass(frozen=True, slots=True)
class Unfit:
    """It cannot be kept, and why: all at once (I14)."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file changed."""

    new: int
    changed: int
    same: int


class ReadyFile(BaseModel):
    """The file: name -> language -> words."""

    model_config = ConfigDict(extra="forbid")

    replies: dict[str, dict[str, str]]


def ready(
    session: Session, shop_id: int, *, language: str | None = None, search: str = "", limit: int = 200
) -> tuple[Ready, ...]:
    """The shop's replies that fit, the most used first. `search`: words of name or text, in any order."""
    asked = select(ReadyReply).where(
        ReadyReply.shop_id == shop_id,
        *(
            ReadyReply.name.icontains(word, autoescape=True)
            | ReadyReply.body.icontains(word, autoescape=True)
            for word in search.split()[:5]
        ),
    )
    if language is not None:
        asked = asked.where(ReadyReply.language == language)
    rows = session.scalars(
        asked.order_by(ReadyReply.used.desc(), ReadyReply.name, ReadyReply.language).limit(limit)
    )
    return tuple(map(_plain, rows))


def keep(
    session: Session, name: str, language: str, body: str, actor: Actor, now: datetime
) -> Done | Unfit | NotAllowed:
    """Keep a reply under this name in this language; one that is there already is written over."""
    if not actor.may("inbox.settings"):
        return NotAllowed("inbox.settings")
    if problems := tuple(_problems(Places(name, None), (), name, language, body)):
        return Unfit(problems)
    changed = _write(session, actor.shop_id, name, language, body, now) != "same"
    if changed:
        _record(session, actor, "reply_kept", now, name=name, language=language)
    return Done(changed)


def drop(session: Session, ready_id: int, actor: Actor, now: datetime) -> Done | Gone | NotAllowed:
    """Keep it no more."""
    if not actor.may("inbox.settings"):
        return NotAllowed("inbox.settings")
    row = _row(session, ready_id, actor)
    if row is None:
        return Gone()
    session.delete(row)
    _record(session, actor, "reply_dropped", now, name=row.name, language=row.language)
    return Done()


def took(session: Session, ready_id: int, actor: Actor) -> Ready | Gone | NotAllowed:
    """Somebody takes it into a text: it is counted."""
    if not actor.may("inbox.reply"):
        return NotAllowed("inbox.reply")
    row = _row(session, ready_id, actor)
    if row is None:
        return Gone()
    session.execute(
        update(ReadyReply)
        .where(ReadyReply.shop_id == actor.shop_id, ReadyReply.id == ready_id)
        .values(used=ReadyReply.used + 1)
    )
    return _plain(row)


def as_file(session: Session, shop_id: int) -> str:
    """All of them, as the YAML file that `take_file` reads."""
    found: dict[str, dict[str, str]] = {}
    for row in session.scalars(
        select(ReadyReply).where(ReadyReply.shop_id == shop_id).order_by(ReadyReply.name, ReadyReply.language)
    ):
        found.setdefault(row.name, {})[row.language] = row.body
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_unicode, yaml.default_flow_style, yaml.width = True, False, 100
    told = io.StringIO()
    yaml.dump({"replies": found}, told)
    return told.getvalue()


def take_file(
    session: Session, source: str, file: str, actor: Actor, now: datetime
) -> Imported | Unfit | NotAllowed:
    """Keep what a file has; what it has not stays. With a fault in it, nothing is kept."""
    if not actor.may("inbox.settings"):
        return NotAllowed("inbox.settings")
    shaped, problems = checked(source, file)
    if shaped is None:
        return Unfit(problems)
    counts = Counter(
        _write(session, actor.shop_id, name, language, body, now)
        for name, languages in shaped.replies.items()
        for language, body in languages.items()
    )
    if counts["new"] + counts["changed"]:
        _record(session, actor, "replies_imported", now, new=counts["new"], changed=counts["changed"])
    return Imported(counts["new"], counts["changed"], counts["same"])


def checked(source: str, file: str) -> tuple[ReadyFile | None, tuple[Problem, ...]]:
    """What a file has, or everything that is wrong with it."""
    shaped, places, problems = read_shape(ReadyFile, source, file)
    if shaped is None:
        return None, tuple(problems)
    found = tuple(
        problem
        for name, languages in shaped.replies.items()
        for language, body in languages.items()
        for problem in _problems(places, ("replies", name, language), name, language, body)
    )
    return (None if found else shaped), found


def _problems(
    places: Places, path: tuple[str, ...], name: str, language: str, body: str
) -> Iterator[Problem]:
    if not _NAME.fullmatch(name):
        yield places.problem(
            "shape",
            path[:2],
            f"`{name[:40]}` is no name for a reply.",
            "Take small letters, digits, - and _, as in late-parcel.",
        )
    if language not in LANGUAGES:
        yield places.problem(
            "shape",
            path,
            f"`{language[:8]}` is no language of texts.",
            f"Take one of {', '.join(LANGUAGES)}.",
        )
    if not body.strip() or len(body) > LONGEST:
        yield places.problem(
            "shape", path, f"A reply has 1 to {LONGEST} characters.", "Write it, or split it into two."
        )
        return
    for code, message, remedy in template_faults(body):
        yield places.problem(code, path, message, remedy)
    with suppress(LiquidError, RecursionError):
        for used in sorted(names_of(body)):
            if used.split(".")[0].split("[")[0] == "said" or used.startswith(("link.here", "link.to")):
                yield places.problem(
                    "unknown-variable",
                    path,
                    f"`{used}` belongs to a flow: nobody has it in a reply.",
                    "Take a name of the customer, the shop, the last order, the offer, or another link.",
                )


def _write(
    session: Session, shop_id: int, name: str, language: str, body: str, now: datetime
) -> Literal["new", "changed", "same"]:
    body = body.strip()
    values = {"shop_id": shop_id, "name": name, "language": language, "body": body, "used": 0, "at": now}
    if insert_once(session, ReadyReply, values) is not None:
        return "new"
    changed = session.execute(
        update(ReadyReply)
        .where(
            ReadyReply.shop_id == shop_id,
            ReadyReply.name == name,
            ReadyReply.language == language,
            ReadyReply.body != body,
        )
        .values(body=body, at=now)
    )
    return "changed" if changed.rowcount else "same"  # type: ignore[attr-defined]


def _row(session: Session, ready_id: int, actor: Actor) -> ReadyReply | None:
    return session.execute(
        select(ReadyReply).where(ReadyReply.shop_id == actor.shop_id, ReadyReply.id == ready_id)
    ).scalar_one_or_none()


def _plain(row: ReadyReply) -> Ready:
    return Ready(row.id, row.name, row.language, row.body, row.used, measure(plain(row.body)).parts)


def _record(session: Session, actor: Actor, action: str, now: datetime, **details: Any) -> None:
    audit.record(session, actor.by, action, shop_id=actor.shop_id, at=now, details=details)
