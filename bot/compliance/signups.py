"""Double opt-in: a sign-up counts for nothing until a YES comes from the phone itself, to a question that we asked (R52).

Owns the sign-ups that wait, when one is asked about, and what makes it a consent. That the number was typed proves nothing:
anybody can type anybody's. So a sign-up never ends a suppression; whoever once stopped us is not even asked, and comes back
by texting START, which then confirms the sign-up, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from bot.compliance import consent
from bot.compliance.book import book
from bot.compliance.chain import head_of
from bot.compliance.consent import ConsentKind
from bot.compliance.policy import policy_of
from bot.compliance.proof import Proof
from bot.models import Inbound, LedgerEntry, Outbound, Signup
from nlu.bare import bare_intent
from nlu.normalise import normalise

if TYPE_CHECKING:
    from bot.conversations.subjects import Subject

QUESTION = "confirm"
"""The notice of the text that asks for the YES."""
WAITS = timedelta(days=30)
"""How long a sign-up waits to be asked about; after that it proves nothing any more."""
AGAIN = timedelta(hours=24)
"""No second question within this, however often the number is typed."""
MOST_QUESTIONS, IN_DAYS = 3, timedelta(days=30)
"""Nobody is asked more often, whoever types their number."""
_LEFT = ("claimed", "sent", "unknown")
_AGREED = frozenset(
    (
        "i agree",
        "yes i agree",
        "agreed",
        "i accept",
        "yes i accept",
        "yes i do",
        "acepto",
        "si acepto",
        "estoy de acuerdo",
    )
)
"""What is a yes where somebody was asked to agree, beside what is one anywhere (nlu.bare)."""

Outcome: TypeAlias = Literal["asked", "consented", "known", "needs_start", "waits"]
"""What came of a sign-up: the question is to be asked; the consent is made (no double opt-in); it was there already; the
number is suppressed; nothing is said for now (asked lately, or too often)."""


@dataclass(frozen=True, slots=True)
class NewSignup:
    """Somebody signed up: which consent it is to be, by which road, and the proof of it."""

    kind: ConsentKind
    source: Literal["signup", "import", "api"]
    proof: Proof


def sign_up(
    session: Session,
    shop_id: int,
    phone_key: str,
    new: NewSignup,
    *,
    double: bool,
    at: datetime,
    origin: Mapping[str, Any] | None = None,
) -> Outcome:
    """Take a sign-up. The caller asks (`asked`) or confirms (`consented`) by text; the other outcomes say nothing.

    Every sign-up is written down with its proof, whatever comes of it, but for one of a number that is in already. `origin`: more
    of where it comes from, nothing personal (file and line).
    """
    standing = consent.status(session, shop_id, phone_key)
    stopped = standing.suppression
    strong = standing.consent is not None and (
        consent.STRENGTH[standing.consent.kind] >= consent.STRENGTH[new.kind]
    )
    if stopped is None and strong:
        return "known"
    details = {**(origin or {}), **new.proof.details(kind=new.kind)}
    if not double and stopped is None:
        consent.opt_in(
            session,
            shop_id,
            phone_key,
            kind=new.kind,
            source=new.source,
            at=at,
            details=details,
            payload=new.proof.payload(),
        )
        return "consented"
    before = session.execute(
        select(Signup.asked_at, Signup.until).where(Signup.shop_id == shop_id, Signup.phone_key == phone_key)
    ).one_or_none()
    asked_at = before.asked_at if before else None
    often = _times(session, shop_id, phone_key, since=at - IN_DAYS)
    consent.note(
        session,
        shop_id,
        phone_key,
        "signed_up",
        source=new.source,
        at=at,
        details=details,
        payload=new.proof.payload(),
    )
    session.execute(delete(Signup).filter_by(shop_id=shop_id, phone_key=phone_key))
    lately = asked_at is not None and asked_at > at - AGAIN
    session.execute(
        insert(Signup).values(
            shop_id=shop_id,
            phone_key=phone_key,
            kind=new.kind,
            source=new.source,
            at=at,
            asked_at=asked_at if lately else None,
            until=before.until if before and lately else at + WAITS,
            ledger_seq=head_of(session, shop_id, phone_key).seq,
        )
    )
    if stopped is not None:
        return "needs_start"
    return "waits" if lately or often >= MOST_QUESTIONS else "asked"


def mark_asked(session: Session, shop_id: int, phone_key: str, *, at: datetime, hours: float) -> None:
    """The question is written; a YES counts for so many hours from now."""
    session.execute(
        update(Signup)
        .where(Signup.shop_id == shop_id, Signup.phone_key == phone_key)
        .values(asked_at=at, until=at + timedelta(hours=hours))
    )


def waiting_kind(session: Session, shop_id: int, phone_key: str, now: datetime) -> ConsentKind | None:
    """The consent that a START from the phone confirms: of a sign-up that still waits. None: there is none."""
    found = session.execute(
        select(Signup.kind).where(
            Signup.shop_id == shop_id, Signup.phone_key == phone_key, Signup.until > now
        )
    ).scalar_one_or_none()
    if found is not None:
        session.execute(delete(Signup).filter_by(shop_id=shop_id, phone_key=phone_key))
    return cast("ConsentKind | None", found)


def confirm(session: Session, subject: Subject, texts: Sequence[Inbound], now: datetime) -> bool:
    """Whether these texts are a YES to our question; if so, the consent is made, on the proof of the sign-up (R20, R52).

    They are when one is a bare yes and the others no more than thanks, when the question was the last thing that we had
    said by then, and the time for it is not over. It is a signature, so nothing is guessed: «yes?» and «si claro que no»
    go to the flow as any other text does.
    """
    text = _signature(texts)
    if text is None:
        return False
    key = (subject.shop.id, subject.customer.phone_key)
    waits = session.get(Signup, key)
    if waits is None or waits.asked_at is None or waits.until is None or text.received_at > waits.until:
        return False
    if _last_said(session, subject, by=text.received_at) != QUESTION:
        return False
    if consent.status(session, *key).suppression is not None:
        return False
    signed = session.execute(
        select(LedgerEntry.details).where(
            LedgerEntry.shop_id == key[0],
            LedgerEntry.phone_key == key[1],
            LedgerEntry.seq == waits.ledger_seq,
        )
    ).scalar_one_or_none()
    details = {**(signed or {}), "confirmed_by": "text", "inbound": text.id, "signed_up": waits.ledger_seq}
    made = consent.opt_in(
        session,
        *key,
        kind=cast(ConsentKind, waits.kind),
        source="signup",
        at=now,
        details=details,
        payload={"words": text.body[:500]},
    )
    session.delete(waits)
    session.flush()
    return made


def is_in(session: Session, subject: Subject) -> bool:
    """Whether «you're in for offers» is true: a consent is in force that is enough where they are (R20, R150, R155)."""
    given = consent.status(session, subject.shop.id, subject.customer.phone_key).consent
    profile = book().profiles.get(subject.place.country or "")
    if given is None or profile is None:
        return False
    express = given.kind == "express" and policy_of(subject.settings).accept_express_consent
    return express or given.kind in profile.marketing_consent


