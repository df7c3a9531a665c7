"""A schedule in words: who does what, one line a step."""

from __future__ import annotations

from tests.bot.interleavings.actors import Step
from tests.bot.interleavings.exploring import Broken
from tests.bot.interleavings.model import World

_CALLS = {
    "sent": "it is accepted",
    "timeout": "it is accepted, and the answer to that is lost",
    "later": "«try later», certainly not accepted",
}


def in_words(found: Broken) -> str:
    """The schedule, and the promise that it breaks."""
    lines = []
    for at, step in enumerate(found.steps):
        following = found.steps[at + 1 :]
        if step.what.startswith("begin") and following and following[0].who == step.who != "die":
            continue  # nobody came between the beginning and the commit: one line for both
        lines.append(f"{step.who} {_said(step, found.world)}")
    return "\n".join([*lines, f"=> {found.promise}"])


def _said(step: Step, world: World) -> str:
    text = _name(world, step.row)
    match step.what:
        case "read":
            return "reads what waits"
        case "begin turn":
            return "begins a turn, and has read the rows"
        case "turn":
            return "commits its turn"
        case "look":
            return "looks for texts that are due"
        case "begin claim":
            return f"begins to claim {text}, and has read the rows"
        case "claim":
            return f"commits the claim of {text}"
        case "skip turn" | "skip claim":
            return "finds the conversation locked, and goes on"
        case "call":
            return f"calls the provider with {text}: {_CALLS[step.arg]}"
        case "record":
            return f"records that of {text}"
        case "die":
            return "dies"
        case "receive":
            return f"stores {step.arg}"
        case "sweep":
            return "finds every lease run out"
        case "report":
            return "reports what it accepted"
        case _:
            return step.what  # take over, hand back


def _name(world: World, row: int) -> str:
    if row < 0:
        return ""
    what = world.rows[row]
    return f"the {what.kind}" + (f" to {' and '.join(what.answers)}" if what.answers else "")
