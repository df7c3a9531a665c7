"""From a flow file's text to a flow, or to a list of everything that is wrong with it.

Owns reading: YAML 1.2 with places, shape, then the prover. Never raises for a merchant's mistake (I14).
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import AliasToken, AnchorToken

from flows import build
from flows.definition import LANGUAGE_VERSION, Courtesy, Flow
from flows.places import Places
from flows.problems import Problem
from flows.prover import check
from flows.remedies import place_of, shape_fault, worth_saying, yaml_fault
from flows.source import CourtesySource, FlowSource

Shape = TypeVar("Shape", bound=BaseModel)

MAX_BYTES = 40_000
"""The largest flow that ships is a third of it; reading this much takes half a second."""

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ufffe\uffff]|[\ud800-\udfff]")
"""What is in no text: control characters, and the mark that stands where bytes were no UTF-8."""

MAX_DEPTH = 40
"""Open brackets. The YAML reader's time grows with the square of the depth."""


def read_flow(
    source: str, file: str = "flow.yml", taught: frozenset[str] = frozenset()
) -> tuple[Flow | None, list[Problem]]:
    """The flow in `source`, and its problems in order of place. No flow when one of them is an error. `taught`: names of
    intents that the shop taught elsewhere; those under `intents:` are known anyhow."""
    source = source.removeprefix("\ufeff")
    flow, problems = _read_flow(source, file, taught)
    return flow, list(problems)


# every shop publishes the same library
@functools.lru_cache(maxsize=32)
def _read_flow(source: str, file: str, taught: frozenset[str]) -> tuple[Flow | None, tuple[Problem, ...]]:
    document, problems = load_yaml(source, file)
    if problems:
        return None, tuple(problems)
    places = Places(file, document)
    try:
        shaped = FlowSource.model_validate(_plain(document))
    except ValidationError as error:
        return None, tuple(_shape_problems(places, error))
    flow = build.flow(shaped, courtesy(), revision_hash(source))
    found = check(flow, shaped, places, taught)
    return (None if any(problem.severity == "error" for problem in found) else flow), tuple(found)


_CANT_BE_WALKED = frozenset({"unknown-node", "unknown-offer", "bad-template", "loop"})
"""Errors with which a flow may not be played: it would stop in the middle of a turn."""


def draft(source: str, file: str = "flow.yml", taught: frozenset[str] = frozenset()) -> Flow | None:
    """A flow that may not be published, to look at or to talk with; None where it can't be read, or leads nowhere. `taught`:
    as `read_flow` has it."""
    document, problems = load_yaml(source, file)
    if problems:
        return None
    try:
        shaped = FlowSource.model_validate(_plain(document))
    except ValidationError:
        return None
    if any(problem.code in _CANT_BE_WALKED for problem in read_flow(source, file, taught)[1]):
        return None
    return build.flow(shaped, courtesy(), revision_hash(source))


@functools.lru_cache(maxsize=512)
def published(source: str) -> Flow:
    """The flow of a published revision, as it was checked then. Raises ValueError if it cannot be read any more."""
    document, problems = load_yaml(source, "revision")
    if problems:
        raise ValueError(str(problems[0]))
    return build.flow(FlowSource.model_validate(_plain(document)), courtesy(), revision_hash(source))


def read_shape(model: type[Shape], source: str, file: str) -> tuple[Shape | None, Places, list[Problem]]:
    """Any YAML file of ours by its shape alone, with its places; no value when there is a problem."""
    document, problems = load_yaml(source, file)
    places = Places(file, document)
    if problems:
        return None, places, problems
    try:
        return model.model_validate(_plain(document)), places, []
    except ValidationError as error:
        return None, places, _shape_problems(places, error)


def own_intents(source: str) -> dict[str, dict[str, list[str]]]:
    """What a flow's `intents:` teach: name -> language -> lines. Nothing for a file with another fault of shape."""
    shaped, _, _ = read_shape(FlowSource, source, "flow.yml")
    return (
        {name: {str(code): lines for code, lines in each.items()} for name, each in shaped.intents.items()}
        if shaped
        else {}
    )


def revision_hash(source: str) -> str:
    """What tells two revisions apart: source, built-in texts and language version, SHA-256, 16 hex digits."""
    parts = (source, _courtesy_source(), str(LANGUAGE_VERSION))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


@functools.cache
def courtesy() -> Courtesy:
    """The courtesies that come with the language."""
    document, problems = load_yaml(_courtesy_source(), "courtesy.yml")
    if problems:
        raise ValueError(str(problems[0]))
    return build.courtesy(CourtesySource.model_validate(_plain(document)))


