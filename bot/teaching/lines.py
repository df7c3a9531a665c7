"""The lines that a shop taught: added, corrected, looked at, taken back. Each change leaves word that a fit is due.

Owns the rows. Who may do it is the caller's question; fitting is `bot.teaching.refit`'s. A line is known by its plain
form: the same words mean one thing in one shop, and whoever says so last is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.models import Conversation, Inbound, ShopHead, TaughtLine
from bot.pending import inserting_once
from bot.staff import audit
from bot.staff.audit import By
from bot.teaching.from_file import LONGEST, name_problem
from nlu.normalise import normalise
from nlu.own import digest_of, is_own
from nlu.own_fit import ENOUGH
from nlu.training_data import Example

Origin: TypeAlias = Literal["file", "flow", "correction"]
State: TypeAlias = Literal["waiting", "taken", "refused"]


@dataclass(frozen=True, slots=True)
class Added:
    """What came of lines: new ones, ones that mean something else now, and ones that were there."""

    new: int
    changed: int
    known: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a correction is not taken, in words."""

    why: str


def add(
    session: Session,
    shop_id: int,
    lines: Iterable[Example],
    *,
    origin: Origin,
    at: datetime,
    flow: str | None = None,
    staff_id: int | None = None,
) -> Added:
    """Take these lines. Twice is once; a line that meant something else means this from now on."""
    known = {
        (row.language, row.plain_key): row
        for row in session.scalars(select(TaughtLine).where(TaughtLine.shop_id == shop_id))
    }
    counts: Counter[str] = Counter()
    for line in lines:
        key = digest_of(normalise(line.text).text)
        row = known.get((line.language, key))
        if row is None:
            values = _values(shop_id, line, key, origin, "taken", at)
            made = TaughtLine(**values, flow=flow, staff_id=staff_id)
            session.add(made)
            known[line.language, key] = made
            counts["new"] += 1
        elif (row.intent, row.state) != (line.intent, "taken"):
            row.intent, row.state, row.staff_id, row.at = line.intent, "taken", staff_id, at
            counts["changed"] += 1
        else:
            counts["known"] += 1
    session.flush()
    if counts["new"] or counts["changed"]:
        changed(session, shop_id, at)
    return Added(counts["new"], counts["changed"], counts["known"])


def take_from_flow(
    session: Session,
    shop_id: int,
    flow: str,
    intents: Mapping[str, Mapping[str, Sequence[str]]],
    *,
    at: datetime,
) -> None:
    """What a flow's `intents:` say when it is published: their lines are taken, and those that it no longer has go."""
    lines = [
        Example(" ".join(text.split()), intent, language)
        for intent, spoken in intents.items()
        for language, texts in spoken.items()
        for text in texts
    ]
    kept = {(line.language, digest_of(normalise(line.text).text)) for line in lines}
    gone = [
        row.id
        for row in session.scalars(
            select(TaughtLine).where(
                TaughtLine.shop_id == shop_id, TaughtLine.origin == "flow", TaughtLine.flow == flow
            )
        )
        if (row.language, row.plain_key) not in kept
    ]
    if gone:
        session.execute(delete(TaughtLine).where(TaughtLine.id.in_(gone)))
        changed(session, shop_id, at)
    if lines:
        add(session, shop_id, lines, origin="flow", at=at, flow=flow)


