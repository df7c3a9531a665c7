"""Random valid flows, and random things that happen to their customers: for whoever proves what holds of any flow.

Owns the strategies. A flow goes forward by itself and anywhere by a reply, so that whatever waits comes to an end without
the customer, and a complaint only to a person or the end. It is a file's text (`flow_files`), as a merchant would write it; `read` makes the flow of it. Of what may be
said of words it says nothing: every text is plain, in both languages, and short.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from flows import build
from flows.definition import Flow
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
from flows.facts import CodeFacts, CustomerFacts, Facts, LinkFacts, OfferFacts, OrderFacts, ShopFacts
from flows.intents import INTENTS
from flows.parser import courtesy, revision_hash
from flows.source import FlowSource

NOW = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)

OFFERS: dict[str, dict[str, Any]] = {
    "some_off": {"percent": 15, "valid_for": "72 hours"},
    "money_off": {"amount": 5, "valid_for": "6 days", "budget": 100},
    "sent_free": {"free_shipping": True, "valid_for": "5 days"},
    "a_gift": {"gift": "8812", "valid_for": "7 days"},
    "some_points": {"points": 200, "valid_for": "10 days"},
}
_ROUTED = tuple(
    "reorder coupon yes no later churn_reason smalltalk already_bought question pleased so_so upset".split()
)
_SPANS = ("20 hours", "2 days", "3 days", "4 days", "1 week", "10 days", "21 days")
_ASKS: tuple[dict[str, Any], ...] = (
    {"name": "how_many", "kind": "number", "low": 1, "high": 12},
    {"name": "how_old", "kind": "number", "tries": 0},
    {"name": "birthday", "kind": "date"},
    {"name": "next_visit", "kind": "date", "tries": 1},
    {
        "name": "size",
        "kind": "choice",
        "choices": {"small": ["small", "chico"], "big": ["big", "large", "grande"]},
    },
    {"name": "pet_name", "kind": "text", "tries": 3},
)
_WAITS: tuple[Any, ...] = (
    "10 days",
    {"until": "named", "otherwise": "21 days"},
    {"until": "payday"},
    {"until": "friday 17:30"},
    {"until": "sunday"},
)
_LINKS: tuple[Any, ...] = (
    "reorder",
    "checkout",
    "shop",
    {"product": "8812"},
    {"choose": ["8812", "8813", "8814"]},
)
_CONDITIONS: tuple[dict[str, Any], ...] = (
    {"orders": ">= 2"},
    {"offer": "present"},
    {"points": ">= 100"},
    {"said.how_many": "> 3"},
    {"customer.segment": "in loyal, champions"},
    {"last_order.product": "absent"},
    {"language": "es"},
)
_KINDS = ("talk", "talk", "talk", "offer", "ask", "wait", "when", "link", "answer", "set")

_LAST: dict[str, dict[str, Any]] = {
    "bye": {
        "say": {
            "en": "All right, I'll leave it there. Text me any time.",
            "es": "De acuerdo, lo dejo por ahora.",
        },
        "end": "declined",
    },
    "person": {
        "say": {
            "en": "Sure. A person reads this and texts you.",
            "es": "Claro. Una persona lo lee y te escribe.",
        },
        "hand_off": "asked for it",
    },
    "quiet": {"end": "silent"},
    "elsewhere": {"run": "another_flow"},
}


@st.composite
def flow_files(draw: st.DrawFn, *, most: int = 8) -> str:
    """The file of a flow of up to `most` nodes, each of a random kind, and what they lead to. It is JSON, which is YAML."""
    names = [f"n{index}" for index in range(draw(st.integers(1, most)))]
    kinds = ["talk", *(draw(st.sampled_from(_KINDS)) for _ in names[1:])]
    nodes = {
        name: _node(draw, kind, index, names, kinds)
        for index, (name, kind) in enumerate(zip(names, kinds, strict=True))
    }
    nodes["n0"]["say"] = {
        "en": "Hi {{ customer.first_name | default: 'there' }}, {{ shop.text_name }}'s text bot here. Low on coffee? STOP to opt out.",
        "es": "Hola, soy el bot de {{ shop.text_name }}. ¿Te queda poco? STOP: baja.",
    }
    nodes |= {name: json.loads(json.dumps(each)) for name, each in _LAST.items()}
    nodes = _reached(nodes)
    offers = {each["offer"] for each in nodes.values() if "offer" in each}
    document: dict[str, Any] = {
        "flow": "random_flow",
        "title": "A random flow",
        "trigger": draw(
            st.sampled_from([{"lapsed": "45 to 365 days"}, {"manual": True}, {"keyword": "BEANS"}])
        ),
        "exit_on": ["ordered"],
        "start": "n0",
        "nodes": nodes,
    }
    if offers:
        document["offers"] = {name: OFFERS[name] for name in sorted(offers)}
    if draw(st.booleans()):
        document["words"] = {"unclear": "Pardon? The order link, or a person?"}
    return json.dumps(document, ensure_ascii=False, indent=1)


def read(source: str) -> Flow:
    """The flow of such a file, without asking whether it may be published, and past the slow reader of YAML."""
    return build.flow(FlowSource.model_validate(json.loads(source)), courtesy(), revision_hash(source))


def flows(*, most: int = 8) -> st.SearchStrategy[Flow]:
    """Such flows, read. A test that takes one as an argument has it printed, at great length: better take the file."""
    return flow_files(most=most).map(read)


def _node(draw: st.DrawFn, kind: str, index: int, names: list[str], kinds: list[str]) -> dict[str, Any]:
    """One node. What happens by itself goes to a later node, a reply to any that says something."""
    later = [*names[index + 1 :], "quiet", "elsewhere"]
    speaking = [
        "bye",
        "person",
        *(name for name, each in zip(names, kinds, strict=True) if each not in ("when", "set")),
    ]
    answered = [name for name in speaking if name in ("bye", "person") or names.index(name) != index]
    onward = [name for name in later if name in speaking or name in ("bye", "person")] or ["bye"]

    def silence() -> dict[str, Any]:
        return {"after": draw(st.sampled_from(_SPANS)), "then": draw(st.sampled_from(later))}

    def replies() -> dict[str, Any]:
        chosen = draw(st.lists(st.sampled_from(_ROUTED), unique=True, max_size=5))
        found: dict[str, Any] = {
            each: draw(st.sampled_from(["bye", "person"] if each == "upset" else answered)) for each in chosen
        }
        other = draw(st.sampled_from(["no", "no", "at once", "with tries"]))
        if other == "at once":
            found["anything else"] = draw(st.sampled_from(answered))
        elif other == "with tries":
            found["anything else"] = {
                "tries": draw(st.integers(1, 3)),
                "then": draw(st.sampled_from(answered)),
            }
        return found or {"yes": "bye"}

    def says(english: str, spanish: str) -> Any:
        plain = {"en": f"{english} ({index})", "es": f"{spanish} ({index})"}
        if not draw(st.booleans()):
            return plain
        return [
            plain,
            {"en": f"{english}, in other words ({index})", "es": f"{spanish}, dicho de otro modo ({index})"},
        ]

    match kind:
        case "talk":
            return {
                "say": says("Would you like more of it?", "¿Quieres más?"),
                "replies": replies(),
                "silence": silence(),
            }
        case "offer":
            text = "{{ shop.text_name }}: {{ offer.what }} till {{ offer.ends | day }}: {{ link.checkout }}"
            node = {
                "offer": draw(st.sampled_from(sorted(OFFERS))),
                "say": {"en": text, "es": text.replace("till", "hasta el")},
                "replies": replies(),
                "silence": silence(),
            }
            return node | ({"otherwise": draw(st.sampled_from(onward))} if draw(st.booleans()) else {})
        case "ask":
            ask = dict(draw(st.sampled_from(_ASKS)))
            if draw(st.booleans()):
                ask["otherwise"] = draw(st.sampled_from(onward))
            node = {
                "say": says("Tell me, please", "Dime, por favor"),
                "ask": ask,
                "silence": silence(),
                "then": draw(st.sampled_from(onward)),
            }
            return node | ({"replies": {"later": "bye"}} if draw(st.booleans()) else {})
        case "wait":
            return {
                "say": says("I'll be back", "Te escribo luego"),
                "replies": replies(),
                "wait": draw(st.sampled_from(_WAITS)),
                "then": draw(st.sampled_from(later)),
            }
        case "when":
            return {
                "when": [
                    {"if": draw(st.sampled_from(_CONDITIONS)), "go": draw(st.sampled_from(onward))},
                    {"otherwise": draw(st.sampled_from(onward))},
                ]
            }
        case "link":
            return {
                "link": draw(st.sampled_from(_LINKS)),
                "say": {"en": "Here it is: {{ link.here }}", "es": "Aquí: {{ link.here }}".replace("í", "i")},
                "replies": replies(),
                "silence": silence(),
            }
        case "answer":
            return {
                "answer": draw(st.sampled_from(["asked", "shipping", "no_such_fact"])),
                "replies": replies(),
                "silence": silence(),
            }
        case _:
            return {
                "set": {"seen": index, "liked": True},
                "tag": ["seen"],
                "then": draw(st.sampled_from(onward)),
            }


def _reached(nodes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The nodes that something leads to."""
    reached, pending = {"n0"}, ["n0"]
    while pending:
        for target in targets(nodes[pending.pop()]):
            if target not in reached:
                reached.add(target)
                pending.append(target)
    return {name: each for name, each in nodes.items() if name in reached}


