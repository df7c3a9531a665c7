"""`winback migrate`, `winback demo` and `winback init`: from nothing to a database with a shop in it.

Owns what these three ask and print. The rows are written by bot.schema, bot.demo and bot.shop_setup.
"""

from __future__ import annotations

import click
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.context import Context, pass_context
from bot.clock import domain_now
from bot.models import Shop
from bot.processes.demo_mode import demo_account, guard
from bot.processes.home import make_home
from bot.processes.identity import remember_key
from bot.schema import migrate as bring_up
from bot.shop_setup import BadShop, Made, NewShop, make_shop, suggest_contact

FREE_NUMBER = "+12025550199"
"""From 555-0100..0199, which nobody has: good enough until there is a number."""

QUESTIONS = {
    "name": "The shop's name",
    "site": "Its site",
    "contact": "Where customers find a person",
    "number": "The number that texts are sent from",
    "zone": "Its time zone",
}
READY = {"name": "My Shop", "site": "https://shop.example", "number": FREE_NUMBER, "zone": "America/New_York"}


@click.command(help="Bring the database to this version's schema.")
@click.option("--quiet", is_flag=True, help="Say nothing when all is well.")
@click.option("--with-demo", is_flag=True, help="Load the demo shop when there is no shop yet.")
@pass_context
def migrate(context: Context, quiet: bool, with_demo: bool) -> None:
    """The command `winback migrate`."""
    app = context.app
    try:
        make_home(app.settings.home)
        bring_up(app.database)
    except SQLAlchemyError as error:
        raise click.ClickException(
            f"the database could not be brought up to date ({type(error).__name__}): `winback doctor` says more"
        ) from error
    except RuntimeError as error:  # no such folder, or a backup put back by hand
        raise click.ClickException(str(error)) from error
    if app.settings.secret_key is not None:
        try:
            with app.database.write() as session:
                remember_key(session, app.keys)
                guard(session, app.settings)
                empty = session.scalar(select(Shop.id).limit(1)) is None
        except RuntimeError as error:
            raise click.ClickException(str(error)) from error
        if with_demo and empty:
            _load_demo(context)
    if not quiet:
        click.echo("The database is at this version's schema.")


@click.command(help="Load the demo shop.")
@pass_context
def demo(context: Context) -> None:
    """The command `winback demo`."""
    context.ready()
    _load_demo(context)
    click.echo("The demo shop is there. Its customers to be are on the phone simulator.")


@click.command(help="Make a real shop (five questions; each has a flag, so that a script may answer).")
@click.option("--name", help="What customers call the shop.")
@click.option("--site", help="Address of the shop's site.")
@click.option("--contact", help="Where customers find a person: an e-mail address or a toll-free number.")
@click.option("--number", help="The number that texts are sent from, e.g. +14155550100.")
@click.option("--zone", help="The shop's time zone, e.g. America/New_York.")
@pass_context
def init(
    context: Context,
    name: str | None,
    site: str | None,
    contact: str | None,
    number: str | None,
    zone: str | None,
) -> None:
    """The command `winback init`."""
    context.ready()
    flags = {"name": name, "site": site, "contact": contact, "number": number, "zone": zone}
    said = {question: answer for question, answer in flags.items() if answer}
    accounts = context.settings.twilio.accounts
    account = accounts[0].sid if accounts else "none"
    made: Made | None = None
    while made is None:
        _ask(said)
        try:
            with context.app.database.write() as session:
                made = make_shop(session, NewShop(**said, account=account), domain_now(session))
        except BadShop as error:
            wrong = {line.partition(":")[0] for line in str(error).splitlines()}
            if any(flags.get(question, "a flag") for question in wrong):
                raise click.ClickException(str(error)) from error  # a script's own words: nobody can be asked
            click.echo(f"\n{error}\n", err=True)
            for question in wrong:
                del said[question]
    click.echo(
        f"\nMade the shop {made.slug}. It is in test: it texts nobody but confirmed phones of your own."
    )
    click.echo(f"API key, shown only now: {made.api_key}\n")
    click.echo("Next:")
    click.echo(f"  winback --shop {made.slug} import customers FILE.csv    your customers and their consent")
    click.echo(f"  winback --shop {made.slug} import orders FILE.csv       what they bought")
    click.echo(f"  winback --shop {made.slug} flow try winback_offer --phone YOURS")
    click.echo("  winback doctor                                  what is missing before it can go live")


def _ask(said: dict[str, str]) -> None:
    """Ask for what has not been said yet."""
    for at, (question, words) in enumerate(QUESTIONS.items(), 1):
        if question not in said:
            ready = suggest_contact(said["site"]) if question == "contact" else READY[question]
            said[question] = click.prompt(f"{at}/5  {words}", default=ready)
        if question == "site" and "//" not in said["site"]:
            said["site"] = f"https://{said['site']}"  # as people say it


def _load_demo(context: Context) -> None:
    from bot.demo import SLUG, load_demo

    app = context.app
    try:
        account = demo_account(app.settings)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from error
    console = app.settings.console
    cart = f"http://{console.host}:{console.port}/shops/{SLUG}/cart?items={{items}}&code={{code}}"
    with app.database.write() as session:
        load_demo(session, app.keys, account, domain_now(session), cart_address=cart)