def correct(
    session: Session,
    shop_id: int,
    inbound_id: int,
    intent: str,
    *,
    at: datetime,
    staff_id: int | None = None,
    state: State = "waiting",
    by: By | None = None,
) -> int | Refused:
    """«What this really meant»: a customer's text becomes a line, to be looked at unless `state` says otherwise; gives its
    id. The text alone changes nothing of what was done about it. `by`: who says so, for the audit."""
    row = session.execute(
        select(Inbound.body, Inbound.reading, Conversation.customer_id)
        .join(
            Conversation,
            (Conversation.shop_id == Inbound.shop_id) & (Conversation.id == Inbound.conversation_id),
        )
        .where(Inbound.shop_id == shop_id, Inbound.id == inbound_id)
    ).one_or_none()
    if row is None:
        return Refused("there is no such text")
    plain = normalise(row.body).text
    if not plain or len(row.body) > LONGEST:
        return Refused("there is nothing in this text to learn from")
    if wrong := name_problem(intent):
        return Refused(f"{wrong[1]} {wrong[2]}")
    if is_own(intent) and intent not in names(session, shop_id, any_number=True):
        return Refused(f"the shop has not taught `{intent}` yet: teach some lines of it first")
    language = (row.reading or {}).get("language") or "en"
    key = digest_of(plain)
    values = _values(shop_id, Example(row.body, intent, language), key, "correction", state, at)
    whose = {"inbound_id": inbound_id, "customer_id": row.customer_id, "staff_id": staff_id}
    line_id = insert_once(session, TaughtLine, {**values, **whose, "flow": None})
    if line_id is None:
        there = session.execute(
            select(TaughtLine).where(
                TaughtLine.shop_id == shop_id, TaughtLine.language == language, TaughtLine.plain_key == key
            )
        ).scalar_one()
        if (
            there.state == "taken" and state == "waiting"
        ):  # what was looked at stays until somebody who may looks again
            if there.intent == intent:
                return there.id
            return Refused(f"it is taught as `{there.intent}`: an owner or an editor can change that")
        there.intent, there.state, there.staff_id, there.at = intent, state, staff_id, at
        session.flush()
        line_id = there.id
    changed(session, shop_id, at)
    if by is not None:
        said = {"inbound": inbound_id, "intent": intent, "state": state}
        subject = audit.Subject("taught_line", line_id)
        audit.record(session, by, "text corrected", shop_id=shop_id, at=at, subject=subject, details=said)
    return line_id


def lines_of(session: Session, shop_id: int, state: State | None = None) -> Sequence[TaughtLine]:
    """The shop's lines, oldest first; those in this state alone."""
    wanted = [TaughtLine.state == state] if state else []
    return session.scalars(
        select(TaughtLine).where(TaughtLine.shop_id == shop_id, *wanted).order_by(TaughtLine.id)
    ).all()


def review(
    session: Session,
    shop_id: int,
    line_id: int,
    *,
    take: bool,
    at: datetime,
    staff_id: int | None = None,
    by: By | None = None,
) -> bool:
    """Take a line, or refuse it. False: there is none of that number. `by`: who does, for the audit."""
    state = "taken" if take else "refused"
    done = session.execute(
        update(TaughtLine)
        .where(TaughtLine.shop_id == shop_id, TaughtLine.id == line_id)
        .values(state=state, staff_id=staff_id, at=at)
    ).rowcount  # type: ignore[attr-defined]
    if done:
        changed(session, shop_id, at)
    if done and by is not None:
        subject = audit.Subject("taught_line", line_id)
        audit.record(session, by, f"line {state}", shop_id=shop_id, at=at, subject=subject)
    return bool(done)


def remove(
    session: Session, shop_id: int, *, at: datetime, line_id: int | None = None, intent: str | None = None
) -> int:
    """Take back one line, or all of an intent; gives how many."""
    where = [TaughtLine.shop_id == shop_id]
    where += [TaughtLine.id == line_id] if line_id is not None else []
    where += [TaughtLine.intent == intent] if intent is not None else []
    if len(where) == 1:
        raise ValueError("say which")
    gone: int = session.execute(delete(TaughtLine).where(*where)).rowcount  # type: ignore[attr-defined]
    if gone:
        changed(session, shop_id, at)
    return gone


def names(session: Session, shop_id: int, *, any_number: bool = False) -> frozenset[str]:
    """Own intents that the shop has taught well enough to be used in some language; or at all."""
    rows = session.execute(
        select(TaughtLine.intent, func.count())
        .where(TaughtLine.shop_id == shop_id, TaughtLine.state == "taken")
        .group_by(TaughtLine.intent, TaughtLine.language)
    ).all()
    return frozenset(intent for intent, count in rows if is_own(intent) and (any_number or count >= ENOUGH))


def changed(session: Session, shop_id: int, at: datetime) -> None:
    """Leave word that what is in force does not know all lines."""
    make_head(session, shop_id)
    session.execute(update(ShopHead).where(ShopHead.shop_id == shop_id).values(changed_at=at))


def make_head(session: Session, shop_id: int) -> None:
    """See that the shop has a row for its head."""
    statement = inserting_once(ShopHead, session.get_bind().dialect.name, give_id=False)
    session.execute(statement, {"shop_id": shop_id, "figures": {}})


def _values(
    shop_id: int, line: Example, key: str, origin: Origin, state: State, at: datetime
) -> dict[str, object]:
    return {
        "shop_id": shop_id,
        "language": line.language,
        "intent": line.intent,
        "text": line.text,
        "plain_key": key,
        "origin": origin,
        "state": state,
        "at": at,
    }
