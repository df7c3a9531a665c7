"""What must never be seen, after whatever order: I2, I4, I6 and «every reply is answered once, or a person has it».

Owns the promises as conditions on two worlds, before and after one step, and on the world when all is quiet. The guards
are none of its business: it would find the same accidents without knowing that there are any.
"""

from __future__ import annotations

from tests.bot.interleavings.guards import asks
from tests.bot.interleavings.model import Row, World, is_reply

QUIET = ("sent", "unknown", "withheld", "denied", "superseded")


def broken(before: World, after: World) -> str | None:
    """The promise that this step broke, in words."""
    for n, row in enumerate(after.rows):
        old = before.rows[n] if n < len(before.rows) else None
        if old == row:
            continue
        if any(other.key == row.key for other in after.rows[:n]):
            return "one turn was written down twice"
        if old is None:
            continue
        if (old.status, row.status) == ("unknown", "ready"):
            return "what may be on its way was made ready again"
        if row.handed > old.handed and old.handed and not old.definite_no:
            return "one row was handed to the provider twice"
        if row.handed > old.handed and (twice := _answered_twice(after, row)):
            return f"{twice} was answered twice"
        if row.status == "claimed" and old.status != "claimed" and (late := _too_late(before, row, n)):
            return late
    return None


def _too_late(world: World, row: Row, n: int) -> str | None:
    if row.kind != "confirmation":  # that one is owed to the law, whoever speaks for the shop by now (R5)
        if row.takeovers < world.takeovers:
            return "written before a takeover, claimed after it"
        if world.holder == "staff":
            return "claimed while a person holds the conversation"
        if world.said_stop:
            return "claimed after a stop"
    elif any(other.kind == "confirmation" and other.handed for i, other in enumerate(world.rows) if i != n):
        return "a stop was confirmed twice"
    return None


def _answered_twice(world: World, row: Row) -> str | None:
    said: set[str] = set()
    for other in world.rows:
        if other.handed and not other.definite_no:
            for name in set(other.answers):
                if name in said:
                    return name
                said.add(name)
    return None


def left_undone(world: World) -> str | None:
    """What is missing when nothing is left to do."""
    if not all(text.turned for text in world.texts):
        return "a text was never taken"
    for row in world.rows:
        if row.status not in QUIET and not (row.status == "ready" and row.put_off):
            return f"a row stays {row.status}"
        if row.accepted and row.status != "sent":
            return f"a text that was accepted stays {row.status}"
    stops = [text.name for text in world.texts if not is_reply(text.name)]
    if stops and not world.suppressed:
        return "a stop is not in force"
    if stops and not any(
        row.kind == "confirmation" and row.status in ("sent", "unknown") for row in world.rows
    ):
        return "a stop was not confirmed"
    for name in _forgotten(world):
        return f"{name} has neither an answer nor a person"
    return None


def _forgotten(world: World) -> list[str]:
    """Replies that have neither an answer (unknown waits for a person) nor a person. A «yes» that a stop overtook asks
    for nothing any more; a question does."""
    answered = {name for row in world.rows if row.status in ("sent", "unknown") for name in row.answers}
    names = [text.name for text in world.texts]
    return [
        name
        for n, name in enumerate(names)
        if is_reply(name)
        and name not in answered | world.held
        and (asks(name) or all(is_reply(later) for later in names[n + 1 :]))
    ]
