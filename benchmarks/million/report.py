"""The results as JSON and as a page for people, growth first.

Owns both forms. Measures nothing. Growth is how much more a step took per piece of work at ten times the size: 1 when it
grew just as its own work did.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.million.plans import Explained
from benchmarks.million.run import Size, Step


def growth(small: Step, large: Step) -> float:
    """Processor time a piece of work, the program's and PostgreSQL's together: the large run's over the small one's."""
    return (_cpu(large) / max(large.work, 1)) / max(_cpu(small) / max(small.work, 1), 1e-9)


def _cpu(step: Step) -> float:
    return step.cpu + step.database_cpu


def as_json(small: Size, large: Size) -> dict[str, Any]:
    """All figures."""
    return {
        "machine": machine(),
        "growth": {
            after.name: round(growth(before, after), 3)
            for before, after in zip(small.steps, large.steps, strict=True)
        },
        "small": small.as_dict(),
        "large": large.as_dict(),
        "plans": [plan.as_dict() for plan in large.plans],
    }


def machine() -> dict[str, Any]:
    """What it ran on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    load = os.getloadavg()
    return {"cpu": model, "cores": os.cpu_count(), "load_at_the_end": [round(each, 1) for each in load]}


def write(small: Size, large: Size, results: Path, page: Path | None) -> None:
    """Write the JSON, and the page if one is wanted."""
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(as_json(small, large), indent=1) + "\n", "utf-8")
    if page is not None:
        page.write_text(as_page(small, large), "utf-8")


def as_page(small: Size, large: Size) -> str:
    """docs/million.md."""
    told, about = large.reckoned, machine()
    often = [plan for plan in large.plans if plan.often]
    whole = [plan for plan in often if plan.whole]
    wrong = small.wrong + large.wrong
    lines = [
        "# A million customers",
        "",
        "`make million` writes this page. It draws a shop's two exports from the behaviour of CDNOW's customers "
        "(`benchmarks/million/behaviour.py`), and takes them through the very commands of a shop on PostgreSQL as it comes, "
        "first at a tenth of the size. **Growth** is processor time (the program's and PostgreSQL's) for one piece of work "
        "at the full size over that at a tenth; 1 means that a step grew just as its own work did, less that it has a share "
        "that does not grow; more than 1 where the tenth still fits into PostgreSQL's memory (128 MB of shared buffers as it "
        "comes) and the whole does not: the same statements over the same indexes then read from the system instead.",
        "",
        f"{told.customers:,} customers, {told.orders:,} orders; {about['cpu']}, {about['cores']} cores, load average "
        f"{about['load_at_the_end'][1]:g} at the end: where other work runs beside it, seconds say less than processor time.",
        "",
        "| step | work | seconds | a second | processor, s | PostgreSQL's, s | peak memory | database | growth |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for before, after in zip(small.steps, large.steps, strict=True):
        lines.append(
            f"| {after.name} | {after.work:,} {after.unit} | {after.seconds:,.2f} | "
            f"{after.work / max(after.seconds, 1e-9):,.0f} | {after.cpu:,.2f} | {after.database_cpu:,.2f} | "
            f"{after.memory_mb:,.0f} MB | {after.database_mb:,.0f} MB | {growth(before, after):.2f} |"
        )
    ticks = {step.name: step.found for step in large.steps}
    asleep, due = ticks["tick, everybody asleep"], ticks["pick of due texts"]
    lines += [
        "",
        f"A tick beside {asleep['asleep']:,} sleeping enrolments takes {asleep['median_ms']:.2f} ms (median), a pick among "
        f"{due['waiting']:,} due texts {due['median_ms']:.2f} ms. Peak memory is that of the step's own process.",
        "",
        f"What was found agrees with the plain reckoning of the files: {told.counting:,} orders that count, "
        f"{told.lapsed:,} lapsed, {told.may_start:,} of them with the consent that a start needs."
        if not wrong
        else "Not as reckoned: " + "; ".join(wrong) + ".",
        "",
        "## Plans",
        "",
        f"{len(often)} statements run at each tick, pick, webhook or reported order; "
        + (
            f"{len(whole)} of them read a whole large table."
            if whole
            else "none reads a large table from end to end."
        ),
        "",
        *_plans(large.plans),
    ]
    return "\n".join(lines) + "\n"


def _plans(plans: Sequence[Explained]) -> list[str]:
    """The slowest statement of each path, with its plan; all of them are in the results."""
    lines: list[str] = []
    for path in dict.fromkeys(plan.path for plan in plans):
        worst = max((plan for plan in plans if plan.path == path), key=lambda plan: plan.milliseconds)
        shown = [line for line in worst.plan if "Planning" not in line][:18]
        lines += [
            f"### {path[0].upper()}{path[1:]}",
            "",
            f"{worst.milliseconds:.2f} ms"
            + ("; reads all of " + ", ".join(worst.whole) if worst.whole else ""),
            "",
            "```",
            *(line[:160] for line in shown),
            "```",
            "",
        ]
    return lines
