"""Where in a file a key stands, so that a problem points at it.

Owns the way from a path of keys to line and column, as ruamel.yaml remembers them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flows.problems import Problem, Severity


class Places:
    """The places of one YAML document."""

    def __init__(self, file: str, document: Any) -> None:
        self.file = file
        self._document = document

    def find(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column, from 1, of the last key of `path` that exists in the file."""
        item, place = self._document, (1, 1)
        for part in path:
            if isinstance(item, Mapping):
                key = _key(item, str(part))
                if key is None:
                    break
                try:
                    line, column = item.lc.key(key)  # type: ignore[attr-defined]
                except KeyError:
                    break  # it came from elsewhere (a merge key)
                item = item[key]
            elif isinstance(item, list) and isinstance(part, int) and part < len(item):
                line, column = item.lc.item(part)  # type: ignore[attr-defined]
                item = item[part]
            else:
                break
            place = (line + 1, column + 1)
        return place

    def problem(
        self,
        code: str,
        path: Sequence[str | int],
        message: str,
        remedy: str,
        severity: Severity = "error",
        transcript: tuple[str, ...] = (),
    ) -> Problem:
        """A problem at that place."""
        line, column = self.find(path)
        return Problem(code, severity, self.file, line, column, message, remedy, transcript)


def _key(item: Mapping[Any, Any], part: str) -> Any:
    for key in item:
        if str(key) == part:
            return key
    return None
