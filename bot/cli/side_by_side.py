"""What was said, and what would have been said, in two columns. Owns how they are shown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.history.instead import Turn


def side_by_side(turns: Sequence[Turn]) -> None:
    """The turns, oldest first; a star marks those in which other words would have been said."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("", "when (UTC)", "what happened", "was said", "would have been said"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "when (UTC)")
    for each in turns:
        cells = ("*" if each.differs else "", f"{each.at:%Y-%m-%d %H:%M}", each.happened)
        then, instead = "\n".join(each.then) or "-", "\n".join(each.instead) or "-"
        shown = (*cells, then, "the same" if not each.differs and each.then else instead)
        table.add_row(*(Text(cell) for cell in shown))
    Console(highlight=False, width=None if sys.stdout.isatty() else 130).print(table)
