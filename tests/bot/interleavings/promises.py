"""What must never be seen, after whatever order: I2, I4, I6 and «every reply is answered once, or a person has it».

Owns the promises as conditions on two worlds, before and after one step, and on the world when all is quiet. The guards
are none of its business: it would find the same accidents without knowing that there are any.
"""

from __future__ import annotations

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
    if row.takeovers < world.takeovers:
        return "written before a takeover, claimed after it"
    if row.kind != "confirmation":
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
    """What is missing when nothing is left to do, but for the gaps that are known."""
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
    if stops and not any(row.kind == "confirmation" for row in world.rows):
        return "a stop was not confirmed"
    for name in _forgotten(world):
        if _gap_behind(world, name) is None:
            return f"{name} has neither an answer nor a person"
    return None


def gaps(world: World) -> frozenset[str]:
    """Which of the known gaps this end shows."""
    found = {gap for name in _forgotten(world) if (gap := _gap_behind(world, name))}
    for row in world.rows:
        if row.kind == "confirmation" and row.status == "superseded":
            found.add(UNDONE)
        if row.kind == "confirmation" and row.status == "withheld":
            found.add(FENCED)
    return frozenset(found)


TRIED_LATER = "429 and a newer text: the older answer is withheld as outdated, and nobody has its text"
OVERTAKEN = "a stop overtakes a reply whose answer has not left: nobody has the reply"
UNDONE = "a text right after a stop: the unsent confirmation is undone with its turn"
FENCED = "a change of holder right after a stop: the unsent confirmation is withheld"
"""Known gaps of the real code. `test_known_gaps` plays each with the real code; one that is mended must be taken off."""


def _forgotten(world: World) -> list[str]:
    """Replies that have neither an answer (unknown waits for a person) nor a person."""
    answered = {name for row in world.rows if row.status in ("sent", "unknown") for name in row.answers}
    names = (text.name for text in world.texts if is_reply(text.name))
    return [name for name in names if name not in answered | world.held]


def _gap_behind(world: World, name: str) -> str | None:
    names = [text.name for text in world.texts]
    if any(not is_reply(later) for later in names[names.index(name) + 1 :]):
        return OVERTAKEN
    if any(name in row.answers and row.definite_no and row.status == "withheld" for row in world.rows):
        return TRIED_LATER
    return None
