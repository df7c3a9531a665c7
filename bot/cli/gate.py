"""`winback gate`: ask the gate about a text that nobody wrote. Owns the question's form and how the answer is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, assert_never, cast

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.context import Context, pass_context
from bot.compliance.facts import Kind, Policy, SendFacts
from bot.compliance.gate import Allow, Decision, Defer, Deny, may_send, name_of
from bot.compliance.hypothetical import Given, Supposed, supposed_facts
from bot.phones import BadPhone, parse_phone
from flows.zones import zone_named

YEARS = range(1980, 2100)
"""Years for which a question makes sense; zone files say nothing useful about others."""
SHADES = {"allow": "green", "defer": "yellow", "deny": "red"}


class _Instant(click.ParamType[datetime]):
    """An ISO 8601 time, or date; UTC where it names no offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            read = datetime.fromisoformat(value.strip())
        except ValueError:
            self.fail(f"{value!r} is not an ISO 8601 time such as 2026-11-24T15:00-05:00.", param, ctx)
        if read.year not in YEARS:
            self.fail(f"{value!r} is not between {YEARS.start} and {YEARS.stop - 1}.", param, ctx)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


@click.group()
def gate() -> None:
    """Ask the gate what may be sent, to whom and when."""


@gate.command()
@click.option(
    "--phone", required=True, help="With country code (+34...); without one it is read as a US number."
)
@click.option(
    "--at", required=True, metavar="ISO-TIME", type=_Instant(), help="When. Without an offset: UTC."
)
@click.option(
    "--kind",
    required=True,
    type=click.Choice(["marketing", "answer", "staff", "compliance"]),
    help="What text.",
)
@click.option(
    "--consent",
    type=click.Choice(["written", "express", "implied", "soft", "none"]),
    default="written",
    show_default=True,
    help="What the customer agreed to, at their last order.",
)
@click.option("--suppressed", is_flag=True, help="The number has opted out.")
@click.option(
    "--texts-24h",
    type=click.IntRange(0, 1000),
    default=0,
    metavar="N",
    help="Marketing texts in the last 24 hours, spread over them.",
)
@click.option(
    "--inbound-minutes-ago",
    type=click.FloatRange(min=0, max=10_000_000),
    metavar="N",
    help="The customer's last text; 0 for what answers one, none for the rest.",
)
@click.option("--zip", "postcode", metavar="Z", help="Where the customer lives; else the area code counts.")
@click.option("--timezone", "zone", metavar="ZONE", help="The customer's own zone, e.g. America/Denver.")
@click.option(
    "--last-order",
    type=_Instant(),
    metavar="DATE",
    help="60 days before, unless given. Consent may run from it.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts: {decision, until, rules, zones}.")
@pass_context
def explain(
    context: Context,
    phone: str,
    at: datetime,
    kind: str,
    consent: str,
    suppressed: bool,
    texts_24h: int,
    inbound_minutes_ago: float | None,
    postcode: str | None,
    zone: str | None,
    last_order: datetime | None,
    as_json: bool,
) -> None:
    """Say whether such a text might leave, and what every rule says of it.

    The customer is made up: of a live shop with fresh data, with valid consent, no opt-out, and no text in the last 30
    days, unless told otherwise. Needs no database; with --shop that shop's limits count. Exit status 0 whatever the
    answer is.

    A compliance text is the confirmation of the opt-out with --suppressed, else the answer to HELP. An answer to a text
    that came too long ago counts as marketing: what a text is, is derived and never declared.
    """
    try:
        number = parse_phone(phone, "US")
    except BadPhone as error:
        raise click.UsageError(f"{phone!r} is not a phone number: {error}.") from error
    supposed = Supposed(
        phone=number,
        kind=cast(Kind, kind),
        consent=cast(Given, consent),
        suppressed=suppressed,
        texts_24h=texts_24h,
        inbound_minutes_ago=inbound_minutes_ago,
        postcode=postcode,
        zone=zone,
        last_order_at=last_order,
    )
    try:
        facts = supposed_facts(supposed, at, _policy(context))
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    decision = may_send(facts, at)
    zones = list(facts.place.zones) if facts.place else []
    if as_json:
        click.echo(json.dumps(_as_json(decision, zones), indent=2))
    else:
        _show(decision, facts, at, zones, kind)


def _policy(context: Context) -> Policy | None:
    """The limits of the shop that --shop names; None, and no look at any database, without it."""
    if context.shop is None:
        return None
    from bot.compliance.policy import policy_of
    from bot.models import Shop
    from bot.shops import ShopSettings

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        return policy_of(ShopSettings.model_validate(session.get_one(Shop, shop_id).settings))


def _as_json(decision: Decision, zones: list[str]) -> dict[str, Any]:
    return {
        "decision": name_of(decision),
        "until": decision.until.astimezone(UTC).isoformat() if isinstance(decision, Defer) else None,
        "rules": [{"id": each.id, "verdict": each.verdict, "why": each.why} for each in decision.rules],
        "zones": zones,
    }


def _show(decision: Decision, facts: SendFacts, at: datetime, zones: list[str], kind: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    shade = SHADES[name_of(decision)]
    console.print(f"[{shade}]{escape(_sentence(decision, zones))}[/]")
    if decision.kind != kind:
        console.print(f"It counts as {decision.kind}: the text that it answers is too old, or there is none.")
    where = "nobody knows which" if not zones else ", ".join(f"{name} ({_local(at, name)})" for name in zones)
    console.print(f"Zones where the customer may be: {escape(where)}.")
    grid = Table(box=None, pad_edge=False)
    for title in ("rule", "verdict", "why"):
        grid.add_column(title, overflow="fold")
    for each in decision.rules:
        grid.add_row(each.id, f"[{SHADES[each.verdict]}]{each.verdict}[/]", escape(each.why))
    console.print()
    console.print(grid)


def _sentence(decision: Decision, zones: list[str]) -> str:
    match decision:
        case Allow():
            return f"Allowed, as {_article(decision.kind)}: it may leave now."
        case Defer():
            local = f" ({_local(decision.until, zones[0])} in {zones[0]})" if zones else ""
            until = decision.until.strftime("%Y-%m-%d %H:%M UTC")
            return f"Put off until {until}{local}, by the rule {decision.rule}: {decision.why}."
        case Deny():
            return f"Denied, by the rule {decision.rule}: {decision.why}."
        case _:
            assert_never(decision)


def _article(kind: Kind) -> str:
    words = {
        "marketing": "marketing",
        "answer": "an answer",
        "staff": "a person's text",
        "compliance": "a compliance text",
    }
    return words[kind]


def _local(at: datetime, name: str) -> str:
    return at.astimezone(zone_named(name)).strftime("%a %H:%M")
