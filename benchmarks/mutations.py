"""How many harmful edits of the shipped flows the prover catches: `python -m benchmarks.mutations --seed 1 --each 50`.

Owns the run and its figures. The edits are `mutations_made`'s; each of them would harm somebody, and counts as caught only
when the prover names the fault that was put in, not any other.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.progress import track

from benchmarks.mutations_made import KINDS, Mutant, mutants
from flows.parser import library, read_flow


@dataclass(frozen=True, slots=True)
class Outcome:
    """One mutant, and what the prover said of it that it does not say of the flow as shipped."""

    mutant: Mutant
    found: tuple[str, ...]

    @property
    def caught(self) -> bool:
        """Whether the fault itself was named."""
        return bool(set(self.found) & set(KINDS[self.mutant.kind].codes))


def run(names: list[str], seed: int, each: int) -> Iterator[Outcome]:
    """Break each of these flows so many times. The same seed breaks the same things."""
    sources = library()
    for name in names:
        before = [problem.code for problem in read_flow(sources[name], name)[1]]
        for mutant in mutants(name, sources[name], random.Random(f"{seed}/{name}"), each):
            after = [problem.code for problem in read_flow(mutant.source, name)[1]]
            for code in before:
                if code in after:
                    after.remove(code)
            yield Outcome(mutant, tuple(after))


def main() -> int:
    """Print caught and total for each kind of edit, and every miss. Exit status 1 below 95 percent."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=50, help="so many edits of each flow")
    parser.add_argument("--flow", action="append", help="only this flow; may be given again")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = options.flow or sorted(library())
    total = len(names) * options.each
    loud = Console(stderr=True)
    outcomes = list(track(run(names, options.seed, options.each), total=total, console=loud, transient=True))
    missed = [outcome for outcome in outcomes if not outcome.caught]
    share = 1 - len(missed) / max(1, len(outcomes))
    if options.json:
        print(json.dumps(_as_json(outcomes, share), indent=1))
        return 0 if share >= 0.95 else 1
    for kind, (caught, of) in _by(outcomes, "kind").items():
        print(f"{caught:4} of {of:4}  {kind}: {KINDS[kind].meaning}")
    for flow, (caught, of) in _by(outcomes, "flow").items():
        print(f"{caught:4} of {of:4}  {flow}")
    for outcome in missed:
        print(
            f"missed: {outcome.mutant.flow}: {outcome.mutant.kind}: {outcome.mutant.what} {list(outcome.found)}"
        )
    print(f"{len(outcomes) - len(missed)} of {len(outcomes)} caught ({share:.1%}), seed {options.seed}")
    return 0 if share >= 0.95 else 1


def _by(outcomes: list[Outcome], field: str) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for outcome in outcomes:
        name = getattr(outcome.mutant, field)
        caught, of = found.get(name, (0, 0))
        found[name] = (caught + outcome.caught, of + 1)
    return dict(sorted(found.items()))


def _as_json(outcomes: list[Outcome], share: float) -> dict[str, object]:
    return {
        "caught": sum(outcome.caught for outcome in outcomes),
        "of": len(outcomes),
        "share": round(share, 4),
        "kinds": {kind: {"caught": c, "of": n} for kind, (c, n) in _by(outcomes, "kind").items()},
        "flows": {flow: {"caught": c, "of": n} for flow, (c, n) in _by(outcomes, "flow").items()},
        "missed": [
            {
                "flow": each.mutant.flow,
                "kind": each.mutant.kind,
                "what": each.mutant.what,
                "found": each.found,
            }
            for each in outcomes
            if not each.caught
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
