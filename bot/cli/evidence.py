"""`winback evidence`: the whole file on one customer. Owns the command and the writing of the file."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import click

from bot.cli.context import Context, pass_context
from bot.clock import domain_now

_KEY = re.compile(r"[0-9a-f]{64}")


@click.command()
@click.argument("phone", metavar="PHONE")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="FILE.pdf for people, FILE.json for programs and with every fact.",
)
@pass_context
def evidence(context: Context, phone: str, out: Path) -> None:
    """Write down everything that proves what this customer was sent, and why.

    Consent with its wording, the chain checked link by link, every text with the gate's answer, what the provider said.
    Works after an erasure, too; PHONE may then be the 64 digits of the number's key. The file is only yours to read.
    Exit status 1: nothing is known of this number, or its chain does not add up.
    """
    from bot.cli.people import phone_of
    from bot.proof.evidence import evidence as file_on

    if out.suffix not in (".pdf", ".json"):
        raise click.UsageError("--out ends in .pdf or .json")
    shop_id = context.shop_id()
    number = None if _KEY.fullmatch(phone) else phone_of(context, shop_id, phone)
    key = phone if number is None else context.app.keys.phone_key(shop_id, number)
    with context.app.database.read() as session:
        now = domain_now(session, context.app.real_now)
        file = file_on(session, shop_id, key, now, phone=number)
    if file is None:
        raise click.ClickException("nothing is known of this number: no customer, no consent, no opt-out")
    if out.suffix == ".pdf":
        from bot.proof.paper import pdf  # it loads slowly

        written = pdf(file)
    else:
        written = json.dumps(file, indent=2, ensure_ascii=False).encode()
    write_private(out, written)
    chain = file["chain"]
    sent = sum(text["direction"] == "out" for text in file["texts"])
    click.echo(
        f"{out}: {chain['links']} links of the ledger, {sent} texts to the customer, {len(file['texts']) - sent} from them"
    )
    if not chain["ok"]:
        click.echo(
            f"The chain does not add up: {chain['faults'][0]['what']} (link {chain['faults'][0]['seq']})."
        )
        sys.exit(1)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read. Raises click.ClickException when it can't be written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
    except OSError as error:
        raise click.ClickException(f"{path} can't be written: {error.strerror}") from error
