"""`winback up`: what it starts, in which order, and what it says.

Owns the list of children. Stays small in memory: migrating and loading the demo shop happen in a child that ends.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from bot.processes import valkey
from bot.processes.demo_mode import is_demo, with_provider
from bot.processes.home import locked
from bot.processes.supervise import Child, Supervisor
from bot.settings import Settings, child_environment, load, make_secrets

MISSED_LOOKS = 15
"""Three seconds."""
SIMULATOR = "/simulator"
"""Where the console shows the phone simulator."""


class CannotStart(RuntimeError):
    """Something is in the way; the message says what, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A server that `up` starts and the setting that moves it."""

    name: str
    host: str
    port: int


def up(settings: Settings, config: Path | None = None) -> None:
    """Run everything until SIGTERM or Ctrl-C. Raises CannotStart, HomeTaken, NoServer or PermissionError before that."""
    with locked(settings.home):
        make_secrets(settings.home)
        settings = with_provider(load(config))
        for place in places(settings):
            _must_be_free(place)
        environment = child_environment(PYTHONUNBUFFERED="1", MALLOC_ARENA_MAX="2")
        if config:
            environment["WINBACK_CONFIG"] = str(config)
        children = []
        if not settings.redis_url:
            command = valkey.prepare(settings.home)
            environment["REDIS_URL"] = valkey.address(settings.home)
            children.append(Child("valkey", tuple(command), ours=False, last=True))
        _prepare_database(environment, demo=is_demo(settings))
        children += [Child(name, _winback(name)) for name in names(settings)]
        supervisor = Supervisor(environment)
        supervisor.catch_signals()
        supervisor.start(children)
        greeting = threading.Thread(target=_greet, args=(supervisor, settings), daemon=True)
        greeting.start()
        try:
            supervisor.watch(_Socket(supervisor, settings).look)
        finally:
            supervisor.say("ending")
            supervisor.end()
            with contextlib.suppress(OSError):  # not there, or not empty: the next `up` uses it again
                valkey.socket_path(settings.home).parent.rmdir()


@dataclass
class _Socket:
    """The embedded server's socket: whoever tidies up temporary folders may take it from a server that runs on."""

    supervisor: Supervisor
    settings: Settings
    missed: int = 0

    def look(self) -> None:
        """Called five times a second. A server that just starts has no socket either, so it is missed for a while."""
        there = self.settings.redis_url or valkey.socket_path(self.settings.home).exists()
        self.missed = 0 if there else self.missed + 1
        if self.missed < MISSED_LOOKS:
            return
        self.missed = 0
        with contextlib.suppress(
            OSError
        ):  # somebody else's folder in its place: Redis stays away, and doctor says so
            valkey.prepare(self.settings.home)
        if self.supervisor.renew("valkey"):
            self.supervisor.say("the embedded server's socket is gone: starting it again")


def names(settings: Settings) -> list[str]:
    """The commands that `up` runs. The stand-in is one of them while there is no Twilio account."""
    return [*(["standin"] if is_demo(settings) else []), "web", "console", "worker", "clock"]


def places(settings: Settings) -> list[Place]:
    """Where the servers of these settings listen."""
    web, console, standin = settings.web, settings.console, settings.standin
    found = [Place("web", web.host, web.port), Place("console", console.host, console.port)]
    return [*found, Place("standin", standin.host, standin.port)] if is_demo(settings) else found


def _winback(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "bot.cli", *arguments)


def _prepare_database(environment: dict[str, str], *, demo: bool) -> None:
    command = _winback("migrate", "--quiet", *(["--with-demo"] if demo else []))
    if subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
        raise CannotStart("the database could not be prepared; the lines above say why")


def _must_be_free(place: Place) -> None:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place.host, place.port))
        except OSError as error:
            raise CannotStart(
                f"{place.host}:{place.port} is taken: end what listens there, or set `{place.name}: {{ port: ... }}` "
                f"in config.yml (or WINBACK_{place.name.upper()}__PORT)"
            ) from error


def _greet(supervisor: Supervisor, settings: Settings) -> None:
    """Say where to look, once both answer."""
    pause = threading.Event()
    waiting = [(settings.web.host, settings.web.port), (settings.console.host, settings.console.port)]
    while waiting:
        waiting = [where for where in waiting if not answers(*where)]
        pause.wait(0.2)
    console = f"http://{settings.console.host}:{settings.console.port}"
    simulator = f"\n  phone simulator  {console}{SIMULATOR}" if is_demo(settings) else ""
    supervisor.say(f"\nWinback is running.{simulator}\n  console          {console}/")
    supervisor.say("Ctrl-C ends it.\n")


def answers(host: str, port: int) -> bool:
    """Whether an HTTP server answers there, whatever it says."""
    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=2)  # noqa: S104
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
