"""Whether every name leads somewhere: nodes, intents, offers, built-in texts, keywords, and the nodes that tests name.

Owns the checks that need no path, only the file. When one of these fails, nothing else is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.definition import COURTESY, Flow
from flows.intents import ANYTHING_ELSE, INTENTS, MOODS, OWN_NAME, PROTECTED
from flows.places import Places
from flows.play.customer import UnknownFact, customer_facts
from flows.problems import Problem
from flows.prover.words import CARRIERS
from flows.remedies import near
from flows.source import FlowSource, goes_to
from flows.source_parts import PERHAPS_STOP, TestSource

_STOPS = frozenset({"unsubscribe", "opt_out", "optout", "opt out", "cancel", "quit", "end", "baja"})
_SYNONYMS = {
    **dict.fromkeys(("discount", "deal", "offer", "code", "promo", "sale", "descuento"), "coupon"),
    **dict.fromkeys(
        ("buy", "order", "purchase", "cart", "again", "checkout", "same_again", "comprar"), "reorder"
    ),
    **dict.fromkeys(("yeah", "agree", "ok", "okay", "accept", "interested", "true"), "yes"),
    **dict.fromkeys(("nope", "decline", "not_interested", "reject", "no_thanks", "false"), "no"),
    **dict.fromkeys(("not_now", "snooze", "wait", "remind", "busy"), "later"),
    **dict.fromkeys(
        ("complaint", "problem", "broken", "refund", "return", "damaged", "issue"), "order_issue"
    ),
    **dict.fromkeys(("ask", "faq", "info", "price", "shipping"), "question"),
    **dict.fromkeys(("agent", "person", "operator", "staff", "support"), "human"),
    **dict.fromkeys(("happy", "loved", "love", "good", "great", "positive", "liked"), "pleased"),
    **dict.fromkeys(("bad", "angry", "unhappy", "sad", "negative", "hated"), "upset"),
    **dict.fromkeys(("neutral", "fine", "meh", "average"), "so_so"),
    **dict.fromkeys(("thanks", "thank_you", "greeting", "hello", "hi", "chat"), "smalltalk"),
    **dict.fromkeys(("default", "fallback", "else", "anything", "unknown"), ANYTHING_ELSE),
    **dict.fromkeys(("reason", "why"), "churn_reason"),
    **dict.fromkeys(("image", "photo", "mms"), "picture"),
}
"""What other tools, or people, call an intent of ours."""


def targets(
    flow: Flow, source: FlowSource, places: Places, taught: frozenset[str] = frozenset()
) -> Iterator[Problem]:
    """Names that lead nowhere, or where they may not lead. `taught`: intents of the shop's own."""
    own = taught | source.intents.keys()
    yield from _nodes(flow, source, places)
    yield from _replies(source, places, own)
    yield from _offers(source, places)
    yield from _builtin_only(source, places)
    yield from _keywords(flow, places)
    yield from _tests(flow, source, places, own)


