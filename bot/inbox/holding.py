"""Who speaks in a conversation: a member of staff takes it over from the bot, from nobody, or from a colleague.

Owns the takeover. It raises the fence under the conversation's lock, so that no bot text is claimed afterwards (I6), and
withholds what was ready at once, so that the screen says what is true. What a person writes is bot.inbox.replying's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import drafts, holders
from bot.conversations.customers import conversation_of
from bot.inbox import Actor, Done, Gone, HeldBy, NotAllowed
from bot.inbox.deeds import begin, name_of, note, record, shown
from bot.inbox.drafting import bots_draft
from bot.inbox.from_draft import give_back
from bot.inbox.newer import NewerText, newer
from bot.models import Conversation, Customer, Outbound, Shop
from bot.sending import results
from bot.sending.held_back import AT_ONCE, TAKEN_OVER
from bot.sending.wanted import FENCED, unwanted
from bot.shops import ShopSettings


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A bot text that was claimed before the takeover: it reaches the customer, whatever happens here."""

    outbound_id: int
    body: str


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The actor speaks from now on. `withheld`: the bot's unsent answer, which is now the bot's draft. `changed` is False
    where the conversation was theirs already."""

    on_its_way: tuple[OnItsWay, ...] = ()
    withheld: str | None = None
    from_colleague: str | None = None
    changed: bool = True


Taking: TypeAlias = TakenOver | HeldBy | Gone | NotAllowed


def open_with(session: Session, customer_id: int, actor: Actor, now: datetime) -> int | Gone | NotAllowed:
    """The number of the conversation with this customer, begun if there is none yet: staff may text first."""
    if not actor.may("inbox.reply"):
        return NotAllowed("inbox.reply")
    known = select(Customer.id).where(Customer.shop_id == actor.shop_id, Customer.id == customer_id)
    if session.execute(known).scalar_one_or_none() is None:
        return Gone()
    number = conversation_of(session, actor.shop_id, customer_id, now)
    record(session, actor, "conversation opened", number, now)
    return number


def take_over(
    session: Session, conversation_id: int, actor: Actor, now: datetime, *, force: bool = False
) -> Taking:
    """Take the conversation over. A colleague's needs `force`, which they read of in a note.

    A colleague who works here no more holds nothing: theirs is taken like one that waits.
    """
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    return take(session, conversation, actor, now, force=force)


def take(
    session: Session, conversation: Conversation, actor: Actor, now: datetime, *, force: bool = False
) -> TakenOver | HeldBy:
    """The same for a conversation that the caller has locked."""
    if colleague := holds_it(session, conversation, actor):
        if not force:
            return colleague
        note(session, conversation, actor.staff_id, "took_over", f"Taken from {colleague.name}.", now)
    elif mine(conversation, actor):
        return TakenOver(on_its_way(session, conversation), changed=False)
    else:
        was = "the bot" if conversation.holder == "bot" else "those who wait for a person"
        note(session, conversation, actor.staff_id, "took_over", f"Taken over from {was}.", now)
    from_bot = conversation.holder == "bot"
    holders.take_over(conversation, actor.staff_id, now)
    conversation.snoozed_until = conversation.closed_at = None
    rearm(session, conversation, now)
    session.flush()
    hold_back_others(session, conversation, actor, now)
    withheld = withhold(session, conversation, now, offered=from_bot)
    if from_bot and not on_its_way(session, conversation):
        holders.owe(conversation)  # it came while the bot held, which will not answer it any more
    if withheld is None and (draft := bots_draft(session, conversation.shop_id, conversation.id)):
        withheld = draft.body  # of before: the bot drafted here
    record(session, actor, "conversation taken over", conversation.id, now, forced=bool(colleague))
    return TakenOver(
        on_its_way(session, conversation), withheld, colleague.name if colleague else None, changed=True
    )


def settle_matter(
    session: Session, conversation_id: int, actor: Actor, now: datetime
) -> Done | Gone | NotAllowed:
    """What was open is settled: a complaint, a question. Until then the conversation does not go back by itself."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    matter = conversation.open_matter
    if matter is None or matter == "identity":  # who has the phone shows in a fitting reply alone (R30)
        return Done(changed=False)
    conversation.open_matter = None
    note(session, conversation, actor.staff_id, "settled", f"The {matter} is settled.", now)
    record(session, actor, "matter settled", conversation.id, now, matter=matter)
    return Done()


