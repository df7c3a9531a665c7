"""A chat becomes a test: each happening with all that came of it, as a merchant would have written it into the file.

Owns the form of a recorded step and where it is put. The file is changed by inserting lines: comments, order and quotes of
the rest stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from flows.parser import load_yaml
from flows.play.came import Came, Heard
from flows.play.player import Player
from flows.source_parts import PERHAPS_STOP
from flows.values import Scalar

Step: TypeAlias = Mapping[str, Any]
"""A step as YAML has it."""


def words_said(text: str, heard: Heard) -> dict[str, Any]:
    """The happening of a text, with its reading: a replay needs no model."""
    reading = heard.reading
    intent = reading.intent if reading.understood else "other"
    if heard.consent != "none":
        intent = PERHAPS_STOP if heard.consent == "held" else "stop"
    said: dict[str, Any] = {"says": text, "intent": intent}
    slots = {name: value for name, value in reading.slots.items() if value is not None}
    if slots:
        said["slots"] = slots
    if reading.mood in ("pleased", "so_so", "upset"):
        said["mood"] = reading.mood
    if reading.language in ("en", "es"):
        said["language"] = reading.language
    return said


def recorded(happening: Mapping[str, Any], came: Came, player: Player) -> dict[str, Any]:
    """The step: what happened, what was said, and where the conversation stands now."""
    step = {**happening, "expects": list(came.bodies)}
    if player.state.outcome:
        return {**step, "stands": player.stands, "outcome": player.state.outcome}
    step["at"] = player.state.node
    return step if player.stands == "waiting" else {**step, "stands": player.stands}


def as_yaml(name: str, customer: Mapping[str, Scalar], steps: Sequence[Step], indent: int = 2) -> str:
    """The test as an entry of `tests:`."""
    before = " " * indent
    lines = [f"{before}- test: {_scalar(name)}"]
    if customer:
        inner = ", ".join(f"{key}: {_scalar(value)}" for key, value in customer.items())
        lines.append(f"{before}  customer: {{ {inner} }}")
    lines.append(f"{before}  steps:")
    for step in steps:
        entries = [line for key, value in step.items() for line in _entry(key, value)]
        lines += [f"{before}    {'  ' if number else '- '}{line}" for number, line in enumerate(entries)]
    return "\n".join(lines) + "\n"


def with_test(source: str, name: str, customer: Mapping[str, Scalar], steps: Sequence[Step]) -> str | None:
    """The file with the test behind its others. None where that cannot be done by inserting lines (then write a file
    beside it), as in a file whose tests stand between brackets."""
    document, problems = load_yaml(source, "flow")
    if problems:
        return None
    end = "\r\n" if "\r\n" in source else "\n"
    lines = [line + "\n" for line in source.removesuffix("\n").split("\n")]
    tests = document.get("tests")
    if "tests" not in document:
        entry = "\ntests:\n" + as_yaml(name, customer, steps)
        text = "".join(lines) + entry.replace("\n", end)
    elif not isinstance(tests, list) or not tests or tests.fa.flow_style():  # type: ignore[attr-defined]
        return None
    else:
        indent = tests.lc.item(0)[1] - 2  # type: ignore[attr-defined]
        at = _end_of_block(document, lines)
        entry = as_yaml(name, customer, steps, indent).replace("\n", end)
        text = "".join(lines[:at]) + entry + "".join(lines[at:])
    return text if _only_added(document, text) else None


def new_file(name: str, customer: Mapping[str, Scalar], steps: Sequence[Step]) -> str:
    """A file of tests with this one in it."""
    return "tests:\n" + as_yaml(name, customer, steps)


def _end_of_block(document: Any, lines: list[str]) -> int:
    """The line behind the tests: that of the next key, or the end; blank lines and comments before it stay there."""
    start = document.lc.key("tests")[0]
    later = [document.lc.key(key)[0] for key in document if document.lc.key(key)[0] > start]
    at = min(later, default=len(lines))
    while at > start + 1 and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1
    return int(at)


def _only_added(document: Any, text: str) -> bool:
    """Whether the new text says the same as the old, but for one test more."""
    changed, problems = load_yaml(text, "flow")
    if problems:
        return False
    old, new = dict(document), dict(changed)
    before, after = list(old.pop("tests", [])), list(new.pop("tests", []))
    return old == new and after[:-1] == before and len(after) == len(before) + 1


def _entry(key: str, value: Any) -> list[str]:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{name}: {_scalar(item)}" for name, item in value.items())
        return [f"{key}: {{ {inner} }}"]
    if isinstance(value, (list, tuple)):
        if not value:
            return [f"{key}: []"]
        return [f"{key}:", *(f"  - {_scalar(item)}" for item in value)]
    return [f"{key}: {_scalar(value)}"]


def _scalar(value: Any) -> str:
    """As YAML has it: words of ours plain, everything else between double quotes."""
    if not isinstance(value, str):
        return json.dumps(value)
    if value.replace("_", "").isalpha() and value.isascii() and value.lower() not in _NOT_WORDS:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else _escaped(each) for each in quoted)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


_NOT_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
