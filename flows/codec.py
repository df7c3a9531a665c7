"""Frozen dataclasses to JSON and back: events, effects, facts and states.

Owns the form: an object a value, `type` naming the member of a union, instants in ISO 8601 UTC. `dumps` is canonical
(sorted keys, no blanks), so that two journals can be compared byte by byte.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")
_PLAIN = frozenset({str, int, float, bool, type(None)})
"""What JSON has itself. Most of what is encoded is of these, so they are asked for first."""


def encode(value: Any) -> Any:
    """`value` as plain JSON types. Members of a union carry their class name in `type`."""
    kind: type = type(value)
    if kind in _PLAIN:
        return value
    names = _names(kind)
    if names is not None:
        found = {"type": kind.__name__}
        for name in names:
            item = getattr(value, name)
            found[name] = item if type(item) in _PLAIN else encode(item)
        return found
    if kind is datetime:
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _PLAIN else encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): item if type(item) in _PLAIN else encode(item) for key, item in value.items()}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value


def decode(kind: type[T] | Any, data: Any) -> T:
    """The value of type `kind` (a dataclass or a union of them) that `encode` made `data` from.

    Raises ValueError for data of another shape.
    """
    try:
        return typing.cast(T, _decode(kind, data))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a {getattr(kind, '__name__', kind)}: {error}") from error


def dumps(value: Any) -> str:
    """Canonical JSON of an encoded or encodable value."""
    return json.dumps(encode(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _decode(kind: Any, data: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        if data.get("type", kind.__name__) != kind.__name__:  # type: ignore[union-attr]
            raise ValueError(f"{data['type']} is not a {kind.__name__}")  # type: ignore[union-attr]
        known = _fields(typing.cast(type, kind))
        return kind(**{name: _decode(known[name], item) for name, item in data.items() if name != "type"})  # type: ignore[operator]
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(typing.get_args(kind), data)
    if kind is datetime:
        return datetime.fromisoformat(data)
    if origin is tuple:
        return tuple(_decode(typing.get_args(kind)[0], item) for item in data)
    return data


def _decode_union(members: tuple[Any, ...], data: Any) -> Any:
    if data is None and types.NoneType in members:
        return None
    if isinstance(data, dict) and "type" in data:
        for member in members:
            if dataclasses.is_dataclass(member) and getattr(member, "__name__", "") == data["type"]:
                return _decode(member, data)
        raise ValueError(f"unknown type {data['type']!r}")
    if datetime in members and isinstance(data, str):
        return datetime.fromisoformat(data)
    return data


@functools.cache
def _fields(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


@functools.cache
def _names(kind: type) -> tuple[str, ...] | None:
    """The fields of a dataclass; None for any other type."""
    return tuple(_fields(kind)) if dataclasses.is_dataclass(kind) else None
