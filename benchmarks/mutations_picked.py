"""Where in a flow file an edit can be made: nodes by their keys, texts by their place, targets, first texts.

Owns the picking. It is deterministic for a given source of chance.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeAlias

Doc: TypeAlias = dict[str, Any]
Edit: TypeAlias = Callable[[Doc, random.Random], str | None]
"""Changes the document and says where, or gives None where it finds nothing to harm."""


def one(chance: random.Random, found: list[Any]) -> Any:
    return chance.choice(found) if found else None


def nodes(doc: Doc, *keys: str, without: tuple[str, ...] = ()) -> list[str]:
    nodes = doc["nodes"]
    return [n for n in nodes if all(k in nodes[n] for k in keys) and not any(k in nodes[n] for k in without)]


def texts(doc: Doc, only: list[str] | None = None) -> list[tuple[str, Any, Any, str]]:
    """(node, where it is kept, under which key, words) of every text."""
    found: list[tuple[str, Any, Any, str]] = []

    def look(name: str, keeper: Any, key: Any) -> None:
        said = keeper[key]
        if isinstance(said, str):
            found.append((name, keeper, key, str(said)))
        elif isinstance(said, list):
            for index in range(len(said)):
                look(name, said, index)
        else:
            for language in said:
                look(name, said, language)

    for name in only if only is not None else doc["nodes"]:
        if "say" in doc["nodes"][name]:
            look(name, doc["nodes"][name], "say")
    return found


def reword(
    doc: Doc, chance: random.Random, change: Callable[[str], str], only: list[str] | None = None
) -> str | None:
    """Change one text, among those that the change makes different."""
    found = [each for each in texts(doc, only) if change(each[3]) != each[3]]
    picked = one(chance, found)
    if picked is None:
        return None
    name, keeper, key, words = picked
    keeper[key] = change(words)
    return f"{name} ({key})"


def first_texts(doc: Doc) -> list[str]:
    """The nodes that can speak first."""
    seen, pending, found = set(), [str(doc["start"])], []
    while pending:
        name = pending.pop()
        if name in seen or name not in doc["nodes"]:
            continue
        seen.add(name)
        node = doc["nodes"][name]
        pending += [branch.get("go") or branch.get("otherwise") for branch in node.get("when", [])]
        if node.get("when") and any("otherwise" in branch for branch in node["when"]):
            continue
        if "say" in node:
            found.append(name)
        elif "then" in node:
            pending.append(node["then"])
    return [] if doc.get("desk") else found


def targets(doc: Doc) -> list[tuple[str, Any, str]]:
    found: list[tuple[str, Any, str]] = []
    for name, node in doc["nodes"].items():
        found += [(name, node, key) for key in ("then", "otherwise") if isinstance(node.get(key), str)]
        replies = node.get("replies", {})
        found += [(name, replies, key) for key in replies if isinstance(replies[key], str)]
        if "silence" in node:
            found.append((name, node["silence"], "then"))
        for branch in node.get("when", []):
            found += [(name, branch, key) for key in ("go", "otherwise") if key in branch]
    return found


def without(*keys: str) -> Callable[[Doc, random.Random, list[str]], str | None]:
    def edit(doc: Doc, chance: random.Random, names: list[str]) -> str | None:
        name = one(chance, names)
        if name is None:
            return None
        for key in keys:
            del doc["nodes"][name][key]
        return str(name)

    return edit