def targets(node: dict[str, Any]) -> list[str]:
    """Every node that a node of a file names."""
    found = [each if isinstance(each, str) else each["then"] for each in node.get("replies", {}).values()]
    found += [branch.get("go") or branch["otherwise"] for branch in node.get("when", [])]
    found += [node[key] for key in ("then", "otherwise") if key in node]
    found += [node["silence"]["then"]] if "silence" in node else []
    found += [node["ask"]["otherwise"]] if "otherwise" in node.get("ask", {}) else []
    return found


# --- what happens -------------------------------------------------------------------------------------------------

_WORDS = (
    "yes",
    "2 bags",
    "seven",
    "$1,000",
    "March 3",
    "3/14",
    "mañana",
    "the big one",
    "smal",
    "2",
    "Rex",
    "no",
    "👍",
    "",
    "how much is it?",
    "my dog died",
    "the code doesn't work",
    "x" * 400,
)

readings: st.SearchStrategy[Reading] = st.builds(
    Reading,
    st.sampled_from(sorted(INTENTS)),
    st.floats(0, 1, allow_nan=False),
    st.booleans(),
    st.fixed_dictionaries(
        {},
        optional={
            "later_until": st.sampled_from(["2026-12-24", "2020-01-01", "9999-12-31", "not a date", None, 7]),
            "fact": st.sampled_from(["shipping", "nothing of ours", None]),
            "percent": st.integers(1, 99),
            "quantity": st.integers(1, 99),
            "asks": st.sampled_from(["who", "code_fails", "loss", "something new"]),
            "rhythm": st.sampled_from(["", "most=2/365"]),
        },
    ),
    st.sampled_from(["en", "es", "fr", None]),
    st.sampled_from(["pleased", "neutral", "so_so", "upset"]),
    st.sampled_from([None, "question"]),
)
"""What a reader may make of a text."""

