"""`winback trace`: one text's way through the house. Owns how it is shown; the questions are bot.trace's."""

from __future__ import annotations

import json
import sys

import click

from bot import trace as traces
from bot.cli.context import Context, pass_context


@click.command()
@click.argument("name", metavar="PUBLIC_ID_OR_SID")
@click.option("--json", "as_json", is_flag=True, help="For scripts: a list of {station, at, trace, ...}.")
@pass_context
def trace(context: Context, name: str, as_json: bool) -> None:
    """Show the stations of one text, sent or received, and of the texts that it answers or that answer it.

    The name is ours (the public id on a line of the log) or the provider's (SM...). Bodies and numbers are not shown.
    Exit status 1: nobody knows such a text.
    """
    context.ready()
    shop_id = context.shop_id() if context.shop else None
    with context.app.database.read() as session:
        stops = traces.trace(session, name, shop_id)
    if as_json:
        click.echo(json.dumps([stop.to_json() for stop in stops], indent=2))
    elif not stops:
        click.echo("Nobody knows a text of that name. It may not have arrived: look for it at the provider.")
    for stop in [] if as_json else stops:
        at = stop.at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] if stop.at else "not yet"
        said = "  ".join(f"{key}={_shown(value)}" for key, value in stop.said.items())
        click.echo(f"{at:<23}  {stop.station:<15} {stop.trace:<36} {said}")
    sys.exit(0 if stops else 1)


def _shown(value: object) -> str:
    return ",".join(map(_shown, value)) if isinstance(value, list) else str(value)