def _nodes(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    known = {*flow.nodes, *(COURTESY + name for name in flow.courtesy.nodes)}
    if source.start not in source.nodes:
        yield places.problem(
            "unknown-node",
            ("start",),
            f"There is no node `{source.start}`.",
            near(source.start, source.nodes) + "Name one of `nodes`.",
        )
    for name, node in source.nodes.items():
        named: list[tuple[tuple[str | int, ...], str | None]] = [
            (("then",), node.then),
            (("otherwise",), node.otherwise),
            (("ask", "otherwise"), node.ask.otherwise if node.ask else None),
            (("silence", "then"), node.silence.then if node.silence else None),
        ]
        named += [(("replies", key), goes_to(target)) for key, target in node.replies.items()]
        named += [(("when", index), each.go or each.otherwise) for index, each in enumerate(node.when)]
        for path, target in named:
            if target and target not in known:
                yield places.problem(
                    "unknown-node",
                    ("nodes", name, *path),
                    f"There is no node `{target}`.",
                    near(target, known) + "Name one of `nodes`.",
                )
        if node.run == flow.name:
            yield places.problem(
                "run-itself",
                ("nodes", name, "run"),
                "The flow would run itself, for ever.",
                "Go to a node with `then`, or run another flow.",
            )
    for name in source.words:
        if name not in flow.courtesy.nodes:
            yield places.problem(
                "unknown-node",
                ("words", name),
                f"There is no built-in text `{name}`.",
                near(name, flow.courtesy.nodes) + "See the list in the reference.",
            )


def _replies(source: FlowSource, places: Places, own: frozenset[str]) -> Iterator[Problem]:
    known = {*INTENTS, *MOODS, *own}
    for name, node in source.nodes.items():
        seen: set[str] = set()
        for key in node.replies:
            for intent in (part.strip() for part in key.split(",")):
                path = ("nodes", name, "replies", key)
                if intent not in known and intent.lower() != ANYTHING_ELSE:
                    remedy = _meant(intent, *MOODS, ANYTHING_ELSE, own=own)
                    yield places.problem("unknown-intent", path, f"`{intent[:40]}` is no intent.", remedy)
                elif intent in PROTECTED:
                    yield places.problem(
                        "protected-intent",
                        path,
                        f"`{intent}` is answered by the language itself.",
                        "Word it under `words:`, and take it out here.",
                    )
                elif _same(intent) in seen:
                    yield places.problem(
                        "intent-twice", path, f"`{intent}` is answered twice here.", "Keep one of the two."
                    )
                seen.add(_same(intent))


def _meant(intent: str, *others: str, own: frozenset[str]) -> str:
    """What the merchant may have meant, and what there is; a name of their own has to be taught."""
    word = intent.lower().strip()
    if word in _STOPS:
        return "An opt-out is built in, and obeyed wherever it is said: take this line out."
    if word in _SYNONYMS:
        return f"Write `{_SYNONYMS[word]}`."
    known = (*sorted(own), *INTENTS, *others)
    teach = ""
    if re.fullmatch(OWN_NAME, intent) and not near(word, known):
        teach = f" One of your own: say under `intents:` what customers text, as in {intent}: {{ en: [five lines or more] }}."
    return f"{near(word, known)}There are: {', '.join(known)}.{teach}"


def _same(intent: str) -> str:
    return "other" if intent.lower() == ANYTHING_ELSE else intent


def _offers(source: FlowSource, places: Places) -> Iterator[Problem]:
    for name, offer in source.offers.items():
        if offer.valid_for is None:
            yield places.problem(
                "offer-expiry",
                ("offers", name),
                f"The offer `{name}` never ends.",
                "Add `valid_for: 72 hours`.",
            )
    for name, node in source.nodes.items():
        if node.offer and node.offer not in source.offers:
            yield places.problem(
                "unknown-offer",
                ("nodes", name, "offer"),
                f"There is no offer `{node.offer}`.",
                near(node.offer, source.offers) + "Define it under `offers:`.",
            )


def _builtin_only(source: FlowSource, places: Places) -> Iterator[Problem]:
    for name, node in source.nodes.items():
        for key in ("notice", "hold", "matter"):
            if getattr(node, key) is not None:
                yield places.problem(
                    "shape", ("nodes", name, key), f"`{key}` is for built-in texts only.", "Take it out."
                )


def _keywords(flow: Flow, places: Places) -> Iterator[Problem]:
    for word in flow.trigger.keywords:
        if word in CARRIERS:
            yield places.problem(
                "carrier-word",
                ("trigger", "keyword"),
                f"«{word}» never reaches the flow: the carriers take it for themselves (R50, R52).",
                "Choose another word.",
            )


def _tests(flow: Flow, source: FlowSource, places: Places, own: frozenset[str]) -> Iterator[Problem]:
    known = {*flow.nodes, *(COURTESY + name for name in flow.courtesy.nodes)}
    for number, test in enumerate(source.tests):
        yield from _customer(test, number, places)
        for index, step in enumerate(test.steps):
            here = ("tests", number, "steps", index)
            for key, target in (("at", step.at), ("hand_back", step.hand_back)):
                if isinstance(target, str) and target not in known:
                    yield places.problem(
                        "unknown-node",
                        (*here, key),
                        f"There is no node `{target}`.",
                        near(target, known) + "Name one of `nodes`.",
                    )
            if step.intent is not None and step.intent not in (*INTENTS, *own, PERHAPS_STOP):
                yield places.problem(
                    "unknown-intent",
                    (*here, "intent"),
                    f"`{step.intent[:40]}` is no intent.",
                    _meant(step.intent, PERHAPS_STOP, own=own),
                )


def _customer(test: TestSource, number: int, places: Places) -> Iterator[Problem]:
    """Facts that a test gives its customer and that no customer has; one after the other, for each may be wrong."""
    for name, value in test.customer.items():
        try:
            customer_facts({name: value})
        except UnknownFact as error:
            said = str(error)
            yield places.problem(
                "unknown-variable",
                ("tests", number, "customer", name),
                f"{said[:1].upper()}{said[1:]}.",
                "The reference lists the names of facts.",
            )
