"""`winback consent wording`, `qr` and `ask`: how consents are won, in words, on the parcel, and by asking who signed up.

Owns what is printed. The words are bot.compliance.wordings'.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import Context, pass_context

if TYPE_CHECKING:
    from bot.compliance.wordings import Seller

_HOW = {
    "shopify": (
        "checkout",
        "In Shopify: switch on the box for text message marketing in the checkout settings, not ticked beforehand, and put "
        "these words into its label. Export the customers as CSV and bring their consent in with\n"
        "  winback import customers FILE.csv --consent-wording '...'",
    ),
    "woocommerce": (
        "checkout",
        "In WooCommerce: add a checkbox to the checkout (docs/how-to/consent.md has the lines for it), not ticked beforehand "
        "and not required, with these words as its label. Export it with the customers and bring it in with\n  winback import customers FILE.csv --map sms_consent=YOUR_COLUMN --consent-wording '...'",
    ),
    "page": ("page", "These words stand on the sign-up page already: {page}"),
    "keyword": (
        "keyword",
        "Print these words beside the QR code or wherever you invite people to text {word}.",
    ),
}


@click.command()
@click.option(
    "--for",
    "place",
    type=click.Choice(list(_HOW)),
    default="shopify",
    show_default=True,
    help="Where they will stand.",
)
@click.option("--language", type=click.Choice(["en", "es"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For scripts: {version, language, text}.")
@pass_context
def wording(context: Context, place: str, language: str, as_json: bool) -> None:
    """The words that make a written consent, filled in for the shop, and where to put them (R20)."""
    from bot.compliance.wordings import current, join_word
    from bot.compliance.wordings import wording as words_of

    seller = _seller(context)
    kind, how = _HOW[place]
    words = words_of(current(kind), language, seller)  # type: ignore[arg-type]
    if as_json:
        click.echo(json.dumps({"version": words.version, "language": words.language, "text": words.text}))
        return
    click.echo(words.text)
    click.echo(
        f"\nVersion {words.version}. {how.format(page=_page(context, seller), word=join_word(language))}"
    )


@click.command()
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="An .svg or .png file."
)
@click.option(
    "--link",
    type=click.Choice(["join", "page"]),
    default="join",
    show_default=True,
    help="join: opens a text with the word in it; page: opens the sign-up page.",
)
@click.option("--language", type=click.Choice(["en", "es"]), default="en", show_default=True)
@pass_context
def qr(context: Context, out: Path, link: str, language: str) -> None:
    """A QR code for the parcel, the receipt or the till, with the words to print beside it."""
    import segno

    from bot.compliance.wordings import current, join_word
    from bot.compliance.wordings import wording as words_of

    if out.suffix.lower() not in (".svg", ".png"):
        raise click.UsageError("--out ends in .svg (for print) or .png")
    seller = _seller(context)
    page = _page(context, seller)
    if link == "page" and "//127.0.0.1" in page:
        raise click.UsageError("set public_url first: nobody else can open 127.0.0.1")
    target = page if link == "page" else f"sms:{seller.number}?&body={join_word(language)}"
    code = segno.make_qr(target, error="m")
    try:
        code.save(str(out), scale=8, border=4)
    except OSError as error:
        raise click.ClickException(f"{out} can't be written: {error.strerror}") from error
    click.echo(f"{out} opens {target}\nPrint it at least 2 cm wide, with its white border. Beside it:\n")
    kind = "keyword" if link == "join" else "page"
    if link == "join":
        click.echo(words_of(current(kind), language, seller).text)  # type: ignore[arg-type]
    else:
        click.echo(f"Texts from {seller.name}: sign up at {page.removeprefix('https://')}")


@click.command()
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=200, show_default=True, help="So many at most."
)
@click.option("--dry-run", is_flag=True, help="Only say how many there are.")
@click.option("--json", "as_json", is_flag=True)
@pass_context
def ask(context: Context, limit: int, dry_run: bool, as_json: bool) -> None:
    """Ask who signed up elsewhere («unconfirmed» in a file) to confirm it with YES, once each, inside the legal hours."""
    from bot.clock import domain_now
    from bot.conversations.joining import ask_waiting, waiting

    shop_id, app = context.shop_id(), context.app
    with app.database.read() as session:
        there = waiting(session, shop_id, domain_now(session, app.real_now))
    asked = 0
    while not dry_run and asked < limit:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            done = ask_waiting(session, shop_id, now, most=min(50, limit - asked))
        asked += done
        if not done:
            break
    if asked:
        app.bell.ring("turns")
    if as_json:
        click.echo(json.dumps({"waiting": there, "asked": asked}))
    elif dry_run:
        click.echo(f"{there:,} signed up and have not been asked to confirm it.")
    else:
        left = max(there - asked, 0)
        click.echo(f"{asked:,} are being asked; {left:,} are left. Who doesn't say YES gets nothing more.")


def _seller(context: Context) -> Seller:
    from bot.compliance.wordings import seller_of

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        seller = seller_of(session, shop_id)
    if seller is None:
        raise click.ClickException(
            "the shop has no number to text from yet; `winback twilio numbers` lists them"
        )
    return seller


def _page(context: Context, seller: Any) -> str:
    from bot.compliance.wordings import page_address

    return page_address(context.settings.public_url, seller.slug)
