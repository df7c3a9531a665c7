"""One chat with a flow: what is typed becomes a happening, what comes of it is shown and kept as steps of a test.

Owns the commands and how the conversation looks. Where lines come from, and where steps go: `bot.cli.flow_chat`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import click

from flows import begin, durations
from flows.definition import Flow
from flows.events import Reading
from flows.intents import INTENTS
from flows.play.came import Came, Heard, Reads
from flows.play.player import Player, Standing
from flows.play.recording import recorded, words_said
from flows.play.words import span
from flows.zones import zone_named

WIDTH = 64
HELP = """\
Type what the customer texts. Or:
  /silence         nothing is said until the wait is over
  /wait 2 days     so much time passes
  /order           the customer orders
  /dry             from here on there are no codes
  /handback [NODE] a person gives the conversation back
  /as INTENT TEXT  the customer texts that, and it is read so
  /state           where the conversation stands, and what is known
  /undo            take the last step back
  /quit            leave"""


class Chat:
    """A conversation and its record."""

    def __init__(
        self, player: Player, reads: Reads, *, intent_only: bool = False, desk: Flow | None = None
    ) -> None:
        """`desk`: who answers once the passage has ended; None where only the flow's own steps are wanted, for a test."""
        self._desk = desk
        self.player = player
        self.steps: list[dict[str, Any]] = []
        self._reads = reads
        self._intent_only = intent_only
        self._before: list[tuple[Standing, int]] = []
        self._dry = False

    def begin(self) -> None:
        """The first text, or word that the customer speaks first."""
        click.echo(_dim(f"{self.player.flow.title}. {_clock(self.player)}. /help lists the commands."))
        came = self.player.start()
        self._show(came)
        if came.said or not self.player.flow.desk:
            self.steps.append(recorded({}, came, self.player))

    def take(self, line: str) -> bool:
        """One line that was typed. Gives False when the chat is over."""
        line = line.strip()
        if not line:
            return True
        command, _, rest = line.partition(" ")
        rest = rest.strip()
        if not command.startswith("/"):
            self._says(line)
            return True
        match command:
            case "/quit" | "/q" | "/exit":
                return False
            case "/help" | "/?":
                click.echo(_dim(HELP))
            case "/silence":
                self._silence()
            case "/wait":
                self._wait(rest)
            case "/order":
                self._step({"orders": True}, self.player.order)
            case "/dry":
                self._keep()
                self.player.codes, self._dry = 0, True
                click.echo(_dim("  no codes are left"))
            case "/handback":
                self._hand_back(rest)
            case "/as":
                self._as(rest)
            case "/state":
                click.echo(_dim("\n".join(f"  {text}" for text in _state(self.player))))
            case "/undo":
                self._undo()
            case _:
                click.echo(_dim(f"  there is no {command}; /help lists what there is"))
        return True

    # --- happenings -----------------------------------------------------------------------------------------------

    def _says(self, text: str) -> None:
        if self._intent_only:
            self._as(text)
            return
        heard = self._reads(text, self.player.today, self.player.facts.shop.answers)
        click.echo(_dim(f"  {_as_read(heard)}"))
        self._step(words_said(text, heard), lambda: self._to_whom_it_concerns(text, heard))

    def _as(self, rest: str) -> None:
        intent, _, text = rest.partition(" ")
        if intent not in INTENTS and intent not in self.player.flow.node(self.player.state.node).replies:
            click.echo(_dim(f"  an intent comes first: {', '.join(INTENTS)}"))
            return
        heard = Heard(Reading(intent, 1.0))
        text = text.strip() or intent
        self._step(words_said(text, heard), lambda: self._to_whom_it_concerns(text, heard))

    def _to_whom_it_concerns(self, text: str, heard: Heard) -> Came:
        """The flow hears it; or, when its passage has ended, the front desk, as with a real customer."""
        if self._desk is not None and self.player.stands == "ended":
            click.echo(_dim("  the passage has ended: the front desk answers from here"))
            self.player.flow, self.player.state, self.player.timer = self._desk, begin(self._desk), None
        return self.player.say(text, heard)

    def _silence(self) -> None:
        if self.player.timer is None:
            click.echo(_dim(f"  nothing is waited for{_why(self.player)}"))
            return
        click.echo(_dim(f"  {span(self.player.timer[1] - self.player.now)} pass"))
        self._step({"silence": True}, lambda: self.player.silence() or Came())

    def _wait(self, length: str) -> None:
        try:
            seconds = durations.seconds(length)
        except ValueError as error:
            click.echo(_dim(f"  {error}"))
            return
        self._step({"after": length}, lambda: self.player.wait(timedelta(seconds=seconds)))

    def _hand_back(self, node: str) -> None:
        if node and node not in self.player.flow.nodes:
            click.echo(_dim(f"  there is no node {node}; there are {', '.join(self.player.flow.nodes)}"))
            return
        self._step({"hand_back": node or True}, lambda: self.player.hand_back(node or None))

    def _undo(self) -> None:
        if not self._before:
            click.echo(_dim("  there is nothing to take back"))
            return
        standing, steps = self._before.pop()
        self._dry = self._dry and standing.codes == 0
        self.player.back_to(standing)
        del self.steps[steps:]
        click.echo(_dim(f"  taken back: it is {_clock(self.player)} again, at {self.player.state.node}"))

    def _step(self, happening: dict[str, Any], happen: Callable[[], Came]) -> None:
        if not self._dry:  # «/dry» and the happening behind it are one step, taken back together
            self._keep()
        if self._dry:
            happening, self._dry = {**happening, "no_codes": True}, False
        flow = self.player.flow.name
        came = happen()
        self._show(came, flow)
        self.steps.append(recorded(happening, came, self.player))

    def _keep(self) -> None:
        self._before.append((self.player.standing, len(self.steps)))

    # --- how it looks ---------------------------------------------------------------------------------------------

    def _show(self, came: Came, flow: str = "") -> None:
        player = self.player
        for said in came.said:
            for line in textwrap.wrap(said.body, WIDTH, break_long_words=False, break_on_hyphens=False):
                click.echo(click.style("┃ ", fg="blue") + line)
            parts = "1 part" if said.parts == 1 else f"{said.parts} parts"
            click.echo(_dim(f"  {said.node} · {parts} · {_clock(player)}"))
        for lacking in came.lacking:
            click.echo(click.style(f"  could not be written: {lacking}", fg="red"))
        if flow and player.flow.name != flow:
            click.echo(_dim(f"  goes on in {player.flow.name}"))
        if came.ran:
            click.echo(_dim(f"  {came.ran} begins here (it is not at hand)"))
        click.echo(_dim(f"  {_standing(player, nothing=not came.said)}"))


