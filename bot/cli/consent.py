"""`winback consent`: what the ledger says of a number, and what people of the shop enter into it (R3, R12, R22).

Owns what is asked and printed. What an act changes is bot.compliance.consent's.
"""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.consent_reverify import reverify
from bot.cli.consent_won import ask, qr, wording
from bot.cli.context import Context, pass_context

if TYPE_CHECKING:
    from bot.compliance.proof import Evidence, Proof

BY = click.Choice(["email", "phone", "voicemail", "in_person", "paper", "web"])
_REASON = click.option("--reason", required=True, help="Why, in a sentence; it is kept with the entry.")
_EVIDENCE = click.option(
    "--evidence",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that shows it (the e-mail, a photo of the form), 2 MB at most; it is kept with the entry.",
)
_STAFF = click.option("--staff", metavar="NAME", help="Who enters it; unset: the name of this login.")


@click.group()
def consent() -> None:
    """Who may be texted, and the proof of it."""


for _command in (reverify, wording, qr, ask):
    consent.add_command(_command)


@consent.command()
@click.argument("phone")
@click.option(
    "--json", "as_json", is_flag=True, help="For scripts: {may_be_texted, consent, suppression, ...}."
)
@pass_context
def show(context: Context, phone: str, as_json: bool) -> None:
    """What the ledger says of PHONE: what stands today, and every entry. Exit status 1: the chain does not add up."""
    from bot.compliance.record import record_of

    shop_id, number = _who(context, phone)
    with context.app.database.read() as session:
        found = record_of(session, shop_id, context.app.keys.phone_key(shop_id, number))
    click.echo(json.dumps(found.to_json(), indent=2) if as_json else "\n".join(found.lines()))
    sys.exit(1 if found.faults else 0)


@consent.command("opt-out")
@click.argument("phone")
@_REASON
@click.option("--by", "medium", type=BY, default="email", show_default=True, help="How they said it.")
@_EVIDENCE
@_STAFF
@pass_context
def opt_out(
    context: Context, phone: str, reason: str, medium: str, evidence: Path | None, staff: str | None
) -> None:
    """Opt PHONE out of everything, for ever: they said so to you. Nobody need have been a customer."""
    from bot.compliance import by_hand

    done, number = _write(
        context, phone, by_hand.stop, _proof(medium, reason, evidence, staff), source="staff"
    )
    told = (
        f"{number} gets no more texts." if done else f"{number} was opted out already: nothing was changed."
    )
    click.echo(told)


@consent.command("opt-in")
@click.argument("phone")
@_REASON
@click.option("--by", "medium", type=BY, default="paper", show_default=True, help="How they gave it.")
@click.option("--kind", type=click.Choice(["written", "express"]), default="written", show_default=True)
@click.option("--wording", help="What they agreed to, word for word.")
@_EVIDENCE
@_STAFF
@pass_context
def opt_in(
    context: Context,
    phone: str,
    reason: str,
    medium: str,
    kind: str,
    wording: str | None,
    evidence: Path | None,
    staff: str | None,
) -> None:
    """Record a consent that you have seen. It ends an opt-out, so it wants proof: the wording, or a file that shows it."""
    from bot.compliance import by_hand

    if wording is not None and not any(map(str.isalnum, wording)):
        raise click.UsageError("--wording is what they agreed to, not a blank (R20, R22)")
    if wording is None and evidence is None:
        raise click.UsageError(
            "give --wording or --evidence: a consent that nobody can show is none (R20, R22)"
        )
    proof = _proof(medium, reason, evidence, staff, wording)
    done, number = _write(context, phone, by_hand.admit, proof, kind=kind)
    click.echo(
        f"{number}: {kind} consent is on record."
        if done
        else f"{number} had it already: nothing was changed."
    )
    if _standing(context, phone) == "blocked":
        click.echo(
            "Twilio itself still blocks this number, since they once texted STOP. Only they can end that: ask them to "
            "text START to your number. Nothing is sent until then."
        )


