"""Runs the tests that a merchant wrote: each step happens to a made-up customer, and what comes of it is compared.

Owns what a step means and how a failure is told. Decides nothing about the dialogue (the engine does) nor how words are
read: a step without `intent` is read by whoever is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from flows import durations
from flows.definition import COURTESY, Flow
from flows.events import Reading
from flows.intents import INTENTS
from flows.parser import read_shape
from flows.places import Places
from flows.play.came import Came, Heard, Reads
from flows.play.customer import BEGIN, UnknownFact, customer_facts
from flows.play.player import Player
from flows.play.words import quoted, span
from flows.problems import Problem
from flows.segments import tidy
from flows.source import FlowSource
from flows.source_parts import PERHAPS_STOP, StepSource, TestSource, TestsSource

_REMEDY = "Change the flow, or what the test expects."


@dataclass(frozen=True, slots=True)
class Case:
    """One test, and where in its file it stands."""

    test: TestSource
    places: Places
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """How a test went. `line` is where it begins; each problem points at the step that failed."""

    name: str
    file: str
    line: int
    problems: tuple[Problem, ...] = ()
    transcript: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all went as written."""
        return not self.problems


def cases_in(source: str, file: str) -> tuple[list[Case], list[Problem]]:
    """The tests in a flow's own file."""
    shaped, places, problems = read_shape(FlowSource, source, file)
    tests = shaped.tests if shaped else []
    return [Case(test, places, ("tests", number)) for number, test in enumerate(tests)], problems


def cases_beside(source: str, file: str) -> tuple[list[Case], list[Problem]]:
    """The tests in a file beside it, which has `tests:` and nothing else."""
    shaped, places, problems = read_shape(TestsSource, source, file)
    tests = shaped.tests if shaped else []
    return [Case(test, places, ("tests", number)) for number, test in enumerate(tests)], problems


def run(
    flow: Flow, case: Case, reads: Reads | None = None, others: Mapping[str, Flow] | None = None
) -> Result:
    """Play one test to its first step that does not go as written. `others`: flows that it may run."""
    line, _ = case.places.find(case.path)
    try:
        facts = customer_facts(case.test.customer, BEGIN)
    except UnknownFact as error:
        wrong = case.places.problem(
            "test-failed", (*case.path, "customer"), f"{error}.", "The reference lists the names of facts."
        )
        return Result(case.test.test, case.places.file, line, (wrong,))
    play = _Play(case, Player(flow, facts, BEGIN, others=others or {}), reads)
    play.came = play.player.start()
    play.note(play.came)
    for number, step in enumerate(case.test.steps):
        play.step(number, step)
        if play.problems:
            break
    return Result(case.test.test, case.places.file, line, tuple(play.problems), tuple(play.transcript))


