"""`winback alerts`: what people of the shop were told, how each telling went, and what a webhook is checked with.

Owns the commands. What is told is bot.inbox.alerting's, how it gets there bot.alerts'; the shop's wishes are its setting
`notify`.
"""

from __future__ import annotations

import json

import click

from bot.cli.context import Context, pass_context


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

    from bot.models import Notice, Notification

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        rows = session.scalars(
            select(Notification)
            .where(Notification.shop_id == shop_id)
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
    """Send a test by e-mail and webhook, to where the shop wants them. Exit status 1 when one is not taken."""
    from bot.alerts.mail import SmtpMailer
    from bot.alerts.outcomes import Delivered
    from bot.alerts.webhook import HEADER, HttpPoster, secret_of, signature
    from bot.models import Shop
    from bot.shops import ShopSettings

    app, shop_id = context.app, context.shop_id()
    with app.database.read() as session:
        shop = session.get_one(Shop, shop_id)
        name, wanted = shop.name, ShopSettings.model_validate(shop.settings).notify
    outcomes = {}
    if wanted.webhook:
        body = b'{"type":"inbox.test"}'
        signed = signature(secret_of(app.keys, shop_id), int(app.real_now().timestamp()), body)
        headers = {"Content-Type": "application/json", HEADER: signed, "User-Agent": "Winback"}
        poster = HttpPoster(private=app.settings.notify.private_webhooks)
        outcomes[wanted.webhook] = poster.post(wanted.webhook, body, headers)
    if wanted.emails and not app.settings.mail.host:
        raise click.ClickException("no mail server is set: `mail: {host: ...}` in config.yml")
    for email in wanted.emails:
        mailer = SmtpMailer(app.settings.mail)
        outcomes[email] = mailer.send(email, f"{name}: a test", "Notifications reach you here.\n")
    if not outcomes:
        raise click.UsageError(
            'the shop wants neither e-mails nor a webhook: winback shop set notify \'{"emails": ["you@shop.example"]}\''
        )
    for where, outcome in outcomes.items():
        match outcome:
            case Delivered():
                click.echo(f"{where}: taken")
            case _:
                click.echo(f"{where}: {outcome.why}")
    raise SystemExit(0 if all(isinstance(each, Delivered) for each in outcomes.values()) else 1)
