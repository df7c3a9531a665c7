"""Where an import stands: the row in `import_runs`, changed in the same transaction as the rows that it counts.

Owns that row. Because it is committed with the batch, a run that is killed goes on exactly where its last batch ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.importing.plan import Plan
from bot.models import ImportRun


class AlreadyRunning(RuntimeError):
    """Another process imports the same file at this moment."""


@dataclass(slots=True)
class Counts:
    """What became of the rows so far. `reasons` counts rejected rows by code; `rejected_bytes` is how much of the file
    of rejected rows is true."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    counting: int = 0
    """Orders created or updated that count as purchases."""
    reasons: dict[str, int] = field(default_factory=dict)
    rejected_bytes: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For the row and for --json."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Run:
    """One run of one file. `done_lines` is the last line of the file whose row is in the database."""

    id: int
    done_lines: int
    counts: Counts
    resumed: bool


def begin(session: Session, shop_id: int, plan: Plan, now: datetime) -> Run:
    """The run of this file: a new one, or one that was killed and goes on; a finished one starts over, for the shop may
    have changed since (and what has not changed stays as it is)."""
    where = (
        ImportRun.shop_id == shop_id,
        ImportRun.kind == plan.reading.kind,
        ImportRun.digest == plan.digest,
    )
    known = session.execute(select(ImportRun).where(*where).with_for_update()).scalar_one_or_none()
    if known is None:
        known = ImportRun(
            shop_id=shop_id,
            kind=plan.reading.kind,
            digest=plan.digest,
            file_name=plan.survey.path.name[:300],
            started_at=now,
        )
        session.add(known)
        session.flush()
        return Run(known.id, 0, Counts(), resumed=False)
    if known.finished_at is not None:
        known.done_lines, known.counts, known.started_at, known.finished_at = 0, {}, now, None
    return Run(known.id, known.done_lines, Counts(**known.counts), resumed=known.done_lines > 0)


def save(
    session: Session, shop_id: int, run: Run, done_lines: int, counts: Counts, finished: datetime | None
) -> None:
    """Move the run forward, in the transaction of the batch. Raises AlreadyRunning when somebody else moved it."""
    moved = session.execute(
        update(ImportRun)
        .where(ImportRun.shop_id == shop_id, ImportRun.id == run.id, ImportRun.done_lines == run.done_lines)
        .values(done_lines=done_lines, counts=counts.as_dict(), finished_at=finished)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise AlreadyRunning("this file is being imported by another process")
