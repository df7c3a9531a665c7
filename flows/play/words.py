"""How long, in words, and texts between quotes: what messages and pictures of a flow have in common. Pure."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def span(length: timedelta | int) -> str:
    """A length of time (a timedelta, or seconds) by its two largest units: `4 days`, `1 day 3 hours`."""
    left = int(length.total_seconds()) if isinstance(length, timedelta) else length
    parts = []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "no time"


def quoted(text: str, at_most: int = 160) -> str:
    """The text between quotes, its end left out where it is long."""
    return f"«{text if len(text) <= at_most else text[: at_most - 1].rstrip() + '…'}»"
