"""What came of all customers: plain counts that add up, whatever the order in which processes finish.

Owns the figures and their JSON (keys are stable; docs/how-to/simulate.md says what each means). Judges nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.simulate.life import Life
from bot.simulate.transcript import Transcript, transcript_of
from bot.simulate.watch import Found, watch

VIOLATIONS = (
    "after_stop",
    "outside_hours",
    "doubled",
    "turned_twice",
    "during_open_matter",
    "over_cap",
    "after_order",
)
DEAD_ENDS = ("waits_for_nothing", "unanswered", "circle", "unrenderable", "no_such_flow")
KEPT = 5
"""Examples kept of each kind of trouble."""


@dataclass
class Tally:
    """Counts of some customers. Merging is adding; examples are those of the lowest numbers."""

    counts: Counter[str] = field(default_factory=Counter)
    nodes: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    """Node -> visits, said, next, replies."""
    examples: dict[str, list[Transcript]] = field(default_factory=dict)
    """Kind of trouble -> conversations that show it."""
    shown: dict[str, Transcript] = field(default_factory=dict)
    """Inclination -> the first conversation of somebody like that who answered."""

    def add(self, life: Life) -> None:
        """Count one customer's weeks."""
        person, talk, counts = life.person, life.talk, self.counts
        counts["customers"] += 1
        if person.out is not None:
            counts[f"not_enrolled.{person.out}"] += 1
            return
        counts[person.arm] += 1
        counts.update(talk.log.counts)
        self._orders(life)
        self._nodes(life)
        for passage in talk.passages[1:]:
            outcome = passage.state.outcome if not passage.active else None
            standing = "with_people" if passage.state.phase == "handed_off" else "still_waiting"
            counts[f"outcomes.{outcome or standing}"] += 1
        troubles = [(kind, where, at) for kind, where, at in talk.log.dead_ends]
        found: list[Found] = watch(talk.log, life.world.ends)
        troubles += [(each.kind, each.words, each.at) for each in found]
        told: Transcript | None = None
        for kind, where, _ in troubles:
            group = "violations" if kind in VIOLATIONS else "dead_ends"
            counts[f"{group}.{kind}"] += 1
            kept = self.examples.setdefault(kind, [])
            if len(kept) < KEPT:
                told = told or transcript_of(life)
                kept.append(told.because(where))
        if life.replies and person.inclination not in self.shown:
            self.shown[person.inclination] = told or transcript_of(life)

    def merge(self, other: Tally) -> None:
        """Add the counts of customers with higher numbers."""
        self.counts.update(other.counts)
        for name, found in other.nodes.items():
            mine = self.nodes.setdefault(name, {key: Counter() for key in found})
            for key, counter in found.items():
                mine[key].update(counter)
        for kind, kept in other.examples.items():
            mine_kept = self.examples.setdefault(kind, [])
            mine_kept.extend(kept[: KEPT - len(mine_kept)])
        for inclination, told in other.shown.items():
            self.shown.setdefault(inclination, told)

    def _orders(self, life: Life) -> None:
        arm, counts = life.person.arm, self.counts
        left = [each.at for each in life.talk.log.left]
        within = timedelta(days=life.world.shop.settings.recovered_within_days)
        if life.orders:
            counts[f"buyers.{arm}"] += 1
        for at, cents, used in life.orders:
            counts[f"orders.{arm}"] += 1
            counts["orders.with_offer" if used else "orders.without_offer"] += 1
            counts[f"revenue_cents.{arm}"] += cents
            if _recovered(left, at, within):
                counts["orders.recovered"] += 1
                counts["revenue_cents.recovered"] += cents

    def _nodes(self, life: Life) -> None:
        for before, by, said, after in life.talk.log.stops:
            came_to = [*said] if after == before or after in said or after.startswith("(") else [*said, after]
            for name in dict.fromkeys(came_to):
                self._node(name)["visits"][""] += 1
            for name in said:
                self._node(name)["said"][""] += 1
            if before:
                here = self._node(before)
                here["next"][said[0] if said else after] += 1
                here["replies"][by or "(silence)"] += 1

    def _node(self, name: str) -> dict[str, Counter[str]]:
        return self.nodes.setdefault(name, {key: Counter() for key in ("visits", "said", "next", "replies")})


