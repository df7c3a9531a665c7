"""From the validated shape of a file to the values that the engine walks.

Owns the translation: durations to seconds, conditions to tests, one line of several intents to several entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flows import durations
from flows.conditions import Test, parse_test
from flows.definition import Ask, Branch, Courtesy, Flow, LinkTo, Node, Offer, Silence, Text, Trigger, Wait
from flows.intents import ANYTHING_ELSE
from flows.source import AgainSource, CourtesySource, FlowSource, NodeSource
from flows.source_parts import NEVER, OfferSource, Say, TriggerSource, Value


def flow(source: FlowSource, base: Courtesy, revision: str) -> Flow:
    """The flow that a file describes, in its own words where it has some."""
    return Flow(
        name=source.flow,
        title=source.title or source.flow,
        start=source.start,
        nodes={name: node(name, each) for name, each in source.nodes.items()},
        courtesy=_in_own_words(base, source.words),
        offers={name: offer(name, each) for name, each in source.offers.items()},
        priority=source.priority,
        trigger=trigger(source.trigger),
        audience=tests(source.audience),
        exit_on=frozenset(source.exit_on),
        holdout_percent=int(source.holdout.rstrip("%")),
        at_most=durations.count_per(source.texts.at_most) if source.texts.at_most else None,
        send_window=source.texts.send_window,
        desk=source.desk,
        hash=revision,
        links=tuple(
            sorted({to.key for each in source.nodes.values() if (to := _link(each)) and to.products})
        ),
    )


def courtesy(source: CourtesySource) -> Courtesy:
    """The built-in courtesies."""
    return Courtesy(
        replies=replies(source.replies),
        nodes={name: node(name, each) for name, each in source.nodes.items()},
        disclosure={str(language): words for language, words in source.disclosure.items()},
        how_to_stop={str(language): words for language, words in source.how_to_stop.items()},
        contact_card={str(language): words for language, words in source.contact_card.items()},
    )


def node(name: str, source: NodeSource) -> Node:
    """One stop."""
    return Node(
        name=name,
        say=text(source.say) if source.say is not None else None,
        replies=replies(source.replies),
        silence=Silence(durations.seconds(source.silence.after), source.silence.then)
        if source.silence
        else None,
        when=tuple(
            Branch(tests(branch.if_ or {}), branch.go or branch.otherwise or "") for branch in source.when
        ),
        offer=source.offer,
        otherwise=source.otherwise,
        link=_link(source),
        answer=source.answer,
        ask=_ask(source),
        wait=_wait(source),
        set=dict(source.set),
        tag=(source.tag,) if isinstance(source.tag, str) else tuple(source.tag),
        hold=source.hold,
        hand_off=source.hand_off,
        matter=source.matter,
        run=source.run,
        end=source.end,
        then=source.then,
        notice=source.notice,
        tries=max(
            (each.tries for each in source.replies.values() if isinstance(each, AgainSource)), default=0
        ),
    )


def trigger(source: TriggerSource) -> Trigger:
    """Who enters."""
    words = [source.keyword] if isinstance(source.keyword, str) else source.keyword or []
    groups = [source.segment] if isinstance(source.segment, str) else source.segment or []
    return Trigger(
        lapsed=durations.day_range(source.lapsed) if source.lapsed else None,
        replenishment=durations.seconds_before(source.replenishment) if source.replenishment else None,
        after_purchase=source.after_purchase,
        cart_abandoned=source.cart_abandoned,
        keywords=tuple(word.upper() for word in words),
        segments=tuple(groups),
        birthday=durations.seconds_before(source.birthday) // 86_400 if source.birthday else None,
        delay_seconds=durations.seconds(source.delay) if source.delay else 0,
        again_after_seconds=durations.seconds(source.again)
        if source.again and source.again != NEVER
        else None,
        never_again=source.again == NEVER,
    )


def offer(name: str, source: OfferSource) -> Offer:
    """One offer; without `valid_for` it gets three days here, and the prover refuses the flow."""
    amount = round(source.amount * 100) if source.amount is not None else None
    return Offer(
        name=name,
        percent=source.percent,
        amount_cents=amount,
        valid_for_seconds=durations.seconds(source.valid_for or "3 days"),
        pool=source.pool or _pool(source, amount),
        budget=source.budget,
        free_shipping=source.free_shipping,
        gift=source.gift,
        points=source.points,
    )


def replies(source: Mapping[str, str | AgainSource]) -> dict[str, str]:
    """`reorder, yes: cart` as two entries, `anything else` as `other`. The first line that names an intent wins; the
    prover reports the second."""
    routes: dict[str, str] = {}
    for intents, target in source.items():
        for intent in intents.split(","):
            named = "other" if intent.strip().lower() == ANYTHING_ELSE else intent.strip()
            routes.setdefault(named, target.then if isinstance(target, AgainSource) else target)
    return routes


def tests(source: Mapping[str, Value]) -> tuple[Test, ...]:
    """The tests of a condition."""
    return tuple(parse_test(fact, raw) for fact, raw in source.items())


def text(say: Say) -> Text:
    """Variants, each by language. A plain string is English."""
    variants = say if isinstance(say, list) else [say]
    return Text(
        tuple(
            {"en": each} if isinstance(each, str) else {str(code): words for code, words in each.items()}
            for each in variants
        )
    )


def _wait(source: NodeSource) -> Wait | None:
    if source.wait is None:
        return None
    if isinstance(source.wait, str):
        return Wait(durations.seconds(source.wait))
    otherwise, until = durations.seconds(source.wait.otherwise), source.wait.until
    if until is None or until == "named" or until == "payday":
        return Wait(otherwise, until)  # type: ignore[arg-type]
    weekday, minute = durations.weekday(until)
    return Wait(otherwise, "weekday", weekday, minute)


def _ask(source: NodeSource) -> Ask | None:
    asked = source.ask
    if asked is None:
        return None
    choices = {
        value: tuple(word.strip().lower() for word in ([words] if isinstance(words, str) else words))
        for value, words in asked.choices.items()
    }
    return Ask(asked.name, asked.kind, asked.tries, asked.otherwise, asked.low, asked.high, choices)


def _link(source: NodeSource) -> LinkTo | None:
    if source.link is None:
        return None
    if isinstance(source.link, str):
        return LinkTo(source.link)
    if source.link.product:
        return LinkTo("product", (source.link.product,))
    return LinkTo("choose", tuple(source.link.choose or ()))


def _pool(source: OfferSource, amount_cents: int | None) -> str:
    """The pool of an offer that names none: what it is, and how much."""
    if source.percent:
        return f"percent-{source.percent}"
    if source.free_shipping:
        return "free-shipping"
    if source.gift:
        return f"gift-{source.gift}"
    return f"points-{source.points}" if source.points else f"amount-{amount_cents}"


def _in_own_words(base: Courtesy, words: Mapping[str, Say]) -> Courtesy:
    if not words:
        return base
    nodes = {
        name: replace(each, say=_with_other_languages(text(words[name]), each.say)) if name in words else each
        for name, each in base.nodes.items()
    }
    return replace(base, nodes=nodes)


def _with_other_languages(own: Text, built_in: Text | None) -> Text:
    """A shop that words a courtesy in English alone has not taken the Spanish one away."""
    others = built_in.variants[0] if built_in else {}
    return Text(tuple({**others, **variant} for variant in own.variants))
