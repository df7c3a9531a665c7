"""What is promised of every conversation, proved on the walk: it ends, it can be stopped, a person can be had, it is not too much.

Owns these proofs. Each failure carries the conversation that shows it. Some of them no flow can break today, for the
language sees to them; they are proved all the same, with the engine as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from flows.definition import COURTESY, Flow
from flows.effects import HandOff
from flows.places import Places
from flows.problems import Problem
from flows.prover.circles import circles
from flows.prover.pace import too_many
from flows.prover.spots import ALONE, Walk
from flows.source import FlowSource
from flows.walk import GOES_IN_CIRCLES


def promises(flow: Flow, source: FlowSource, places: Places, walk: Walk) -> Iterator[Problem]:
    """Conversations that wait for ever, go round for ever, text too often, or ignore a STOP."""
    if not walk.whole:
        yield places.problem(
            "not-proved",
            ("nodes",),
            "The flow has more ways through it than can be walked in a second; nothing is known of the rest.",
            "Split it in two, with `run`.",
        )
    yield from _waits_end(flow, places, walk)
    yield from _no_circle(flow, places, walk)
    yield from _heard(flow, places, walk)
    yield from _two_texts(flow, source, places, walk)
    if not flow.desk:
        yield from too_many(flow, places, walk)


def where(name: str) -> tuple[str, ...]:
    """The place of a node in the file; a built-in one has it under `words`."""
    return ("words", name.removeprefix(COURTESY)) if name.startswith(COURTESY) else ("nodes", name)


def _waits_end(flow: Flow, places: Places, walk: Walk) -> Iterator[Problem]:
    if flow.desk:
        return  # it waits for whoever writes next
    told: set[str] = set()
    for number, spot in enumerate(walk.spots):
        stuck = spot.state.phase == "waiting" and spot.timer is None
        if stuck and number in walk.came and spot.state.node not in told:
            told.add(spot.state.node)
            yield places.problem(
                "no-silence",
                where(spot.state.node),
                f"`{spot.state.node}` would wait for ever when no answer comes.",
                "Add `silence: { after: 4 days, then: ... }`.",
                transcript=walk.transcript_to(number),
            )
    for move in walk.moves():
        if move.kind == "silence" and move.before == move.after and not move.effects:
            node = walk.spots[move.before].state.node
            if walk.spots[move.before].state.phase == "waiting" and node not in told:
                told.add(node)
                yield places.problem(
                    "no-way-on",
                    where(node),
                    f"`{node}` waits and then goes nowhere.",
                    "Add `then: ...`.",
                    transcript=walk.transcript(move),
                )


def _no_circle(flow: Flow, places: Places, walk: Walk) -> Iterator[Problem]:
    alone = {
        number: [move.after for move in walk.moves_of.get(number, ()) if move.kind in ALONE]
        for number, spot in enumerate(walk.spots)
        if spot.state.phase != "ended"
    }
    told: set[str] = set()
    for circle in circles(alone):
        names = list(dict.fromkeys(walk.spots[number].state.node for number in circle))
        if len(circle) == 1 and all(
            not move.effects for move in walk.moves_of[circle[0]] if move.kind in ALONE
        ):
            continue  # an event that means nothing here
        if names[0] in told:
            continue
        told.add(names[0])
        moves = [
            next(m for m in walk.moves_of[here] if m.after == there and m.kind in ALONE)
            for here, there in zip(circle, [*circle[1:], circle[0]], strict=True)
        ]
        yield places.problem(
            "endless",
            where(names[0]),
            f"Without a word from the customer this goes on for ever: {_short([*names, names[0]])}.",
            "Let the silence lead to an end at last.",
            transcript=walk.transcript(*moves),
        )


def _heard(flow: Flow, places: Places, walk: Walk) -> Iterator[Problem]:
    """STOP, order and «a person, please», at every stop (R1, R5, I16)."""
    told: set[str] = set()
    for move in walk.moves():
        before, after = walk.spots[move.before], walk.spots[move.after]
        fault = None
        if any(isinstance(effect, HandOff) and effect.reason == GOES_IN_CIRCLES for effect in move.effects):
            fault = (
                "loop",
                "More nodes follow each other in one turn than the language walks.",
                "Wait somewhere in between.",
            )
        elif before.state.phase == "ended" and not flow.desk and move.texts:
            fault = (
                "after-the-end",
                "Something is said after the end.",
                "Report it: the language promises silence.",
            )
        elif after.stopped and not before.stopped:
            sold = [text for text in move.texts if text.notice != "opted_out"]
            if sold or len(move.texts) > 1 or (after.state.phase != "ended" and not flow.desk):
                fault = ("opt-out", "A STOP is not obeyed here.", "Report it: the language promises to obey.")
        elif before.stopped and any(
            not text.notice and (text.prompted_by is None or text.offer) for text in move.texts
        ):
            fault = (
                "opt-out",
                "After a STOP there is marketing.",
                "Take offers out of what answers at the desk.",
            )
        elif (
            move.said == "(the customer orders)"
            and "ordered" in flow.exit_on
            and after.state.phase != "ended"
        ):
            fault = ("no-exit-on-order", "An order does not end the flow here.", "Add `exit_on: [ordered]`.")
        elif move.said == "customer: (human)" and not any(isinstance(each, HandOff) for each in move.effects):
            fault = ("no-person", "Who asks for a person gets none.", "Leave `human` to the language.")
        if fault and fault[0] not in told:
            told.add(fault[0])
            code, message, remedy = fault
            yield places.problem(
                code, where(before.state.node), message, remedy, transcript=walk.transcript(move)
            )


def _two_texts(flow: Flow, source: FlowSource, places: Places, walk: Walk) -> Iterator[Problem]:
    told: set[str] = set()
    for move in walk.moves():
        texts = [text for text in move.texts if text.notice is None]
        if len(texts) < 2 or texts[1].node in told:
            continue
        told.add(texts[1].node)
        yield places.problem(
            "two-texts",
            (*where(texts[1].node), "say") if texts[1].node in source.nodes else where(texts[0].node),
            f"Two texts leave in one turn: `{texts[0].node}`, then `{texts[1].node}`.",
            "Say it in one, or wait in between.",
            "warning",
            transcript=walk.transcript(move),
        )


def _short(names: list[str]) -> str:
    return " -> ".join(names if len(names) <= 9 else [*names[:4], "...", *names[-4:]])
