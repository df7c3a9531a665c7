"""`winback twilio`: do the numbers at Twilio call us, and if not, shall they?

Owns the comparison of webhook addresses and writing them. Sends nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import click
import requests
from sqlalchemy import select
from twilio.base.exceptions import TwilioException

from bot.cli.context import Context, pass_context
from bot.models import Sender
from bot.processes.demo_mode import is_demo
from bot.sending.twilio import twilio_clients
from bot.sending.twilio_http import ThrottledError


@dataclass(frozen=True, slots=True)
class Address:
    """One webhook address at Twilio: what it is, and what it should be."""

    where: str
    name: str
    found: str
    wanted: str
    write: Callable[[str], Any] = field(compare=False, repr=False)

    @property
    def right(self) -> bool:
        """Connection overrides after `#` are the operator's own (R72)."""
        return self.found.split("#", 1)[0] == self.wanted


@click.group()
def twilio() -> None:
    """Connect numbers and check webhooks at Twilio."""


@twilio.command()
@click.option("--check", is_flag=True, help="Only look; exit status 1 when something differs.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (implies --check).")
@pass_context
def connect(context: Context, check: bool, yes: bool, as_json: bool) -> None:
    """Compare the webhook addresses of the shop's numbers with ours, and write ours where they differ."""
    settings = context.settings
    shop_id = context.shop_id()
    with context.app.database.read() as session:
        senders = session.execute(
            select(Sender.number, Sender.account, Sender.messaging_service)
            .where(Sender.shop_id == shop_id, Sender.active)
            .order_by(Sender.id)
        ).all()
    problems = reachable(settings.public_url, standin=settings.twilio.base_url is not None)
    addresses: list[Address] = []
    if is_demo(settings):
        problems.append(
            "no Twilio account is configured: the stand-in plays Twilio here, and has nothing to connect; "
            "docs/how-to/go-live.md says how to name an account"
        )
    clients = {} if is_demo(settings) else twilio_clients(settings)
    for sender in () if is_demo(settings) else senders:
        client = clients.get(sender.account)
        if client is None:
            problems.append(
                f"{sender.number}: no token for the account {sender.account}; `winback doctor` says more"
            )
            continue
        try:
            addresses += look(
                client, sender.number, sender.messaging_service, settings.public_url.rstrip("/")
            )
        except LookupError as error:
            problems.append(f"{sender.number}: {error}")
        except (TwilioException, requests.RequestException, ThrottledError) as error:
            problems.append(f"{sender.number}: Twilio could not be asked ({_reason(error)})")
    if not senders:
        problems.append("the shop has no number; `winback init` asks for one")
    wrong = [address for address in addresses if not address.right]
    if as_json:
        shown = [_plain(address) for address in addresses]
        click.echo(json.dumps({"addresses": shown, "problems": problems}))
    else:
        _show(addresses, problems)
    if (wrong or problems) and (check or as_json or problems):
        raise SystemExit(1)
    if wrong:
        if not yes and not click.confirm(f"Write {len(wrong)} address(es) at Twilio?"):
            raise SystemExit(1)
        for address in wrong:
            try:
                address.write(address.wanted)
            except (TwilioException, requests.RequestException, ThrottledError) as error:
                click.echo(f"not written: {address.where}, {address.name} ({_reason(error)})", err=True)
                raise SystemExit(1) from error
            click.echo(f"written: {address.where}, {address.name}")


def reachable(public_url: str, *, standin: bool) -> list[str]:
    """What would keep Twilio from reaching this address."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    problems: list[str] = []
    if standin:
        return problems
    if parts.scheme != "https":
        problems.append(f"public_url is {public_url}: customers' texts need https")
    if host in ("localhost", "::1") or host.startswith("127."):
        problems.append(f"public_url is {public_url}: Twilio cannot reach this machine by that address")
    if "_" in host:
        problems.append(f"public_url is {public_url}: Twilio refuses host names with an underscore (R101)")
    return problems


def look(client: Any, number: str, service: str | None, base: str) -> list[Address]:
    """The addresses that count for one number. Raises LookupError when the account does not have it.

    In a Messaging Service the service's address wins, unless it leaves that to its numbers. The service's status
    address only serves texts that were made elsewhere: ours name their own.
    """
    found = client.incoming_phone_numbers.list(phone_number=number, limit=1)
    if not found:
        raise LookupError("the account has no such number")
    phone = found[0]
    addresses = [
        Address(
            number,
            "voice",
            phone.voice_url or "",
            f"{base}/twilio/voice",
            lambda url: _update(phone, voice_url=url),
        )
    ]
    by_number = True
    if service is not None:
        owner = client.messaging.v1.services(service).fetch()
        by_number = bool(owner.use_inbound_webhook_on_number)
        addresses.append(
            Address(
                service,
                "status",
                owner.status_callback or "",
                f"{base}/twilio/status",
                lambda url: owner.update(status_callback=url),
            )
        )
        if not by_number:
            addresses.append(
                Address(
                    service,
                    "inbound",
                    owner.inbound_request_url or "",
                    f"{base}/twilio/inbound",
                    lambda url: owner.update(inbound_request_url=url, inbound_method="POST"),
                )
            )
    if by_number:
        addresses.append(
            Address(
                number,
                "inbound",
                phone.sms_url or "",
                f"{base}/twilio/inbound",
                lambda url: _update(phone, sms_url=url),
            )
        )
    return addresses


def _update(phone: Any, **urls: str) -> None:
    methods = {name.replace("_url", "_method"): "POST" for name in urls}
    phone.update(**urls, **methods)


def _show(addresses: list[Address], problems: list[str]) -> None:
    for address in addresses:
        if address.right:
            click.echo(f"ok       {address.where}  {address.name}: {address.found}")
        else:
            click.echo(
                f"differs  {address.where}  {address.name}: {address.found or '(none)'} -> {address.wanted}"
            )
    for problem in problems:
        click.echo(f"problem  {problem}")


def _plain(address: Address) -> dict[str, str | bool]:
    names = {"where": address.where, "name": address.name, "found": address.found, "wanted": address.wanted}
    return {**names, "right": address.right}


def _reason(error: Exception) -> str:
    return str(getattr(error, "msg", "") or getattr(error, "title", "") or type(error).__name__)
