"""What a transaction writes onto a world that moved on since it read: only the columns that it changed, like the ORM."""

from __future__ import annotations

from typing import Any

from tests.bot.interleavings.model import World


def merged(seen: World, mine: World, now: World) -> World:
    """`now`, with everything written that differs between `seen` and `mine`. Under the lock, that is `mine`."""
    if now == seen:
        return mine
    changed: dict[str, Any] = {
        name: new
        for name, old, new in zip(World._fields, seen, mine, strict=True)
        if old != new and name not in ("texts", "rows", "signals", "held")
    }
    for name in ("flow_last", "desk_last"):  # these number rows, and others may have been added meanwhile
        if changed.get(name, -1) >= len(seen.rows):
            changed[name] += len(now.rows) - len(seen.rows)
    texts = list(now.texts)
    for n, (old_text, new_text) in enumerate(zip(seen.texts, mine.texts, strict=True)):
        if old_text != new_text:
            texts[n] = texts[n]._replace(turned=new_text.turned)
    rows = list(now.rows)
    for n, (before, after) in enumerate(zip(seen.rows, mine.rows, strict=False)):
        columns: dict[str, Any] = {
            name: new for name, old, new in zip(before._fields, before, after, strict=True) if old != new
        }
        rows[n] = rows[n]._replace(**columns)
    gone = set(seen.signals) - set(mine.signals)
    added = [each for each in mine.signals if each not in seen.signals]
    return now._replace(
        **changed,
        texts=tuple(texts),
        rows=(*rows, *mine.rows[len(seen.rows) :]),
        signals=(*(each for each in now.signals if each not in gone), *added),
        held=now.held | (mine.held - seen.held),
    )
