"""`winback conversation`: take a customer's conversation over, answer, hand it back; the inbox's deeds, by hand.

Owns what is typed and printed. Every deed is bot.inbox's, with its rules: the same locks, the same gate, the same audit.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bot.cli.context import Context, pass_context
from bot.cli.people import phone_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.inbox import Actor

_AS = click.option("--as", "email", metavar="EMAIL", help="Who acts; not needed while one person may answer.")
_FORCE = click.option("--force", is_flag=True, help="Although a colleague speaks in it.")


@click.group()
def conversation() -> None:
    """Take a customer's conversation over, answer, and hand it back to the bot."""


@conversation.command()
@click.argument("phone")
@_AS
@pass_context
def brief(context: Context, phone: str, email: str | None) -> None:
    """Say who speaks in it, and what a colleague has to know."""
    from bot.clock import domain_now
    from bot.inbox.brief import brief_of, in_words
    from bot.models import Conversation

    with context.app.database.write() as session:
        _, number = _who(context, session, phone, email)
        row = session.get_one(Conversation, number)
        now = domain_now(session, context.app.real_now)
        click.echo(f"It is {_holder(session, row)}.")
        if row.return_at is not None:
            click.echo(f"It goes back to the bot by itself at {row.return_at:%Y-%m-%d %H:%M} UTC.")
        if words := in_words(brief_of(session, row, now)):
            click.echo(words)


@conversation.command()
@click.argument("phone")
@_AS
@_FORCE
@pass_context
def take(context: Context, phone: str, email: str | None, force: bool) -> None:
    """Take it over: the bot is silent from now on."""
    from bot.clock import domain_now
    from bot.inbox.holding import TakenOver, take_over

    with context.app.database.write() as session:
        actor, number = _who(context, session, phone, email)
        now = domain_now(session, context.app.real_now)
        taken = take_over(session, number, actor, now, force=force)
    if not isinstance(taken, TakenOver):
        _no(taken)
    click.echo("It is yours." if taken.changed else "It was yours already.")
    for text in taken.on_its_way:
        click.echo(f"A text of the bot's is on its way: {text.body}")
    if taken.withheld:
        click.echo(f"The bot would have said: {taken.withheld}")


@conversation.command()
@click.argument("phone")
@click.argument("words")
@click.option("--wait", is_flag=True, help="Let it wait for the hour in which it may leave.")
@click.option("--try", "dry", is_flag=True, help="Only say how it would leave.")
@_AS
@_FORCE
@pass_context
def reply(
    context: Context, phone: str, words: str, wait: bool, dry: bool, email: str | None, force: bool
) -> None:
    """Write to the customer, through the same gate as everybody. Takes the conversation over."""
    from bot.clock import domain_now
    from bot.inbox.composing import Preview, preview
    from bot.inbox.replying import Written, write
    from bot.models import Conversation

    with context.app.database.write() as session:
        actor, number = _who(context, session, phone, email)
        now = domain_now(session, context.app.real_now)
        if dry:
            looked = preview(session, context.app, number, words, actor, now)
            if not isinstance(looked, Preview):
                _no(looked)
            click.echo(looked.body)
            click.echo(f"{looked.parts} part(s), {looked.encoding}, {looked.cents} cents")
            if looked.gate is not None:
                _no(looked.gate)
            return
        seen = session.get_one(Conversation, number).last_inbound_id
        done = write(
            session,
            context.app,
            number,
            words,
            actor,
            seen,
            now,
            form=uuid.uuid4().hex,
            wait=wait,
            force=force,
        )
    if not isinstance(done, Written):
        _no(done)
    click.echo(f"Text {done.outbound_id} leaves at {done.leaves_at:%Y-%m-%d %H:%M:%S} UTC.")
    click.echo(f"To take it back: winback conversation undo {done.outbound_id}")


@conversation.command()
@click.argument("text", type=int)
@_AS
@pass_context
def undo(context: Context, text: int, email: str | None) -> None:
    """Take a text back that has not left yet."""
    from bot.clock import domain_now
    from bot.inbox.undoing import Undone
    from bot.inbox.undoing import undo as take_back

    with context.app.database.write() as session:
        actor = _actor(context, session, email)
        done = take_back(session, text, actor, domain_now(session, context.app.real_now))
    if not isinstance(done, Undone):
        _no(done)
    click.echo("It is taken back.")