def _recovered(left: list[datetime], at: datetime, within: timedelta) -> bool:
    """Whether a text left in the time before the order in which an order counts as recovered (bot.audience.recovery)."""
    return any(timedelta() <= at - each <= within for each in left)


def as_json(
    tally: Tally, *, weeks: float, flow: str, seed: int, begins: datetime, part_cents: float
) -> dict[str, Any]:
    """The figures as a JSON object, every key there whatever was counted."""
    counts = tally.counts
    treated, control = counts["treated"], counts["control"]
    rate_treated = _share(counts["buyers.treated"], treated)
    rate_control = _share(counts["buyers.control"], control)
    difference = (
        None if rate_treated is None or rate_control is None else round(rate_treated - rate_control, 6)
    )
    return {
        "flow": flow,
        "seed": seed,
        "from": begins.date().isoformat(),
        "weeks": weeks,
        "customers": counts["customers"],
        "treated": treated,
        "control": control,
        "not_enrolled": _group(counts, "not_enrolled", ("audience", "consent")),
        "texts": _group(counts, "texts", ("marketing", "answer", "compliance", "staff")),
        "parts": counts["parts"],
        "cost_cents": round(counts["parts"] * part_cents),
        "network": _group(counts, "network", ("late", "undelivered", "unknown", "refused", "tried_again")),
        "replies": {
            "total": counts["replies.total"],
            "repeated_webhooks": counts["replies.repeated_webhooks"],
            "kept_for_people": counts["kept_for_people"],
            "by": _group(counts, "replies_by"),
        },
        "turns": {"taken": counts["turns.taken"], "undone": counts["turns.undone"]},
        "orders": {
            **_group(counts, "orders", ("treated", "control", "with_offer", "without_offer", "recovered")),
            "buyers_treated": rate_treated,
            "buyers_control": rate_control,
            "difference": difference,
            "because_of_texts": None if difference is None else round(difference * treated, 1),
        },
        "revenue_cents": _group(counts, "revenue_cents", ("treated", "control", "recovered")),
        "coupons": {
            **_group(counts, "coupons", ("given", "used", "spend_cents", "not_to_be_had")),
            "by_offer": _group(counts, "coupons_by_offer"),
        },
        "opt_outs": {
            "total": counts["opt_outs.total"],
            "unmeant": counts["opt_outs.unmeant"],
            "after_texts": _group(counts, "opt_outs_after"),
        },
        "hand_offs": {
            "total": counts["hand_offs.total"],
            "by": _group(counts, "hand_offs_by"),
            "minutes": round(counts["staff.tenths_of_minutes"] / 10),
            "hours_waited": counts["staff.hours_waited"],
        },
        "moved": counts["moved"],
        "denied": _group(counts, "denied"),
        "deferred": _group(counts, "deferred"),
        "violations": _group(counts, "violations", VIOLATIONS),
        "dead_ends": _group(counts, "dead_ends", DEAD_ENDS),
        "outcomes": _group(counts, "outcomes"),
        "nodes": {
            name: {
                "visits": found["visits"][""],
                "said": found["said"][""],
                "next": _sorted(found["next"]),
                "replies": _sorted(found["replies"]),
            }
            for name, found in sorted(tally.nodes.items())
        },
        "examples": {
            kind: [each.as_json() for each in kept] for kind, kept in sorted(tally.examples.items())
        },
    }


def troubles(figures: Mapping[str, Mapping[str, int]]) -> int:
    """Violations and dead ends together: what must be nothing."""
    return sum((*figures["violations"].values(), *figures["dead_ends"].values()), start=0)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _group(counts: Counter[str], group: str, always: tuple[str, ...] = ()) -> dict[str, int]:
    found = dict.fromkeys(always, 0)
    for name, count in sorted(counts.items()):
        first, _, rest = name.partition(".")
        if first == group and rest:
            found[rest] = count
    return found


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda each: (-each[1], each[0])))
