"""`winback shop facts`, `fact` and `forget-fact`: what the shop has answers for, in each language.

Owns the reading of what is typed. A fact answers customers' questions; a flow may say one as well (`shop.answers.review`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from bot.cli.context import Context, pass_context
from bot.teaching.fact_form import KEY, LANGUAGES, LONGEST

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts: a list of objects.")
@pass_context
def facts(context: Context, as_json: bool) -> None:
    """List what the shop has answers for: key, language, answer, and how customers ask."""
    from sqlalchemy import select

    from bot.models import ShopFact

    with context.app.database.read() as session:
        rows = session.scalars(
            select(ShopFact)
            .where(ShopFact.shop_id == context.shop_id())
            .order_by(ShopFact.key, ShopFact.language)
        ).all()
        found = [
            {
                "key": row.key,
                "language": row.language,
                "answer": row.answer,
                "asked_as": row.asked_as.split("\n") if row.asked_as else [],
            }
            for row in rows
        ]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for each in found:
        click.echo(f"{each['key']} ({each['language']}): {each['answer']}")
        for asked in each["asked_as"]:
            click.echo(f"      {asked}")
    if not found:
        click.echo('None yet. `winback shop fact shipping "Orders leave within a day."` adds one.')


@click.command()
@click.argument("key")
@click.argument("answer")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option(
    "--asked-as", multiple=True, metavar="QUESTION", help="How customers ask for it; may be repeated."
)
@pass_context
def fact(context: Context, key: str, answer: str, language: str, asked_as: tuple[str, ...]) -> None:
    """Say what the shop answers about KEY, such as shipping, returns or review. In force with the next text.

    A text can say it as {{ shop.answers.KEY }}. Without --asked-as the questions stay as they are.
    """
    from sqlalchemy import select

    from bot.models import ShopFact

    words = " ".join(answer.split())
    if not KEY.fullmatch(key):
        raise click.UsageError(
            "a key has small letters, digits and _ and begins with a letter, as in shipping"
        )
    if not 1 <= len(words) <= LONGEST:
        raise click.UsageError(f"an answer has 1 to {LONGEST} characters")
    shop_id = context.shop_id()
    with context.app.database.write() as session:
        row = session.execute(
            select(ShopFact).where(
                ShopFact.shop_id == shop_id, ShopFact.key == key, ShopFact.language == language
            )
        ).scalar_one_or_none()
        if row is None:
            row = ShopFact(shop_id=shop_id, key=key, language=language, answer=words, asked_as="")
            session.add(row)
        row.answer = words
        if asked_as:
            row.asked_as = "\n".join(" ".join(each.split()) for each in asked_as)
        note(session, context, shop_id, f"fact {key} ({language}) = {words}")
    click.echo(f"{key} ({language}): {words}")


@click.command("forget-fact")
@click.argument("key")
@click.option("--language", type=click.Choice(LANGUAGES), help="In that language alone.")
@pass_context
def forget_fact(context: Context, key: str, language: str | None) -> None:
    """Take back an answer; the question then goes to a person."""
    from sqlalchemy import delete

    from bot.models import ShopFact

    shop_id = context.shop_id()
    where = [ShopFact.shop_id == shop_id, ShopFact.key == key]
    where += [ShopFact.language == language] if language else []
    with context.app.database.write() as session:
        gone = session.execute(delete(ShopFact).where(*where)).rowcount  # type: ignore[attr-defined]
        if gone:
            note(session, context, shop_id, f"fact {key} ({language or 'all'}) taken back")
    if not gone:
        raise click.UsageError(f"there is no answer about {key} (`winback shop facts` lists them)")
    click.echo(f"{key}: taken back")


def note(session: Session, context: Context, shop_id: int, what: str) -> None:
    """Write down who changed it, in the caller's transaction."""
    from bot.clock import domain_now
    from bot.models import Audit

    at = domain_now(session, context.app.real_now)
    session.add(
        Audit(shop_id=shop_id, actor="command", action="fact changed", details={"what": what[:500]}, at=at)
    )