@conversation.command("hand-back")
@click.argument("phone")
@click.option("--end", is_flag=True, help="The flow's passage is over.")
@click.option("--node", metavar="NODE", help="Go on there, in the flow that is under way.")
@_AS
@_FORCE
@pass_context
def hand_back_(
    context: Context, phone: str, end: bool, node: str | None, email: str | None, force: bool
) -> None:
    """Give it back to the bot, where it stood."""
    from bot.clock import domain_now
    from bot.inbox.returning import AtNode, EndThem, GivenBack, WhereItStood, hand_back, places

    with context.app.database.write() as session:
        actor, number = _who(context, session, phone, email)
        now = domain_now(session, context.app.real_now)
        where: WhereItStood | EndThem | AtNode = EndThem() if end else WhereItStood()
        if node is not None:
            there = [each for each in places(session, number, actor) if node in each.nodes]
            if len(there) != 1:
                raise click.UsageError(f"no flow under way has a node {node}")
            where = AtNode(there[0].enrolment_id, node)
        done = hand_back(session, number, actor, now, where=where, force=force)
    context.app.bell.ring("turns")
    if not isinstance(done, GivenBack):
        _no(done)
    click.echo(f"The bot has it. No marketing before {done.marketing_from:%Y-%m-%d %H:%M} UTC.")


def _who(context: Context, session: Session, phone: str, email: str | None) -> tuple[Actor, int]:
    """Who acts, and the number of the customer's conversation; begun now if there is none yet."""
    from sqlalchemy import select

    from bot.clock import domain_now
    from bot.inbox.holding import open_with
    from bot.models import Customer

    actor = _actor(context, session, email)
    number = phone_of(context, actor.shop_id, phone)
    whose = select(Customer.id).where(Customer.shop_id == actor.shop_id, Customer.phone == number)
    customer = session.execute(whose).scalar_one_or_none()
    if customer is None:
        raise click.UsageError("PHONE: nobody of that number is a customer of this shop")
    found = open_with(session, customer, actor, domain_now(session, context.app.real_now))
    if not isinstance(found, int):
        _no(found)
    return actor, found


def _actor(context: Context, session: Session, email: str | None) -> Actor:
    from sqlalchemy import select

    from bot.inbox import Actor
    from bot.models import Staff
    from bot.staff.roles import role_named

    shop_id = context.shop_id()
    rows = session.execute(select(Staff).where(Staff.shop_id == shop_id, Staff.active.is_(True))).scalars()
    people = [
        Actor(shop_id, row.id, row.name, role)
        for row in rows
        if (role := role_named(row.role)) and (email is None or row.email == email.strip().lower())
    ]
    able = people if email else [each for each in people if each.may("inbox.reply")]
    if len(able) != 1:
        raise click.UsageError("say who acts: --as EMAIL (`winback staff list` names them)")
    return able[0]


def _holder(session: Session, row: Any) -> str:
    from bot.inbox.deeds import name_of

    if row.holder == "bot":
        return "the bot's"
    if row.holder == "nobody":
        return f"waiting for a person ({row.holder_reason})" if row.holder_reason else "waiting for a person"
    return f"{name_of(session, row.shop_id, row.staff_id) or 'somebody who is gone'}'s"


def _no(outcome: Any) -> NoReturn:
    """Say why not, and end with status 1."""
    from bot.inbox import Done, HeldBy, NotAllowed, TooLate
    from bot.inbox.composing import WouldBeDenied, WouldWait
    from bot.inbox.newer import NewerText
    from bot.inbox.returning import NoSuchNode
    from bot.inbox.wording import Unsayable

    match outcome:
        case HeldBy(name=name):
            said = f"{name} speaks in it. --force takes it from them, and they read so."
        case NotAllowed(permission=permission):
            said = f"That role may not do this ({permission})."
        case TooLate(why=why) | Unsayable(why=why):
            said = why
        case WouldWait(until=until, words=words):
            said = f"Not now: {words}. With --wait it leaves at {until:%Y-%m-%d %H:%M} UTC."
        case WouldBeDenied(words=words, other=other):
            ways = ", ".join(each for each in (other.email, other.phone) if each)
            said = f"It may not leave: {words}." + (f" Other ways: {ways}." if ways else "")
        case NewerText(texts=texts):
            said = f"The customer has just written: {texts[-1].body}"
        case NoSuchNode():
            said = "That passage is over."
        case Done():
            said = "The bot has it already."
        case _:
            said = "There is no such thing in this shop."
    click.echo(said, err=True)
    raise SystemExit(1)