@consent.command()
@click.argument("phone")
@_REASON
@click.option("--wrong-number", is_flag=True, help="Somebody else has the number.")
@_EVIDENCE
@_STAFF
@pass_context
def hold(
    context: Context, phone: str, reason: str, wrong_number: bool, evidence: Path | None, staff: str | None
) -> None:
    """Hold marketing to PHONE until it is settled. A doubt that nobody settles in 7 days becomes an opt-out."""
    from bot.compliance import by_hand

    kind = "wrong_number" if wrong_number else "held"
    done, number = _write(
        context, phone, by_hand.doubt, _proof("in_person", reason, evidence, staff), kind=kind
    )
    click.echo(
        f"{number} is held."
        if done
        else f"{number} is silent already, for as strong a reason: nothing was changed."
    )


@consent.command()
@click.argument("phone")
@_REASON
@_EVIDENCE
@_STAFF
@pass_context
def release(context: Context, phone: str, reason: str, evidence: Path | None, staff: str | None) -> None:
    """End a hold: they do want texts, or the number is theirs. Exit status 1: there is no hold that you may end."""
    from bot.compliance import by_hand

    done, number = _write(context, phone, by_hand.settle, _proof("in_person", reason, evidence, staff))
    if done:
        click.echo(f"{number}: the hold is over.")
        return
    there = _standing(context, phone)
    if there is None:
        raise click.ClickException(f"{number} is not held")
    raise click.ClickException(
        f"{number} is {there.replace('_', ' ')}: only their own START or a new signed consent ends that"
    )


def _who(context: Context, phone: str) -> tuple[int, str]:
    """The shop, and the number in E.164. Raises UsageError for what is no number."""
    from sqlalchemy import select

    from bot.models import Shop
    from bot.phones import BadPhone, parse_phone

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        country = session.execute(select(Shop.country).where(Shop.id == shop_id)).scalar_one()
    try:
        return shop_id, parse_phone(phone, country)
    except BadPhone as error:
        raise click.UsageError(f"{phone}: {error}") from error


def _proof(
    medium: str, reason: str, evidence: Path | None, staff: str | None, wording: str | None = None
) -> Proof:
    from bot.compliance.proof import Proof

    if not reason.strip():
        raise click.UsageError("--reason is a sentence, not a blank")
    file = _evidence(evidence) if evidence else None
    return Proof(medium=medium, reason=reason, by=_name(staff), wording=wording, evidence=file)  # type: ignore[arg-type]


def _evidence(path: Path) -> Evidence:
    from bot.compliance.proof import MAX_EVIDENCE, Evidence, TooLarge

    try:
        with path.open("rb") as file:
            found = Evidence(path.name, file.read(MAX_EVIDENCE + 1))
    except (TooLarge, OSError) as error:
        raise click.UsageError(f"--evidence: {error}") from error
    if not found.body.strip():
        raise click.UsageError(f"--evidence: {path.name} is empty and shows nothing (R22)")
    return found


def _name(staff: str | None) -> str:
    try:
        return (staff or getpass.getuser())[:100]
    except (OSError, KeyError):  # a login without a name
        return "command"


def _write(context: Context, phone: str, act: Any, proof: Proof, **more: Any) -> tuple[bool, str]:
    """Carry out one act in one transaction; whether it changed anything, and the number, masked."""
    import dataclasses

    from bot.clock import domain_now
    from bot.phones import mask

    shop_id, number = _who(context, phone)
    app = context.app
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        kept = dataclasses.replace(proof, phone=number)
        done = act(session, app.keys, shop_id, number, proof=kept, at=now, **more)
    if done:
        app.bell.ring("turns")
    return done, mask(number)


def _standing(context: Context, phone: str) -> str | None:
    from bot.compliance.consent import status

    shop_id, number = _who(context, phone)
    with context.app.database.read() as session:
        standing = status(session, shop_id, context.app.keys.phone_key(shop_id, number))
    return standing.suppression.kind if standing.suppression else None
