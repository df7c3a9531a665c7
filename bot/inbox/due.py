"""What comes by itself: conversations go back to the bot, snoozes end, promises fall due. Called by the clock.

Owns the order, and nothing of what is done.
"""

from __future__ import annotations

from bot.compose import App
from bot.inbox.arranging import wake
from bot.inbox.by_rule import return_due
from bot.inbox.promises import remind


def mind(app: App) -> int:
    """Do what is due by now; gives how many rows were looked at. May run twice, and from several processes."""
    return wake(app) + remind(app) + return_due(app)
