"""The prover: what may be wrong with a flow beyond its shape, found before anybody is texted. Returns problems, never raises.

Owns the publishing check. Of the four things that stop a text it is the only one that sees a flow before anybody is
texted: a conversation that would strand, loop or hide how to stop never gets as far as the gate.

Where to start: `targets` (every name exists), `paths` (what can be seen without walking), `explore` (the walk: the real
engine under every event), then what is proved on the walk: `promises`, `offers`, `texts`, and `words`, `wording`, `lengths`.
"""

from __future__ import annotations

from flows.definition import Flow
from flows.places import Places
from flows.problems import Problem
from flows.prover.answers import unanswered, unasked
from flows.prover.complaints import complaints
from flows.prover.explore import explore
from flows.prover.lengths import lengths
from flows.prover.notices import notices
from flows.prover.offers import budgets, claims
from flows.prover.paths import paths
from flows.prover.promises import promises
from flows.prover.says import names_in_texts
from flows.prover.targets import targets
from flows.prover.texts import openers, printed
from flows.prover.wording import wording
from flows.prover.words import words
from flows.source import FlowSource

__all__ = ["check"]

_DEAD_ENDS = frozenset({"no-silence", "no-way-on"})
"""What `paths` sees without walking; the walk would say it once more, of all that comes to the same end."""


def check(
    flow: Flow, source: FlowSource, places: Places, taught: frozenset[str] = frozenset()
) -> list[Problem]:
    """Everything that is wrong, in the order of the file; of two alike in one place, the first that was found. `taught`:
    names of intents that the shop taught elsewhere."""
    found = [
        *targets(flow, source, places, taught),
        *names_in_texts(flow, source, places),
        *notices(source, places),
    ]
    if not found:  # paths are only worth walking when every step leads somewhere
        found += paths(flow, source, places)
        astray = {problem.code for problem in found}
        found += unanswered(flow, source, places)
        found += complaints(flow, source, places)
        found += words(flow, source, places)
        found += wording(flow, source, places)
        found += budgets(flow, source, places)
        if "loop" not in astray:
            walk = explore(flow, frozenset(source.words))
            found += openers(flow, source, places, walk)
            found += printed(flow, source, places, walk)
            found += lengths(flow, source, places, walk)
            promised = promises(
                flow, source, places, walk
            )  # says, too, if there was more than could be looked at
            found += [each for each in promised if not (each.code in _DEAD_ENDS and astray & _DEAD_ENDS)]
            found += claims(flow, source, places, walk)
            found += unasked(flow, places, walk)
    once: dict[tuple[str, int, int], Problem] = {}
    for each in found:
        once.setdefault((each.code, each.line, each.column), each)
    return sorted(once.values(), key=lambda each: (each.line, each.column, each.code))