def _times(session: Session, shop_id: int, phone_key: str, *, since: datetime) -> int:
    return session.execute(
        select(func.count(LedgerEntry.id)).where(
            LedgerEntry.shop_id == shop_id,
            LedgerEntry.phone_key == phone_key,
            LedgerEntry.act == "signed_up",
            LedgerEntry.at > since,
        )
    ).scalar_one()


def _signature(texts: Sequence[Inbound]) -> Inbound | None:
    """The text that is a yes and nothing else; None: there is none, or something else was said beside it."""
    meant = [_meaning(each.body) for each in texts]
    if not {"yes", "smalltalk"}.issuperset(meant) or "yes" not in meant:
        return None
    return next(each for each, means in zip(reversed(texts), reversed(meant), strict=True) if means == "yes")


def _meaning(words: str) -> str | None:
    plain = normalise(words)
    if "?" in words or "\u00bf" in words:
        return None
    if plain.bare in _AGREED:
        return "yes"
    known = bare_intent(plain)
    return known[0] if known else None


def _last_said(session: Session, subject: Subject, *, by: datetime) -> str | None:
    """The notice of the last text of ours that was on its way by then; None: it was none, or there was none."""
    effect = session.execute(
        select(Outbound.effect)
        .where(
            Outbound.shop_id == subject.shop.id,
            Outbound.conversation_id == subject.conversation.id,
            Outbound.status.in_(_LEFT),
            Outbound.attempted_at <= by,
        )
        .order_by(Outbound.attempted_at.desc(), Outbound.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return (effect or {}).get("notice")
