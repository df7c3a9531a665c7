"""The flow language, and the engine that walks it. Playable with no database, no clock and no network.

Where to start, in order: `definition` (what a flow is), `events` (what happens to it), `effects` (what it wants done),
`state` (where somebody stands), then `engine.advance`, which is the whole of it:

    state, effects = advance(flow, state, event, facts, now)

`parser.read_flow` makes a flow from a merchant's YAML or says everything that is wrong with it; `render.render` makes
words from a SendText. Nothing in this room reads clock, host or chance: `now` and every fact are arguments, so a
stored journal can be replayed byte for byte (promises I7, I8).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.engine import advance, begin
    from flows.parser import published, read_flow
    from flows.render import Rendered, Unrenderable

__all__ = ["Rendered", "Unrenderable", "advance", "begin", "published", "read_flow"]

_WHERE = {
    "advance": "flows.engine",
    "begin": "flows.engine",
    "published": "flows.parser",
    "read_flow": "flows.parser",
    "Rendered": "flows.render",
    "Unrenderable": "flows.render",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for: who only needs the events, a webhook for instance, carries no template engine."""
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(importlib.import_module(_WHERE[name]), name)