@dataclass
class _Play:
    """A test under way."""

    case: Case
    player: Player
    reads: Reads | None
    problems: list[Problem] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)
    came: Came = field(default_factory=Came)
    _passed: timedelta = timedelta()

    def step(self, number: int, step: StepSource) -> None:
        """Let it happen, then compare."""
        path = (*self.case.path, "steps", number)
        before = self.player.now
        if step.no_codes:
            self.player.codes = 0
        came = self._happens(step, path)
        if came is not None:
            self._passed = self.player.now - before
            self.came = came
            for each in came.lacking:
                self._fail(path, f"A text could not be written ({each}).", "Give it a default.")
        if not self.problems:
            self._compare(step, path)

    def note(self, came: Came) -> None:
        """Keep it for whoever has to see how it came to a failure."""
        self.transcript += [f"bot: {said.body}" for said in came.said]
        if came.ran:
            self.transcript.append(f"({came.ran} would be run)")

    def _happens(self, step: StepSource, path: tuple[str | int, ...]) -> Came | None:
        came: Came | None = None
        if step.after:
            self.transcript.append(f"({step.after} pass)")
            came = self.player.wait(timedelta(seconds=durations.seconds(step.after)))
            self.note(came)
        done: Came | None = None
        if step.says is not None:
            heard = self._heard(step, path)
            if heard is None:
                return None
            self.transcript.append(f"customer: {step.says} ({_as_read(heard)})")
            done = self.player.say(step.says, heard, after=timedelta() if step.after else None)
        elif step.silence:
            due = self.player.timer
            if due is None:
                self._fail((*path, "silence"), f"Nothing is waited for here{self._ended()}.", "Leave it out.")
                return None
            self.transcript.append(f"({span(due[1] - self.player.now)} pass in silence)")
            done = self.player.silence()
        elif step.orders:
            self.transcript.append("(the customer orders)")
            done = self.player.order()
        elif step.hand_back is not False:
            node = step.hand_back if isinstance(step.hand_back, str) else None
            if node and not self._exists(node):
                self._fail((*path, "hand_back"), f"There is no node `{node}`.", "Check its spelling.")
                return None
            self.transcript.append("(a person gives it back)")
            done = self.player.hand_back(node)
        if done is None:
            return came
        self.note(done)
        return came.and_then(done) if came else done

    def _own(self) -> set[str]:
        """Whatever else the flow's replies name; the prover has looked whether it exists."""
        return {intent for node in self.player.flow.nodes.values() for intent in node.replies}

    def _heard(self, step: StepSource, path: tuple[str | int, ...]) -> Heard | None:
        assert step.says is not None
        if step.intent is None and self.reads is None:
            self._fail((*path, "says"), "Nothing says how this is read.", "Add `intent: ...` to the step.")
            return None
        if step.intent is not None and step.intent not in (*INTENTS, *self._own(), PERHAPS_STOP):
            remedy = f"The intents are {', '.join(INTENTS)}."
            self._fail((*path, "intent"), f"There is no intent `{step.intent}`.", remedy)
            return None
        if step.intent is not None:
            reading = Reading(
                step.intent, 1.0, slots=step.slots, language=step.language, mood=step.mood or "neutral"
            )
            return Heard(reading, "held" if step.intent == PERHAPS_STOP else "none")
        assert self.reads is not None
        heard = self.reads(step.says, self.player.today, self.player.facts.shop.answers)
        own = Reading(
            heard.reading.intent,
            heard.reading.confidence,
            understood=heard.reading.understood,
            slots={**heard.reading.slots, **step.slots},
            language=step.language or heard.reading.language,
            mood=step.mood or heard.reading.mood,
            also=heard.reading.also,
        )
        return Heard(own, heard.consent)

    def _compare(self, step: StepSource, path: tuple[str | int, ...]) -> None:
        if step.expects is not None:
            self._compare_texts(step, path)
        places = self._stands_at()
        if step.at is not None and step.at not in places:
            if not self._exists(step.at):
                self._fail((*path, "at"), f"There is no node `{step.at}`.", "Check its spelling.")
            else:
                self._fail(
                    (*path, "at"),
                    f"The conversation stands at `{places[0]}`, not at `{step.at}`{self._ended()}.",
                )
        if step.stands is not None and step.stands != self.player.stands:
            said = self.player.stands.replace("_", " ")
            self._fail((*path, "stands"), f"The conversation is {said}, not {step.stands.replace('_', ' ')}.")
        if step.outcome is not None and step.outcome != self.player.state.outcome:
            came = self.player.state.outcome
            told = f"It ended as `{came}`" if came else "It has not ended"
            self._fail((*path, "outcome"), f"{told}, where `{step.outcome}` was expected.")
        if step.within is not None:
            self._compare_wait(step, path)

    def _compare_texts(self, step: StepSource, path: tuple[str | int, ...]) -> None:
        bodies = self.came.bodies
        place = (*path, "expects")
        said = (
            f"the bot said {' and '.join(quoted(body) for body in bodies)}" if bodies else "nothing was said"
        )
        if isinstance(step.expects, str):
            if not any(_has(body, step.expects) for body in bodies):
                self._fail(place, f"Expected {quoted(step.expects)}, but {said}{self._ended()}.")
            return
        wanted = step.expects or []
        if len(wanted) != len(bodies):
            number = {0: "no text", 1: "one text"}.get(len(wanted), f"{len(wanted)} texts")
            self._fail(place, f"Expected {number}, but {said}{self._ended()}.")
            return
        for nth, (text, body) in enumerate(zip(wanted, bodies, strict=True)):
            if not _has(body, text):
                self._fail((*place, nth), f"Expected {quoted(text)}, but the bot said {quoted(body)}.")

    def _compare_wait(self, step: StepSource, path: tuple[str | int, ...]) -> None:
        assert step.within is not None
        timer = self.player.timer
        lasts = self._passed if step.silence else timer[1] - self.player.now if timer else None
        if lasts is None:
            self._fail((*path, "within"), f"Nothing is waited for here{self._ended()}.")
        elif lasts > timedelta(seconds=durations.seconds(step.within)):
            self._fail((*path, "within"), f"The wait lasts {span(lasts)}, longer than {step.within}.")

    def _stands_at(self) -> list[str]:
        """Where it stands; where it no longer waits, also the node that spoke last."""
        places = [self.player.state.node]
        if self.player.stands in ("ended", "handed_off") and self.came.said:
            places.insert(0, self.came.said[-1].node)
        return places

    def _exists(self, node: str) -> bool:
        return any(
            node in flow.nodes
            or (node.startswith(COURTESY) and node.removeprefix(COURTESY) in flow.courtesy.nodes)
            for flow in (self.player.flow, *self.player.others.values())
        )

    def _ended(self) -> str:
        outcome = self.player.state.outcome
        if outcome:
            return f" (the conversation has ended: {outcome})"
        return " (a person has the conversation)" if self.player.stands == "handed_off" else ""

    def _fail(self, path: tuple[str | int, ...], message: str, remedy: str = _REMEDY) -> None:
        step = self.case.test.steps[int(path[len(self.case.path) + 1])]
        if remedy == _REMEDY and step.says is not None and step.intent is None and self.transcript:
            read = next((line for line in reversed(self.transcript) if line.startswith("customer: ")), "")
            remedy = f"It was read as {read[read.rfind('(') + 1 : -1]}; {remedy[0].lower()}{remedy[1:]}"
        wrong = self.case.places.problem(
            "test-failed", path, message, remedy, transcript=tuple(self.transcript)
        )
        self.problems.append(wrong)


def _as_read(heard: Heard) -> str:
    if heard.consent == "held":
        return "perhaps an opt-out"
    if heard.consent == "opted_out":
        return "stop"
    return heard.reading.intent if heard.reading.understood else "not understood"


def _has(body: str, wanted: str) -> bool:
    """Whether the words stand in the text, whatever their case, blanks and kind of quotes."""
    return _plain(wanted) in _plain(body)


def _plain(text: str) -> str:
    return " ".join(tidy(text).split()).casefold()
