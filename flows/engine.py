"""The engine: one event in, a new state and the effects out. Decides and does nothing; reads no clock, host or chance.

Owns how a dialogue moves: which node is next, what is said there, what is waited for. Wording belongs to YAML,
permission to the gate, deeds to `bot`. `advance` never raises for anything a customer or a merchant can do, and after
it an enrolment has ended, was handed off, or waits.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never

from flows.conditions import holds
from flows.definition import COURTESY, Flow, Node, Offer
from flows.effects import (
    AddTag,
    Effect,
    Finish,
    HandOff,
    HoldMarketing,
    RequestCoupon,
    SendText,
    SetFact,
    StartTimer,
)
from flows.events import (
    CouponReady,
    CouponUnavailable,
    Event,
    HandedBack,
    NotSent,
    OptedIn,
    OptedOut,
    Ordered,
    Reading,
    Replied,
    SignedUp,
    Started,
    Stopped,
    TimerFired,
)
from flows.facts import Facts
from flows.names import condition_names
from flows.saying import in_language, introduced, variant_of
from flows.state import State
from flows.values import Scalar
from flows.zones import zone_named

MAX_STEPS = 40
"""Nodes in one turn. More means a circle that `checks` did not see; the conversation then goes to a person."""

SESSION = timedelta(days=7)
"""A talk is over when the bot has said nothing for so long; in the next one it says again that it is one (R164)."""


def begin(flow: Flow) -> State:
    """The state of a passage that has not begun. The front desk has nothing to begin: it waits for a reply."""
    return State(revision=flow.hash, node=flow.start, phase="waiting" if flow.desk else "new")


def advance(
    flow: Flow, state: State, event: Event, facts: Facts, now: datetime
) -> tuple[State, tuple[Effect, ...]]:
    """Take one event. `now` is domain time, aware. An event that means nothing here changes nothing."""
    if state.phase == "ended":
        return state, ()
    turn = _Turn(flow, state, facts, now)
    match event:
        case Started():
            if state.phase == "new":
                turn.visit(flow.start, prompted_by=None)
        case Replied():
            turn.reply(event)
        case TimerFired():
            turn.wake(event.wait)
        case Ordered():
            if "ordered" in flow.exit_on:
                turn.finish("ordered")
        case CouponReady():
            turn.coupon(event.offer, ready=True)
        case CouponUnavailable():
            turn.coupon(event.offer, ready=False)
        case NotSent():
            turn.not_sent(event)
        case OptedOut():
            turn.opted_out(event)
        case OptedIn():
            if event.confirm:
                turn.visit(COURTESY + ("opted_in" if event.consented else "reachable"), prompted_by="start")
        case SignedUp():
            turn.visit(COURTESY + "confirm_opt_in", prompted_by=None)
        case HandedBack():
            turn.handed_back(event.node)
        case Stopped():
            turn.finish(event.why)
        case _:
            assert_never(event)
    if turn.state == state and not turn.effects:
        return state, ()
    return replace(turn.state, turn=state.turn + 1), tuple(turn.effects)


class _Turn:
    """One turn under way: the state so far and the effects collected."""

    def __init__(self, flow: Flow, state: State, facts: Facts, now: datetime) -> None:
        self.flow = flow
        self.state = state
        self.facts = facts
        self.now = now
        self.effects: list[Effect] = []
        self._texts = 0

    # --- events ---------------------------------------------------------------------------------------------------

    def reply(self, event: Replied) -> None:
        if self.state.phase in ("new", "handed_off"):
            # nothing was said yet, or a person has it: kept for people, but for HELP, which is always answered (R122)
            if self.flow.desk and event.reading.intent == "help":
                self._say(self.flow.courtesy.nodes["help"], prompted_by="help")
            return
        reading = event.reading
        values: dict[str, Scalar] = {**self.state.values, **reading.slots}
        asks = values.pop("asks", None)
        if reading.intent == "later" and "later_until" not in reading.slots:
            values.pop("later_until", None)
        self._set(values=values)
        if reading.language and reading.language != self._language():
            self._set(language=reading.language)
            self.effects.append(SetFact("language", reading.language))
        intent = self._intent(reading)
        here = self.flow.node(self.state.node)
        if (not reading.understood or reading.intent == "other") and "other" in here.replies:
            self.visit(here.replies["other"], prompted_by="other")
            return
        if not reading.understood or reading.intent == "other":
            self._set(misses=self.state.misses + 1)
            again = self.state.misses > 1
            self.visit(COURTESY + ("unclear_again" if again else "unclear"), prompted_by="other")
            return
        self._set(misses=0)
        target = here.replies.get(intent) or COURTESY + self.flow.courtesy.replies[intent]
        if intent == "help" and asks == "who":
            target = COURTESY + "who"  # shop, site and how to stop, nothing of the customer (R30)
        self.visit(target, prompted_by=intent)

    def _intent(self, reading: Reading) -> str:
        """Keep a rhythm that was wished for. «As before» takes one back; from somebody who set none it is an order."""
        wish = reading.slots.get("rhythm")
        if wish == "" and self.facts.customer.rhythm is None:
            return "reorder" if reading.intent == "rhythm" else reading.intent
        if wish is not None:
            self.effects.append(SetFact("rhythm", wish))
        return reading.intent

    def wake(self, wait: int) -> None:
        if self.state.phase != "waiting" or wait != self.state.wait:
            return
        node = self.flow.node(self.state.node)
        target = node.silence.then if node.silence else node.then
        if target:
            self.visit(target, prompted_by=None)

    def coupon(self, offer: str, *, ready: bool) -> None:
        if self.state.phase != "coupon":
            return
        node = self.flow.node(self.state.node)
        prompted_by, resume = self.state.prompted_by, self.state.resume
        self._set(phase="waiting", prompted_by=None, resume=None)
        had = node.offer == offer and ready and self.facts.offer is not None
        if not had and not node.otherwise and prompted_by is None and not self.flow.desk:
            self.finish("no_code")  # nobody asked for it: no text about it, and no work for a person
        elif not had:
            self.visit(node.otherwise or COURTESY + "no_code", prompted_by, resume=resume or node.name)
        else:
            self.visit(node.name, prompted_by, resume=resume, has_code=True)

    def not_sent(self, event: NotSent) -> None:
        if not event.final:
            if self.state.phase == "waiting" and event.turn == self.state.turn:
                self._wait_at(
                    self.flow.node(self.state.node)
                )  # its timer hung on the text that did not leave
            return
        if event.prompted and self.state.phase == "waiting":
            self._hand_off(f"answer not sent: {event.why}"[:60], matter=None)
        elif not self.flow.desk and not event.prompted:
            self.finish("not_sendable")

    def opted_out(self, event: OptedOut) -> None:
        if event.confirm:
            self._say(self.flow.courtesy.nodes["opted_out"], prompted_by="stop")
        if event.also and self.flow.desk:
            self._hand_off(f"asked while opting out: {event.also}", matter="question")
        self.finish("opted_out")

    def handed_back(self, node: str | None) -> None:
        # `waiting`: not this passage gave it to people; but the time that they took is not the customer's silence
        if self.state.phase not in ("handed_off", "waiting"):
            return
        # a person wrote last: the bot says again who it is (R165)
        self._set(phase="waiting", misses=0, disclosed=False)
        if node is not None and node in self.flow.nodes:
            self.visit(node, prompted_by=None)
        else:
            self._wait_at(self.flow.node(self.state.node))

    def finish(self, outcome: str) -> None:
        if self.flow.desk:
            if self.state.phase != "handed_off":
                self._set(phase="waiting", node=self.flow.start)
            return
        self._set(phase="ended", outcome=outcome)
        self.effects.append(Finish(outcome))

    # --- the walk -------------------------------------------------------------------------------------------------

    def visit(
        self, name: str, prompted_by: str | None, *, resume: str | None = None, has_code: bool = False
    ) -> None:
        """Go to a node and on from there, until the dialogue waits, ends or is handed off."""
        resume = resume or (self.state.node if name.startswith(COURTESY) else None)
        for _ in range(MAX_STEPS):
            if not name.startswith(COURTESY):
                resume = None
            node = self.flow.node(name)
            self._remember(node)
            branch = self._branch(node)
            if branch:
                name = branch
                continue
            if node.offer and not has_code and not self._holds_code(node.offer):
                self._request(self.flow.offers[node.offer], name, prompted_by, resume)
                return
            has_code = False
            if node.say:
                self._say(node, prompted_by)
            if node.answer and not self._answer(node, prompted_by):
                name = node.otherwise or COURTESY + "no_answer"
                continue
            if node.hold:
                self.effects.append(HoldMarketing(node.hold))
            if node.hand_off:
                self._set(node=resume or name)
                self._hand_off(node.hand_off, node.matter)
                return
            if node.end:
                self.finish(node.end)
                return
            if resume and (node.wait or not node.then):
                self._wait_at(
                    self.flow.node(resume), pause=node
                )  # a courtesy: back to where the customer stood
                return
            if node.waits:
                self._wait_at(node)
                return
            if not node.then:
                self._wait_at(node)
                return
            name = node.then
        self._hand_off("the flow goes in circles", matter=None)

    def _remember(self, node: Node) -> None:
        for name, value in node.set.items():
            self._set(values={**self.state.values, name: value})
            self.effects.append(SetFact(name, value))
        self.effects.extend(AddTag(tag) for tag in node.tag)

    def _branch(self, node: Node) -> str | None:
        if not node.when:
            return None
        names = condition_names(self.facts, self.state.values)
        for branch in node.when:
            if all(holds(test, names) for test in branch.tests):
                return branch.go
        return None

    def _holds_code(self, offer: str) -> bool:
        held = self.facts.offer
        return held is not None and held.name == offer and held.ends > self.now

    def _request(self, offer: Offer, node: str, prompted_by: str | None, resume: str | None) -> None:
        self._set(phase="coupon", node=node, prompted_by=prompted_by, resume=resume)
        self.effects.append(
            RequestCoupon(offer.name, offer.percent, offer.amount_cents, offer.pool, offer.valid_for_seconds)
        )

    def _say(self, node: Node, prompted_by: str | None) -> None:
        assert node.say is not None
        index = variant_of(node.say, self.flow.name, node.name, self.facts.customer.key)
        words = node.say.variants[index]
        language, template = in_language(words, self._language())
        if node.link:
            template = template.replace("link.here", node.link.name)
        variant = "abcdefghij"[index] if len(node.say.variants) > 1 else None
        self._send(node, template, language, prompted_by, variant)

    def _answer(self, node: Node, prompted_by: str | None) -> bool:
        key = self.state.values.get("fact") if node.answer == "asked" else node.answer
        if not isinstance(key, str) or key not in self.facts.shop.answers:
            return False
        self._set(values={**self.state.values, "fact": None})
        self._send(node, "{{ shop.answers['" + key + "'] }}", self._language(), prompted_by, None)
        return True

    def _send(
        self, node: Node, template: str, language: str, prompted_by: str | None, variant: str | None
    ) -> None:
        name = COURTESY + node.name if node is self.flow.courtesy.nodes.get(node.name) else node.name
        # every cart that a code lies in: from these words the gate knows that something is sold, and its clock starts
        offers = any(each in template for each in ("offer.", "link.checkout", "link.to["))
        held = self.facts.offer.name if offers and self.facts.offer else None
        if not node.notice:
            if not self._disclosed():
                template = introduced(template, self.flow.courtesy, language)
            self._set(disclosed=True, said_at=self.now)
        self.effects.append(
            SendText(
                ordinal=self._texts,
                node=name,
                template=template,
                language=language,
                prompted_by=prompted_by,
                offer=held,
                notice=node.notice,
                variant=variant,
                values=dict(self.state.values),
            )
        )
        self._texts += 1

    def _disclosed(self) -> bool:
        """Whether the customer knows from this talk that a bot writes (I15, R160-R164)."""
        last = self.state.said_at
        return self.state.disclosed and (last is None or self.now - last <= SESSION)

    def _hand_off(self, reason: str, matter: str | None) -> None:
        self._set(phase="handed_off", wait=self.state.wait + 1)
        kind = matter if matter in ("complaint", "question") else None
        self.effects.append(HandOff(reason, kind))  # type: ignore[arg-type]

    def _wait_at(self, node: Node, pause: Node | None = None) -> None:
        """Wait for a reply at `node`, for as long as it says, or as the courtesy `pause` says instead."""
        self._set(phase="waiting", node=node.name, wait=self.state.wait + 1)
        anchor = self._texts - 1 if self._texts else None
        wait = (pause.wait if pause else None) or node.wait
        named = self._named_day("later_until") if wait and wait.until else None
        if named and not (pause and not (node.silence or node.then)):
            self.effects.append(StartTimer(self.state.wait, until=named))
            return
        seconds = wait.seconds if wait else node.silence.after_seconds if node.silence else None
        if seconds is not None and (node.silence or node.then):
            self.effects.append(StartTimer(self.state.wait, after_seconds=seconds, anchor=anchor))

    # --- small things ---------------------------------------------------------------------------------------------

    def _named_day(self, value: str) -> datetime | None:
        """Ten in the morning, where the customer is, of the day that they named; None if that is over."""
        named = self.state.values.get(value)
        try:
            day = date.fromisoformat(named) if isinstance(named, str) else None
        except ValueError:
            return None
        if day is None:
            return None
        moment = datetime.combine(day, time(10), zone_named(self.facts.zone))
        return moment.astimezone(UTC) if self.now < moment < self.now + timedelta(days=400) else None

    def _language(self) -> str:
        return self.state.language or self.facts.customer.language

    def _set(self, **changes: object) -> None:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]
