"""What the stand-in posts: status reports from background threads, and a customer's text or call at once.

Owns signing and posting. Reports may be late, reversed, shuffled and repeated, as Twilio's may (R99).
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from random import Random
from typing import Any, Literal

import requests
from twilio.request_validator import RequestValidator

from webhooks.standin.forms import call_form, inbound_form, report_form
from webhooks.standin.state import State, Text

TIMEOUT_SECONDS = 15  # R71
THREADS = 4

Order = Literal["forward", "reverse", "shuffle"]


@dataclass(frozen=True, slots=True)
class ReportRules:
    """How status reports are sent. `delay_seconds` before each; each is sent `copies` times."""

    on: bool = True
    order: Order = "forward"
    copies: int = 1
    delay_seconds: float = 0.0
    seed: int = 0


@dataclass
class Outgoing:
    """Posts to Winback."""

    state: State
    webhook_base: str
    on: bool = True
    rules: ReportRules = field(init=False)
    _queue: SimpleQueue[tuple[Text, str, int | None]] = field(default_factory=SimpleQueue)
    _pending: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _started: bool = False
    _validators: dict[str, RequestValidator] = field(default_factory=dict)
    _sessions: threading.local = field(default_factory=threading.local)
    failed_posts: int = 0

    def __post_init__(self) -> None:
        """Rules as the application was built with."""
        self.rules = ReportRules(on=self.on)
        self._dice = Random(0)  # noqa: S311  a test's dice

    def change(self, **changes: Any) -> ReportRules:
        """Other rules from now on."""
        self.rules = replace(self.rules, **changes)
        if "seed" in changes:
            self._dice = Random(self.rules.seed)  # noqa: S311
        return self.rules

    def report(self, text: Text, error_code: int | None = None) -> None:
        """Put a text's reports on their way. Without reports it counts as delivered."""
        last = "delivered" if error_code is None else "undelivered"
        rules = self.rules
        if not rules.on or not text.callback:
            text.status, text.error_code = last, error_code
            return
        # No report for the status that the create call already told (R98).
        steps = ["queued", "sent", last] if text.status == "accepted" else ["sent", last]
        if rules.order == "reverse":
            steps.reverse()
        elif rules.order == "shuffle":
            self._dice.shuffle(steps)
        posts = [step for step in steps for _ in range(rules.copies)]
        with self._lock:
            self._pending += len(posts)
            if not self._started:
                self._started = True
                for number in range(THREADS):
                    threading.Thread(target=self._work, name=f"reports-{number}", daemon=True).start()
        for step in posts:
            self._queue.put((text, step, error_code if step == last else None))

    @property
    def pending(self) -> int:
        """Reports not yet posted; quiet means 0."""
        return self._pending

    def inbound(
        self, text: Text, *, opt_out_type: str | None, idempotency_token: str | None = None
    ) -> tuple[int, str]:
        """Post a customer's text to the number's webhook; what that answered. (0, reason) when it did not."""
        number = self.state.number(text.to)
        url = (number.sms_url if number else "") or self._url("/twilio/inbound")
        return self._post(url, text.account, inbound_form(text, opt_out_type), idempotency_token)

    def call(self, account: str, phone: str, ours: str) -> tuple[int, str]:
        """Post a customer's call to the number's webhook; the TwiML that it answers."""
        number = self.state.number(ours)
        url = (number.voice_url if number else "") or self._url("/twilio/voice")
        return self._post(url, account, call_form(account, "CA" + uuid.uuid4().hex, phone, ours))

    def _work(self) -> None:
        while True:
            text, step, error_code = self._queue.get()
            try:
                if self.rules.delay_seconds:
                    time.sleep(self.rules.delay_seconds)
                text.status, text.error_code = step, error_code
                status, _ = self._post(text.callback or "", text.account, report_form(text, step, error_code))
                if not 200 <= status < 300:
                    self.failed_posts += 1
            finally:
                with self._lock:
                    self._pending -= 1

    def _url(self, path: str) -> str:
        return self.webhook_base.rstrip("/") + path

    def _post(
        self, url: str, account: str, form: dict[str, str], token: str | None = None
    ) -> tuple[int, str]:
        validator = self._validators.get(account)
        if validator is None:
            validator = self._validators[account] = RequestValidator(self.state.accounts[account])
        bare = url.split("#", 1)[0]  # connection overrides are a fragment, which is not signed (R72, R76)
        headers = {
            "X-Twilio-Signature": validator.compute_signature(bare, form),
            "User-Agent": "TwilioProxy/1.1",
        }
        if token:
            headers["I-Twilio-Idempotency-Token"] = token
        session = getattr(self._sessions, "session", None)
        if session is None:
            session = self._sessions.session = requests.Session()
            session.trust_env = False
        try:
            answer = session.post(
                bare, data=form, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            return 0, type(error).__name__
        return answer.status_code, answer.text