def library() -> dict[str, str]:
    """The flows that come with Winback: name -> source."""
    found = sorted((files("flows") / "library").iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".yml"): entry.read_text("utf-8")
        for entry in found
        if entry.name.endswith(".yml")
    }


def load_yaml(source: str, file: str) -> tuple[Any, list[Problem]]:
    """The YAML document with its places, or the one problem that kept it from being read."""
    if len(source.encode("utf-8", "replace")) > MAX_BYTES:
        return None, [
            Problem(
                "too-big",
                "error",
                file,
                1,
                1,
                f"A flow file has at most {MAX_BYTES // 1000} kB.",
                "Split it into several flows.",
            )
        ]
    if found := _NO_TEXT.search(source):
        line = source.count("\n", 0, found.start()) + 1
        column = found.start() - source.rfind("\n", 0, found.start())
        message, remedy = "This is no text in UTF-8.", "Save the file as plain text in UTF-8."
        return None, [Problem("yaml", "error", file, line, column, message, remedy)]
    if _depth(source) > MAX_DEPTH:
        return None, [
            Problem("yaml", "error", file, 1, 1, "Brackets are nested too deeply.", "Close what you open.")
        ]
    yaml = YAML(typ="rt", pure=True)
    try:
        document = yaml.load(source)
    except DuplicateKeyError as error:
        return None, [_key_twice(error, file)]
    except MarkedYAMLError as error:
        return None, [_yaml_problem(error, source, file)]
    except RecursionError:
        message, remedy = "Lists or keys are nested too deeply.", "A flow is four levels deep."
        return None, [Problem("yaml", "error", file, 1, 1, message, remedy)]
    except (YAMLError, ValueError, TypeError, AttributeError, LookupError, AssertionError) as error:
        # the reader's own faults on rubbish; its messages are for programmers, but say more than nothing
        first = (str(error).splitlines() or [type(error).__name__])[0][:100]
        remedy = "Save the file as plain YAML in UTF-8."
        return None, [Problem("yaml", "error", file, 1, 1, first + ".", remedy)]
    if not isinstance(document, Mapping):
        return None, [
            Problem("shape", "error", file, 1, 1, "This is not a flow.", "Begin with `flow: a_name`.")
        ]
    if "&" in source and "*" in source and (alias := _alias(source, file)):
        return None, [alias]
    return document, []


def _courtesy_source() -> str:
    return (files("flows") / "courtesy.yml").read_text("utf-8")


def _depth(source: str) -> int:
    deepest = depth = 0
    for char in source:
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth = max(0, depth - 1)
    return deepest


def _alias(source: str, file: str) -> Problem | None:
    """The anchor that is used again, by its name: a second place of the same thing has no line of its own."""
    anchors: dict[str, tuple[int, int]] = {}
    for token in YAML(typ="rt", pure=True).scan(source):
        at = (token.start_mark.line + 1, token.start_mark.column + 1)
        if isinstance(token, AnchorToken):
            anchors[token.value] = at
        elif isinstance(token, AliasToken):
            line, column = anchors.get(token.value, at)
            message = f"The anchor `&{token.value}` is used again as `*{token.value}`; flows have no anchors."
            return Problem("yaml", "error", file, line, column, message, "Write it out in both places.")
    return None


def _plain(item: Any) -> Any:
    if isinstance(item, Mapping):
        return {str(key): _plain(value) for key, value in item.items()}
    if isinstance(item, Sequence) and not isinstance(item, str):
        return [_plain(value) for value in item]
    if isinstance(item, bool) or item is None:
        return item
    for kind in (int, float):
        if isinstance(item, kind):
            return kind(item)
    return str(item)


def _yaml_problem(error: MarkedYAMLError, source: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    opened = error.context_mark if "quoted scalar" in (error.context or "") else None
    mark = opened or mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = f"{error.context or ''} {error.problem or ''}"
    line, column, message, remedy = yaml_fault(source, line, column, said)
    return Problem("yaml", "error", file, line, column, message, remedy)


def _key_twice(error: DuplicateKeyError, file: str) -> Problem:
    mark = error.problem_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    key = re.search(r'duplicate key "([^"]*)"', error.problem or "")
    message = f"`{key[1][:40]}` stands twice here." if key else "One key stands twice here."
    return Problem("duplicate-key", "error", file, line, column, message, "Keep one of the two.")


def _shape_problems(places: Places, error: ValidationError) -> list[Problem]:
    found = []
    for each in worth_saying(error.errors(include_url=False)):
        message, remedy = shape_fault(each)
        place = place_of(each)[:-1] if each["type"] == "missing" else place_of(each)
        found.append(places.problem("shape", place, message, remedy))
    return found
