"""Having texts read, and saying what was read in the words of flows.

Owns the meeting of `nlu` and `flows`, who do not know each other. Reading happens outside of any transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import bindparam, select

from bot.clock import OFFSET, RealNow, domain_time
from bot.conversations.rows import some
from bot.conversations.subjects import last_lines_of, whereabouts
from bot.db import Database
from bot.heard import in_flow_words
from bot.models import Conversation, Customer, Inbound, Shop
from bot.offers.picks import SLOT as PICKED
from bot.offers.picks import read_picks
from bot.stations import passed
from bot.teaching.refit import readers_for
from bot.teaching.wordings import Wordings, wordings_of
from flows.events import Reading, Replied
from flows.zones import zone_named
from nlu.interpretation import Interpretation

if TYPE_CHECKING:  # it is heavy, and only a worker reads
    from nlu.reader import Reader

STILL_WANTED = frozenset({"question", "order_issue", "human", "picture", "other"})
"""What a person has to see although the customer opted out, or ordered, before it was answered. The rest («yes», «no»,
«later», a wish for link or code) asks for nothing but the text that they don't want, or don't need, any more; `other`
was not understood, so it may be anything."""
_ASKS_NOTHING = frozenset({"smalltalk", "other"})
"""What loses against anything else that was said in the same breath."""
_PICKS = (PICKED, "product")
_GRAVITY = {"none": 0, "held": 1, "opted_out": 2}


Readings: TypeAlias = Mapping[tuple[int, ...], Interpretation]
"""What nlu made of texts, by the ids of the inbound rows that were read together."""


def read_waiting(
    database: Database, reader: Reader, conversations: Sequence[int], real_now: RealNow
) -> dict[int, Readings]:
    """Read each text that waits for its turn in these conversations, and all of one conversation's as one breath."""
    with database.read() as session:
        rows = session.execute(_WAITING, {"conversations": some(conversations)}).all()
        wordings = wordings_of(session, {row.shop_id for row in rows}) if rows else {}
        readers = readers_for(session, reader, {row.shop_id for row in rows})
        ordered = last_lines_of(session, {row.customer_id for row in rows})
    waiting: dict[int, list[Any]] = {}
    for row in rows:
        waiting.setdefault(row.conversation_id, []).append(row)
    return {
        conversation: _read_breath(
            readers[texts[0].shop_id],
            texts,
            wordings[texts[0].shop_id],
            ordered[texts[0].customer_id],
            real_now,
        )
        for conversation, texts in waiting.items()
    }


def _read_breath(
    reader: Reader, rows: list[Any], wordings: Wordings, ordered: Sequence[Any], real_now: RealNow
) -> Readings:
    # «in two weeks» counts from the day that it is where the customer is, as the answer will say it
    now, (_, zone) = domain_time(rows[0].clock_offset_us, real_now), whereabouts(rows[0], rows[0].zone)
    today = now.astimezone(zone_named(zone)).date()

    def read(text: str) -> Interpretation:
        # matched in the language that the answer will have: the text's, which the conversation then takes on, or theirs
        answers = wordings.asked(text, rows[0].spoken or rows[0].theirs or rows[0].language)
        return read_picks(reader.read(text, today=today, answers=answers), text, ordered)

    found: dict[tuple[int, ...], Interpretation] = {(row.id,): read(row.body) for row in rows}
    for row in rows:
        passed("read", row.provider_id, inbound=row.id, conversation=row.conversation_id)
    plain = [
        row
        for row in rows
        if row.opt_out not in ("carrier_word", "rule", "repeated") and row.keyword not in ("START", "HELP")
    ]
    if len(plain) > 1:
        together = read("\n".join(row.body for row in plain))
        found[tuple(row.id for row in plain)] = _clearest(together, [found[(row.id,)] for row in plain])
    return found


