"""`winback customer`: what is kept about one customer, and its erasure. Owns the commands; bot.privacy does the work."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bot.cli.context import Context, pass_context
from bot.clock import domain_now


@click.group()
def customer() -> None:
    """What is kept about one customer: to hand over, or to erase."""


@customer.command()
@click.argument("phone", metavar="PHONE")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.json",
    help="Into a file that only you may read, instead of to the screen.",
)
@pass_context
def export(context: Context, phone: str, out: Path | None) -> None:
    """Write down everything that is kept about this customer, as JSON, pictures included.

    Exit status 1: nothing is known of this number.
    """
    from bot.cli.evidence import write_private
    from bot.cli.people import phone_of
    from bot.privacy.export import export as everything

    shop_id = context.shop_id()
    number = phone_of(context, shop_id, phone)
    with context.app.database.read() as session:
        now = domain_now(session, context.app.real_now)
        key = context.app.keys.phone_key(shop_id, number)
        found = everything(session, shop_id, key, now, phone=number)
    if found is None:
        raise click.ClickException("nothing is known of this number: no customer, no consent, no opt-out")
    told = json.dumps(found, indent=2, ensure_ascii=False)
    if out is None:
        click.echo(told)
        return
    write_private(out, told.encode())
    click.echo(f"{out}: {len(found.get('texts', []))} texts, {len(found.get('orders', []))} orders")


@customer.command()
@click.argument("phone", metavar="PHONE")
@click.option("--yes", is_flag=True, help="Do it; without it, only say what would be done.")
@click.option(
    "--json", "as_json", is_flag=True, help="For scripts: {erased_at, finished, counts, provider_copies}."
)
@pass_context
def erase(context: Context, phone: str, yes: bool, as_json: bool) -> None:
    """Erase this customer: profile, words, pictures, readings, turns; conversations under way end at once.

    The number stays suppressed, and the proof of consent and of each text stays, both under a key from which nobody finds
    the number. The provider is asked to delete its copies, by the clock, until they are gone. It can't be undone; a
    backup of before has everything still (docs/how-to/privacy.md). Exit status 1: nothing is known of this number, or
    --yes is missing.
    """
    from bot.cli.people import phone_of
    from bot.phones import mask
    from bot.privacy.erase import erase as erase_now
    from bot.privacy.provider_copies import copies_of

    shop_id = context.shop_id()
    number = phone_of(context, shop_id, phone)
    if not yes:
        raise click.ClickException(
            f"this erases {mask(number)} for good: look with `winback customer export`, then say --yes"
        )
    done = erase_now(context.app, shop_id, number, by="command line")
    if done is None:
        raise click.ClickException("nothing is known of this number: no customer, no consent, no opt-out")
    copies = copies_of(context.app, done.id)
    if as_json:
        told = {
            "erased_at": done.asked_at.isoformat(),
            "finished": done.finished_at is not None,
            "counts": done.counts,
            "provider_copies": copies,
        }
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(
        f"Erased on {done.asked_at:%Y-%m-%d %H:%M} UTC. The number stays suppressed; the proof stays under its key."
    )
    for name, count in done.counts.items():
        click.echo(f"  {name}: {count}")
    click.echo(
        f"At the provider: {copies['gone']} copies deleted, {copies['waiting']} to be asked for (the clock does it), "
        f"{copies['given_up']} refused for good."
    )
