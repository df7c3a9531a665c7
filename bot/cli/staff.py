"""`winback staff`: who may sign in to the console, from the command line: the first owner above all.

Owns the commands. What they do is bot.staff's, the same as from the page of people; every act is in the audit.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import Context, pass_context

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.staff.links import Kind
    from bot.staff.members import Invited, Refused, Reset

ROLE = click.Choice(["owner", "editor", "agent", "viewer"])
JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")


@click.group()
def staff() -> None:
    """Who may sign in to the console, and as what. For one shop (--shop) at a time."""


@staff.command()
@click.argument("email")
@click.option("--name", help="What colleagues see.")
@click.option("--role", type=ROLE, default="owner", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@pass_context
def add(context: Context, email: str, name: str | None, role: str, password_stdin: bool) -> None:
    """Let somebody in at once, with a password that is typed here: the first owner. Twice is once."""
    from bot.staff import accounts, members, passwords
    from bot.staff.roles import role_named

    shop_id, folded, wanted = context.shop_id(), accounts.fold(email), role_named(role)
    if folded is None or wanted is None:
        raise click.UsageError("EMAIL: that is no e-mail address")
    if accounts.is_reserved(folded):
        raise click.ClickException("that is one of the demo's people")
    now = context.app.real_now()
    with context.app.database.read() as session:
        known = accounts.by_email(session, folded)
    hashed = None
    if known is None or known.password_hash is None:
        known_as = name or (known.name if known else "") or _asked_name(folded, password_stdin)
        hashed = passwords.hashed(_password(password_stdin, [known_as, folded.partition("@")[0]]))
    else:
        known_as = known.name
    with context.app.database.write() as session:
        account = accounts.by_email(session, folded) or accounts.make(session, folded, known_as, now)
        if hashed is not None and account.password_hash is None:
            accounts.rename(session, account, known_as)
            accounts.set_password(session, account, hashed)
        row = members.admit(session, shop_id, account, wanted, now)
        _note(session, context, shop_id, "added", row.id, {"email": folded, "role": role})
    click.echo(f"{folded} may sign in, as {role}.")


@staff.command("list")
@click.option("--gone", is_flag=True, help="Also who was removed.")
@JSON
@pass_context
def list_(context: Context, gone: bool, as_json: bool) -> None:
    """List who works for the shop."""
    from bot.staff.members import people

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        found = people(session, shop_id, removed=gone)
    if as_json:
        rows = [
            {
                "email": each.email,
                "name": each.name,
                "role": each.role,
                "state": each.state,
                "second_step": each.second_step,
                "since": each.since.isoformat(),
                "seen_at": each.seen_at.isoformat() if each.seen_at else None,
            }
            for each in found
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for each in found:
        second = ", second step on" if each.second_step else ""
        click.echo(f"{each.role:<7} {each.state:<8} {each.email}  {each.name}{second}")
    if not found:
        click.echo("Nobody yet. `winback staff add EMAIL` makes the first owner.")


@staff.command()
@click.argument("email")
@click.option("--role", type=ROLE, default="agent", show_default=True)
@JSON
@pass_context
def invite(context: Context, email: str, role: str, as_json: bool) -> None:
    """Make a link with which somebody joins the shop; works once, for 7 days. The same again makes a new one."""
    from bot.staff.members import Refused
    from bot.staff.members import invite as make
    from bot.staff.roles import role_named

    shop_id, wanted = context.shop_id(), role_named(role)
    assert wanted is not None
    with context.app.database.write() as session:
        made = make(session, shop_id, email, wanted, context.app.real_now())
        if not isinstance(made, Refused):
            details = {"email": made.email, "role": role}
            _note(session, context, shop_id, "invited", made.staff_id, details)
    _show_link(context, made, "invite", as_json)


@staff.command()
@click.argument("email")
@click.option("--second-step-off", is_flag=True, help="Switch their second step off as well (phone lost).")
@JSON
@pass_context
def reset(context: Context, email: str, second_step_off: bool, as_json: bool) -> None:
    """Make a link with which somebody sets a new password; works once, for 24 hours."""
    from bot.staff.members import Refused
    from bot.staff.members import reset as make

    shop_id = context.shop_id()
    with context.app.database.write() as session:
        staff_id = _staff_id(session, shop_id, email)
        made = make(session, shop_id, staff_id, None, context.app.real_now(), both=second_step_off)
        if not isinstance(made, Refused):
            details = {"email": made.email, "second_step": "off" if second_step_off else "kept"}
            _note(session, context, shop_id, "reset link made", staff_id, details)
    _show_link(context, made, "reset_both" if second_step_off else "reset", as_json)


@staff.command()
@click.argument("email")
@click.argument("role", type=ROLE)
@pass_context
def role(context: Context, email: str, role: str) -> None:
    """Give somebody another role."""
    from bot.staff.members import Refused, change_role

    shop_id = context.shop_id()
    with context.app.database.write() as session:
        changed = change_role(session, shop_id, _staff_id(session, shop_id, email), role)
        if isinstance(changed, Refused):
            raise click.ClickException(changed.why)
        _note(session, context, shop_id, "role changed", changed.id, {"email": changed.email, "role": role})
    _let_go(context, shop_id, changed.id)
    click.echo(f"{changed.email} is {role} now.")


@staff.command()
@click.argument("email")
@pass_context
def remove(context: Context, email: str) -> None:
    """Somebody works for the shop no more, or is not to come. What they did stays in the audit."""
    from bot.staff.members import Refused
    from bot.staff.members import remove as take_out

    shop_id = context.shop_id()
    with context.app.database.write() as session:
        gone = take_out(session, shop_id, _staff_id(session, shop_id, email), context.app.real_now())
        if isinstance(gone, Refused):
            raise click.ClickException(gone.why)
        _note(session, context, shop_id, "removed", gone.id, {"email": gone.email})
    _let_go(context, shop_id, gone.id)
    click.echo(f"{gone.email} may not sign in to this shop any more.")


def _asked_name(email: str, quiet: bool) -> str:
    ready = email.partition("@")[0]
    return ready if quiet else str(click.prompt("What colleagues see", default=ready))


def _password(from_stdin: bool, names: list[str]) -> str:
    """The password that was typed. Raises click.UsageError with what is wrong with it."""
    from bot.staff.passwords import faults

    if from_stdin:
        typed = sys.stdin.readline().rstrip("\n")
        if wrong := faults(typed, names):
            raise click.UsageError(f"the password: {wrong[0]}")
        return typed
    while True:
        typed = click.prompt("Password", hide_input=True, confirmation_prompt="The same again")
        wrong = faults(typed, names)
        if not wrong:
            return str(typed)
        click.echo(wrong[0])


def _staff_id(session: Session, shop_id: int, email: str) -> int:
    from bot.staff.accounts import fold
    from bot.staff.members import people

    folded = fold(email)
    found = next((each.staff_id for each in people(session, shop_id) if each.email == folded), None)
    if found is None:
        raise click.ClickException(f"nobody here has the address {email} (`winback staff list` says who is)")
    return found


def _show_link(context: Context, made: Invited | Reset | Refused, kind: Kind, as_json: bool) -> None:
    from bot.alerts.inviting import mail_link, said
    from bot.alerts.outcomes import Delivered
    from bot.models import Shop
    from bot.staff.links import address
    from bot.staff.members import Refused

    if isinstance(made, Refused):
        raise click.ClickException(made.why)
    link = address(context.settings.console, made.token)
    with context.app.database.read() as session:
        shop = session.get_one(Shop, context.shop_id()).name
    outcome = mail_link(context.settings.mail, made.email, kind, link, shop)
    mailed = isinstance(outcome, Delivered)
    if as_json:
        click.echo(json.dumps({"email": made.email, "link": link, "mailed": mailed}))
    elif mailed:
        click.echo(f"The link was mailed to {made.email}; it works once.")
    else:
        opens = f"{said(outcome)} " if outcome else ""
        click.echo(f"{opens}Give this link to {made.email}; it works once, and is not shown again:\n{link}")


def _let_go(context: Context, shop_id: int, staff_id: int) -> None:
    from bot.inbox.shift import sign_off_who_may_not
    from bot.staff.audit import By

    sign_off_who_may_not(context.app, shop_id, staff_id, By("command"))


def _note(
    session: Session, context: Context, shop_id: int, action: str, staff_id: int, details: dict[str, Any]
) -> None:
    from bot.clock import domain_now
    from bot.staff.audit import By, Subject, record

    at = domain_now(session, context.app.real_now)
    subject = Subject("staff", staff_id)
    record(session, By("command"), action, shop_id=shop_id, at=at, subject=subject, details=details)
