"""The words of a text at the moment when it would leave: how to stop is in them where that is due, and they are looked at.

Owns the last look at a body before the gate. What may stand against it is bot.compliance.content's; whether it then
leaves, the rules `content` and `parts` say.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import datetime, timedelta

from bot.compliance.book import book
from bot.compliance.content import Own, findings, own
from bot.compliance.facts import SendFacts, kind_of
from bot.conversations.subjects import Subject
from flows.parser import courtesy
from flows.segments import measure

STOP = "STOP"
"""What a text that says how to stop has in it."""
MONTH = timedelta(days=30)
"""R121: so often at least a customer is told how to stop."""


def leaving(body: str, language: str | None, facts: SendFacts, said_stop: bool, now: datetime) -> str:
    """`body`, with how to stop at its end where a marketing text has to say it and does not.

    R121: every 30 days at least; R150, R155: in every text, where the country's law wants that. `said_stop`: some text
    of the last 30 days said it.
    """
    if not body or STOP in body or kind_of(facts, now) != "marketing":
        return body
    profile = book().profiles.get(facts.place.country or "") if facts.place else None
    if said_stop and not (profile and profile.stop_in_every_text):
        return body
    words = courtesy().how_to_stop
    return f"{body} {words.get(language or 'en', words['en'])}"


def looked_at(facts: SendFacts, body: str, subject: Subject, link_url: str) -> SendFacts:
    """The gate's facts, with what was found in these words (R125, R126) and what they cost (R136)."""
    found = findings(body, own_of(subject, link_url))
    return replace(facts, content=tuple(str(each) for each in found), parts=measure(body).parts)


def own_of(subject: Subject, link_url: str) -> Own:
    """What this shop's texts may hold."""
    settings = subject.settings
    return _own((subject.shop.site_url, link_url, *settings.link_hosts), settings.words_looked_at)


@functools.lru_cache(maxsize=512)
def _own(addresses: tuple[str, ...], words: tuple[str, ...]) -> Own:
    return own(addresses, words)
