"""Everything that the gate may weigh about one text, as plain values read in one transaction.

Owns the shape and the derivation of the kind. Reads nothing and decides nothing: bot.compliance.gate does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from bot.compliance.places import Place
from nlu.rhythm import Rhythm

Kind: TypeAlias = Literal["marketing", "answer", "staff", "compliance"]

ANSWER = timedelta(minutes=10)
"""R44: how long a bot text still counts as the answer to an inbound."""
STAFF_ANSWER = timedelta(minutes=15)
"""How long a person's text does."""
SKEW = timedelta(minutes=1)
"""How far the clocks of two of our machines may be apart: an inbound «from the future» by less is fresh."""

ASKS_FOR_OFFER = frozenset({"coupon", "reorder", "yes"})
"""Intents that ask for what an offer gives. What `yes` said yes to, the gate can't see: the flow's prover looks there."""


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """The consent in force. `kind`: written, express, implied, soft."""

    kind: str
    at: datetime
    source: str | None = None
    """How it was given: start, join, signup, import, staff, api; None: not known (a receipt of an earlier version)."""
    link: int | None = None
    """Its number in the ledger's chain: which proof this text rests on (R22). None: as above."""


@dataclass(frozen=True, slots=True)
class AtMost:
    """A flow's own limit: so many marketing texts in so many days."""

    texts: int
    days: int


@dataclass(frozen=True, slots=True)
class Policy:
    """A shop's settings that the gate knows. The law's part can't be set looser than here."""

    marketing_per_day: int = 1
    marketing_per_7_days: int = 3
    marketing_per_30_days: int = 6
    accept_express_consent: bool = False
    """Marketing in the US on express instead of written consent (R20): the operator's own risk."""
    order_data_days: int | None = 7
    """Openers wait when no order was heard of for so long; None: they never do."""
    silent_texts: int = 6
    """After so many marketing texts in a row without answer, click or order a customer is let go."""
    answers_per_day: int = 40
    """Answers of the bot in one conversation in 24 hours."""
    marketing_parts: int = 2
    """R135: what a marketing text may cost."""
    reverify_after_days: int | None = 540
    """No marketing when the last proof that the number is its owner's is older; None: that is never asked (R29)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFacts:
    """One text and everything around it. Nothing personal: it is stored in the receipt.

    A value that may be None says what None means; where it doesn't, None is a missing fact, and then nothing leaves.
    """

    author: str
    """bot, staff, api."""
    prompted_by: str | None
    """Intent of the reply that this text answers; None: no reply asked for it."""
    offer: str | None
    """The offer in this text; None: none."""
    notice: str | None
    """opted_out, opted_in or help, written by a built-in; None: no such text."""
    shop_state: str | None
    """test, live, paused."""
    to_is_confirmed_phone: bool | None
    """Needed while the shop is in test."""
    number_state: str | None
    """ok, bad, moved."""
    place: Place | None
    suppression: str | None
    """opted_out, held, wrong_number; None: not suppressed."""
    consent: ConsentFact | None
    """None: no consent."""
    arm: str | None
    """treated or control; None: no enrolment speaks (front desk, staff, API)."""
    holder: str | None
    """bot, nobody, staff."""
    open_matter: str | None
    """complaint, question or identity («who is this?»); None: none is open."""
    unread_inbound: bool | None
    """Is there an inbound of this customer that no turn has taken yet?"""
    inbound_at: datetime | None
    """When the inbound that this text answers came; for staff and API, the last one. None: there is none."""
    bot_texts_60s: int | None
    """Texts of the bot to this number claimed in the last 60 seconds of real time."""
    marketing_at: tuple[datetime, ...] | None
    """When marketing texts to this customer were claimed, all flows and API, within the last 30 days, in any order."""
    staff_at: tuple[datetime, ...] | None
    """The same for staff texts, within the last 24 hours (R42 counts them)."""
    at_most: AtMost | None
    """The flow's own limit; None: it has none."""
    flow_at: tuple[datetime, ...] | None
    """When marketing texts of this flow were claimed, within `at_most.days`; needed where there is such a limit."""
    send_window: str | None
    """The name of the flow's (or else the shop's) send window; None: any hour that the law allows."""
    paused_until: datetime | None
    """No marketing before then: the customer asked for a pause, or an account limit was met. None: no pause."""
    policy: Policy = Policy()
    last_order_at: datetime | None = None
    """When the customer's last order that counts was placed; None: none is known. Implied and soft consent run from it."""
    opener: bool | None = None
    """Is it the first text of an enrolment, or the first in 30 days?"""
    orders_known_at: datetime | None = None
    """When the shop's orders were last heard of; None: never, and then openers wait."""
    last_order_refunded: bool | None = None
    """Was the customer's last order wholly refunded?"""
    silent_texts: int | None = None
    """Marketing texts that left in a row since the customer's last answer, click or order."""
    content: tuple[str, ...] | None = None
    """What stands against the words as they would leave (bot.compliance.content), in words. None: nobody looked."""
    parts: int | None = None
    """What they cost (R136)."""
    rhythm: Rhythm | None = None
    """How often, when and about what the customer said we may text; `marketing_at` then goes back as far. None: nothing."""
    rhythm_at: datetime | None = None
    """When they said so last; None: nothing was said."""
    off_topic: str | None = None
    """A product that the text names outside of the customer's topic; None: it names none."""
    flow_held: str | None = None
    """Why the flow that speaks is held (bot.sending.breaker); None: it is not."""
    answers_at: tuple[datetime, ...] | None = None
    """When answers of the bot in this conversation were claimed, within the last 24 hours, in any order."""
    same_words: int | None = None
    """How many texts of the customer within the last hour had the very words of the one that this answers, itself one."""
    proof_at: datetime | None = None
    """When it was last shown that whoever consented has the number: by consent, order, text, click, or a look-up at a
    reassigned-numbers service. None: nothing shows it, and marketing is denied."""
    signed_up_at: datetime | None = None
    """When the customer signed up, for the text that asks them to confirm it; None: no sign-up waits, and nobody is asked."""
    help_by_word: bool | None = None
    """Does this help text answer the carriers' word HELP itself? Needed where the number is suppressed. None: not known."""
    returned_at: datetime | None = None
    """When people gave the conversation back last. None: never, or not known (a receipt of an earlier version)."""
    marketing_paused_until: datetime | None = None
    """Until when staff want nothing of marketing to leave to this customer. None: no such wish, or as above."""
    owed_since: datetime | None = None
    """Since when a text of the customer waits for a person's answer. None: none does, or as above."""
    signed_up_by: str | None = None
    """How: signup (on our page, where they wait for that text), import, api. None: no sign-up waits, or it is not known."""


