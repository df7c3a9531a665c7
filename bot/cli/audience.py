"""Commands around a shop's customers: pause and resume, the report, the key of its order feed, its codes."""

from __future__ import annotations

import json
import math
import re
import secrets
import sys
from pathlib import Path

import click
from sqlalchemy import select, update

from bot.audience import report as reports
from bot.cli.context import Context, pass_context
from bot.clock import domain_now
from bot.keys import api_key_hash
from bot.models import ApiKey, Audit, ConfirmedPhone, Shop
from bot.offers import pools
from bot.offers.worth import pool_name

CODE_LENGTH = 64


@click.command()
@pass_context
def pause(context: Context) -> None:
    """Hold everything except compliance texts, at once."""
    _set_state(context, "paused")
    click.echo(
        "Paused: nothing leaves but opt-out, help and opt-in confirmations. `winback resume` lets texts go again."
    )


@click.command()
@pass_context
def resume(context: Context) -> None:
    """Let texts leave again."""
    _set_state(context, "live")
    click.echo("Live: texts leave inside each customer's hours.")


@click.command()
@click.option("--json", "as_json", is_flag=True)
@pass_context
def report(context: Context, as_json: bool) -> None:
    """What was sent, answered and recovered, and what texts and discounts cost."""
    with context.app.database.read() as session:
        figures = reports.report(session, context.shop_id())
    click.echo(json.dumps(figures.to_json()) if as_json else "\n".join(figures.lines()))


@click.group()
def orders() -> None:
    """The key with which a shop reports orders to POST /api/v1/orders."""


@orders.command()
@click.option("--label", default="shop", show_default=True)
@pass_context
def key(context: Context, label: str) -> None:
    """Make an API key. It is shown once; only its hash is kept."""
    made = "wb_" + secrets.token_urlsafe(32)
    with context.app.database.write() as session:
        now = domain_now(session, context.app.real_now)
        session.add(
            ApiKey(shop_id=context.shop_id(), key_hash=api_key_hash(made), label=label, created_at=now)
        )
    click.echo(made)


@orders.command()
@click.argument("label")
@pass_context
def revoke(context: Context, label: str) -> None:
    """Revoke the keys of that label."""
    with context.app.database.write() as session:
        now = domain_now(session, context.app.real_now)
        done = session.execute(
            update(ApiKey)
            .where(ApiKey.shop_id == context.shop_id(), ApiKey.label == label, ApiKey.revoked_at.is_(None))
            .values(revoked_at=now)
        )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise click.ClickException(f"no key with the label {label!r} is in use")
    click.echo(f"Revoked: {done.rowcount}")  # type: ignore[attr-defined]


@click.group()
def coupons() -> None:
    """Fill and look at the pools of codes."""


@coupons.command("add")
@click.argument("pool")
@click.option("--percent", type=click.IntRange(1, 90), help="What a code takes off, in percent.")
@click.option("--amount", type=click.FloatRange(0.01, 10_000), help="Or in money.")
@click.option("--free-shipping", is_flag=True, help="Or it sends the order for nothing.")
@click.option(
    "--gift", metavar="ID", help="Or this product comes for nothing, by the id that the shop's cart takes."
)
@click.option("--points", type=click.IntRange(1, 1_000_000), help="Or so many points come with the order.")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="One code a line.")
@click.option(
    "--make", "count", type=click.IntRange(1, 100_000), help="Or make so many; add them to the shop too."
)
@pass_context
def add(
    context: Context,
    pool: str,
    percent: int | None,
    amount: float | None,
    free_shipping: bool,
    gift: str | None,
    points: int | None,
    file: Path | None,
    count: int | None,
) -> None:
    """Put codes into POOL. An offer looks in the pool that is called as it is: percent-15, amount-500 (in cents),
    free-shipping, gift-ID, points-200, unless its flow names another."""
    if sum(map(bool, (percent, amount, free_shipping, gift, points))) != 1 or (file is None) == (
        count is None
    ):
        raise click.UsageError(
            "give one of --percent, --amount, --free-shipping, --gift and --points, and --file or --make"
        )
    if amount is not None and not math.isfinite(amount):
        raise click.UsageError("--amount is money, such as 5 or 7.50")
    cents = round(amount * 100) if amount is not None else None
    own = pool_name(percent, cents, free_shipping, gift, points)
    if re.fullmatch(r"(percent|amount|points)-\d+|free-shipping|gift-.+", pool) and pool != own:
        raise click.UsageError(
            f"an offer that looks in {pool} promises what the name says; these codes belong into {own}"
        )
    if len(pool) > CODE_LENGTH:
        raise click.UsageError(f"a pool's name has at most {CODE_LENGTH} characters")
    if file:
        new = _codes_of(file)
    else:
        new = pools.make_codes(secrets.token_bytes(32), "BACK", count or 0)
    with context.app.database.write() as session:
        added = pools.add_codes(
            session,
            context.shop_id(),
            pool,
            new,
            percent=percent,
            amount_cents=cents,
            free_shipping=free_shipping,
            gift=gift,
            points=points,
        )
    click.echo(f"{added} codes added to {pool}")
    if count:
        click.echo("\n".join(new))


@coupons.command("list")
@pass_context
def list_(context: Context) -> None:
    """How many codes each pool has, by status."""
    with context.app.database.read() as session:
        found = pools.counts(session, context.shop_id())
    for pool, status, number in found:
        click.echo(f"{pool:20} {status:10} {number:>8,}")
    sys.exit(0 if found else 1)


def _codes_of(file: Path) -> list[str]:
    """The codes of a file, one a line. Raises UsageError for what can't be a code, before any is added."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not UTF-8: save it as plain text") from error
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    for number, line in lines:
        if not re.fullmatch(r"[\w.+-]+", line) or len(line) > CODE_LENGTH:
            raise click.UsageError(
                f"{file}, line {number}: one code a line, of letters, digits and . _ + -, "
                f"at most {CODE_LENGTH} characters"
            )
    return [line for _, line in lines]


def _set_state(context: Context, state: str) -> None:
    shop_id = context.shop_id()
    with context.app.database.write() as session:
        now = domain_now(session, context.app.real_now)
        before = session.execute(select(Shop.state).where(Shop.id == shop_id)).scalar_one()
        if state == "live" and before == "test":
            confirmed = session.execute(
                select(ConfirmedPhone.id).where(ConfirmedPhone.shop_id == shop_id)
            ).first()
            if not confirmed:
                raise click.UsageError(
                    "this shop is in test; try a flow on your own phone first: `winback flow try`"
                )
        session.execute(update(Shop).where(Shop.id == shop_id).values(state=state))
        session.add(
            Audit(
                shop_id=shop_id, actor="command", action=f"shop {state}", details={"before": before}, at=now
            )
        )
