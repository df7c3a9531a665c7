"""The groups of the operator's settings, as they stand in config.yml: names, defaults, meaning.

Owns one class a group. Reads nothing: bot.settings does, and is what everybody imports.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr, field_validator


class Part(BaseModel):
    """A group of settings. An unknown name is a fault, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WebSettings(Part):
    """The server for machines: webhooks, links, API."""

    host: str = "127.0.0.1"
    port: int = 8080
    threads: int = Field(8, ge=1, description="request threads in each worker process")
    workers: int = Field(1, ge=1, description="web processes")
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        ("127.0.0.0/8", "::1/128"),
        validate_default=True,
        description="networks of the proxies in front: whoever calls from there is believed in X-Forwarded-For, which the "
        "sign-up page counts visitors by and keeps as proof (R22), and the console counts tries to sign in by",
    )


class ConsoleSettings(Part):
    """The server for people. On this machine alone by default; anywhere else it needs `url`."""

    host: str = "127.0.0.1"
    port: int = 8081
    threads: int = Field(4, ge=1, description="request threads")
    url: str | None = Field(
        None,
        description="the address under which people reach the console, behind a proxy that speaks TLS: with https:// cookies "
        "stay off plain connections; needed where `host` is not this machine itself",
    )
    plain_http: bool = Field(
        False,
        description="whether the console may be reached over http:// from other machines: passwords then cross the network "
        "unencrypted",
    )

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        found = urlsplit(url)
        if found.scheme not in ("http", "https") or not found.hostname or found.path not in ("", "/"):
            raise ValueError("an address such as https://console.shop.example is needed")
        return f"{found.scheme}://{found.netloc.lower()}"

    @property
    def https(self) -> bool:
        """Whether people reach it over https."""
        return self.url is not None and self.url.startswith("https://")


class StandinSettings(Part):
    """The Twilio stand-in of the demo."""

    host: str = "127.0.0.1"
    port: int = 8082


class TwilioAccount(Part):
    """One account. Its token is read from the environment variable named by `token_env`, a second one (while keys are
    rotated) from `<token_env>_SECONDARY`."""

    sid: str
    token_env: str = "TWILIO_AUTH_TOKEN"  # noqa: S105  the name of one


class PaceSettings(Part):
    """How fast texts may leave. Parts (segments) a second; what is faster waits here, and answers overtake it."""

    on: bool | None = Field(
        None, description="whether texts are paced at all; unset: with a real provider, not with a stand-in"
    )
    long_code: float = Field(
        3.75, gt=0, description="parts a second from one number; a low-volume 10DLC campaign's (R102)"
    )
    toll_free: float = Field(3, gt=0, description="and from a toll-free number")
    short_code: float = Field(100, gt=0, description="and from a short code")
    account: float | None = Field(
        None, gt=0, description="parts a second of all of an account's senders together; unset: no limit"
    )


class TwilioSettings(Part):
    """How texts leave."""

    accounts: tuple[TwilioAccount, ...] = ()
    base_url: str | None = Field(None, description="the API's address; set only to reach a stand-in")
    timeout_seconds: float = Field(
        10, gt=0, description="seconds to wait for the provider; after that: Unknown"
    )
    keyword_replies: Literal["auto", "provider", "winback"] = Field(
        "auto",
        description="who answers a bare STOP, START or HELP; `auto`: the provider for long codes, the network for STOP and "
        "START to toll-free numbers, Winback for the rest; where Advanced Opt-Out has answered, never Winback (R7, R50, "
        "R54, R56, R57)",
    )
    pace: PaceSettings = PaceSettings()


class NluSettings(Part):
    """Reading replies."""

    model: Literal["embedded", "rasa"] = Field(
        "embedded",
        description="who says what a text means where no rule does: the models that come with Winback, or a Rasa server; "
        "while that does not answer, the embedded ones",
    )
    rasa_url: str = Field(
        "http://127.0.0.1:5005",
        description="where the Rasa server listens (`winback nlu rasa run` starts one); only with `model: rasa`",
    )
    rasa_deadline_ms: int = Field(
        800, ge=10, le=10_000, description="milliseconds that the Rasa server may take for a text"
    )
    sure: float = Field(
        0.55,
        ge=0,
        le=1,
        description="confidence from which a reading is acted on; chosen for the embedded models: a Rasa pipeline's shares "
        "are its own",
    )
    unsure: float = Field(
        0.30, ge=0, le=1, description="confidence below which a text counts as not understood"
    )

    @field_validator("rasa_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        found = urlsplit(url)
        if found.scheme not in ("http", "https") or not found.hostname or found.query or found.fragment:
            raise ValueError("an address such as http://127.0.0.1:5005 is needed")
        return url.rstrip("/")


class LogSettings(Part):
    """Logs; numbers and bodies are masked in both formats."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["console", "json"] = "console"


class MailSettings(Part):
    """E-mails to people of the shops. Without `host` none is sent."""

    host: str | None = Field(None, description="the mail server; unset: no e-mail is sent")
    port: int = Field(587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="`none` sends the password as it is: for a server on this machine alone"
    )
    user: str | None = None
    password: SecretStr | None = Field(
        None, description="better in the environment than in the file: WINBACK_MAIL__PASSWORD"
    )
    sender: str = Field("winback@localhost", description="the address that they come from")
    timeout_seconds: float = Field(15, gt=0, le=120)


class NotifySettings(Part):
    """Notifications to addresses that shops name."""

    private_webhooks: bool = Field(
        False,
        description="whether a shop's webhook may be in a private network or on this machine: only where every shop is yours",
    )


class RetentionSettings(Part):
    """For how many days what is kept. Unset: for ever."""

    bodies_days: int | None = Field(
        730,
        ge=30,
        description="what texts say and what was made of them, corrections and open questions included, and what colleagues "
        "noted, drafted and promised; that there was a text stays",
    )
    journal_days: int | None = Field(365, ge=30, description="the record of each turn (a replay needs it)")
    pictures_days: int | None = Field(180, ge=1, description="pictures that customers sent")
    reports_days: int | None = Field(180, ge=30, description="carriers' reports as they came")
    webhooks_days: int | None = Field(
        90, ge=30, description="shop notices as they came, and texts to numbers that no shop has"
    )
    addresses_days: int | None = Field(
        180, ge=1, description="from where staff did what the audit says; the rest of the audit stays"
    )
    proof_days: int | None = Field(
        2190,
        ge=1826,
        description="receipts, and the personal half of ledger entries on which nothing stands; five years at least (R11, R22). The ledger itself and opt-outs stay for ever",
    )
