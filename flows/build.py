"""From the validated shape of a file to the values that the engine walks.

Owns the translation: durations to seconds, conditions to tests, one line of several intents to several entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flows import durations
from flows.conditions import Test, parse_test
from flows.definition import Branch, Courtesy, Flow, Node, Offer, Silence, Text, Trigger, Wait
from flows.source import CourtesySource, FlowSource, NodeSource, OfferSource, Say, Value


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
        trigger=Trigger(durations.day_range(source.trigger.lapsed) if source.trigger.lapsed else None),
        audience=tests(source.audience),
        exit_on=frozenset(source.exit_on),
        holdout_percent=int(source.holdout.rstrip("%")),
        at_most=durations.count_per(source.texts.at_most) if source.texts.at_most else None,
        send_window=source.texts.send_window,
        desk=source.desk,
        hash=revision,
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
        link=source.link,
        answer=source.answer,
        wait=_wait(source),
        set=dict(source.set),
        tag=(source.tag,) if isinstance(source.tag, str) else tuple(source.tag),
        hold=source.hold,
        hand_off=source.hand_off,
        matter=source.matter,
        end=source.end,
        then=source.then,
        notice=source.notice,
    )


def offer(name: str, source: OfferSource) -> Offer:
    """One offer; without `valid_for` it gets three days here, and `checks` refuses the flow."""
    amount = round(source.amount * 100) if source.amount is not None else None
    pool = source.pool or (f"percent-{source.percent}" if source.percent else f"amount-{amount}")
    seconds = durations.seconds(source.valid_for or "3 days")
    return Offer(name, source.percent, amount, seconds, pool, source.budget)


def replies(source: Mapping[str, str]) -> dict[str, str]:
    """`reorder, yes: cart` as two entries. The first line that names an intent wins; `checks` reports the second."""
    routes: dict[str, str] = {}
    for intents, target in source.items():
        for intent in intents.split(","):
            routes.setdefault(intent.strip(), target)
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
    return Wait(durations.seconds(source.wait.otherwise), "later_until" if source.wait.until else None)


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
