"""SIGTERM: what is in hand is finished, nothing stays claimed, and it takes a bounded time. Real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from bot.clock import real_now
from bot.compose import App, compose
from bot.db import Database
from bot.keys import Keys
from bot.models import Inbound, Outbound, Sender
from bot.processes.demo_mode import with_provider
from bot.processes.identity import remember_key
from bot.settings import DEMO_TOKEN, load
from bot.trace import trace
from tests.support.cast import Cast, bring_cast
from tests.support.processes import free_ports, wait_until

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]

TOKEN = "be" * 32
END_SECONDS = 20


class House:
    """Web, worker, clock and stand-in as processes of their own, over one SQLite file and no Redis."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        web, standin = free_ports(2)
        self.url, self.standin = f"http://127.0.0.1:{web}", f"http://127.0.0.1:{standin}"
        (home / "config.yml").write_text("log: { format: json }\n")
        mine = {
            "WINBACK_CONFIG": str(home / "config.yml"),
            "WINBACK_HOME": str(home),
            "WINBACK_SECRET_KEY": "5e" * 32,
            DEMO_TOKEN: TOKEN,
            "WINBACK_PUBLIC_URL": self.url,
            "WINBACK_LINK_URL": self.url,
            "WINBACK_SETTLE_SECONDS": "0",
            "WINBACK_WEB__PORT": str(web),
            "WINBACK_STANDIN__PORT": str(standin),
        }
        for name in ("DATABASE_URL", "REDIS_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in mine.items():
            monkeypatch.setenv(name, value)
        self.app: App = compose(with_provider(load()))
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> subprocess.Popen[bytes]:
        with (self.home / f"{name}.log").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", "bot.cli", name], env=os.environ, stderr=log)
        self.running[name] = process
        address = {"web": self.url, "standin": self.standin}.get(name)
        if address:
            wait_until(lambda: _answers(address), 60, f"{name} answers")
        return process

    def fault(self, **spec: object) -> None:
        """What the provider does next."""
        requests.post(f"{self.standin}/standin/faults", json=spec, timeout=5).raise_for_status()

    def text(self, cast: Cast, body: str, sid: str) -> int:
        account = self.app.settings.twilio.accounts[0].sid
        form = {
            "AccountSid": account,
            "MessageSid": sid,
            "From": cast.ana.phone,
            "To": cast.number,
            "Body": body,
        }
        signature = RequestValidator(TOKEN).compute_signature(f"{self.url}/twilio/inbound", form)
        answer = requests.post(
            f"{self.url}/twilio/inbound",
            data=urlencode(form),
            headers={"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"},
            timeout=30,
        )
        return answer.status_code

    def lines(self, name: str) -> list[dict[str, object]]:
        """What a process logged."""
        told = (self.home / f"{name}.log").read_text().splitlines()
        return [json.loads(line) for line in told if line.startswith("{")]

    def statuses(self) -> list[str]:
        with self.app.database.read() as session:
            return list(session.execute(select(Outbound.status)).scalars())


def _answers(address: str) -> bool:
    try:
        requests.get(address, timeout=2)
    except requests.RequestException:
        return False
    return True


@pytest.fixture
def house(tmp_path: Path, sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Nothing runs yet. `sqlite_db` lies where the settings look for it."""
    made = House(tmp_path, monkeypatch)
    yield made
    for process in made.running.values():
        process.kill()
        process.wait()


@pytest.fixture
def people(house: House, sqlite_db: Database) -> Cast:
    """The cast, at the real time, with their numbers at the stand-in."""
    with sqlite_db.write() as session:
        remember_key(session, Keys(b"5e" * 32))
        cast = bring_cast(session, Keys(b"5e" * 32), real_now())
        account = house.app.settings.twilio.accounts[0].sid
        for sender in session.scalars(select(Sender)):
            sender.account = account
    house.start("standin")
    for number in (cast.number, cast.other_number):
        document = {"number": number, "account": house.app.settings.twilio.accounts[0].sid}
        requests.post(f"{house.standin}/standin/numbers", json=document, timeout=5).raise_for_status()
    return cast


def test_the_web_server_finishes_the_request_in_its_hands(house: House, people: Cast) -> None:
    web = house.start("web")
    answers: list[int] = []
    with house.app.database.write() as session:
        session.execute(select(Inbound)).all()  # only now the one writer: the webhook waits behind us
        asking = threading.Thread(target=lambda: answers.append(house.text(people, "hello", "SM" + "1" * 32)))
        asking.start()
        wait_until(lambda: _in_flight(house), 10, "the request has come")
        assert not answers
        web.send_signal(signal.SIGTERM)
    asking.join(30)
    assert answers == [200]
    assert web.wait(END_SECONDS) == 0
    with house.app.database.read() as session:
        assert len(session.execute(select(Inbound)).all()) == 1


@pytest.mark.parametrize("name", ["worker", "clock"])
def test_whoever_sends_finishes_the_batch_in_its_hands(house: House, people: Cast, name: str) -> None:
    """The call is under way when the signal comes; its end is recorded, and no row stays claimed."""
    web = house.start("web")
    assert house.text(people, "hello", "SM" + "1" * 32) == 200
    web.terminate()
    house.fault(kind="delay", seconds=3, next=1)
    process = house.start(name)
    wait_until(lambda: house.statuses() == ["claimed"], 60, "the call is under way")
    process.send_signal(signal.SIGTERM)
    assert process.wait(END_SECONDS) == 0
    assert house.statuses() == ["sent"]


def test_one_text_can_be_followed_through_every_log(house: House, people: Cast) -> None:
    """From the webhook to the carrier's report, by the ids in the lines alone, and by `winback trace`."""
    house.start("web")
    house.start("worker")
    sid = "SM" + "7" * 32
    assert house.text(people, "hello", sid) == 200
    wait_until(lambda: _reported(house), 60, "the carrier has reported")
    received = [line["event"] for line in house.lines("web") if line.get("trace") == sid]
    turned = [line for line in house.lines("worker") if line.get("trace") == sid]
    written = next(line for line in house.lines("worker") if line["event"] == "written")
    answer = written["trace"]
    assert received == ["received"]
    assert [line["event"] for line in turned] == ["read", "turned"]
    assert written["inbound"] == next(line["inbound"] for line in turned if line["event"] == "turned")
    sent = [line["event"] for line in house.lines("worker") if line.get("trace") == answer]
    assert sent == ["written", "claimed", "sent"]
    assert "reported" in [line["event"] for line in house.lines("web") if line.get("trace") == answer]
    # the log is told before the end is committed, and a report may come in between
    wait_until(lambda: {"read", "sent", "reported"} <= set(_stations(house, sid)), 30, "all of it is stored")
    assert _stations(house, sid)[0] == "received"


def _stations(house: House, sid: str) -> list[str]:
    with house.app.database.read() as session:
        return [each.station for each in trace(session, sid)]


def _in_flight(house: House) -> bool:
    """Whether the web server has taken a connection: established at its port, and some process holds it."""
    port = f":{int(house.url.rsplit(':', 1)[1]):04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[1].endswith(port) and row[3] == "01" and row[9] != "0" for row in rows)


def _reported(house: House) -> bool:
    return any(line["event"] == "reported" for line in house.lines("web"))
