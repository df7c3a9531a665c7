"""The verdict: what the handsets got and what the door promised, against the rows.

Owns the questions and nothing of the code under test: plain SQL (benchmarks.crash.evidence), the stand-in's record of
arrivals, the driver's record of answers. Each fault found is told in one line, so that a seed can be understood.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from benchmarks.crash.driver import Posted
from benchmarks.crash.evidence import Evidence, document, gather, naive
from benchmarks.crash.shop import Place
from bot.clock import real_now
from bot.db import Database

ENDED = frozenset({"sent", "unknown", "lost", "refused", "denied", "withheld", "expired"})
MAY_HAVE_ARRIVED = frozenset({"sent", "unknown", "claimed"})
LATER = timedelta(hours=2)
"""A text put off for longer than this waits for its hour, and has no end yet."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures of a round. `faults`: what each of those that must be zero consists of, in words."""

    kills: int
    inbound: int
    inbound_lost: int
    texts: int
    delivered_rows_twice: int
    turns_lost: int
    opt_outs_late: int
    asleep_for_ever: int
    unknown_settled: int
    unknown_open: int
    faults: tuple[str, ...] = field(default=())
    unsaid: int = 0
    """Replies whose every text ended without leaving, while the bot held on: an end, and worth knowing."""
    ends: Mapping[str, int] = field(default_factory=dict)
    """How the texts ended, by status and reason."""

    def figures(self) -> dict[str, int]:
        """The ten of the last line."""
        found = asdict(self)
        return {name: found[name] for name in FIGURES}


FIGURES = (
    "kills",
    "inbound",
    "inbound_lost",
    "texts",
    "delivered_rows_twice",
    "turns_lost",
    "opt_outs_late",
    "asleep_for_ever",
    "unknown_settled",
    "unknown_open",
)
MUST_BE_ZERO = ("inbound_lost", "delivered_rows_twice", "turns_lost", "opt_outs_late", "asleep_for_ever")


def judge(
    database: Database,
    place: Place,
    posted: Sequence[Posted],
    texts: Sequence[Mapping[str, Any]],
    seen_unknown: Mapping[str, str],
    kills: int,
) -> Verdict:
    """Compare the records. `texts`: the stand-in's, `seen_unknown`: public ids that were unknown at some look."""
    rows = gather(database, real_now)
    arrived = Counter(text["public_id"] for text in texts if text["author"] == "shop")
    found = {
        "inbound_lost": list(inbound_lost(rows, posted)),
        "delivered_rows_twice": list(delivered_wrongly(rows, arrived)),
        "turns_lost": list(turns_lost(rows)),
        "opt_outs_late": [*stops_missed(rows, posted), *late(rows)],
        "asleep_for_ever": list(asleep(rows)),
    }
    now_unknown = {row.public_id for row in rows.outbound if row.status == "unknown"}
    counts: dict[str, int] = {name: len(told) for name, told in found.items()}
    return Verdict(
        kills=kills,
        inbound=len(posted),
        texts=sum(arrived.values()),
        unknown_settled=len(set(seen_unknown) - now_unknown),
        unknown_open=len(now_unknown),
        faults=tuple(f"{name}: {line}" for name, told in found.items() for line in told),
        unsaid=_unsaid(rows),
        ends=Counter(f"{row.status}: {row.why}" if row.why else row.status for row in rows.outbound),
        **counts,
    )


def inbound_lost(rows: Evidence, posted: Sequence[Posted]) -> Iterator[str]:
    """Texts that the door accepted and no row holds; and texts that it never accepted, however often they were posted."""
    kept = {row.provider_id for row in rows.inbound}
    for text in posted:
        if text.accepted and text.provider_id not in kept:
            yield f"{text.provider_id} «{text.body}» was answered 2xx and is not there"
        elif not text.accepted:
            yield f"{text.provider_id} «{text.body}» was posted {text.posts} times and never accepted"


