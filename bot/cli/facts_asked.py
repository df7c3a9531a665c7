"""`winback facts`: try a question on the shop's facts, check, export and import them, and answer what customers asked in vain.

Owns what is typed and shown. Which fact answers is `nlu.answers`'s; the counted questions are `bot.teaching.questions`'s.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import Context, pass_context
from bot.cli.facts import KEY, LANGUAGES, LONGEST, note

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@click.group()
def facts() -> None:
    """What the shop answers: try it, check it, read and write it, and see what is missing."""


@facts.command()
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_context
def ask(context: Context, text: str, as_json: bool) -> None:
    """Say which fact answers TEXT, if one does, and why. Nothing is written."""
    from bot.conversations.snapshot import wordings_of
    from nlu.answers import judge
    from nlu.reader import shared_model

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        wordings = wordings_of(session, [shop_id])[shop_id]
    judged = judge(text, wordings, shared_model())
    if as_json:
        nearest = [
            {"key": each.key, "wording": each.wording, "likeness": each.likeness}
            for each in judged.ranking[:3]
        ]
        answered = judged.ranking[0].key if judged.sure else None
        click.echo(
            json.dumps(
                {"fact": answered, "why": judged.why, "nearest": nearest}, indent=2, ensure_ascii=False
            )
        )
        return
    if judged.sure:
        click.echo(f"answered by {judged.ranking[0].key}, as «{judged.ranking[0].wording}»")
    else:
        click.echo("not sure: a person answers")
    click.echo(f"why       {judged.why}")
    for each in judged.ranking[:3]:
        click.echo(f"nearest   {each.key} {each.likeness:.2f}  «{each.wording}»")


@facts.command()
@pass_context
def check(context: Context) -> None:
    """Warn of facts that nobody can tell apart: a wording of one that is answered by another. Exit status 1 if there are."""
    from bot.conversations.snapshot import wordings_of
    from nlu.answers import judge
    from nlu.reader import shared_model

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        wordings = wordings_of(session, [shop_id])[shop_id]
    model, troubled = shared_model(), False
    for key, text in sorted(wordings.items()):
        for line in text.splitlines():
            found = judge(line, wordings, model).ranking
            if found and found[0].key != key:
                troubled = True
                click.echo(f"{key}: «{line}» is nearer to {found[0].key}; word one of them otherwise")
    click.echo(f"{len(wordings)} facts" + ("" if troubled else ", each told from the others"))
    if troubled:
        raise SystemExit(1)


@facts.command()
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@pass_context
def export(context: Context, language: str) -> None:
    """Print the shop's facts of one language as YAML, as `import` reads it."""
    import sys

    from ruamel.yaml import YAML
    from sqlalchemy import select

    from bot.models import ShopFact

    with context.app.database.read() as session:
        rows = session.scalars(
            select(ShopFact)
            .where(ShopFact.shop_id == context.shop_id(), ShopFact.language == language)
            .order_by(ShopFact.key)
        ).all()
        told = {
            row.key: {"answer": row.answer, "asked_as": row.asked_as.split("\n") if row.asked_as else []}
            for row in rows
        }
    writer = YAML()
    writer.width = 1000
    writer.dump(told, sys.stdout)