def kind_of(facts: SendFacts, now: datetime) -> Kind:
    """What this text is. Derived, never declared: from who wrote it, what asked for it, and what it carries.

    An offer that nobody asked for is marketing, whatever else the text does, and so is an answer that comes too late.
    """
    if facts.author == "staff":
        return "staff"
    if facts.author == "bot" and facts.notice in ("opted_out", "opted_in", "help") and facts.offer is None:
        return "compliance"
    if asks_to_confirm(facts):
        # who has just signed up waits for the question, as for an answer; in the night of the day after it is a text like others
        # (a file's rows are nobody's who waits, however fresh they are)
        at = facts.signed_up_at if facts.signed_up_by == "signup" else None
        waits = at is not None and -SKEW <= now - at <= ANSWER
        return "answer" if waits else "marketing"
    asked = facts.offer is None or facts.prompted_by in ASKS_FOR_OFFER
    if (
        facts.author == "bot"
        and facts.prompted_by is not None
        and asked
        and since_inbound(facts, now, ANSWER)
    ):
        return "answer"
    return "marketing"


def asks_to_confirm(facts: SendFacts) -> bool:
    """Whether this is the question of a double opt-in, and nothing else: with an offer in it, it is marketing like any."""
    return facts.author == "bot" and facts.notice == "confirm" and facts.offer is None


def since_inbound(facts: SendFacts, now: datetime, limit: timedelta) -> bool:
    """Whether the inbound came within `limit` before now."""
    return facts.inbound_at is not None and -SKEW <= now - facts.inbound_at <= limit


def in_exchange(facts: SendFacts, kind: Kind, now: datetime) -> bool:
    """Whether this text needs no hours, caps or consent: a compliance text, or one said in answer to the customer."""
    match kind:
        case "compliance" | "answer":
            return True
        case "staff":
            return since_inbound(facts, now, STAFF_ANSWER)
        case "marketing":
            return False
