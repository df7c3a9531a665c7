"""`winback up` and its parts: web, console, worker, clock, standin.

Owns how a process starts: rope, logs, schema check, then its loop. The only place that may load `webhooks` and
`console`, which the core must not know.
"""

from __future__ import annotations

import importlib
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import Context, pass_context
from bot.processes import tether
from bot.processes.demo_mode import guard, is_demo

if TYPE_CHECKING:
    from bot.compose import App
    from bot.settings import ConsoleSettings

_Command = Callable[..., None]


def _process(command: _Command) -> _Command:
    """The option that every part has: the rope of the `up` that started it."""
    return click.option("--tether", "rope", type=int, hidden=True)(pass_context(command))


@click.command(help="Start everything: web, console, worker, clock, and what they need.")
@pass_context
def up(context: Context) -> None:
    """The command `winback up`."""
    from bot.processes.home import HomeTaken, HomeUnusable
    from bot.processes.up import CannotStart
    from bot.processes.up import up as run
    from bot.processes.valkey import NoServer

    try:
        run(context.settings, Path(context.config) if context.config else None)
    except (CannotStart, HomeTaken, HomeUnusable, NoServer, PermissionError) as error:
        raise click.ClickException(str(error)) from error


@click.command(help="Start the server for machines: webhooks, links, API.")
@_process
def web(context: Context, rope: int | None) -> None:
    """The command `winback web`."""
    from bot.processes.serve import serve

    _tie(context, rope)
    settings = context.settings.web

    def make() -> Any:
        return importlib.import_module("webhooks").create_app(_served(context))

    serve(make, host=settings.host, port=settings.port, threads=settings.threads, workers=settings.workers)


@click.command(help="Start the server for people.")
@_process
def console(context: Context, rope: int | None) -> None:
    """The command `winback console`."""
    from bot.processes.serve import serve

    settings = context.settings.console
    if refused := reachable(settings):
        raise click.ClickException(refused)
    _tie(context, rope)

    def make() -> Any:
        return importlib.import_module("console").create_app(_served(context))

    serve(make, host=settings.host, port=settings.port, threads=settings.threads)


@click.command(help="Start a worker: takes turns, sends texts.")
@_process
def worker(context: Context, rope: int | None) -> None:
    """The command `winback worker`."""
    from bot.jobs.worker import run_worker

    _tie(context, rope)
    run_worker(_checked(context))


@click.command(help="Start the clock: sweeps, timers, daily starts.")
@_process
def clock(context: Context, rope: int | None) -> None:
    """The command `winback clock`."""
    from bot.jobs.clockwork import run_clock

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _tie(context, rope)
    run_clock(_checked(context), stop)


@click.command(help="Start the Twilio stand-in of the demo.")
@_process
def standin(context: Context, rope: int | None) -> None:
    """The command `winback standin`."""
    from bot.processes.serve import serve

    _tie(context, rope)
    settings = context.settings
    if not is_demo(settings) or not settings.twilio.accounts:
        raise click.ClickException(
            "the stand-in plays Twilio for the demo; here a real account is configured"
        )
    accounts = {sid: tokens[0] for sid, tokens in settings.twilio_tokens().items()}

    def make() -> Any:
        return importlib.import_module("webhooks.standin").create_standin(accounts, settings.public_url)

    serve(make, host=settings.standin.host, port=settings.standin.port, threads=8)


def reachable(console: ConsoleSettings) -> str:
    """Why the console may not be reached like this, with the remedy; empty when it may."""
    if console.host in {"127.0.0.1", "::1", "localhost"}:
        return ""
    if console.url is None:
        return (
            f"console.host is {console.host}, which other machines reach: set console.url to the address that people use "
            "(https://console.shop.example, behind a proxy that speaks TLS), or leave console.host at 127.0.0.1"
        )
    if not console.https and not console.plain_http:
        return (
            "console.url is plain http, so passwords would cross the network unencrypted: give it an https:// address, or "
            "say `plain_http: true` if the network is your own"
        )
    return ""


def _tie(context: Context, rope: int | None) -> None:
    from bot.processes import logs

    tether.tie(rope)
    logs.set_up(context.settings.log)


def _checked(context: Context) -> App:
    """The application, once schema, key and credentials are as they must be. Raises ClickException with the remedy."""
    from sqlalchemy.exc import SQLAlchemyError

    from bot.processes.identity import check_key
    from bot.schema import check

    app = context.app
    try:
        check(app.database)
        with app.database.read() as session:
            check_key(session, app.keys)
            guard(session, app.settings)
    except SQLAlchemyError as error:
        raise click.ClickException("the database does not answer; `winback doctor` says why") from error
    except RuntimeError as error:  # wrong schema, wrong key, none, or a demo that would meet a real provider
        raise click.ClickException(str(error)) from error
    return app


def _served(context: Context) -> App:
    """The same inside a server's worker process, where the application lives."""
    from bot.processes.serve import CannotServe

    try:
        return _checked(context)
    except click.ClickException as error:
        raise CannotServe(error.message) from error
