"""The walk through a flow's nodes: from one stop on, until the dialogue waits, ends, is handed off or awaits a code.

Owns what a node does, in the order that `definition.Node` gives, and the effects that come of it. Where a reply leads is
`routing`; what an event means, `engine`; which words are taken, `saying`; when a wait ends, `waits`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flows.conditions import holds
from flows.definition import COURTESY, Flow, Node, Offer, Wait
from flows.effects import (
    AddTag,
    Effect,
    Finish,
    HandOff,
    HoldMarketing,
    RequestCoupon,
    RunFlow,
    SendText,
    SetFact,
    StartTimer,
)
from flows.facts import Facts
from flows.names import condition_names
from flows.saying import NAMED, in_language, introduced, variant_of
from flows.state import Draft, State
from flows.values import Scalar
from flows.waits import wait_ends

GOES_IN_CIRCLES = "the flow goes in circles"

MAX_STEPS = 40
"""Nodes in one turn. More means a circle that the prover did not see; the conversation then goes to a person."""

MAX_TEXTS = 4
"""Texts in one turn. A flow that would say more in one breath goes to a person instead."""

SESSION = timedelta(days=7)
"""A talk is over when the bot has said nothing for so long; in the next one it says again that it is one (R164)."""

ABOUT_CODES = ("offer.", "link.checkout", "link.to[")
"""What in a template says that the text carries the offer in the customer's hands."""


