"""`python -m benchmarks.crash --kills 20 --seed 7`: kill everything at random, then judge. One line of JSON at the end.

Owns the command: which rounds are played, and the file of results that lets a long run go on where it stopped. Exit
status 1 when a figure that must be zero is not.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.crash.judge import FIGURES, MUST_BE_ZERO
from benchmarks.crash.round import Plan, Played, play
from benchmarks.crash.servers import Witness

A_ROUND = 50
"""Kills of one seed on one database."""
SHOWN = 20
"""Faults of a round that are told; the file has them all."""
PACE = 0.7
"""Seconds between kills, in the mean."""


def main() -> int:
    """The command."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers must end with it
    databases = ("sqlite", "postgres") if options.database == "both" else (options.database,)
    if options.cut:
        databases = ("postgres",)
    known = _known(options.results, cut=options.cut)
    server = Witness() if "postgres" in databases else None
    until = time.monotonic() + options.seconds
    found: list[dict[str, Any]] = []
    try:
        for seed, database, kills in rounds(options.kills, options.seed, databases, known):
            line = known.get((seed, database))
            if line is None:
                if time.monotonic() > until:
                    _say("time is up; call it again to go on")
                    break
                played = play(Plan(seed, database, kills, options.pace, options.cut), server, _say)
                line = _line(played)
                if options.results:
                    with options.results.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(line) + "\n")
                _tell(line)
            found.append(line)
    finally:
        if server:
            server.close()
    total = {name: sum(line[name] for line in found) for name in FIGURES}
    print(json.dumps(total))
    return 1 if any(total[name] for name in MUST_BE_ZERO) else 0


def rounds(
    kills: int, seed: int, databases: tuple[str, ...], known: dict[tuple[int, str], dict[str, Any]]
) -> Iterator[tuple[int, str, int]]:
    """Seed, database and kills of each round until there are `kills` in all, the databases by turns; what the file
    knows already counts as it is."""
    left = {
        name: kills // len(databases) + (place < kills % len(databases))
        for place, name in enumerate(databases)
    }
    while any(count > 0 for count in left.values()):
        for name in databases:
            if left[name] > 0:
                line = known.get((seed, name))
                number = int(line["kills"]) if line else min(A_ROUND, left[name])
                yield seed, name, number
                left[name] -= number
        seed += 1


def _line(played: Played) -> dict[str, Any]:
    plan, verdict = played.plan, played.verdict
    return {
        "seed": plan.seed,
        "database": plan.database,
        "cut": plan.cut,
        **verdict.figures(),
        "unsaid": verdict.unsaid,
        **played.notes,
        "ends": dict(sorted(verdict.ends.items())),
        "faults": list(verdict.faults),
    }


def _known(path: Path | None, *, cut: bool) -> dict[tuple[int, str], dict[str, Any]]:
    if path is None or not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return {(line["seed"], line["database"]): line for line in lines if line.get("cut", False) == cut}


def _tell(line: dict[str, Any]) -> None:
    _say(json.dumps({name: value for name, value in line.items() if name != "faults"}))
    for fault in line["faults"][:SHOWN]:
        _say(f"  {fault}")
    if len(line["faults"]) > SHOWN:
        _say(f"  and {len(line['faults']) - SHOWN} more")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=20, help="over all databases together")
    parser.add_argument("--seed", type=int, default=7, help="of the first round; the next ones count up")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--results", type=Path, help="append each round here, and go on from what is there")
    parser.add_argument(
        "--for", dest="seconds", type=float, default=float("inf"), help="begin no round after"
    )
    parser.add_argument(
        "--cut", action="store_true", help="PostgreSQL, all over TCP, one worker cut off now and then"
    )
    parser.add_argument("--pace", type=float, default=PACE, help="seconds between kills, in the mean")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
