"""The flow language, and the engine that walks it. Playable with no database, no clock and no network.

Where to start, in order: `definition` (what a flow is), `events` (what happens to it), `effects` (what it wants done),
`state` (where somebody stands), then `engine.advance`, which is the whole of it:

    state, effects = advance(flow, state, event, facts, now)

`parser.read_flow` makes a flow from a merchant's YAML or says everything that is wrong with it; `render.render` makes
words from a SendText. Nothing in this room reads clock, host or chance: `now` and every fact are arguments, so a
stored journal can be replayed byte for byte (promises I7, I8).
"""

from flows.engine import advance, begin
from flows.parser import published, read_flow
from flows.render import Rendered, Unrenderable, render

__all__ = ["Rendered", "Unrenderable", "advance", "begin", "published", "read_flow", "render"]
