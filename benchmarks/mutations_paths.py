"""Harmful edits of how a flow goes: waits without an end, circles, dead ends, wrong names, offers without a limit.

Owns these edits. Each says for itself where it matters.
"""

from __future__ import annotations

import random
import re

from benchmarks.mutations_picked import Doc, Edit, nodes, one, targets, texts, without


def drop_silence(doc: Doc, chance: random.Random) -> str | None:
    names = [] if doc.get("desk") else nodes(doc, "silence", without=("wait", "end", "run", "hand_off"))
    return without("silence")(doc, chance, names)


def drop_exit(doc: Doc, chance: random.Random) -> str | None:
    return "exit_on" if doc.pop("exit_on", None) is not None else None


def endless(doc: Doc, chance: random.Random) -> str | None:
    name = one(chance, nodes(doc, "silence", without=("when",)))
    if name is None or doc.get("desk"):
        return None
    doc["nodes"][name]["silence"]["then"] = name
    return f"{name} after silence"


def loop(doc: Doc, chance: random.Random) -> str | None:
    name = one(chance, nodes(doc, "end", without=("replies", "silence")))
    if name is None:
        return None
    del doc["nodes"][name]["end"]
    doc["nodes"][name]["then"] = name
    return str(name)


def no_expiry(doc: Doc, chance: random.Random) -> str | None:
    name = one(chance, [name for name, offer in doc.get("offers", {}).items() if "valid_for" in offer])
    if name is None:
        return None
    del doc["offers"][name]["valid_for"]
    return str(name)


def rename_target(doc: Doc, chance: random.Random) -> str | None:
    picked = one(chance, targets(doc))
    if picked is None:
        return None
    name, keeper, key = picked
    keeper[key] = str(keeper[key]) + "s"
    return f"{name}.{key}"


def rename_node(doc: Doc, chance: random.Random) -> str | None:
    named = {str(keeper[key]) for _, keeper, key in targets(doc)}
    name = one(chance, [name for name in doc["nodes"] if name in named])
    if name is None:
        return None
    doc["nodes"][f"{name}_old"] = doc["nodes"].pop(name)
    return str(name)


def drop_then(doc: Doc, chance: random.Random) -> str | None:
    return without("then")(
        doc,
        chance,
        nodes(doc, "then", without=("end", "silence", "replies", "when", "hand_off"))
        + nodes(doc, "then", "wait"),
    )


def at_most(doc: Doc, chance: random.Random) -> str | None:
    node = doc["nodes"][doc["start"]]
    after = node.get("silence", {})
    target = doc["nodes"].get(after.get("then"), {})
    found = re.match(r"(\d+) (day|hour|week)", str(after.get("after", "")))
    if doc.get("desk") or not found or "say" not in target or "when" in target:
        return None
    length = int(found.group(1)) * {"hour": 1 / 24, "day": 1, "week": 7}[found.group(2)]
    if length >= 29 or "say" not in node:
        return None
    doc.setdefault("texts", {})["at_most"] = (
        f"1 per {int(length) + 1 + chance.randrange(29 - int(length))} days"
    )
    return str(doc["texts"]["at_most"])


def drop_end(doc: Doc, chance: random.Random) -> str | None:
    return without("end")(
        doc, chance, nodes(doc, "end", without=("then", "replies", "silence", "hand_off", "run"))
    )


def drop_otherwise(doc: Doc, chance: random.Random) -> str | None:
    names = [
        n
        for n in nodes(doc, "when", without=("say", "then", "end", "hand_off", "replies", "answer"))
        if "otherwise" in doc["nodes"][n]["when"][-1] and len(doc["nodes"][n]["when"]) > 1
    ]
    name = one(chance, names)
    if name is None:
        return None
    del doc["nodes"][name]["when"][-1]
    return str(name)


def drop_offer_guard(doc: Doc, chance: random.Random) -> str | None:
    def absent(name: str) -> bool:
        node = doc["nodes"][name]
        prints = any(re.search(r"\{\{ *offer\.", text[3]) for text in texts(doc, [name]))
        return prints and any(branch.get("if", {}).get("offer") == "absent" for branch in node["when"])

    name = one(chance, [name for name in nodes(doc, "when", "say", without=("offer",)) if absent(name)])
    if name is None:
        return None
    doc["nodes"][name]["when"] = [
        b for b in doc["nodes"][name]["when"] if b.get("if", {}).get("offer") != "absent"
    ]
    if not doc["nodes"][name]["when"]:
        del doc["nodes"][name]["when"]
    return str(name)


def drop_offer(doc: Doc, chance: random.Random) -> str | None:
    """The text promises a code, and nobody makes one."""
    names = [
        n
        for n in nodes(doc, "offer", "say")
        if any(re.search(r"\{\{ *offer\.", t[3]) for t in texts(doc, [n]))
    ]
    return without("offer")(doc, chance, names)


def other_kind(doc: Doc, chance: random.Random) -> str | None:
    names = {
        doc["nodes"][n]["offer"]
        for n in nodes(doc, "offer", "say")
        if any(re.search(r"\{\{ *offer\.percent", t[3]) for t in texts(doc, [n]))
    }
    name = one(chance, sorted(n for n in names if "percent" in doc["offers"][n]))
    if name is None:
        return None
    del doc["offers"][name]["percent"]
    doc["offers"][name]["points"] = 200
    return str(name)


def drop_link(doc: Doc, chance: random.Random) -> str | None:
    names = [n for n in nodes(doc, "link", "say") if any("link.here" in t[3] for t in texts(doc, [n]))]
    return without("link")(doc, chance, names)


def routed(intent: str) -> Edit:
    def edit(doc: Doc, chance: random.Random) -> str | None:
        name = one(chance, nodes(doc, "replies"))
        if name is None:
            return None
        doc["nodes"][name]["replies"][intent] = chance.choice(list(doc["nodes"]))
        return str(name)

    return edit


def mute(doc: Doc, chance: random.Random) -> str | None:
    """A reply leads to where nobody says anything any more."""
    routed = {
        str(keeper[key]) for name, keeper, key in targets(doc) if keeper is doc["nodes"][name].get("replies")
    }
    names = [
        n for n in nodes(doc, "say", "end", without=("answer", "hand_off", "offer", "run")) if n in routed
    ]
    return without("say")(doc, chance, names)


def lonely(doc: Doc, chance: random.Random) -> str | None:
    name = chance.choice(["bye", "promo", "old_text"])
    doc["nodes"][name] = {"end": "never"}
    return name


def test_node(doc: Doc, chance: random.Random) -> str | None:
    steps = [
        step for test in doc.get("tests", []) for step in test["steps"] if isinstance(step.get("at"), str)
    ]
    step = one(chance, steps)
    if step is None:
        return None
    step["at"] = str(step["at"]) + "_gone"
    return str(step["at"])


def run_itself(doc: Doc, chance: random.Random) -> str | None:
    name = one(chance, nodes(doc, "end"))
    if name is None:
        return None
    del doc["nodes"][name]["end"]
    doc["nodes"][name]["run"] = str(doc["flow"])
    return str(name)


def two_texts(doc: Doc, chance: random.Random) -> str | None:
    ends = nodes(doc, "say", "end", without=("replies", "silence", "offer", "run", "hand_off", "when"))
    if len(ends) < 2:
        return None
    first, second = chance.sample(ends, 2)
    del doc["nodes"][first]["end"]
    doc["nodes"][first]["then"] = second
    return f"{first}, {second}"
