"""`winback facts`: try a question on the shop's facts, check, export and import them, and answer what customers asked in vain.

Owns what is typed and shown. Which fact answers is `nlu.answers`'s; the counted questions are `bot.teaching.questions`'s.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import Context, pass_context
from bot.cli.facts import facts as list_facts
from bot.cli.facts import note
from bot.teaching.fact_form import KEY, LANGUAGES, LONGEST

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.teaching.wordings import Wordings

NEAREST = 3
ADD = '`winback shop fact shipping "Orders leave within a day."` adds one, `winback facts import FILE` many.'


@click.group()
def facts() -> None:
    """What the shop answers: try it, check it, read and write it, and see what is missing."""


facts.add_command(list_facts, "list")


@facts.command()
@click.argument("text")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="Of a customer whose text does not tell.  [default: the shop's]",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_context
def ask(context: Context, text: str, language: str | None, as_json: bool) -> None:
    """Say which fact answers TEXT, if one does, and why. Nothing is written."""
    from nlu.answers import found_in, judge
    from nlu.reader import shared_model

    wordings, own = _wordings(context)
    asked = wordings.asked(text, language or own)
    judged = judge(text, asked, shared_model())
    if as_json:
        nearest = [
            {"key": each.key, "wording": each.wording, "likeness": each.likeness}
            for each in judged.ranking[:NEAREST]
        ]
        told = {
            "fact": judged.ranking[0].key if judged.sure else None,
            "near_fact": found_in(judged)[0].get("near_fact"),
            "why": judged.why,
            "nearest": nearest,
        }
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    if not asked:
        click.echo(f"The shop has no facts yet. {ADD}")
        return
    if judged.sure:
        first = judged.ranking[0]
        click.echo(f"answered by {first.key}, as «{first.wording}»")
        click.echo(f"says      {asked[first.key].splitlines()[-1]}")
    else:
        near = "; they are told the nearest fact" if found_in(judged)[0] else ""
        click.echo(f"not sure: a person answers{near}")
    click.echo(f"why       {judged.why}")
    for each in judged.ranking[:NEAREST]:
        click.echo(f"nearest   {each.key} {each.likeness:.2f}  «{each.wording}»")
    if not judged.sure and judged.ranking:
        click.echo(
            f"To have {judged.ranking[0].key} answer it, add the question to its wordings under asked_as."
        )


@facts.command()
@pass_context
def check(context: Context) -> None:
    """Warn of facts that nobody can tell apart: a wording of one that is answered by another. Exit status 1 if there are."""
    from nlu.answers import judge
    from nlu.reader import shared_model

    wordings, model, troubled, keys = (
        _wordings(context)[0],
        shared_model(),
        set[tuple[str, str]](),
        set[str](),
    )
    for language in LANGUAGES:
        spoken = wordings.spoken(language)
        for key, text in spoken.items():
            keys.add(key)
            for line in text.splitlines():
                found = judge(line, spoken, model).ranking
                if found and found[0].key != key and (key, line) not in troubled:
                    troubled.add((key, line))
                    click.echo(f"{key}: «{line}» is nearer to {found[0].key}; word one of them otherwise")
    if not keys:
        click.echo(f"The shop has no facts yet. {ADD}")
        return
    count = f"{len(keys)} fact{'' if len(keys) == 1 else 's'}"
    click.echo(count + (f", {len(troubled)} to look at" if troubled else ", each told from the others"))
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
    """Take facts from FILE: KEY: {answer: ..., asked_as: [...]}. All of it or nothing.

    Facts that it does not name stay, and so do the wordings of one that has no asked_as.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        told = YAML(typ="safe").load(file)
    except (YAMLError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} is no YAML, nothing was taken: {error}") from error
    if wrong := _wrong(told):
        problems = "".join(f"\n  {each}" for each in wrong)
        raise click.ClickException(f"nothing was taken of {file}:{problems}")
    shop_id = context.shop_id()
    with context.app.database.write() as session:
        for key, each in told.items():
            _put(session, shop_id, key, language, each)
        note(session, context, shop_id, f"{len(told)} facts ({language}) imported")
    click.echo(f"{len(told)} fact{'' if len(told) == 1 else 's'} taken ({language})")


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
        times = "once" if each.count == 1 else f"{each.count} times"
        click.echo(f"{each.id:>5}  {times:>9} ({each.language})  {each.text}")
    if found:
        click.echo(
            '`winback facts save ID --key KEY --answer "..."` answers one, `winback facts dismiss ID` does not.'
        )
    else:
        click.echo("Nothing is missing." if every else "Nothing was asked three times; --all lists the rest.")


@facts.command()
@click.argument("question_id", metavar="ID", type=int)
@click.option(
    "--key", required=True, help="The fact's name, such as gift_cards; one that is there gets this answer."
)
@click.option(
    "--answer", help="May be left out where the fact is there: it answers this question too, as it stands."
)
@pass_context
def save(context: Context, question_id: int, key: str, answer: str | None) -> None:
    """Answer an asked question with a fact. In force with the next text."""
    from bot.teaching import questions

    shop_id = context.shop_id()
    with context.app.database.write() as session:
        given = answer if answer is not None else questions.answer_of(session, shop_id, question_id, key)
        if given is None:
            raise click.UsageError(
                f"there is no fact {key} yet in that question's language: give it an --answer"
            )
        words = " ".join(given.split())
        if wrong := _wrong({key: {"answer": words}}):
            raise click.UsageError("; ".join(wrong))
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


def _wordings(context: Context) -> tuple[Wordings, str]:
    """The shop's facts as questions are matched against them, and the shop's language."""
    from sqlalchemy import select

    from bot.models import Shop
    from bot.teaching.wordings import wordings_of

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        own = session.scalar(select(Shop.language).where(Shop.id == shop_id))
        return wordings_of(session, [shop_id])[shop_id], own or "en"


def _wrong(told: Any) -> list[str]:
    """What is wrong with facts as typed, all at once."""
    if not isinstance(told, dict) or not told:
        return ["write each fact as KEY: {answer: ..., asked_as: [...]}, as `winback facts export` does"]
    wrong = []
    for key, each in told.items():
        if not isinstance(key, str) or not KEY.fullmatch(key):
            wrong.append(f"{key}: a key has small letters, digits and _ and begins with a letter")
        answer = each.get("answer") if isinstance(each, dict) else None
        if not isinstance(answer, str) or not 1 <= len(" ".join(answer.split())) <= LONGEST:
            wrong.append(f"{key}: an answer has 1 to {LONGEST} characters")
        if isinstance(each, dict) and (
            unknown := [name for name in each if name not in ("answer", "asked_as")]
        ):
            wrong.append(
                f"{key}: {', '.join(map(str, unknown))} is nothing that a fact has (answer, asked_as)"
            )
        lines = each.get("asked_as", []) if isinstance(each, dict) else []
        if not isinstance(lines, list) or not all(isinstance(line, str) and line.strip() for line in lines):
            wrong.append(f"{key}: asked_as is a list of questions, each behind a dash")
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
    if "asked_as" in each:
        row.asked_as = "\n".join(dict.fromkeys(" ".join(line.split()) for line in each["asked_as"]))
