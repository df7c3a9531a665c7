"""The texts of a flow as they stand in its file: every variant and language with its place, and the names that they use.

Owns reading a `say`, and the check that a template is Liquid and names only what exists. Whether a name may be empty where
it is printed is `texts`, for that depends on the way to it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from liquid.exceptions import LiquidError

from flows.definition import Flow
from flows.names import NAMES
from flows.places import Places
from flows.problems import Problem
from flows.remedies import near
from flows.render import compile_text
from flows.source import FlowSource
from flows.source_parts import Say

OPEN_GROUPS = ("said", "customer.attributes", "shop.answers", "link.to")
"""Groups whose names the shop makes up."""

SAFE_FILTERS = frozenset(
    """default day money capitalize upcase downcase strip lstrip rstrip strip_newlines truncate truncatewords append prepend
    remove remove_first remove_last slice split first last size plus minus times divided_by modulo abs at_least at_most ceil
    floor round""".split()
)
"""What a text can need. Of the others some can make gigabytes of a line (`replace`, `join`)."""

SAFE_TAGS = frozenset("if unless case for assign capture comment raw increment decrement".split())

_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_WHOLE_GROUP = {name.partition(".")[0] for name in NAMES} - {"said"}


@dataclass(frozen=True, slots=True)
class Wording:
    """One template of a node (or of `words`), in one language; `variant` counts from 0."""

    path: tuple[str | int, ...]
    node: str
    variant: int
    language: str
    template: str
    own_words: bool = False
    """Whether it stands under `words:`, for a built-in text."""


def wordings(source: FlowSource) -> Iterator[Wording]:
    """Every text of the file, nodes first."""
    for name, node in source.nodes.items():
        if node.say is not None:
            yield from _each(("nodes", name, "say"), name, node.say, own_words=False)
    for name, say in source.words.items():
        yield from _each(("words", name), name, say, own_words=True)


def plain(template: str) -> str:
    """The words of a template without its tags, as far as one can read them."""
    return _TAG.sub(" ", template)


@functools.lru_cache(maxsize=4096)
def names_of(template: str) -> frozenset[str]:
    """The dotted names that a template looks up. Raises LiquidError for one that is not valid."""
    found = compile_text(template).analyze().globals
    return frozenset(str(each) for many in found.values() for each in many)


def analysed(template: str) -> tuple[frozenset[str], frozenset[str]]:
    """The filters and the tags of a template. Raises LiquidError for one that is not valid."""
    found = compile_text(template).analyze()
    return frozenset(found.filters), frozenset(found.tags)


def template_faults(template: str) -> Iterator[tuple[str, str, str]]:
    """What keeps a template from being said, as (code, message, remedy): no Liquid, not for texts, or a name that nobody
    has."""
    try:
        names = names_of(template)
    except (LiquidError, RecursionError) as error:
        yield "bad-template", f"Not valid Liquid: {_first_line(error)}.", "Mend the braces or tags."
        return
    for what, given, safe in (
        ("filter", analysed(template)[0], SAFE_FILTERS),
        ("tag", analysed(template)[1], SAFE_TAGS),
    ):
        for name in sorted(given - safe):
            yield "bad-template", f"The {what} `{name}` is not for texts.", _instead(name, safe)
    for name in sorted(names):
        if name not in NAMES and not name.startswith(
            tuple(group + x for group in OPEN_GROUPS for x in (".", "["))
        ):
            yield (
                "unknown-variable",
                f"There is no `{name}`.",
                (near(name, NAMES) or near(".".join(reversed(name.split("_", 1))), NAMES))
                + "See the list of names in the reference.",
            )


def names_in_texts(flow: Flow, source: FlowSource, places: Places) -> Iterator[Problem]:
    """Templates that are not Liquid, or that use a name which nobody has."""
    for each in wordings(source):
        if each.own_words and each.node not in flow.courtesy.nodes:
            continue
        try:
            names = names_of(each.template)
        except (LiquidError, RecursionError):
            if each.own_words:  # `notices` says it of those
                continue
            names = frozenset()
        for code, message, remedy in template_faults(each.template):
            yield places.problem(code, each.path, message, remedy)
        if "link.here" in names and not each.own_words and source.nodes[each.node].link is None:
            yield places.problem(
                "no-link",
                each.path,
                "`link.here` is used, and the node names no link.",
                "Add `link: reorder`, `checkout`, `shop`, or a product.",
            )


_OTHER_FILTERS = {
    "date": "day",
    "weekday": "day",
    "currency": "money",
    "price": "money",
    "upper": "upcase",
    "lower": "downcase",
    "trim": "strip",
    "length": "size",
}


def _instead(name: str, safe: frozenset[str]) -> str:
    other = f"Did you mean `{_OTHER_FILTERS[name]}`? " if name in _OTHER_FILTERS else near(name, safe)
    return f"{other}There are: {', '.join(sorted(safe))}."


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def _each(path: tuple[str | int, ...], name: str, say: Say, *, own_words: bool) -> Iterator[Wording]:
    for index, variant in enumerate(say if isinstance(say, list) else [say]):
        at = (*path, index) if isinstance(say, list) else path
        if isinstance(variant, str):
            yield Wording(at, name, index, "en", variant, own_words)
        else:
            for language, template in variant.items():
                yield Wording((*at, language), name, index, str(language), template, own_words)
