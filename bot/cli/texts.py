"""`winback texts`: texts of which nobody knows whether they left, and a person's word on them.

Owns what is shown; the deciding is bot.sending.unknowns'. Numbers are masked, and of a body only the first words.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import Context, pass_context

if TYPE_CHECKING:
    from bot.sending.outcomes import ListedText
    from bot.sending.unknowns import UnknownText

WORDS = 40
"""Characters of a body that are shown."""


@click.group()
def texts() -> None:
    """Settle texts of which nobody knows whether they left."""


@texts.command()
@click.option(
    "--json", "as_json", is_flag=True, help="For scripts: a list of {id, at, to, words, why, listed, ...}."
)
@click.option("--no-listing", is_flag=True, help="Don't ask the provider what it has.")
@pass_context
def unknown(context: Context, as_json: bool, no_listing: bool) -> None:
    """List the texts whose end is unknown, and what a listing at the provider shows for each.

    A text is looked for at the provider by itself, ten minutes after its attempt and hourly for a day. What is still
    here then is yours to settle. Exit status 1: there are some.
    """
    from bot.sending.unknowns import open_unknowns

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        found = open_unknowns(session, shop_id)
    rows = [_row(text, None if no_listing else _listed(context, text)) for text in found]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    for row in [] if as_json else rows:
        click.echo(f"{row['id']}  {row['at']}  {row['to']}  {row['kind']}")
        click.echo(f"    «{row['words']}»  {row['why']}")
        click.echo(f"    {_said(row['listed'])}")
    if not as_json:
        said = "`winback texts settle ID --sent` or `--lost`" if rows else "Every text's end is known."
        click.echo(said)
    sys.exit(1 if rows else 0)


@texts.command()
@click.argument("public_id", metavar="ID")
@click.option(
    "--sent", "decision", flag_value="sent", help="It left: its flow goes on waiting from the attempt."
)
@click.option(
    "--lost", "decision", flag_value="lost", help="It never left: its flow ends, or a person owes the answer."
)
@pass_context
def settle(context: Context, public_id: str, decision: str | None) -> None:
    """Say what became of an unknown text. It is not sent again, either way; who said so and when is kept.

    Exit status 1: the text is not unknown (any more) and stands otherwise, or nobody knows it.
    """
    from bot.sending.unknowns import settle as settle_text

    if decision not in ("sent", "lost"):
        raise click.UsageError("say --sent or --lost")
    shop_id = context.shop_id()
    done = settle_text(
        context.app, shop_id, public_id, "sent" if decision == "sent" else "lost", "winback texts settle"
    )
    if done is None:
        raise click.ClickException("nobody knows a text of that id here; `winback texts unknown` lists them")
    if done.done:
        click.echo(f"{public_id}: {decision}. It will not be sent again by itself.")
        return
    if done.agrees:
        click.echo(f"{public_id} was settled already: {done.status}.")
        return
    raise click.ClickException(f"{public_id} is not unknown, it is {done.status}: nothing was changed")


def _listed(context: Context, text: UnknownText) -> Sequence[ListedText] | str:
    from bot.sending.outcomes import ListingError
    from bot.sending.unknowns import candidates

    try:
        return candidates(context.app, text)
    except ListingError as error:
        return f"the provider could not be asked: {error}"


def _row(text: UnknownText, listed: Sequence[ListedText] | str | None) -> dict[str, Any]:
    from bot.phones import mask, mask_in

    words = mask_in(" ".join(text.body.split()))
    shown: Any = listed
    if listed is not None and not isinstance(listed, str):
        shown = [
            {
                "sid": each.sid,
                "status": each.status,
                "error_code": each.error_code,
                "at": each.made_at.isoformat() if each.made_at else None,
            }
            for each in listed
        ]
    return {
        "id": text.public_id,
        "at": text.attempted_at.isoformat(timespec="seconds"),
        "to": mask(text.phone),
        "kind": text.kind,
        "words": words if len(words) <= WORDS else words[: WORDS - 1] + "…",
        "why": text.why or "",
        "listed": shown,
    }


def _said(listed: Any) -> str:
    if listed is None:
        return "the provider was not asked"
    if isinstance(listed, str):
        return listed
    if not listed:
        return "at the provider: nothing that could be it"
    return "at the provider: " + ", ".join(f"{each['sid']} ({each['status']})" for each in listed)
