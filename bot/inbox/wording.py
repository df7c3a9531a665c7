"""The words of a person's text: variables filled in as in flows, look-alikes tidied, parts counted.

Owns the rendering of what staff write. The template language, its limits and its names are those of flows (flows.render):
a name that has no value is said, never sent as a blank.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.compose import App
from bot.conversations.desk import front_desk
from bot.conversations.snapshot import facts_of
from bot.conversations.subjects import Subject
from bot.offers import links
from flows.effects import SendText
from flows.facts import LinkFacts
from flows.render import Unrenderable, render
from flows.segments import measure, tidy

OF_PEOPLE = 1_000_000
"""Turns of people's texts are counted from here, so that their links are none of the bot's."""
LONGEST = 1600
"""Characters: Twilio takes no longer text (R70)."""


@dataclass(frozen=True, slots=True)
class Unsayable:
    """It can't be said like this. `why`: one sentence, with the remedy."""

    why: str


@dataclass(frozen=True, slots=True)
class _Links:
    """The short links that a text may carry: the front desk's, under a turn that it will never reach."""

    subject: Subject
    enrolment_id: int
    turn: int
    links: LinkFacts


@dataclass(frozen=True, slots=True)
class Worded:
    """Words that may be written down."""

    body: str
    language: str
    encoding: str
    parts: int
    _links: _Links | None

    def keep_links(self, session: Session, now: datetime) -> None:
        """Write down the short links that the words carry."""
        if its := self._links:
            links.keep_links(session, its.subject, its.enrolment_id, its.turn, self.body, its.links, now)


def worded(
    session: Session, app: App, subject: Subject, template: str, now: datetime, *, writing: bool
) -> Worded | Unsayable:
    """What a person typed, as it would leave. Line breaks stay where nothing has to be filled in.

    `writing`: links in it are for good; else they only look like those that would be made.
    """
    language = subject.conversation.language or subject.customer.language or subject.shop.language
    if not template.strip():
        return Unsayable("There is nothing to send yet.")
    if subject.customer.phone is None:
        return Unsayable("This customer was erased: there is no number any more.")
    if "{{" not in template and "{%" not in template:
        return _measured(tidy(template.replace("\x00", "").strip()), language, None)
    desk = front_desk(session, subject, now).id if writing else 0
    turn = OF_PEOPLE + subject.conversation.version
    facts = facts_of(session, app.keys, app.settings.link_url, subject, enrolment_id=desk, turn=turn, now=now)
    said = render(SendText(0, "staff", template, language, None), facts, now)
    if isinstance(said, Unrenderable):
        return Unsayable(f"A variable has no value for this customer: {said.why}.")
    return _measured(said.body, language, _Links(subject, desk, turn, facts.link) if writing else None)


def filled(session: Session, app: App, subject: Subject, template: str, now: datetime) -> str:
    """Words for the field that a person goes on with, what is known filled in. As they were where a link is to be made, or
    a name has no value: both come when it is written, and are told beneath the field."""
    if "link" in template:
        return template
    words = worded(session, app, subject, template, now, writing=False)
    return words.body if isinstance(words, Worded) else template


def _measured(body: str, language: str, its_links: _Links | None) -> Worded | Unsayable:
    if len(body) > LONGEST:
        return Unsayable(f"It is too long: {len(body)} of {LONGEST} characters. Say it in two texts.")
    size = measure(body)
    return Worded(body, language, size.encoding, size.parts, its_links)
