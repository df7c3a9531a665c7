"""Effects carried out in memory: texts for the outbox, waits, codes, hand-offs. Decides nothing.

Owns what bot.conversations.apply owns for the database: the translation of each effect, in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, assert_never

from bot.simulate import post
from bot.simulate.records import Code, Passage, Text, Wait
from bot.simulate.staffing import hand_off
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
from flows.events import CouponReady, CouponUnavailable, Event, NotSent
from flows.render import Rendered, render_within

if TYPE_CHECKING:
    from bot.simulate.talk import Talk


@dataclass
class Done:
    """What came of a turn's effects: events to take next, and the texts that were written."""

    events: list[Event] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)


def do(
    talk: Talk, passage: Passage, effects: tuple[Effect, ...], now: datetime, *, keyword: bool = False
) -> Done:
    """Carry out what a turn decided. `keyword`: it answers the carriers' word HELP itself."""
    done = Done()
    # a hand-off raises the fence first, so that the text which announces it may leave
    for effect in sorted(effects, key=lambda each: not isinstance(each, HandOff)):
        match effect:
            case HandOff():
                hand_off(talk, effect.reason, effect.matter, now)
            case SendText():
                _write(talk, passage, effect, done, now, keyword=keyword)
            case StartTimer():
                _wait(talk, passage, effect, done, now)
            case RequestCoupon():
                done.events.append(_code(talk, passage, effect, now))
            case SetFact():
                _remember(talk, effect, now)
            case AddTag():
                talk.log.counts[f"tags.{effect.tag}"] += 1
            case HoldMarketing():
                talk.consents.hold("wrong_number" if effect.why == "wrong_number" else "held", now)
            case RunFlow():
                name, prompted_by = effect.flow, effect.prompted_by
                talk.later(now, lambda at, name=name, by=prompted_by: talk.enrol(name, by, at))  # type: ignore[misc]
            case Finish():
                _finish(talk, passage, effect.outcome, now)
            case _:
                assert_never(effect)
    return done


def _write(
    talk: Talk, passage: Passage, effect: SendText, done: Done, now: datetime, *, keyword: bool
) -> None:
    words = render_within(effect, talk.facts(passage, now), now, talk.world.shop.settings.marketing_parts)
    read = len(talk.inbound)
    text = Text(
        passage=passage.number,
        turn=passage.state.turn,
        ordinal=effect.ordinal,
        effect=effect,
        body=words.body if isinstance(words, Rendered) else "",
        created_at=now,
        fence=talk.fence,
        read=read,
        read_at=talk.inbound_at,
        kind="compliance" if effect.notice else "answer" if effect.prompted_by else "marketing",
        keyword=keyword,
    )
    done.texts.append(text)
    if not isinstance(words, Rendered):
        text.status = "denied"
        talk.dead_end("unrenderable", f"{effect.node}: {words.why}", now)
        prompted = effect.prompted_by is not None
        done.events.append(NotSent(text.turn, text.ordinal, words.why, final=True, prompted=prompted))
        return
    leaves = now + timedelta(seconds=talk.network.uniform(0.2, 3.0))
    talk.ready.append(text)
    talk.later(leaves, lambda at: post.dispatch(talk, text, at))


def _wait(talk: Talk, passage: Passage, effect: StartTimer, done: Done, now: datetime) -> None:
    after, until = effect.after_seconds, effect.until
    anchor = None
    if until is None and effect.anchor is not None:
        anchor = next((each for each in done.texts if each.ordinal == effect.anchor), None)
    due = until or (None if anchor else now + timedelta(seconds=after or 0))
    passage.wait = Wait(effect.wait, after, anchor, due)
    if due is not None:
        talk.later(due, lambda at: talk.wake(passage, effect.wait, at))


def _code(talk: Talk, passage: Passage, request: RequestCoupon, now: datetime) -> Event:
    """A live code is reused; one live offer a customer, whatever the flow."""
    code = talk.code
    held = code is not None and code.used_at is None and (code.ends is None or code.ends > now)
    if not held:
        if talk.network.random() < talk.world.people.shares["codes_dry"]:
            talk.log.counts["coupons.not_to_be_had"] += 1
            return CouponUnavailable(request.offer, f"no code left in {request.pool}")
        talk.code = Code(f"BACK-{talk.person.key[:8].upper()}", request, passage.number)
    return CouponReady(request.offer)


def _remember(talk: Talk, effect: SetFact, now: datetime) -> None:
    if effect.name == "language" and isinstance(effect.value, str):
        talk.language = effect.value
    elif effect.name == "rhythm":
        talk.keep_rhythm(str(effect.value), now)
    else:
        talk.attributes[effect.name] = effect.value


def _finish(talk: Talk, passage: Passage, outcome: str, now: datetime) -> None:
    passage.active, passage.wait = False, None
    talk.log.notes.append((now, f"the passage ends: {outcome}"))
    for text in talk.ready:
        stale = text.passage == passage.number and text.turn < passage.state.turn
        if stale and text.status == "ready" and text.prompted_by is None:
            text.status = "withheld"
    code = talk.code
    if code is not None and code.passage == passage.number and code.ends is None:
        talk.code = None  # nobody has seen it
    if talk.floor == passage.number:
        talk.floor = None
