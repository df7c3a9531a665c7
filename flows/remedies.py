"""What to do about a file that can't be read: remedies for YAML and for the shape of keys and values, and near misses.

Owns these words. A merchant reads them who has never heard of YAML: no class names, no «input», no message of a library.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flows.source import (
    AgainSource,
    AskSource,
    BranchSource,
    FlowSource,
    LinkSource,
    NodeSource,
    SilenceSource,
    WaitSource,
)
from flows.source_parts import OfferSource, Part, StepSource, TestSource, TextsSource, TriggerSource

_BLANKS = "\u00a0\u2002\u2003\u2007\u2009\u200b\u202f\u3000\ufeff"
_CURLY = re.compile(r"^\s*(?:- )?[\w., ]+:\s+[“”„‘’«]")
_BRACES = re.compile(r"^\s*(?:- )?[\w., ]+:\s+\{[{%]")
_COLON = re.compile(r"^\s*(?:- )?[\w., ]+:\s+[^\s\"'\[{|>&*#].*?:(?:\s|$)")
_QUOTED = re.compile(r"^\s*(?:- )?[\w., ]+:\s+\"")
_UNITS = frozenset({"after", "wait", "delay", "again", "valid_for", "otherwise", "within"})
_KIND_ERRORS = frozenset(
    {"string_type", "model_type", "dict_type", "list_type", "int_type", "float_type", "bool_type"}
)
_MODELS: dict[str, type[Part]] = {
    "silence": SilenceSource,
    "wait": WaitSource,
    "ask": AskSource,
    "link": LinkSource,
    "trigger": TriggerSource,
    "texts": TextsSource,
    "when": BranchSource,
    "steps": StepSource,
    "tests": TestSource,
    "offers": OfferSource,
    "replies": AgainSource,
    "nodes": NodeSource,
}


# --- near misses --------------------------------------------------------------------------------------------------


def near(name: str, known: Iterable[str]) -> str:
    """«Did you mean `x`? » for a name that is nearly one of these; nothing for others."""
    by_letters = {each.lower(): each for each in known}
    found = difflib.get_close_matches(name.lower(), by_letters, 1, 0.6)
    return f"Did you mean `{by_letters[found[0]]}`? " if found else ""


# --- the file as YAML ---------------------------------------------------------------------------------------------


def yaml_fault(source: str, line: int, column: int, problem: str) -> tuple[int, int, str, str]:
    """Line, column, message and remedy for a file that the YAML reader gave up at `line` and `column` (from 1)."""
    lines = source.splitlines()[:line]
    for number, text in enumerate(lines, 1):
        margin = text[: len(text) - len(text.lstrip())]
        if "\t" in margin:
            return (
                number,
                margin.index("\t") + 1,
                "The line begins with a tab.",
                "Indent with blanks, two for each level.",
            )
        head = text[: text.find(":") + 2] if ":" in text else margin
        if odd := next((char for char in head if char in _BLANKS), None):
            at = head.index(odd) + 1
            return (
                number,
                at,
                "A no-break space stands here, which looks like a blank and is none.",
                "Delete it, and type a blank.",
            )
    for number, text in list(enumerate(lines, 1))[-3:][::-1]:
        at = text.find(":") + 1
        if _CURLY.match(text):
            return (
                number,
                at + 2,
                "Curly quotation marks do not hold a text together.",
                'Put straight ones around it: "...".',
            )
        if _BRACES.match(text):
            message = "A text that begins with {{ or {% needs quotation marks around it."
            return (
                number,
                at + 2,
                message,
                'Write it as "{{ ... }} ...", all of it between the quotation marks.',
            )
        if _COLON.match(text):
            message = "A text with a colon in it needs quotation marks around it."
            return number, text.find(":", at) + 1, message, 'Put "..." around the whole text.'
    for number, text in list(enumerate(lines, 1))[-20:][::-1]:
        if _QUOTED.match(text) and (text.count('"') - text.count('\\"')) % 2:
            message = "A quotation mark is opened, and never closed."
            return number, text.find('"') + 1, message, "Close it at the end of its text."
    return line, column, *_by_kind(problem)


def _by_kind(problem: str) -> tuple[str, str]:
    said = problem.lower()
    if "quoted scalar" in said or "end of stream" in said:
        return "A quotation mark or bracket is opened, and never closed.", "Close it at the end of its text."
    if "',' or" in said:
        return (
            "A bracket is not closed, or a comma is missing before this.",
            "Write { key: value, key: value }.",
        )
    if "block end" in said or "block mapping" in said or "block sequence" in said:
        return (
            "The line is indented otherwise than those that it belongs to.",
            "Give all keys of one level the same number of blanks.",
        )
    if "mapping values" in said or "could not find expected ':'" in said:
        return (
            "The line can't be read: a colon is missing, or one too many.",
            "Write `key: value`, and texts between quotation marks.",
        )
    if "alias" in said or "anchor" in said:
        return (
            "A text that begins with * or & needs quotation marks around it.",
            'Put "..." around the whole text.',
        )
    if "single document" in said or "document start" in said:
        return "A line of `...` or `---` ends the flow here.", "Take that line out."
    return "The line can't be read.", "Look at its indentation (blanks, no tabs), colons and quotation marks."


# --- keys and values ----------------------------------------------------------------------------------------------


def place_of(error: Mapping[str, Any]) -> tuple[str | int, ...]:
    """Where in the file it is, without what pydantic adds about the forms that it tried."""
    return tuple(part for part in error["loc"] if isinstance(part, int) or not _a_form(part))


def _a_form(part: str) -> bool:
    return (
        part in ("str", "int", "float", "bool")
        or "[" in part
        or part.endswith("Source")
        or part == "constrained-str"
    )


def worth_saying(errors: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One error a place: of the forms that a value could have had, the one that it was meant to have."""
    telling = [place_of(each) for each in errors if each["type"] not in _KIND_ERRORS]
    told: set[tuple[str | int, ...]] = set()
    found = []
    for each in errors:
        place = place_of(each)
        if place in told or (
            each["type"] in _KIND_ERRORS and any(other[: len(place)] == place for other in telling)
        ):
            continue
        told.add(place)
        found.append(each)
    return found


