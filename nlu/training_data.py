"""Reads the examples: Rasa NLU YAML, one file an intent and language. Owns the list of intents and the file format.

Writes nothing. The held-out sets under tests/nlu have the same format; a line that may be read in a second way
carries the other labels as metadata (`also: [label, ...]`), which Rasa keeps and ignores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

INTENTS = (
    "stop",
    "start",
    "help",
    "wrong_number",
    "reorder",
    "coupon",
    "yes",
    "no",
    "later",
    "question",
    "order_issue",
    "human",
    "already_bought",
    "churn_reason",
    "smalltalk",
    "other",
)
"""What a customer can mean; the order is fixed, because the shipped weights follow it."""

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled line. `also` holds further labels that a careful reader would accept."""

    text: str
    intent: str
    language: str
    also: tuple[str, ...] = ()


def load(folder: Path = DATA) -> tuple[Example, ...]:
    """All examples under `folder`/<language>/<intent>.yml, in the order of their paths.

    Raises ValueError, naming the file, for a label outside the intents or an entry that is no example.
    """
    return tuple(example for path in _files(folder) for example in read_file(path))


def digest(folder: Path = DATA) -> str:
    """SHA-256 over the names and contents of the files: which data a model was trained on."""
    total = hashlib.sha256()
    for path in _files(folder):
        total.update(f"{path.parent.name}/{path.name}\n".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.yml"))


def read_file(path: Path) -> Iterator[Example]:
    """The examples of one file; its folder names the language. Raises ValueError as `load` does."""
    content = YAML(typ="safe").load(path.read_text("utf-8"))
    for part in content["nlu"]:
        intent = part["intent"]
        if intent not in INTENTS:
            raise ValueError(f"{path}: {intent!r} is not an intent")
        for text, also in _entries(part["examples"], path):
            if unknown := [label for label in also if label not in INTENTS]:
                raise ValueError(f"{path}: {unknown[0]!r} beside {text!r} is not an intent")
            yield Example(text, intent, path.parent.name, tuple(also))


def _entries(examples: str | list[Any], path: Path) -> Iterable[tuple[str, list[str]]]:
    """Rasa's two ways to write examples: one block of lines, or a list of items with metadata."""
    if isinstance(examples, str):
        for line in examples.splitlines():
            if not line.startswith("- "):
                raise ValueError(f"{path}: {line!r} does not begin with «- »")
            yield line[2:].strip(), []
    else:
        for item in examples:
            yield item["text"].strip().removeprefix("- "), list(item.get("metadata", {}).get("also", []))