def delivered_wrongly(rows: Evidence, arrived: Mapping[str, int]) -> Iterator[str]:
    """Rows that reached a handset more than once, or that reached one though the row says that they never left."""
    by_id = {row.public_id: row for row in rows.outbound}
    for public_id, times in arrived.items():
        row = by_id.get(public_id)
        if times > 1:
            yield f"{public_id} reached the handset {times} times"
        elif row is None:
            yield f"{public_id} reached a handset and has no row"
        elif row.status not in MAY_HAVE_ARRIVED:
            yield f"{public_id} reached a handset and is {row.status} ({row.why})"
    for row in rows.outbound:
        if row.status == "sent" and row.public_id not in arrived:
            yield f"{row.public_id} is sent and reached no handset"


def turns_lost(rows: Evidence) -> Iterator[str]:
    """Replies that no turn took, and replies that ended with neither a text, an end of it, nor a person."""
    holders = {row.id: row.holder for row in rows.conversations}
    taken: dict[int, list[Any]] = defaultdict(list)
    for entry in rows.journal:
        for inbound_id in document(entry.inbound_ids):
            taken[inbound_id].append(entry)
    book = _Book(rows)
    for row in rows.inbound:
        if row.turned_at is None:
            yield f"{row.provider_id} «{row.body}» was never taken"
        elif row.opt_out or row.keyword or holders[row.conversation_id] != "bot":
            continue  # obeyed when it was stored (see stops_missed), answered by the carrier, or a person has it
        elif not taken[row.id]:
            yield f"{row.provider_id} «{row.body}» was taken and no turn knows of it"
        elif not any(book.ended(entry) for entry in taken[row.id]):
            yield f"{row.provider_id} «{row.body}» was answered by nobody: {book.told(taken[row.id][-1])}"
    for signal in rows.signals:
        yield f"an event of conversation {signal.conversation_id} was never taken"
    for row in rows.outbound:
        if row.status == "claimed" or (row.status == "ready" and naive(row.due_at) < rows.now + LATER):
            yield f"{row.public_id} is still {row.status} ({row.why})"


class _Book:
    """The journal beside the texts that its turns wrote."""

    def __init__(self, rows: Evidence) -> None:
        self._now = rows.now
        self._texts: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for row in rows.outbound:
            if row.turn is not None:
                self._texts[row.enrolment_id, row.turn].append(row)
        self._standing = {(e.enrolment_id, e.turn): e for e in rows.journal if e.superseded == 0}
        self._last: dict[int, int] = {}
        for enrolment_id, turn in self._standing:
            self._last[enrolment_id] = max(turn, self._last.get(enrolment_id, 0))

    def texts(self, entry: Any) -> list[Any]:
        """What a turn said. A turn that asked for a code says it in the next."""
        said = list(self._texts[entry.enrolment_id, entry.turn])
        kinds = {effect["type"] for effect in document(entry.effects)}
        following = self._standing.get((entry.enrolment_id, entry.turn + 1))
        if "RequestCoupon" in kinds and following is not None:
            said += self._texts[following.enrolment_id, following.turn]
        return said

    def ended(self, entry: Any) -> bool:
        """Whether the reply that this turn took had an end."""
        if entry.superseded:  # undone for a newer text, and answered together with it
            later = range(entry.turn + 1, self._last.get(entry.enrolment_id, 0) + 1)
            return any(
                (answer := self._standing.get((entry.enrolment_id, turn))) is not None
                and document(answer.event)["type"] == "Replied"
                and self.ended(answer)
                for turn in later
            )
        kinds = {effect["type"] for effect in document(entry.effects)}
        said = self.texts(entry)
        return "HandOff" in kinds or (bool(said) and all(self._over(row) for row in said))

    def _over(self, row: Any) -> bool:
        """Whether a text has its end, or was put off by the gate to an hour that is still to come."""
        return row.status in ENDED or (row.status == "ready" and naive(row.due_at) >= self._now + LATER)

    def told(self, entry: Any) -> str:
        """A turn in a few words."""
        kinds = [effect["type"] for effect in document(entry.effects)]
        said = [f"{row.status} ({row.why})" for row in self.texts(entry)]
        undone = ", undone" if entry.superseded else ""
        return f"enrolment {entry.enrolment_id} turn {entry.turn}{undone}, effects {kinds}, texts {said}"