def _standing(player: Player, *, nothing: bool) -> str:
    said = "nothing is said; " if nothing else ""
    if player.state.phase == "ended":
        return f"{said}ended: {player.state.outcome}. /undo takes a step back, /quit leaves."
    if player.stands == "handed_off":
        doubt = " (perhaps an opt-out)" if player.person else ""
        return f"{said}a person has it now{doubt}; /handback gives it back"
    if player.timer is None:
        return f"{said}waits at {player.state.node} for as long as it takes"
    return f"{said}waits at {player.state.node} till {_moment(player, player.timer[1])} (/silence)"


def _state(player: Player) -> list[str]:
    facts, state = player.facts, player.state
    lines = [_clock(player), _standing(player, nothing=False)]
    lines += [f"said.{name} = {value}" for name, value in state.values.items() if value is not None]
    lines += [f"customer.attributes.{name} = {value}" for name, value in facts.customer.attributes.items()]
    if facts.offer:
        lines.append(
            f"offer {facts.offer.name}, {facts.offer.code}, till {_moment(player, facts.offer.ends)}"
        )
    codes = "any number of codes" if player.codes is None else f"{player.codes} codes"
    return [*lines, f"{codes} left, language {state.language or facts.customer.language}"]


def _as_read(heard: Heard) -> str:
    reading = heard.reading
    if heard.consent == "opted_out":
        return "read as an opt-out"
    if heard.consent == "held":
        return "read as perhaps an opt-out: a person decides"
    sure = "" if reading.understood else ", too unsure to act on"
    slots = "".join(f", {name} = {value}" for name, value in reading.slots.items())
    mood = f", {reading.mood}" if reading.mood != "neutral" else ""
    return f"read as {reading.intent} ({reading.confidence:.2f}{sure}){mood}{slots}"


def _why(player: Player) -> str:
    if player.state.phase == "ended":
        return f": the conversation has ended ({player.state.outcome})"
    return ": a person has it (/handback gives it back)" if player.stands == "handed_off" else ""


def _clock(player: Player) -> str:
    return _moment(player, player.now)


def _moment(player: Player, moment: datetime) -> str:
    return f"{moment.astimezone(zone_named(player.facts.zone)):%a %b %-d %H:%M}"


def _dim(text: str) -> str:
    return click.style(text, dim=True)
