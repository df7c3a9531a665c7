"""`winback audit`: who did what at a shop, newest first. Owns what is printed."""

from __future__ import annotations

import json

import click

from bot.cli.context import Context, pass_context


@click.command()
@click.option("--action", help="Only acts of this kind, e.g. «role changed».")
@click.option("--who", metavar="EMAIL", help="Only what this person did.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For scripts: an object a line.")
@pass_context
def audit(context: Context, action: str | None, who: str | None, limit: int, as_json: bool) -> None:
    """Who did what: staff, commands and jobs. Times are UTC."""
    from bot.staff.accounts import fold
    from bot.staff.audit import Filter, acts
    from bot.staff.members import people

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        staff_id = None
        if who:
            folded = fold(who)
            found = [each for each in people(session, shop_id, removed=True) if each.email == folded]
            if not found:
                raise click.ClickException(f"nobody here has the address {who}")
            staff_id = found[0].staff_id
        lines = acts(session, shop_id, Filter(staff_id=staff_id, action=action or ""), limit)
    for line in lines:
        if as_json:
            row = {
                "id": line.id,
                "at": line.at.isoformat(),
                "actor": line.actor,
                "staff_id": line.staff_id,
                "action": line.action,
                "subject": line.subject,
                "details": dict(line.details),
                "address": line.address,
            }
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            details = " ".join(f"{name}={value}" for name, value in line.details.items())
            click.echo(
                "  ".join(
                    filter(
                        None, [f"{line.at:%Y-%m-%d %H:%M}", line.actor, line.action, line.subject, details]
                    )
                )
            )
