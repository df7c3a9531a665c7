"""Is what was promised about data kept? For `winback doctor`: what should be gone and is not, and the checkpoints.

Owns the questions. Looks only.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from bot.compliance.checkpoints import verify_checkpoints
from bot.compose import App
from bot.models import Checkpoint, Erasure
from bot.privacy.provider_copies import waiting_and_given_up
from bot.privacy.retention import COUNTED, overdue


def kept_too_long(app: App, backlog: int = COUNTED) -> Iterator[tuple[str, bool, str, str]]:
    """(name, ok, why, remedy) of each question. `backlog`: overdue rows of one kind that are trouble."""
    old = overdue(app, backlog)
    told = ", ".join(f"{count}{'+' if count >= backlog else ''} {name}" for name, count in old.items())
    behind = any(count >= backlog for count in old.values())
    yield (
        "retention",
        not behind,
        f"older than `retention` allows: {told}"
        if told
        else "nothing is kept for longer than `retention` says",
        "is a clock running? Each hour it clears some thousands of a kind" if behind else "",
    )
    with app.database.read() as session:
        unfinished = session.execute(
            select(func.count()).select_from(Erasure).where(Erasure.finished_at.is_(None))
        ).scalar_one()
    waiting, given_up = waiting_and_given_up(app)
    if unfinished:
        yield (
            "erasures",
            False,
            f"{unfinished} were begun and not finished",
            "is a clock running? It goes on with them",
        )
    elif given_up:
        why = f"{given_up} copies at the provider could not be deleted"
        yield "erasures", False, why, "delete them there by hand (docs/how-to/privacy.md)"
    else:
        yield (
            "erasures",
            True,
            f"{waiting} copies at the provider to be deleted" if waiting else "none is open",
            "",
        )


def checkpoints(app: App) -> tuple[str, bool, str, str]:
    """Whether the ledger still is what the last checkpoint says. Walks the whole of it."""
    with app.database.read() as session:
        wrong = verify_checkpoints(session)
        last = session.execute(select(Checkpoint.day).order_by(Checkpoint.id.desc()).limit(1)).scalar()
    if wrong:
        why = f"{len(wrong)} do not fit, e.g. that of {wrong[0].day}: {wrong[0].what}"
        remedy = "somebody changed the proof of consent: compare with a backup before anything is sent"
        return "checkpoints", False, why, remedy
    return (
        "checkpoints",
        True,
        f"the ledger is what the one of {last} says" if last else "none was written yet",
        "",
    )