def no_answer_needed(
    session: Session, conversation_id: int, actor: Actor, now: datetime, *, seen: int | None = None
) -> Done | NewerText | Gone | NotAllowed:
    """The customer's last text needs no answer («thanks!»): nobody owes one any more. `seen`: the last text that the actor
    was shown (0: none), for nobody says so of one that came since; None: they were shown all."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    if seen is not None and (came := newer(session, conversation, seen)):
        return came
    if holders.answered(conversation) is None:
        return Done(changed=False)
    shown(conversation)
    record(session, actor, "no answer needed", conversation.id, now)
    return Done()


def mine(conversation: Conversation, actor: Actor) -> bool:
    """Whether the actor speaks in it."""
    return conversation.holder == "staff" and conversation.staff_id == actor.staff_id


def holds_it(session: Session, conversation: Conversation, actor: Actor) -> HeldBy | None:
    """The colleague who speaks in it; None where it is the bot's, nobody's, or the actor's own."""
    if conversation.holder != "staff" or conversation.staff_id in (None, actor.staff_id):
        return None
    name = name_of(session, conversation.shop_id, conversation.staff_id)
    return HeldBy(conversation.staff_id, name) if name is not None and conversation.staff_id else None


def on_its_way(session: Session, conversation: Conversation) -> tuple[OnItsWay, ...]:
    """The bot's texts that were claimed, and of which nobody knows yet whether they left."""
    rows = session.execute(
        select(Outbound.id, Outbound.body)
        .where(
            Outbound.shop_id == conversation.shop_id,
            Outbound.conversation_id == conversation.id,
            Outbound.author == "bot",
            Outbound.status == "claimed",
        )
        .order_by(Outbound.id)
    )
    return tuple(OnItsWay(row.id, row.body) for row in rows)


def withhold(session: Session, conversation: Conversation, now: datetime, *, offered: bool) -> str | None:
    """Withhold the bot's texts that were ready, as dispatch would; what answered the customer becomes the bot's draft.

    Gives the draft. The caller has raised the fence. What the law wants from the shop leaves all the same. `offered`: as a
    draft; what the bot said when it handed over («a person will text you») is none.
    """
    rows = session.execute(
        select(Outbound)
        .where(
            Outbound.shop_id == conversation.shop_id,
            Outbound.conversation_id == conversation.id,
            Outbound.author == "bot",
            Outbound.status == "ready",
            Outbound.provider_id.is_(None),
        )
        .order_by(Outbound.id)
    ).scalars()
    ended = [row for row in rows if unwanted(session, row, conversation) is not None]
    for row in ended:
        results.not_sent(session, row, "withheld", FENCED, final=False, now=now)
    answers = [row for row in ended if (row.effect or {}).get("prompted_by")]
    if not answers or not offered:
        return None
    last = answers[-1]
    said = [row for row in answers if (row.enrolment_id, row.turn) == (last.enrolment_id, last.turn)]
    body = "\n\n".join(row.body for row in said)
    drafts.offer(session, conversation, last.id, body, now)
    return body


def hold_back_others(session: Session, conversation: Conversation, actor: Actor, now: datetime) -> None:
    """Withhold what colleagues wrote here for later: whoever takes a conversation over speaks alone from then on. A note says
    so, and the texts stand in the conversation, to be said or not. One that is about to leave is shown as such."""
    rows = session.execute(
        select(Outbound)
        .where(
            Outbound.shop_id == conversation.shop_id,
            Outbound.conversation_id == conversation.id,
            Outbound.author == "staff",
            Outbound.staff_id != actor.staff_id,
            Outbound.status == "ready",
            Outbound.provider_id.is_(None),
            Outbound.due_at > now + AT_ONCE,
        )
        .order_by(Outbound.id)
    ).scalars()
    for row in list(rows):
        whose = name_of(session, conversation.shop_id, row.staff_id)
        if row.enrolment_id is not None:  # the bot's own, with a person's words
            give_back(session, conversation, row, now)
        else:
            results.not_sent(session, row, "withheld", TAKEN_OVER, final=False, now=now)
        said = f"A text of {whose or 'a colleague'}'s for later was held back."
        note(session, conversation, actor.staff_id, "took_over", said, now)


def rearm(session: Session, conversation: Conversation, now: datetime) -> None:
    """Count the time until it goes back by itself anew, from `now`, or from when it comes up again: a person has done
    something in it."""
    after = return_after(session, conversation.shop_id)
    since = max(now, conversation.snoozed_until or now)
    conversation.return_at = since + after if after and conversation.holder != "bot" else None


def return_after(session: Session, shop_id: int) -> timedelta | None:
    """How long people may leave a conversation alone before it goes back to the bot; None: for ever."""
    hours = settings_of(session, shop_id).return_hours
    return timedelta(hours=hours) if hours else None


def settings_of(session: Session, shop_id: int) -> ShopSettings:
    """The shop's settings."""
    stored = session.execute(select(Shop.settings).where(Shop.id == shop_id)).scalar_one()
    return ShopSettings.model_validate(stored)