@facts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@pass_context
def import_(context: Context, file: Path, language: str) -> None:
    """Take facts from FILE: KEY: {answer: ..., asked_as: [...]}. All or none; those that it does not name stay."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        told = YAML(typ="safe").load(file)
    except (YAMLError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file} is no YAML: {error}") from error
    if wrong := _wrong(told):
        raise click.UsageError(f"{file}: " + "; ".join(wrong))
    shop_id = context.shop_id()
    with context.app.database.write() as session:
        for key, each in told.items():
            _put(session, shop_id, key, language, each)
        note(session, context, shop_id, f"{len(told)} facts ({language}) imported")
    click.echo(f"{len(told)} facts taken ({language})")


@facts.command()
@click.option("--all", "every", is_flag=True, help="Also what was asked less than three times.")
@click.option(
    "--json", "as_json", is_flag=True, help="For scripts: a list of {id, language, text, count, last_at}."
)
@pass_context
def asked(context: Context, every: bool, as_json: bool) -> None:
    """List what customers asked three times or more and no fact answers, numbers and names left out."""
    from bot.teaching import questions

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        found = questions.asked_for(session, shop_id, at_least=1 if every else questions.ASK_AFTER)
    if as_json:
        rows = [
            {"id": each.id, "language": each.language, "text": each.text, "count": each.count, "last_at": each.last_at.isoformat()}
            for each in found
        ]  # fmt: skip
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for each in found:
        click.echo(f"{each.id:>5}  {each.count:>3} times ({each.language})  {each.text}")
    click.echo(
        '`winback facts save ID --key KEY --answer "..."` answers one.' if found else "Nothing is missing."
    )


@facts.command()
@click.argument("question_id", metavar="ID", type=int)
@click.option(
    "--key", required=True, help="The fact's name, such as gift_cards; one that is there gets this answer."
)
@click.option("--answer", required=True)
@pass_context
def save(context: Context, question_id: int, key: str, answer: str) -> None:
    """Answer an asked question with a fact. In force with the next text."""
    from bot.teaching import questions

    words = " ".join(answer.split())
    if wrong := _wrong({key: {"answer": words}}):
        raise click.UsageError("; ".join(wrong))
    shop_id = context.shop_id()
    with context.app.database.write() as session:
        done = questions.save(session, shop_id, question_id, key, words)
        if done:
            note(session, context, shop_id, f"fact {key} = {words}")
    if not done:
        raise click.UsageError(f"there is no open question {question_id} (`winback facts asked --all`)")
    click.echo(f"{key}: {words}")


@facts.command()
@click.argument("question_id", metavar="ID", type=int)
@pass_context
def dismiss(context: Context, question_id: int) -> None:
    """Ask about this question no more."""
    from bot.teaching import questions

    shop_id = context.shop_id()
    with context.app.database.write() as session:
        done = questions.dismiss(session, shop_id, question_id)
        if done:
            note(session, context, shop_id, f"question {question_id} dismissed")
    if not done:
        raise click.UsageError(f"there is no open question {question_id} (`winback facts asked --all`)")
    click.echo(f"{question_id}: dismissed")


def _wrong(told: Any) -> list[str]:
    """What is wrong with facts as typed, all at once."""
    if not isinstance(told, dict):
        return ["it has to be KEY: {answer: ..., asked_as: [...]}"]
    wrong = []
    for key, each in told.items():
        if not isinstance(key, str) or not KEY.fullmatch(key):
            wrong.append(f"{key}: a key has small letters, digits and _ and begins with a letter")
        answer = each.get("answer") if isinstance(each, dict) else None
        if not isinstance(answer, str) or not 1 <= len(" ".join(answer.split())) <= LONGEST:
            wrong.append(f"{key}: an answer has 1 to {LONGEST} characters")
        lines = each.get("asked_as", []) if isinstance(each, dict) else []
        if not isinstance(lines, list) or not all(isinstance(line, str) and line.strip() for line in lines):
            wrong.append(f"{key}: asked_as is a list of questions")
    return wrong


def _put(session: Session, shop_id: int, key: str, language: str, each: dict[str, Any]) -> None:
    from sqlalchemy import select

    from bot.models import ShopFact

    row = session.execute(
        select(ShopFact).where(
            ShopFact.shop_id == shop_id, ShopFact.key == key, ShopFact.language == language
        )
    ).scalar_one_or_none()
    if row is None:
        row = ShopFact(shop_id=shop_id, key=key, language=language, answer="", asked_as="")
        session.add(row)
    row.answer = " ".join(each["answer"].split())
    row.asked_as = "\n".join(" ".join(line.split()) for line in each.get("asked_as", []))