replies = st.builds(Replied, st.one_of(st.sampled_from(_WORDS), st.text(max_size=30)), readings, st.just(NOW))


def events(flow: Flow | None = None) -> st.SearchStrategy[Event]:
    """Anything that can happen; by `flow`, with its offers and nodes. Timers and refusals are mostly stale."""
    offers = [*(flow.offers if flow else ()), "no_such_offer"]
    nodes = [*(flow.nodes if flow else ()), "no_such_node", None]
    return st.one_of(
        replies,
        replies,
        st.builds(TimerFired, st.integers(0, 14)),
        st.builds(CouponReady, st.sampled_from(offers)),
        st.builds(CouponUnavailable, st.sampled_from(offers), st.just("dry")),
        st.builds(
            NotSent,
            st.integers(0, 14),
            st.integers(0, 2),
            st.just("why"),
            st.booleans(),
            st.booleans(),
            st.booleans(),
        ),
        st.builds(HandedBack, st.sampled_from(nodes)),
        st.builds(Started, st.sampled_from([None, "keyword", "coupon"])),
        st.builds(OptedIn, st.just("start"), st.booleans(), st.booleans()),
        st.builds(OptedOut, st.just("rule"), st.booleans(), st.sampled_from([None, "question"])),
        st.just(SignedUp("page")),
        st.just(Ordered("1001", 3100, NOW)),
        st.just(Stopped("merchant")),
    )


def facts(flow: Flow | None = None) -> st.SearchStrategy[Facts]:
    """A customer, with or without an order and a code; the links that `flow` names exist."""
    return _facts(tuple(flow.offers), flow.links) if flow else _facts((), ())


@st.composite
def _facts(draw: st.DrawFn, offers: tuple[str, ...], links: tuple[str, ...]) -> Facts:
    held = draw(st.sampled_from([None, *offers]))
    ends = NOW + timedelta(days=3)
    code = draw(
        st.sampled_from(
            [
                None,
                CodeFacts("BACK-1", "live", ends),
                CodeFacts("BACK-1", "used", ends, NOW - timedelta(days=2)),
                CodeFacts("BACK-1", "ended", NOW - timedelta(days=1)),
                CodeFacts("BACK-1", "void"),
                CodeFacts("BACK-1", "used"),
            ]
        )
    )
    return Facts(
        customer=CustomerFacts(
            "k1",
            draw(st.sampled_from(["Ana", None])),
            draw(st.sampled_from(["en", "es"])),
            draw(st.sampled_from(["US", "MX"])),
            orders=2,
            points=draw(st.sampled_from([None, 120])),
            segment=draw(st.sampled_from([None, "loyal"])),
        ),
        shop=ShopFacts(
            "Juniper Coffee",
            "Juniper",
            "https://juniper.example",
            "help@juniper.example",
            answers={"shipping": "Orders leave within a day."},
        ),
        link=LinkFacts(
            "https://jun.pr/l/r",
            "https://jun.pr/l/c",
            "https://jun.pr/l/s",
            {key: f"https://jun.pr/l/{index}" for index, key in enumerate(links)},
        ),
        zone=draw(st.sampled_from(["America/New_York", "America/Los_Angeles", "Australia/Lord_Howe", "UTC"])),
        last_order=draw(st.sampled_from([None, OrderFacts("Café Añejo", 2, 3100, NOW - timedelta(days=60))])),
        offer=OfferFacts(held, "BACK-1", 15, None, ends) if held else None,
        code=code,
    )
