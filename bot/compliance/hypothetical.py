"""The facts of a text that nobody wrote: what the gate would say if a customer like this were texted then.

Owns the defaults of such a customer: a live shop with fresh data, valid written consent, no suppression, no text in the
last 30 days. Reads no database and decides nothing.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from bot.compliance.facts import ConsentFact, Kind, Policy, SendFacts
from bot.compliance.places import Place, place_in_zone, place_of

Given: TypeAlias = Literal["written", "express", "implied", "soft", "none"]

LAPSED = timedelta(days=60)
"""How long ago the last order was, and with it the consent, unless told otherwise: somebody to win back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """What somebody asks about. Whatever is not said is as the module says.

    `texts_24h`: marketing texts that left in the last 24 hours, spread evenly over them. `inbound_minutes_ago`: None
    for no text of the customer, except that an answer, and the confirmation of an opt-out, answer one of this minute.
    """

    phone: str
    kind: Kind
    consent: Given = "written"
    suppressed: bool = False
    texts_24h: int = 0
    inbound_minutes_ago: float | None = None
    postcode: str | None = None
    zone: str | None = None
    last_order_at: datetime | None = None


def supposed_facts(supposed: Supposed, now: datetime, policy: Policy | None = None) -> SendFacts:
    """The gate's facts of such a text at `now`. Raises ValueError for a zone that the pinned data does not have.

    A compliance text is the confirmation of the opt-out where the number is suppressed, else the answer to HELP.
    """
    kind, confirms = supposed.kind, supposed.kind == "compliance" and supposed.suppressed
    minutes = supposed.inbound_minutes_ago
    if minutes is None and (kind == "answer" or confirms):
        minutes = 0
    inbound_at = None if minutes is None else now - timedelta(minutes=minutes)
    ordered_at = supposed.last_order_at or now - LAPSED
    step = timedelta(days=1) / (supposed.texts_24h + 1)
    return SendFacts(
        author="staff" if kind == "staff" else "bot",
        prompted_by="question" if kind == "answer" else None,
        offer=None,
        notice=("opted_out" if confirms else "help") if kind == "compliance" else None,
        shop_state="live",
        to_is_confirmed_phone=False,
        number_state="ok",
        place=_place(supposed),
        suppression="opted_out" if supposed.suppressed else None,
        consent=None if supposed.consent == "none" else ConsentFact(supposed.consent, min(ordered_at, now)),
        arm=None if kind == "staff" else "treated",
        holder="staff" if kind == "staff" else "bot",
        open_matter=None,
        unread_inbound=False,
        inbound_at=inbound_at,
        bot_texts_60s=0,
        marketing_at=tuple(now - step * (number + 1) for number in range(supposed.texts_24h)),
        staff_at=(),
        at_most=None,
        flow_at=None,
        send_window=None,
        paused_until=None,
        policy=policy or Policy(),
        last_order_at=ordered_at,
        proof_at=now,
        help_by_word=True,
        opener=True,
        orders_known_at=now,
        last_order_refunded=False,
        silent_texts=0,
        content=(),
        parts=1,
        answers_at=(),
        same_words=1,
    )


def _place(supposed: Supposed) -> Place:
    place = place_of(supposed.phone, postcode=supposed.postcode)
    if supposed.zone is None:
        return place
    told = place_in_zone(supposed.phone, supposed.zone)
    return dataclasses.replace(told, regions=place.regions) if supposed.postcode else told
