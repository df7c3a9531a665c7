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

from flows import build
from flows.definition import LANGUAGE_VERSION, Courtesy, Flow
from flows.places import Places
from flows.problems import Problem
from flows.prover import check
from flows.source import CourtesySource, FlowSource

Shape = TypeVar("Shape", bound=BaseModel)

MAX_BYTES = 40_000
"""The largest flow that ships is a third of it; reading this much takes half a second."""

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ufffe\uffff]|[\ud800-\udfff]")
"""What is in no text: control characters, and the mark that stands where bytes were no UTF-8."""

MAX_DEPTH = 40
"""Open brackets. The YAML reader's time grows with the square of the depth."""


def read_flow(source: str, file: str = "flow.yml") -> tuple[Flow | None, list[Problem]]:
    """The flow in `source`, and its problems in order of place. No flow when one of them is an error."""
    source = source.removeprefix("\ufeff")
    flow, problems = _read_flow(source, file)
    return flow, list(problems)


# every shop publishes the same library
@functools.lru_cache(maxsize=32)
def _read_flow(source: str, file: str) -> tuple[Flow | None, tuple[Problem, ...]]:
    document, problems = load_yaml(source, file)
    if problems:
        return None, tuple(problems)
    places = Places(file, document)
    try:
        shaped = FlowSource.model_validate(_plain(document))
    except ValidationError as error:
        return None, tuple(_shape_problem(places, dict(item)) for item in error.errors(include_url=False))
    flow = build.flow(shaped, courtesy(), revision_hash(source))
    found = check(flow, shaped, places)
    return (None if any(problem.severity == "error" for problem in found) else flow), tuple(found)


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
        found = [_shape_problem(places, dict(item)) for item in error.errors(include_url=False)]
        return None, places, found


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
        return None, [_yaml_problem("duplicate-key", error, file, "Keep one of the two keys.")]
    except MarkedYAMLError as error:
        return None, [
            _yaml_problem("yaml", error, file, "Check indentation (blanks, no tabs), colons and quotes.")
        ]
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
    if ("&" in source and "*" in source) and _has_alias(document):
        return None, [
            Problem(
                "yaml", "error", file, 1, 1, "Anchors and aliases are not used in flows.", "Write it out."
            )
        ]
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


def _has_alias(document: Any) -> bool:
    seen: set[int] = set()
    pending = [document]
    while pending:
        item = pending.pop()
        if isinstance(item, (Mapping, list)):
            if id(item) in seen or getattr(item, "merge", None):
                return True
            seen.add(id(item))
            pending.extend(item.values() if isinstance(item, Mapping) else item)
    return False


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


def _yaml_problem(code: str, error: MarkedYAMLError, file: str, remedy: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    what = (error.problem or error.context or "not readable").splitlines()[0]
    return Problem(code, "error", file, line, column, what[:1].upper() + what[1:] + ".", remedy)


def _shape_problem(places: Places, error: dict[str, Any]) -> Problem:
    loc = tuple(part for part in error["loc"] if part not in ("str", "WaitSource"))
    message, remedy = (
        str(error["msg"]).removeprefix("Value error, "),
        "See the reference of the flow language.",
    )
    if error["type"] == "extra_forbidden":
        message, remedy = (
            f"There is no key `{loc[-1]}` here",
            "Check its spelling and indentation, or remove it.",
        )
    elif error["type"] == "missing":
        message, remedy = f"`{loc[-1]}` is missing", f"Add `{loc[-1]}: ...`."
        loc = loc[:-1]
    elif error["type"] == "value_error":
        remedy = "Write it in that form."
    return places.problem("shape", loc, message[:1].upper() + message[1:] + ".", remedy)