class Walk:
    """One turn under way: the state so far and the effects collected."""

    def __init__(self, flow: Flow, state: State, facts: Facts, now: datetime) -> None:
        self.flow = flow
        self.state = Draft(state)
        self.facts = facts
        self.now = now
        self.effects: list[Effect] = []
        self.put_off: str | None = None
        """The node whose text the customer put off before it was said: the pause over, it is gone to anew."""
        self.lead: Node | None = None
        """A courtesy that goes before whatever is said next, in the same text (`ask_given_up`)."""
        self._texts = 0
        self._names: dict[str, Any] | None = None

    @property
    def here(self) -> Node:
        """The node where replies and silence are looked up."""
        return self.flow.node(self.state.node)

    @property
    def language(self) -> str:
        """In which language the customer is answered."""
        return self.state.language or self.facts.customer.language

    def visit(
        self,
        name: str,
        prompted_by: str | None,
        *,
        resume: str | None = None,
        has_code: bool = False,
        instead: str | None = None,
    ) -> None:
        """Go to a node and on from there. `resume`: where the customer stood, whom a courtesy answers and leaves there.
        `instead`: the courtesy whose words take the place of the first node's."""
        state = self.state
        passed: Node | None = None
        for _ in range(MAX_STEPS):
            if name.startswith(COURTESY):
                resume = resume or (passed.name if passed and passed.waits else state.node)
            else:
                resume, state.tries = None, 0
            node = self.flow.node(name)
            passed = passed if resume else node
            self._remember(node)
            if branch := self._branch(node):
                name = branch
                continue
            if node.offer and not has_code and not self._holds_code(node.offer):
                self._request(self.flow.offers[node.offer], name, prompted_by, resume)
                return
            has_code = False
            if (node.say or node.answer) and self._texts == MAX_TEXTS:
                state.node = resume or name
                self.hand_off("the flow says too much at once", matter=None)
                return
            if instead:
                self.say(self.flow.courtesy.nodes[instead], prompted_by)
            elif node.say:
                self.say(node, prompted_by)
            instead = None
            if node.answer and not self._answer(node, prompted_by):
                name = node.otherwise or COURTESY + "no_answer"
                continue
            if node.hold:
                self.effects.append(HoldMarketing(node.hold))
            if node.hand_off:
                state.node = resume or name
                self.hand_off(node.hand_off, node.matter)
                return
            if node.run:
                self.effects.append(RunFlow(node.run, prompted_by))
                self.finish(f"ran_{node.run}")
                return
            if node.end:
                self.finish(node.end)
                return
            if resume and (node.wait or not node.then):
                self.wait_at(self.flow.node(resume), pause=node)
                return
            if node.waits or not node.then:
                self.wait_at(node)
                return
            name = node.then
        state.node = resume or name
        self.hand_off(GOES_IN_CIRCLES, matter=None)

    def say(self, node: Node, prompted_by: str | None, **values: Scalar) -> None:
        """Say what the node says. `values`: what the text may use as `said.NAME`, this once."""
        assert node.say is not None
        index = variant_of(node.say, self.flow.name, node.name, self.facts.customer.key)
        words = node.say.variants[index]
        language, template = in_language(words, self.language)
        if node.link:
            template = template.replace("link.here", node.link.name)
        variant = "abcdefghij"[index] if len(node.say.variants) > 1 else None
        self._send(node, template, language, prompted_by, variant, values)

    def courtesy(self, name: str, prompted_by: str | None, **values: Scalar) -> None:
        """Say a built-in text and wait on where the customer stands. `values` as in `say`."""
        self.say(self.flow.courtesy.nodes[name], prompted_by, **values)
        self.wait_at(self.here)

    def wait_at(self, node: Node, pause: Node | None = None) -> None:
        """Wait for a reply at `node`, for as long as it says, or as the courtesy `pause` says instead."""
        state = self.state
        self._say_lead()
        if state.phase == "coupon":
            return  # what was said meanwhile is answered, and the code awaited all the same
        put_off = self.put_off == node.name
        if put_off and not (pause and pause.wait):
            state.again, state.spoke = True, node.name
            return  # it is answered, and the pause runs on
        again = put_off
        state.phase, state.node, state.wait, state.again = "waiting", node.name, state.wait + 1, again
        if again:
            state.spoke = node.name
        wait = (pause.wait if pause else None) or node.wait
        if not (wait or node.silence) or not (node.silence or node.then or again):
            return  # nothing ends it but a reply
        until = self._until(wait) if wait and wait.until else None
        if until is not None:
            self.effects.append(StartTimer(state.wait, until=until))
            return
        seconds = wait.seconds if wait else node.silence.after_seconds if node.silence else 0
        anchor = self._texts - 1 if self._texts else None
        self.effects.append(StartTimer(state.wait, after_seconds=seconds, anchor=anchor))

    def wake_after(self, seconds: int) -> None:
        """Wait on where it waits, for so long from now."""
        self.state.wait += 1
        self.effects.append(StartTimer(self.state.wait, after_seconds=seconds))

    def await_no_more(self) -> tuple[str | None, str | None]:
        """The code came, or is not wanted any more. Gives the intent that asked for it, and the node to come back to."""
        state = self.state
        kept = state.prompted_by, state.resume
        state.phase, state.prompted_by, state.resume = "waiting", None, None
        return kept

    def holds_any_code(self) -> bool:
        """Whether a code of whatever offer is good now."""
        return self.facts.offer is not None and self.facts.offer.ends > self.now

    def hand_off(self, reason: str, matter: str | None) -> None:
        """A person has it; the timer that ran is stale."""
        self._say_lead()
        self.state.phase, self.state.wait, self.state.again = "handed_off", self.state.wait + 1, False
        kind = matter if matter in ("complaint", "question") else None
        self.effects.append(HandOff(reason, kind))  # type: ignore[arg-type]

    def finish(self, outcome: str) -> None:
        """The passage is over. The front desk never is: it waits for the next text."""
        self._say_lead()
        if self.flow.desk:
            if self.state.phase != "handed_off":
                self.state.phase, self.state.node = "waiting", self.flow.start
            return
        self.state.phase, self.state.outcome = "ended", outcome
        self.effects.append(Finish(outcome))

    # --- parts of a stop ------------------------------------------------------------------------------------------

    def _remember(self, node: Node) -> None:
        if node.set:
            self.state.values = {**self.state.values, **node.set}
            self._names = None
            self.effects.extend(SetFact(name, value) for name, value in node.set.items())
        if node.tag:
            self.effects.extend(AddTag(tag) for tag in node.tag)

    def _branch(self, node: Node) -> str | None:
        if not node.when:
            return None
        if self._names is None:
            self._names = condition_names(self.facts, self.state.values)
        for branch in node.when:
            if all(holds(test, self._names) for test in branch.tests):
                return branch.go
        return None

    def _holds_code(self, offer: str) -> bool:
        held = self.facts.offer
        return self.holds_any_code() and held is not None and held.name == offer

    def _request(self, offer: Offer, node: str, prompted_by: str | None, resume: str | None) -> None:
        state = self.state
        state.phase, state.node, state.prompted_by, state.resume = "coupon", node, prompted_by, resume
        self.effects.append(
            RequestCoupon(
                offer.name,
                offer.percent,
                offer.amount_cents,
                offer.pool,
                offer.valid_for_seconds,
                offer.budget,
                offer.free_shipping,
                offer.gift,
                offer.points,
            )
        )

    def _answer(self, node: Node, prompted_by: str | None) -> bool:
        key = self.state.values.get("fact") if node.answer == "asked" else node.answer
        if not isinstance(key, str) or key not in self.facts.shop.answers:
            return False
        self.state.values = {**self.state.values, "fact": None}
        self._send(node, "{{ shop.answers['" + key + "'] }}", self.language, prompted_by, None, {})
        return True

    def _send(
        self,
        node: Node,
        template: str,
        language: str,
        prompted_by: str | None,
        variant: str | None,
        values: dict[str, Scalar],
    ) -> None:
        if self.lead and self.lead.say:
            before = in_language(self.lead.say.variants[0], language)[1]
            template, self.lead = f"{before} {template.removeprefix(NAMED)}", None
        name = COURTESY + node.name if node is self.flow.courtesy.nodes.get(node.name) else node.name
        held = self.facts.offer
        carries = held is not None and any(sign in template for sign in ABOUT_CODES)
        if not node.notice:
            if not self._disclosed():
                template = introduced(template, self.flow.courtesy, language)
            self.state.disclosed, self.state.said_at = True, self.now
        if not self._texts:
            self.state.spoke = name if prompted_by is None else None
        self.effects.append(
            SendText(
                ordinal=self._texts,
                node=name,
                template=template,
                language=language,
                prompted_by=prompted_by,
                offer=held.name if held and carries else None,
                notice=node.notice,
                variant=variant,
                values={**self.state.values, **values},
            )
        )
        self._texts += 1

    def _say_lead(self) -> None:
        """What should have gone before a text, where there is none. It answers a reply."""
        if lead := self.lead:
            self.lead = None
            self.say(lead, prompted_by="other")

    def _disclosed(self) -> bool:
        """Whether the customer knows from this talk that a bot writes (I15, R160-R164)."""
        last = self.state.said_at
        return self.state.disclosed and (last is None or self.now - last <= SESSION)

    def _until(self, wait: Wait) -> datetime | None:
        return wait_ends(wait, self.state.values.get("later_until"), self.facts.zone, self.now)
