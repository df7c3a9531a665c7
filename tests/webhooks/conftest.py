"""The doors with the cast behind them, and a hand that signs like Twilio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from bot.settings import Settings, TwilioAccount, TwilioSettings
from tests.support.cast import ACCOUNT
from webhooks.signature import FORM

TOKEN, OLD_TOKEN = "the-account-s-token", "the-token-before"
PUBLIC = "https://texts.juniper.example/winback"
BODIES = Path(__file__).parent / "bodies"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One account with a token and the one before it, behind a proxy under a path."""
    monkeypatch.setenv("CAST_TOKEN", TOKEN)
    monkeypatch.setenv("CAST_TOKEN_SECONDARY", OLD_TOKEN)
    twilio = TwilioSettings(accounts=(TwilioAccount(sid=ACCOUNT, token_env="CAST_TOKEN"),))
    return Settings(home=tmp_path, secret_key="5e" * 32, public_url=PUBLIC, twilio=twilio)


def body_of(name: str) -> str:
    """A recorded form body."""
    return (BODIES / f"{name}.form").read_text("utf-8")


def recorded(kind: str) -> list[str]:
    """The names of the recorded bodies of a kind."""
    return sorted(path.stem for path in BODIES.glob(f"{kind}_*.form"))


@dataclass
class Carrier:
    """Posts bodies as Twilio would; each of its habits can be changed."""

    client: FlaskClient
    token: str = TOKEN
    base: str = PUBLIC

    def post(
        self, path: str, body: str, *, signature: str | Callable[[str], str] | None = "right"
    ) -> TestResponse:
        """Post a form body; `signature`: right, none at all (None), or what a function makes of the right one."""
        pairs = dict(parse_qsl(body, keep_blank_values=True))
        right = RequestValidator(self.token).compute_signature(self.base + path, pairs)
        headers = {}
        if signature == "right":
            headers["X-Twilio-Signature"] = right
        elif callable(signature):
            headers["X-Twilio-Signature"] = signature(right)
        elif signature is not None:
            headers["X-Twilio-Signature"] = signature
        return self.client.post(path, data=body, headers=headers, content_type=FORM)

    def text(self, **fields: str) -> TestResponse:
        """A text with these fields over an ordinary one."""
        pairs = dict(parse_qsl(body_of("inbound_text"), keep_blank_values=True)) | fields
        return self.post("/twilio/inbound", urlencode(pairs))
