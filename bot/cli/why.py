"""`winback why`: why a customer gets a text, or none. Owns the command; the way is bot.proof.why's."""

from __future__ import annotations

import json
import sys

import click

from bot.cli.context import Context, pass_context


@click.command()
@click.argument("phone", metavar="PHONE")
@click.option(
    "--flow", "flow_name", metavar="NAME", help="This flow; else the one that comes nearest to texting."
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="For scripts: {phone, steps: [{step, ok, why}], stopped_by, sentence, next_possible}.",
)
@pass_context
def why(context: Context, phone: str, flow_name: str | None, as_json: bool) -> None:
    """Walk one customer's way from the trigger to the delivery, and say what first stopped them.

    PHONE as the customer writes it, or in international form. Nothing is written and nothing leaves. Exit status 1:
    something stops them; 0: a text could leave, or has left.
    """
    from bot.cli.people import phone_of
    from bot.proof.why import NoSuchFlow
    from bot.proof.why import why as walk_of

    shop_id = context.shop_id()
    number = phone_of(context, shop_id, phone)
    try:
        walk = walk_of(context.app, shop_id, number, flow_name)
    except NoSuchFlow as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        click.echo(json.dumps(walk.to_json(), indent=2))
    else:
        for step in walk.steps:
            mark = click.style("ok ", fg="green") if step.ok else click.style("NO ", fg="red")
            click.echo(f"{mark} {step.step:<12} {step.why}")
        click.echo()
        click.echo(walk.sentence)
    sys.exit(1 if walk.stop else 0)
