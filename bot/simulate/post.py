"""Texts that are due: still wanted, allowed by the gate, and what the network makes of them.

Owns the facts that the gate is asked with, and the network's accidents. Permission is the real gate's alone; that it was
given rightly is checked from outside (`watch`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, assert_never

from bot.compliance.content import findings
from bot.compliance.facts import AtMost, SendFacts
from bot.compliance.gate import Allow, Defer, Deny
from bot.compliance.policy import policy_of
from bot.offers.coupons import offer_end
from bot.sending import wording
from bot.sending.claiming import FRESH
from bot.sending.permission import CALM
from bot.sending.results import TRIES
from bot.sending.validity import with_validity
from bot.simulate.records import Leaving, Text
from flows.render import Rendered, render_within
from flows.segments import measure
from nlu.rhythm import from_text

if TYPE_CHECKING:
    from bot.simulate.talk import Talk

OUTDATED = "a newer text arrived"
FENCED = "a person took over"
MONTH = timedelta(days=30)


def dispatch(talk: Talk, text: Text, now: datetime) -> None:
    """Let a text that is due leave, put it off, or end it."""
    if text.status != "ready":
        return
    if why := _unwanted(talk, text):
        text.status = "withheld"
        talk.not_sent(text, why, final=False, now=now)
        return
    if (text.expires_at and text.expires_at <= now) or _too_late(text, now):
        text.status = "expired"
        talk.not_sent(text, "its time was over", final=text.prompted_by is not None, now=now)
        return
    body = _words(talk, text, now)
    if body is None:
        # it waited until what it speaks of was over: then it is rightly not said
        text.status = "denied"
        talk.log.counts["denied.not_true_any_more"] += 1
        talk.not_sent(text, "unrenderable", final=True, now=now)
        return
    facts = send_facts(talk, text, now)
    language = text.effect.language if text.effect else "en"
    since = now - MONTH
    said_stop = any(at > since and wording.STOP in words for at, words in talk.said_stop)
    body = wording.leaving(body, language, facts, said_stop, now)
    size = measure(body)
    found = tuple(str(each) for each in findings(body, talk.own))
    facts = replace(facts, content=found, parts=size.parts)
    decision, seconds = with_validity(talk.world.gate(facts, now), facts, now)
    text.kind = decision.kind
    match decision:
        case Allow():
            text.body, text.parts = body, size.parts
            _attempt(talk, text, seconds or 3600, now)
        case Defer(until=until, rule=rule):
            talk.log.counts[f"deferred.{rule}"] += 1
            talk.later(until, lambda at: dispatch(talk, text, at))
        case Deny(rule=rule, why=why):
            talk.log.counts[f"denied.{rule}"] += 1
            text.status = "denied"
            talk.not_sent(text, why, final=True, now=now)
        case _:
            assert_never(decision)


def send_facts(talk: Talk, text: Text, now: datetime) -> SendFacts:
    """Everything that the gate may weigh about this text (bot.sending.permission reads the same from the database)."""
    talk.consents.settled(now)
    passage = talk.passages[text.passage] if text.passage >= 0 else None
    flow = passage.flow if passage is not None and not passage.flow.desk else None
    wish = from_text(talk.rhythm) if talk.rhythm else None
    reach = now - timedelta(days=max(30, (wish.per_days or 0) if wish else 0))
    recent = [each for each in talk.sent if each.attempted_at is not None and each.attempted_at > reach]
    marketing = tuple(each.attempted_at for each in recent if each.kind == "marketing" and each.attempted_at)
    inbound_at = text.read_at if text.author == "bot" else talk.inbound_at
    words = talk.words_of(text.read)
    consent = talk.consents.consent
    signs = (consent.at if consent else None, talk.last_order_at, talk.clicked_at, talk.inbound_at)
    return SendFacts(
        author=text.author,
        prompted_by=text.prompted_by,
        offer=text.effect.offer if text.effect else None,
        notice=text.notice,
        shop_state="live",
        to_is_confirmed_phone=None,
        number_state=talk.number_state,
        place=talk.home.place,
        suppression=talk.consents.suppression,
        consent=consent,
        arm=passage.arm if passage is not None and flow is not None else None,
        holder=talk.holder,
        open_matter=talk.matter,
        unread_inbound=talk.unread,
        inbound_at=inbound_at,
        bot_texts_60s=sum(
            1 for each in recent if each.author == "bot" and _since(each, now) < timedelta(seconds=60)
        ),
        marketing_at=marketing,
        staff_at=tuple(
            each.attempted_at
            for each in recent
            if each.author == "staff" and each.attempted_at and _since(each, now) < timedelta(days=1)
        ),
        at_most=AtMost(flow.at_most[0], -(-flow.at_most[1] // 86_400)) if flow and flow.at_most else None,
        flow_at=tuple(
            each.attempted_at
            for each in recent
            if each.kind == "marketing" and each.passage == text.passage and each.attempted_at
        ),
        send_window=flow.send_window if flow and flow.send_window != "any" else None,
        paused_until=_calm_after(talk, text, now),
        policy=policy_of(talk.world.shop.settings),
        last_order_at=talk.last_order_at,
        opener=flow is not None
        and not any(each.passage == text.passage and _since(each, now) < MONTH for each in recent),
        orders_known_at=now,
        last_order_refunded=talk.refunded,
        silent_texts=talk.silent,
        rhythm=wish,
        rhythm_at=talk.rhythm_at if wish else None,
        answers_at=tuple(
            each.attempted_at
            for each in recent
            if each.kind == "answer" and each.attempted_at and _since(each, now) < timedelta(days=1)
        ),
        same_words=sum(
            1
            for each in talk.inbound
            if words and each.said.words == words and now - each.at < timedelta(hours=1)
        ),
        proof_at=max((each for each in signs if each is not None), default=None),
        help_by_word=text.keyword,
    )


def _since(text: Text, now: datetime) -> timedelta:
    assert text.attempted_at is not None
    return now - text.attempted_at


def _calm_after(talk: Talk, text: Text, now: datetime) -> datetime | None:
    """When a flow that the customer is not talking with may speak again (bot.sending.permission)."""
    spoke = talk.inbound_at
    if spoke is None or spoke + CALM <= now or talk.floor == text.passage:
        return None
    return spoke + CALM


def _unwanted(talk: Talk, text: Text) -> str | None:
    if text.author != "bot":
        return None
    owed = text.notice == "opted_out" or (text.notice == "help" and text.keyword)
    if text.fence != talk.fence and not owed:
        return FENCED
    if text.prompted_by and not text.notice and text.read != len(talk.inbound):
        return OUTDATED
    return None


def _too_late(text: Text, now: datetime) -> bool:
    return text.kind == "answer" and text.created_at + TRIES["answer"] <= now


def _words(talk: Talk, text: Text, now: datetime) -> str | None:
    """The words that would leave now: those of a text that waited, or that carries an offer, are made anew."""
    if text.effect is None or not (now - text.created_at > FRESH or text.effect.offer is not None):
        return text.body
    facts = talk.facts(talk.passages[text.passage], now)
    made = render_within(text.effect, facts, now, talk.world.shop.settings.marketing_parts)
    return made.body if isinstance(made, Rendered) else None


def _attempt(talk: Talk, text: Text, validity_seconds: int, now: datetime) -> None:
    """The provider is called. Its accidents are drawn: try later, refused, unknown, late, lost."""
    share, chance = talk.world.people.shares, talk.network
    if chance.random() < share["try_later"]:
        text.expires_at = text.expires_at or now + TRIES.get(text.kind, TRIES["marketing"])
        talk.log.counts["network.tried_again"] += 1
        talk.later(now + timedelta(seconds=chance.uniform(20, 400)), lambda at: dispatch(talk, text, at))
        return
    if chance.random() < share["refused"]:
        text.status, talk.number_state = "refused", "bad"
        talk.log.counts["network.refused"] += 1
        talk.not_sent(text, "30005 unknown number", final=True, now=now)
        return
    text.status, text.attempted_at = "left", now
    talk.left(text, now)
    late, lost = chance.random() < share["late_carrier"], chance.random() < share["undelivered"]
    unknown = chance.random() < share["unknown_outcome"]
    takes = chance.uniform(3600, 5 * 3600) if late else chance.uniform(1, 9)
    arrives = None if lost or takes > validity_seconds else now + timedelta(seconds=takes)
    for name, is_so in (("unknown", unknown), ("late", late), ("undelivered", arrives is None)):
        talk.log.counts[f"network.{name}"] += is_so
    talk.log.left.append(
        Leaving(
            now,
            arrives,
            (text.passage, text.turn, text.ordinal),
            text.body,
            text.author,
            text.prompted_by,
            text.notice,
            text.effect.offer if text.effect else None,
            text.effect.node if text.effect else None,
        )
    )
    if arrives is not None:
        talk.later(arrives, lambda at: talk.arrive(text, at))


def go_live(talk: Talk, text: Text, now: datetime) -> None:
    """A text with a code left: the code's clock runs from then (I11)."""
    code = talk.code
    if text.effect is not None and text.effect.offer and code is not None and code.ends is None:
        code.ends = offer_end(now, code.request.valid_for_seconds, talk.zone)
        talk.log.counts["coupons.given"] += 1
        talk.log.counts[f"coupons_by_offer.{code.request.offer}"] += 1