_WAITING = (
    select(
        Inbound.id,
        Inbound.conversation_id,
        Inbound.provider_id,
        Inbound.body,
        Inbound.opt_out,
        Inbound.keyword,
        Inbound.shop_id,
        Conversation.customer_id,
        Conversation.language.label("spoken"),
        Customer.language.label("theirs"),
        Shop.language,
        Customer.phone,
        Customer.country,
        Customer.region,
        Customer.postcode,
        Shop.zone,
        OFFSET,
    )
    .join(
        Conversation,
        (Conversation.shop_id == Inbound.shop_id) & (Conversation.id == Inbound.conversation_id),
    )
    .join(
        Customer,
        (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id),
    )
    .join(Shop, Shop.id == Inbound.shop_id)
    .where(
        Inbound.conversation_id.in_(bindparam("conversations", expanding=True)), Inbound.turned_at.is_(None)
    )
    .order_by(Inbound.id)
)


def joint_event(rows: list[Inbound], reading: Interpretation, earlier: Replied | None = None) -> Replied:
    """The event of one breath. `earlier`: a reply whose answer is withheld because of these rows."""
    text = "\n".join([*([earlier.text] if earlier else []), *(row.body for row in rows)])
    own = _wordless(rows, reading.mood) or in_flow_words(reading)
    says_nothing = own.intent == "reaction"  # a thumb on a text of ours takes nothing back
    if earlier and earlier.reading.understood and (not own.understood or own.intent in _ASKS_NOTHING):
        says_nothing = True
    if earlier and says_nothing:
        own = earlier.reading
    elif earlier:
        own = _with_slots(own, _still(earlier.reading.slots, own))
    return Replied(text=text, reading=own, at=rows[-1].received_at)


def asked_beside(rows: list[Inbound], readings: Mapping[tuple[int, ...], Interpretation]) -> str | None:
    """What another text of the same breath wants as well, where one of them is a stop: a person has to see it (R147)."""
    for row in rows:
        apart = readings.get((row.id,))
        if apart is not None and apart.opt_out == "none":
            own = _wordless([row]) or in_flow_words(apart)
            intent = own.intent if own.understood else "other"
            if intent in STILL_WANTED:
                return intent
    return None


def _wordless(rows: list[Inbound], mood: str = "neutral") -> Reading | None:
    """Pictures without a word, and thumbs on our texts, are what they are: there is nothing to read in them but, in a
    thumb, its mood («how was it?»)."""
    kinds = {row.kind for row in rows}
    if "picture" in kinds and kinds <= {"picture", "reaction", "empty"}:
        return Reading(intent="picture", confidence=1.0)
    return Reading(intent="reaction", confidence=1.0, mood=mood) if kinds == {"reaction"} else None


def _still(earlier: Mapping[str, object], own: Reading) -> Mapping[str, object]:
    """What still counts of an earlier text's details: «no wait, the same again» takes back what was picked."""
    return {name: value for name, value in earlier.items() if name not in _PICKS or own.intent != "reorder"}


def _with_slots(reading: Reading, slots: Mapping[str, object]) -> Reading:
    return Reading(
        intent=reading.intent,
        confidence=reading.confidence,
        understood=reading.understood,
        slots={**slots, **reading.slots},  # type: ignore[dict-item]
        language=reading.language,
        mood=reading.mood,
        also=reading.also,
    )


def _clearest(together: Interpretation, apart: list[Interpretation]) -> Interpretation:
    """All texts as one, unless one of them alone says more.

    That is one that may be an opt-out (R145: «thanks» must not hide it), one that asks for something where the whole is
    read as small talk («ok» / «thanks!»), or the only one that makes sense.
    """
    gravest = max([together, *apart], key=lambda each: _GRAVITY[each.opt_out])
    if gravest.opt_out != together.opt_out:
        return gravest
    asks = [each for each in apart if each.understood and each.intent not in _ASKS_NOTHING]
    if together.understood and (together.intent not in _ASKS_NOTHING or not asks):
        return together
    understood = asks or [each for each in apart if each.understood]
    return max(understood, key=lambda each: each.confidence) if understood else together
