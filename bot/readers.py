"""The reader of replies that the settings ask for, and whether the server behind it answers.

Owns what the log and `winback doctor` say of a Rasa server. How one is asked is nlu.served.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.settings import NluSettings
from flows.parser import own_intents
from nlu.training_data import Example

if TYPE_CHECKING:  # both are heavy, and only a worker reads
    from nlu.reader import Reader
    from nlu.served import Change

STARTING_SECONDS = 10.0
"""What the first text may take: Rasa builds half of its graph for it."""
_GREETING = "good morning"
_log = structlog.stdlib.get_logger(__name__)


def reader_of(settings: NluSettings) -> Reader:
    """The embedded reader, or the one that asks a Rasa server. Connects to nothing yet."""
    if settings.model == "embedded":
        from nlu.reader import embedded_reader

        return embedded_reader(sure=settings.sure, unsure=settings.unsure)
    from nlu.reader import served_reader

    return served_reader(
        settings.rasa_url,
        seconds=settings.rasa_deadline_ms / 1000,
        sure=settings.sure,
        unsure=settings.unsure,
        clock=time.monotonic,
        tell=_tell,
    )


def taught_by_flows(reader: Reader, sources: Iterable[str], home: Path) -> Reader:
    """The reader with what the `intents:` of these flow files teach, for trying them out; nothing is stored."""
    from bot.teaching.refit import fit_lines

    lines = [
        Example(text, intent, language)
        for source in sources
        for intent, spoken in own_intents(source).items()
        for language, texts in spoken.items()
        for text in texts
    ]
    if not lines or not hasattr(reader, "taught"):
        return reader
    found: Reader = reader.taught(fit_lines(lines, home).head)
    return found


def trouble_reading(settings: NluSettings) -> str | None:
    """Why the Rasa server does not read, in words; None when it does, or is not asked at all."""
    if settings.model == "embedded":
        return None
    from nlu.served import Failure, asked

    first = asked(settings.rasa_url, _GREETING, STARTING_SECONDS)
    if isinstance(first, Failure):
        return first.why
    second = asked(settings.rasa_url, _GREETING, settings.rasa_deadline_ms / 1000)
    return second.why if isinstance(second, Failure) else None


def _tell(change: Change, why: str) -> None:
    match change:
        case "away":
            _log.warning("the Rasa server does not read; the embedded model does", why=why)
        case "back":
            _log.warning("the Rasa server reads again")
