"""What Twilio does by itself with a bare keyword on a long code (R50-R52). The words only; no state."""

from __future__ import annotations

_WORDS = {
    "STOP": ("stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout"),
    "START": ("start", "unstop"),
    "HELP": ("help", "info"),
}
_KEYWORDS = {word: keyword for keyword, words in _WORDS.items() for word in words}

_REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def keyword_of(body: str) -> str | None:
    """STOP, START or HELP when the whole body is one of the words, whatever its case (R51); else None."""
    return _KEYWORDS.get(body.strip().casefold())


def auto_reply(keyword: str) -> str:
    """The text that the handset gets."""
    return _REPLIES[keyword]
