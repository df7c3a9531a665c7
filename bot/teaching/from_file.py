"""Lines out of a file in Rasa's NLU format, or everything that is wrong with it, with places and remedies (I14).

Owns the reading of such files as a merchant writes them. Stores nothing (`bot.teaching.lines`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from flows.intents import INTENTS as FLOW_INTENTS
from flows.intents import OWN_NAME, RESERVED
from flows.problems import Problem
from flows.remedies import near, yaml_fault
from nlu.normalise import normalise
from nlu.own import digest_of
from nlu.training_data import INTENTS, Example

LONGEST = 500
"""Letters of a line: a text of four parts."""
MOST = 5_000
"""Lines of a file."""
MAX_BYTES = 1_000_000
NEVER_TAUGHT = frozenset({"start"})
"""Consent is given by the customer's own clear words, never by what a line makes of them."""
_FORM = "Write `nlu:`, and under it `- intent: gift_wrap` with `examples: |` and a line each, as in `- can you wrap it?`."


def read_lines(source: str, file: str, language: str) -> tuple[tuple[Example, ...], list[Problem]]:
    """The lines of this file, in this language, and its problems. No lines when one of them is an error."""
    if len(source.encode("utf-8", "replace")) > MAX_BYTES:
        return (), [_at("not-lines", file, 1, "The file is larger than 1 MB.", "Split it.")]
    try:
        document = YAML(typ="rt", pure=True).load(source)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        line, _, message, remedy = yaml_fault(source, line, 1, f"{error.context or ''} {error.problem or ''}")
        return (), [_at("yaml", file, line, message, remedy)]
    except (YAMLError, ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError):
        return (), [
            _at("yaml", file, 1, "The file is not readable as YAML.", "Save it as plain text in UTF-8.")
        ]
    parts: Any = document.get("nlu") if isinstance(document, Mapping) else None
    if not isinstance(parts, Sequence) or isinstance(parts, str):
        return (), [_at("not-lines", file, 1, "There is no list `nlu:` in this file.", _FORM)]
    found: list[tuple[int, Example]] = []
    problems: list[Problem] = []
    lines_at: Any = parts.lc  # type: ignore[attr-defined]
    for number, part in enumerate(parts):
        at = lines_at.item(number)[0] + 1
        lines, wrong = _part(part, file, at, language)
        found += lines
        problems += wrong
    problems += _twice(found, file)
    if len(found) > MOST:
        problems.append(
            _at("not-lines", file, 1, f"The file has {len(found)} lines; {MOST} are taken.", "Split it.")
        )
    if any(problem.severity == "error" for problem in problems):
        return (), problems
    return tuple(example for _, example in found), problems


def name_problem(intent: str) -> tuple[str, str, str] | None:
    """Code, message and remedy for a name under which nothing can be taught; None for one of ours or a good own one."""
    if intent in NEVER_TAUGHT:
        return (
            "not-taught",
            f"`{intent}` can't be taught: to be texted again is for the customer's own words to say.",
            "Take these lines out.",
        )
    if intent in INTENTS:
        return None
    if intent in FLOW_INTENTS or intent in RESERVED:
        return "own-name", f"`{intent[:40]}` means something else to flows.", f"Call it my_{intent[:30]}."
    if not re.fullmatch(OWN_NAME, intent):
        return (
            "own-name",
            f"`{intent[:40]}` is no name for an intent.",
            near(intent.lower(), INTENTS) + "Use small letters, digits and _, as in gift_wrap.",
        )
    return None


def _part(part: Any, file: str, at: int, language: str) -> tuple[list[tuple[int, Example]], list[Problem]]:
    if not isinstance(part, Mapping) or "intent" not in part or "examples" not in part:
        if isinstance(part, Mapping) and {"synonym", "lookup", "regex"} & set(part):
            return [], []  # Rasa's own, and nothing to us
        return [], [_at("not-lines", file, at, "This entry has no `intent` with `examples`.", _FORM)]
    intent = str(part["intent"])
    if wrong := name_problem(intent):
        return [], [_at(wrong[0], file, at, wrong[1], wrong[2])]
    found: list[tuple[int, Example]] = []
    problems: list[Problem] = []
    for line, text in _texts(part, at):
        if text is None:
            message = "This line does not begin with «- »."
            problems.append(_at("not-lines", file, line, message, "Begin each line with a dash and a blank."))
        elif not any(char.isalnum() for char in normalise(text).text):
            problems.append(_at("line", file, line, "Nothing can be read in this line.", "Take it out."))
        elif len(text) > LONGEST:
            message = f"This line has {len(text)} letters, and customers' texts {LONGEST} at most."
            problems.append(_at("line", file, line, message, "Write it as a customer would."))
        else:
            found.append((line, Example(text, intent, language)))
    if not found and not problems:
        problems.append(_at("not-lines", file, at, f"`{intent}` has no examples.", _FORM))
    return found, problems


def _texts(part: Any, at: int) -> Iterator[tuple[int, str | None]]:
    """Line number and text; None for a line that does not begin as one."""
    examples = part["examples"]
    begins = part.lc.value("examples")[0] + 1 if hasattr(part, "lc") else at
    if isinstance(examples, str):
        for number, line in enumerate(examples.splitlines(), begins + 1):
            if line.strip():
                yield number, line.strip()[2:].strip() if line.strip().startswith("- ") else None
    elif isinstance(examples, Sequence):
        for number, item in enumerate(examples):
            text = item.get("text") if isinstance(item, Mapping) else item
            place = examples.lc.item(number)[0] + 1 if hasattr(examples, "lc") else begins
            yield place, text.strip().removeprefix("- ").strip() if isinstance(text, str) else None
    else:
        yield begins, None


def _twice(found: Sequence[tuple[int, Example]], file: str) -> Iterator[Problem]:
    known: dict[str, tuple[int, str]] = {}
    for line, example in found:
        plain = digest_of(normalise(example.text).text)
        first, intent = known.setdefault(plain, (line, example.intent))
        if intent != example.intent:
            message = f"«{example.text[:60]}» means {intent} in line {first} and {example.intent} here."
            yield _at("taught-twice", file, line, message, "Keep one of the two.")


def _at(code: str, file: str, line: int, message: str, remedy: str) -> Problem:
    return Problem(code, "error", file, line, 1, message, remedy)