def shape_fault(error: Mapping[str, Any]) -> tuple[str, str]:
    """Message and remedy for a key or a value that has not the form it needs."""
    place = place_of(error)
    key = next((part for part in reversed(place) if isinstance(part, str)), "the file")
    given, kind, limits = error.get("input"), str(error["type"]), error.get("ctx") or {}
    match kind:
        case "extra_forbidden":
            return f"There is no key `{key}` here.", _other_key(place, key)
        case "missing":
            return f"`{key}` is missing.", f"Add `{key}: ...`."
        case "value_error":
            return _value_fault(key, given, str(error["msg"]).removeprefix("Value error, "))
        case "string_type" if (
            isinstance(given, (int, float)) and not isinstance(given, bool) and key in _UNITS
        ):
            return f"`{key}: {given}` has no unit.", f"Write `{key}: {given} days`, or hours."
        case "literal_error":
            choices = re.findall(r"'([^']*)'", str(limits.get("expected", "")))
            return (
                f"`{key}` can't be `{_short(given)}`.",
                f"{near(str(given), choices)}There are: {', '.join(choices)}.",
            )
        case _ if kind.startswith(("int_", "float_")):
            if isinstance(given, str) and (
                number := re.fullmatch(r"\s*[$€]?\s*(\d+(?:\.\d+)?)\s*[%$€]?\s*", given)
            ):
                return f"`{key}` is a number without a sign.", f"Write `{key}: {number[1]}`."
            return f"`{key}` is a number.", f"Write a number such as `{key}: 15`."
    return _by_limits(key, kind, given, limits)


