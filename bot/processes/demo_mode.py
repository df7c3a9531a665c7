"""The provider of an installation that has no Twilio account: the stand-in, under one invented account.

Owns who plays the provider, in one place: `with_provider` fills in what is missing, and every process starts from its
result. Also owns the guard: demo customers and a moved clock never meet real credentials (DESIGN 3, The clock).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.settings import DEMO_TOKEN, Settings, TwilioAccount

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class RealCredentials(RuntimeError):
    """Something of the demo would meet a real provider; the message says what, and how to mend it."""


def with_provider(settings: Settings) -> Settings:
    """The settings with an account to send through: the operator's, or the invented one at the stand-in.

    Unchanged as well when no secrets were made yet: then there is nothing to sign with, and `winback doctor` says so.
    """
    if settings.twilio.accounts:
        return settings
    account = TwilioAccount(sid="AC" + "0" * 32, token_env=DEMO_TOKEN)
    base_url = settings.twilio.base_url or f"http://{settings.standin.host}:{settings.standin.port}"
    twilio = settings.twilio.model_copy(update={"accounts": (account,), "base_url": base_url})
    demo = settings.model_copy(update={"twilio": twilio})
    tokens = demo.twilio_tokens().get(account.sid)
    if not tokens:
        return settings
    account = account.model_copy(update={"sid": "AC" + hashlib.sha256(tokens[0].encode()).hexdigest()[:32]})
    return demo.model_copy(update={"twilio": twilio.model_copy(update={"accounts": (account,)})})


def is_demo(settings: Settings) -> bool:
    """Whether `winback up` starts the stand-in: there is no account but the invented one."""
    accounts = settings.twilio.accounts
    return not accounts or all(account.token_env == DEMO_TOKEN for account in accounts)


def reaches_nobody(settings: Settings) -> bool:
    """Whether the provider is a stand-in on this machine: the only one with which the clock may be moved."""
    address = settings.twilio.base_url
    return address is not None and urlsplit(address).hostname in _LOOPBACK


def demo_account(settings: Settings) -> str:
    """The invented account's sid. Raises RealCredentials when a real account is configured, or nothing to sign with yet."""
    if not settings.twilio.accounts:
        raise RealCredentials(
            f"the stand-in has no token yet: run `winback up` once, which makes one, or set {DEMO_TOKEN}"
        )
    if not (is_demo(settings) and reaches_nobody(settings)):
        raise RealCredentials(
            "the demo shop needs the stand-in: take the Twilio accounts out of config.yml, "
            "or use another home folder (WINBACK_HOME) for the demo"
        )
    return settings.twilio.accounts[0].sid


def guard(session: Session, settings: Settings) -> None:
    """Raises RealCredentials when a moved clock, or a demo shop that could send, meets a real provider.

    A demo shop left in the database is harmless while its numbers belong to the invented account: no token, no text.
    """
    from sqlalchemy import select  # here, because `winback up` imports this module and wants to stay small

    from bot.clock import offset
    from bot.models import Sender, Shop

    if reaches_nobody(settings):
        return
    if offset(session):
        raise RealCredentials(
            "the clock of this database was moved, which only a demo may do: give the real shop a database of its own"
        )
    real = [account.sid for account in settings.twilio.accounts]
    numbers = select(Sender.number).join(Shop, Shop.id == Sender.shop_id)
    if session.scalar(numbers.where(Shop.demo, Sender.account.in_(real)).limit(1)):
        raise RealCredentials(
            "a number of the demo shop belongs to a real Twilio account: remove it from the demo shop"
        )
