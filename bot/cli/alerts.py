"""`winback alerts`: what people of the shop were told, how each telling went, and what a webhook is checked with.

Owns the commands. What is told is bot.inbox.alerting's, how it gets there bot.alerts'; the shop's wishes are its setting
`notify`.
"""

from __future__ import annotations

import json

import click

from bot.cli.context import Context, pass_context
from bot.phones import mask


@click.group()
def alerts() -> None:
    """Who hears that somebody waits, and how. `winback shop set notify JSON` says so."""


@alerts.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For scripts: a list of objects.")
@pass_context
def list_(context: Context, limit: int, as_json: bool) -> None:
    """List what was told, the newest first, and how each telling went. Exit status 1 when one of them failed."""
    from sqlalchemy import select

    from bot.inbox.matters import TEST
    from bot.models import Notice, Notification

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        rows = session.scalars(
            select(Notification)
            .where(Notification.shop_id == shop_id, Notification.matter != TEST)
            .order_by(Notification.id.desc())
            .limit(limit)
        ).all()
        ways: dict[int, list[Notice]] = {row.id: [] for row in rows}
        for notice in session.scalars(
            select(Notice)
            .where(Notice.shop_id == shop_id, Notice.notification_id.in_(ways))
            .order_by(Notice.id)
        ):
            ways[notice.notification_id].append(notice)
    found = [
        {
            "at": row.at.isoformat(),
            "matter": row.matter,
            "conversation": row.conversation_id,
            "line": row.line,
            "told": [
                {"by": each.channel, "status": each.status, "tries": each.tries, "why": each.why}
                for each in ways[row.id]
            ],
        }
        for row in rows
    ]
    failed = any(each.status == "failed" for own in ways.values() for each in own)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    for row in [] if as_json else rows:
        where = f" (conversation {row.conversation_id})" if row.conversation_id else ""
        click.echo(f"{row.at:%Y-%m-%d %H:%M} UTC  {row.line}{where}")
        for each in ways[row.id]:
            why = f": {each.why}" if each.why else ""
            click.echo(f"      {each.channel}: {each.status}{why}")
    if not found and not as_json:
        click.echo("Nothing yet.")
    raise SystemExit(1 if failed else 0)


@alerts.command()
@pass_context
def secret(context: Context) -> None:
    """Show the secret that the shop's webhooks are signed with. It follows from the instance's key, and is stored nowhere.

    Winback-Signature is `t=SECONDS,v1=HEX`: HMAC-SHA256, with this secret, of SECONDS, a dot and the body.
    """
    from bot.alerts.webhook import secret_of

    click.echo(secret_of(context.app.keys, context.shop_id()))


@alerts.command()
@pass_context
def test(context: Context) -> None:
    """Send a test on each way that the shop wants: webhook, e-mail, phone. Exit status 1 when one is not taken."""
    from bot.alerts.trying import CHANNELS, Begun, TooOften, results, send_test
    from bot.staff.audit import By

    app, shop_id = context.app, context.shop_id()
    outcomes = {each: send_test(app, shop_id, each, By("command"), patience=120) for each in CHANNELS}
    if any(isinstance(each, TooOften) for each in outcomes.values()):
        raise click.ClickException("many tests were sent within the hour: wait a while")
    if not any(isinstance(each, Begun) for each in outcomes.values()):
        raise click.UsageError(
            'the shop wants to be told nowhere: winback shop set notify \'{"emails": ["you@shop.example"]}\''
        )
    with app.database.read() as session:
        found = results(session, shop_id)
    last = [its for each, came in outcomes.items() if isinstance(came, Begun) for its in found.get(each, ())]
    for its in last:
        why = f" ({its.why})" if its.why else ""
        where = mask(its.where) if its.channel == "text" else its.where
        click.echo(f"{where}: {_SAID.get(its.status, 'not taken')}{why}")
    raise SystemExit(0 if all(its.status in _SAID for its in last) else 1)


_SAID = {
    "sent": "taken",
    "delivered": "arrived",
    "ready": "leaves when the gate lets it",
    "claimed": "leaves now",
}
