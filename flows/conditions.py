"""Conditions on facts, as a merchant writes them: `{ orders: ">= 3", last_order.product: present }`.

Owns the little language of comparisons, for branches of a dialogue and for audiences. Pure: fact in, true or false out.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flows.values import Scalar

_COMPARISON = re.compile(r"\s*(>=|<=|!=|=|>|<)\s*(.+?)\s*")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of one fact. `compare`: an operator, `present`, `absent` or `in`."""

    fact: str
    compare: str
    value: Scalar | tuple[Scalar, ...] = None


def parse_test(fact: str, raw: Scalar) -> Test:
    """The test that `raw` stands for: `">= 3"`, `present`, `absent`, `in gold, silver`, or a plain value to equal.

    Raises ValueError for a comparison that compares with nothing.
    """
    if not isinstance(raw, str):
        return Test(fact, "=", raw)
    if raw.strip() in ("present", "absent"):
        return Test(fact, raw.strip())
    if raw.strip().startswith("in "):
        return Test(fact, "in", tuple(_value(item) for item in raw.strip()[3:].split(",")))
    found = _COMPARISON.fullmatch(raw)
    if found:
        return Test(fact, found.group(1), _value(found.group(2)))
    if raw.strip()[:1] in "<>=!" and raw.strip():
        raise ValueError('write a comparison as in ">= 3"')
    return Test(fact, "=", _value(raw))


def holds(test: Test, facts: Mapping[str, Any]) -> bool:
    """Whether the test holds. A fact that is absent fails every test but `absent` and `!=`."""
    found = lookup(facts, test.fact)
    if test.compare == "present":
        return found is not None
    if test.compare == "absent":
        return found is None
    if test.compare == "in":
        return isinstance(test.value, tuple) and found in test.value
    if found is None:
        return test.compare == "!="
    if isinstance(found, str) != isinstance(test.value, str):
        return _OPERATORS[test.compare](str(found), str(test.value)) if test.compare in ("=", "!=") else False
    return _OPERATORS[test.compare](found, test.value)


def lookup(facts: Mapping[str, Any], path: str) -> Any:
    """The fact at a dotted path, or None."""
    found: Any = facts
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
        if found is None:
            return None
    return found


def _value(text: str) -> Scalar:
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
