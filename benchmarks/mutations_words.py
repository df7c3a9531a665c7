"""Harmful edits of what a flow says: hidden senders, carriers' words, untrue ends, names without a default, tone.

Owns these edits. Each says for itself where it matters.
"""

from __future__ import annotations

import random
import re

from benchmarks.mutations_picked import Doc, Edit, first_texts, nodes, one, reword, texts


def no_stop(doc: Doc, chance: random.Random) -> str | None:
    return reword(
        doc, chance, lambda words: re.sub(r"\s*[^.?!{}%]*\bSTOP\b[^.{}%]*\.?", "", words), first_texts(doc)
    )


def no_name(doc: Doc, chance: random.Random) -> str | None:
    return reword(
        doc,
        chance,
        lambda words: re.sub(r"\{\{ shop\.(text_)?name \}\}", "the shop", words),
        first_texts(doc),
    )


def drop_language(doc: Doc, chance: random.Random) -> str | None:
    keepers = [
        (name, keeper, key)
        for name, keeper, key, _ in texts(doc)
        if isinstance(key, str) and key in ("en", "es")
    ]
    keepers = [each for each in keepers if len(each[1]) > 1]
    if len(keepers) < 3:
        return None
    name, keeper, key = chance.choice(keepers)
    del keeper[key]
    return f"{name} ({key})"


def misspelt(doc: Doc, chance: random.Random) -> str | None:
    def change(words: str) -> str:
        return re.sub(r"(\{\{ *(?:shop|link|offer|customer|last_order)\.\w+)", r"\1x", words, count=1)

    return reword(doc, chance, change)


def drop_default(doc: Doc, chance: random.Random) -> str | None:
    def change(words: str) -> str:
        return re.sub(
            r"(\{\{ *(?:customer|last_order|said)\.[\w.]+) *\| *default: *(?:\"[^\"]*\"|'[^']*')",
            r"\1",
            words,
            count=1,
        )

    return reword(doc, chance, change)


def drop_guard(doc: Doc, chance: random.Random) -> str | None:
    def change(words: str) -> str:
        return re.sub(
            r"\{% if ((?:customer|last_order|said|shop)\.[\w.]+) %\}((?:(?!\{%).)*\{\{ *\1\b[^|}]*(?:\| *(?:day|money) *)?\}\}(?:(?!\{%).)*)(?:\{% else %\}(?:(?!\{%).)*)?\{% endif %\}",
            r"\2",
            words,
            flags=re.DOTALL,
        )

    return reword(doc, chance, change)


def carrier(doc: Doc, chance: random.Random) -> str | None:
    ask = chance.choice(
        [
            " Reply CANCEL to skip this one.",
            ' Say "quit" if you would rather not.',
            " Text END to keep your old cart.",
            " Responde CANCEL para dejarlo para otro mes.",
            " Reply STOP to hold your order.",
            " Want it, or CANCEL?",
            ' Answer "unsubscribe" for the smaller bag.',
            " Reply CANCEL to skip.",
            " Text END if not interested.",
            " Say cancel to skip.",
        ]
    )
    closing = re.compile(r"\s*STOP\b[^.{}%]*\.?\s*$")

    def change(words: str) -> str:
        """In front of a closing STOP, where there is one: that one may not excuse it."""
        found = closing.search(words)
        return words[: found.start()] + ask + words[found.start() :] if found else words + ask

    return reword(doc, chance, change)


def carrier_yes(doc: Doc, chance: random.Random) -> str | None:
    ask = chance.choice(
        [" Reply YES to get it.", ' Say "yes" and it is yours.', " Text START to see more.", " Responde YES."]
    )
    return reword(doc, chance, lambda words: words + ask)


def keyword(doc: Doc, chance: random.Random) -> str | None:
    if doc.get("desk"):
        return None
    word = chance.choice(["stop", "Yes", "end", "HELP", "start", "cancel"])
    doc["trigger"] = {"keyword": word}
    return word


def untrue_last(doc: Doc, chance: random.Random) -> str | None:
    """Where no offer is spoken of, none is sure to be in hand."""
    held = re.compile(r"offer\.|link\.checkout|link\.here")
    names = [
        n
        for n in nodes(doc, "say", without=("offer",))
        if not any(held.search(t[3]) for t in texts(doc, [n]))
    ]
    names = names if any(name == doc["start"] for name in names) else []
    names = [name for name in names if name == doc["start"]]
    start = chance.choice(
        [
            "Last chance! ",
            "Today only: ",
            "This ends tonight. ",
            "Final call. ",
            "Sólo hoy: ",
            "Última oportunidad: ",
        ]
    )
    return reword(doc, chance, lambda words: start + words, names)


def better_later(doc: Doc, chance: random.Random) -> str | None:
    """«Last chance», and after the silence that follows a better offer."""
    names = [
        n
        for n in nodes(doc, "offer", "silence", "say")
        if (doc["offers"][doc["nodes"][n]["offer"]].get("percent") or 0) in range(1, 80)
    ]
    name = one(chance, names)
    if name is None:
        return None
    offer = doc["offers"][doc["nodes"][name]["offer"]]
    percent = offer["percent"] + chance.choice([0, 5, 10])
    doc["offers"]["more"] = {"percent": percent, "valid_for": "3 days", "budget": 10}
    words = "{{ shop.text_name }}: {{ offer.percent }}% off till {{ offer.ends | day }}: {{ link.checkout }}"
    doc["nodes"]["more"] = {"offer": "more", "say": {"en": words, "es": words}, "end": "offered"}
    doc["nodes"][name]["silence"] = {"after": "9 days", "then": "more"}
    for _, keeper, key, said in texts(doc, [name]):
        keeper[key] = f"Last call: {said}"
    return f"{name}, then {percent}%"


def too_long(doc: Doc, chance: random.Random) -> str | None:
    more = " and we have been thinking of what else there is to say about it, which is a lot" * chance.choice(
        [3, 6, 9]
    )
    return reword(doc, chance, lambda words: words + more)


def tone(words: str) -> Edit:
    return lambda doc, chance: reword(doc, chance, lambda said: f"{words} {said}")