def stops_missed(rows: Evidence, posted: Sequence[Posted]) -> Iterator[str]:
    """Stops that were stored without being obeyed in the same breath."""
    kept = {row.provider_id: row for row in rows.inbound}
    for text in posted:
        row = kept.get(text.provider_id)
        if text.kind == "stop" and row is not None and row.opt_out is None:
            yield f"{text.provider_id} «{text.body}» was stored and not obeyed"


def late(rows: Evidence) -> Iterator[str]:
    """Bot texts, but for the confirmation, whose claim was committed after a stop and before any new opt-in."""
    customers = {row.id: row.customer_id for row in rows.conversations}
    acts: dict[int, list[Any]] = defaultdict(list)
    for entry in rows.ledger:
        if entry.act in ("opted_out", "opted_in", "released"):
            acts[entry.customer_id].append(entry)
    texts = {row.id: row for row in rows.outbound}
    for claim in rows.claims:
        row = texts[claim.outbound_id]
        notice = (document(row.effect) or {}).get("notice")
        if row.author != "bot" or notice == "opted_out" or not row.attempts:
            continue
        at = naive(claim.at)
        before = [act for act in acts[customers[row.conversation_id]] if naive(act.at) < at]
        if before and before[-1].act == "opted_out":
            told = [f"{act.act} {naive(act.at):%H:%M:%S}" for act in acts[customers[row.conversation_id]]]
            yield (
                f"{row.public_id} ({row.status}, {row.key}, {notice}) «{row.body}» of conversation {row.conversation_id}"
                f" was claimed {at - naive(before[-1].at)} after a stop: {told}"
            )


def asleep(rows: Evidence) -> Iterator[str]:
    """Enrolments that live and that nothing will ever wake: no wait that can end, no text under way, nothing to hear."""
    talks = {row.id: row for row in rows.conversations}
    texts = {row.id: row for row in rows.outbound}
    under_way = {row.enrolment_id for row in rows.outbound if row.status in ("ready", "claimed")}
    to_hear = {row.conversation_id for row in rows.signals}
    to_hear |= {row.conversation_id for row in rows.inbound if row.turned_at is None}
    waits = defaultdict(list)
    for timer in rows.timers:
        waits[timer.enrolment_id].append(timer)
    for enrolment in rows.enrolments:
        talk = talks[enrolment.conversation_id]
        if enrolment.status != "active" or enrolment.arm != "treated" or talk.holder != "bot":
            continue
        if enrolment.id in under_way or talk.id in to_hear:
            continue
        due = [naive(timer.due_at) for timer in waits[enrolment.id] if timer.due_at is not None]
        anchors = [texts[timer.outbound_id] for timer in waits[enrolment.id] if timer.due_at is None]
        if not due:
            told = [f"{row.status} ({row.why})" for row in anchors]
            yield f"enrolment {enrolment.id} waits for nothing; anchored to {told}"
        elif talk.work_due_at is None or naive(talk.work_due_at) > min(due):
            yield f"enrolment {enrolment.id} waits till {min(due)}, and nobody looks before {talk.work_due_at}"


def _unsaid(rows: Evidence) -> int:
    holders = {row.id: row.holder for row in rows.conversations}
    book = _Book(rows)
    left = {row.id for row in rows.outbound if row.status in MAY_HAVE_ARRIVED}
    heard = set()
    replies = set()
    for entry in rows.journal:
        ids = document(entry.inbound_ids)
        replies.update(ids)
        if any(row.id in left for row in book.texts(entry)):
            heard.update(ids)
    plain = {
        row.id
        for row in rows.inbound
        if not row.opt_out and not row.keyword and holders[row.conversation_id] == "bot"
    }
    return len((replies & plain) - heard)