def _by_limits(key: str, kind: str, given: Any, limits: Mapping[str, Any]) -> tuple[str, str]:
    match kind:
        case "less_than_equal":
            return f"`{key}` is at most {limits['le']}.", f"Write {limits['le']} or less."
        case "greater_than_equal":
            return f"`{key}` is at least {limits['ge']}.", f"Write {limits['ge']} or more."
        case "greater_than":
            return f"`{key}` is more than {limits['gt']}.", "Write a larger number, or leave the key out."
        case "less_than":
            return f"`{key}` is less than {limits['lt']}.", "Write a smaller number."
        case "string_too_long":
            return (
                f"`{_short(given)}` is too long for `{key}`.",
                f"Use at most {limits['max_length']} letters.",
            )
        case "string_too_short":
            return f"`{key}` is too short.", f"Use at least {limits['min_length']} letters."
        case "too_long":
            return f"`{key}` has too many entries.", f"Name at most {limits['max_length']}."
        case "too_short":
            return f"`{key}` has too few entries.", f"Name at least {limits['min_length']}."
        case "string_pattern_mismatch":
            form = (
                "a share such as `10%`"
                if key == "holdout"
                else "letters, digits and simple signs, no blank before them"
            )
            return f"`{key}` can't be `{_short(given)}`.", f"Write {form}."
        case "model_type" | "dict_type" | "model_attributes_type":
            what = "Nothing stands" if given is None else "A single value stands"
            return (
                f"{what} at `{key}`, which needs keys under it.",
                "Write them below it, two blanks further in, or between { and }.",
            )
        case "list_type":
            return f"`{key}` is a list.", "Write one entry a line, with `- ` before each."
        case "bool_type" | "bool_parsing":
            return f"`{key}` is true or false.", f"Write `{key}: true`, or leave it out."
        case "string_type" if given is None:
            return f"Nothing stands at `{key}`.", "Write it behind the colon, or take the key out."
        case "string_type":
            return (
                f"`{key}` is written in words, and `{_short(given)}` is none.",
                "Put quotation marks around it.",
            )
    return f"`{key}` has not the form that it needs.", "Compare it with the reference of the flow language."


def _value_fault(key: str, given: Any, said: str) -> tuple[str, str]:
    if given == "...":
        return (
            f"The dots at `{key}` stand for something of yours.",
            "Write the name of a node, or what is meant, instead.",
        )
    if said.startswith("write "):
        return f"`{_short(given)}` can't be read at `{key}`.", f"{said[:1].upper()}{said[1:]}."
    if said.startswith("a name is made"):
        plain = re.sub(r"\W+", "_", str(given), flags=re.ASCII).strip("_").lower()[:40]
        better = plain if plain and not plain[0].isdigit() else f"n_{plain}"
        return (
            f"`{_short(given)}` is no name: letters without accents, digits and _ make one.",
            f"Call it `{better}`.",
        )
    for sign in ("; ", ": "):
        what, found, remedy = said.partition(sign)
        if found and "`" not in what:
            return f"{what[:1].upper()}{what[1:]}.", f"{remedy[:1].upper()}{remedy[1:]}."
    return f"{said[:1].upper()}{said[1:]}.", "Keep one way of saying it, and take the rest out."


def _other_key(place: tuple[str | int, ...], key: str) -> str:
    known = _keys_at(place)
    if close := near(key, known):
        return close + "Correct it, or remove it."
    if len(place) > 1 and key in FlowSource.model_fields:
        return f"`{key}` belongs to the flow as a whole: write it at the left edge."
    if len(place) == 1 and key in NodeSource.model_fields:
        return f"`{key}` belongs into a node: indent it below the node's name."
    return (
        f"There are: {', '.join(known)}."
        if len(known) <= 12
        else "Check its spelling and indentation, or remove it."
    )


def _keys_at(place: tuple[str | int, ...]) -> list[str]:
    above = next((part for part in reversed(place[:-1]) if isinstance(part, str) and part in _MODELS), None)
    model = _MODELS[above] if above else FlowSource
    hidden = {"notice", "hold", "matter", "desk"}
    return [field.alias or name for name, field in model.model_fields.items() if name not in hidden]


def _short(given: Any) -> str:
    return str(given)[:40]
