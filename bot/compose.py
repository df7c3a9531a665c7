"""The composition root: the one place that builds settings, clock, database, bell, provider and reader.

Functions elsewhere take the two or three of these that they need, never the whole.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.clock import RealNow, real_now
from bot.db import Database, connect
from bot.jobs.bell import Bell
from bot.keys import Keys
from bot.recent import Recent
from bot.sending.archive import Archive
from bot.sending.outcomes import Provider
from bot.settings import Settings

if TYPE_CHECKING:  # it is heavy, and only a worker reads
    from nlu.reader import Reader


@dataclass(frozen=True)
class App:
    """Everything a process needs, opened when first asked for."""

    settings: Settings
    real_now: RealNow = real_now

    @functools.cached_property
    def database(self) -> Database:
        """The database."""
        return connect(self.settings.database)

    @functools.cached_property
    def recent(self) -> Recent:
        """What all who look ask for in the same second."""
        return Recent()

    @functools.cached_property
    def keys(self) -> Keys:
        """The instance's secret. Raises RuntimeError with the remedy when there is none."""
        return Keys(self.settings.secret())

    @functools.cached_property
    def bell(self) -> Bell:
        """Rings RQ; silent when Redis is away."""
        from bot.jobs.ringing import rq_bell

        return rq_bell(self.settings)

    @functools.cached_property
    def provider(self) -> Provider:
        """Twilio's official client, or the stand-in through that very client."""
        from bot.sending.twilio import twilio_provider

        return twilio_provider(self.settings)

    @functools.cached_property
    def archive(self) -> Archive:
        """What the provider remembers, asked through the same client."""
        from bot.sending.twilio_archive import twilio_archive

        return twilio_archive(self.settings)

    @functools.cached_property
    def reader(self) -> Reader:
        """The reader of replies: by the embedded model, or by a Rasa server with that behind it."""
        from bot.readers import reader_of

        return reader_of(self.settings.nlu)


def compose(settings: Settings) -> App:
    """The application for these settings."""
    return App(settings)
