"""The whole of Winback, talked with, at the loudest level: no number, no word and no card in any log (I12)."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from bot.demo import NUMBER
from tests.bot.processes.test_up import running
from tests.support.processes import wait_until

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]

NORA = "+12125550111"
SAID = (
    "is the kale soup vegan?",
    "my card is 4242 4242 4242 4242",
    "please call 415 555 0133 about marmalade",
    "STOP",
    "START",
)
SECRETS = (
    "2125550111",
    "4155550133",
    "555 0133",
    "kale",
    "marmalade",
    "4242 4242",
    "4242424242424242",
    "Nora",
)
OUR_WORDS = ("text bot", "you're out", "A person will")
"""What the bot would answer."""


def test_a_talk_leaves_no_trace_of_what_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINBACK_LOG__LEVEL", "DEBUG")
    monkeypatch.setenv("WINBACK_SETTLE_SECONDS", "0")
    with running(tmp_path) as up:
        web, _, standin = (f"http://127.0.0.1:{port}" for port in up.ports)
        for body in SAID:
            form = {"from": NORA, "to": NUMBER, "body": body}
            done = requests.post(f"{standin}/standin/handset", json=form, timeout=20).json()
            assert done["status"] == 200
        requests.post(f"{web}/twilio/inbound", data={"From": NORA, "Body": SAID[0]}, timeout=5)  # unsigned
        requests.get(f"{web}/r/{NORA}", timeout=5)

        def heard() -> list[str]:
            texts = requests.get(f"{standin}/standin/handsets/{NORA}", timeout=5).json()["texts"]
            return [text["body"] for text in texts if text["from"] == NUMBER]

        wait_until(lambda: len(heard()) >= 3, 60, "answers arrive")
        wait_until(lambda: "reported" in up.said, 30, "the log says what became of them")
        said = up.said
    assert "received" in said
    assert "written" in said
    leaks = [line for line in said.splitlines() if any(secret in line for secret in (*SECRETS, *OUR_WORDS))]
    assert leaks == []
