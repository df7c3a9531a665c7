"""The operator's settings: config.yml, then the environment. The only place that reads either.

Owns what is read, from where, and what wins; the groups are written down in bot.settings_parts, and had from here. Must not
open anything (bot.compose does).
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.settings_parts import (
    ConsoleSettings,
    LogSettings,
    MailSettings,
    NluSettings,
    NotifySettings,
    PaceSettings,
    RetentionSettings,
    StandinSettings,
    TwilioAccount,
    TwilioSettings,
    WebSettings,
)

__all__ = [
    "DEMO_TOKEN",
    "SECRETS_FILE",
    "BadSettings",
    "ConsoleSettings",
    "LogSettings",
    "MailSettings",
    "NluSettings",
    "NotifySettings",
    "PaceSettings",
    "RetentionSettings",
    "Settings",
    "StandinSettings",
    "TwilioAccount",
    "TwilioSettings",
    "WebSettings",
    "child_environment",
    "load",
    "make_secrets",
]

SECRETS_FILE = "secrets.env"
DEMO_TOKEN = "WINBACK_DEMO_TWILIO_TOKEN"  # noqa: S105  the name of one


class BadSettings(ValueError):
    """The settings can't be used; the message names the file and everything in it that is wrong, never a value."""


class Settings(BaseSettings):
    """Everything the operator may set. Environment: WINBACK_ and the name, `__` between levels."""

    model_config = SettingsConfigDict(
        env_prefix="WINBACK_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = Field(
        Path("var"), description="folder for database, secrets and the embedded server's files"
    )
    public_url: str = Field(
        "http://127.0.0.1:8080", description="the address under which providers reach `winback web`"
    )
    link_url: str = Field("http://127.0.0.1:8080", description="the short links' own domain")
    database_url: str | None = Field(
        None,
        validation_alias=AliasChoices("database_url", "DATABASE_URL"),
        description="PostgreSQL; unset: SQLite in the home folder",
    )
    redis_url: str | None = Field(
        None,
        validation_alias=AliasChoices("redis_url", "REDIS_URL"),
        description="Redis or Valkey; unset: the embedded server",
    )
    secret_key: SecretStr | None = Field(
        None, description="from which phone keys and link tokens are derived; 32 bytes or more as hex"
    )
    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="who brings it as a bearer token may read /metrics; unset: loopback only",
    )
    web: WebSettings = WebSettings()
    console: ConsoleSettings = ConsoleSettings()
    standin: StandinSettings = StandinSettings()
    settle_seconds: float = Field(
        3, ge=0, le=60, description="seconds in which further texts join the same turn"
    )
    late_after_hours: float = Field(
        6, gt=0, description="a text that reaches Winback so late goes to a person instead of being answered"
    )
    lease_seconds: float = Field(
        90,
        gt=0,
        description="real seconds after which a claimed text whose worker never came back is unknown; longer than the provider may take to answer",
    )
    twilio: TwilioSettings = TwilioSettings()
    nlu: NluSettings = NluSettings()
    log: LogSettings = LogSettings()
    mail: MailSettings = MailSettings()
    notify: NotifySettings = NotifySettings()
    retention: RetentionSettings = RetentionSettings()

    @field_validator("database_url")
    @classmethod
    def _known_kind(cls, url: str | None) -> str | None:
        if url and not url.startswith(("postgresql://", "postgresql+psycopg://", "sqlite:///")):
            raise ValueError("an address such as postgresql://winback@localhost/winback is needed")
        return url

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then what `load` read from the files."""
        return env_settings, init_settings

    @property
    def database(self) -> str:
        """The database's address, embedded default included."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'winback.db'}"

    def secret(self) -> bytes:
        """The instance's secret key. Raises RuntimeError with the remedy when there is none."""
        if self.secret_key is None:
            raise RuntimeError(
                "no secret key: set WINBACK_SECRET_KEY, or run `winback up` once, which makes one"
            )
        return self.secret_key.get_secret_value().encode()

    @property
    def paced(self) -> bool:
        """Whether texts wait for their pace. A stand-in has no carriers behind it."""
        if self.twilio.pace.on is not None:
            return self.twilio.pace.on
        return bool(self.twilio.accounts) and self.twilio.base_url is None

    def twilio_tokens(self) -> dict[str, tuple[str, ...]]:
        """Account sid -> its tokens, newest first. An account whose token is missing is left out (doctor says so)."""
        tokens = {}
        for account in self.twilio.accounts:
            found = [os.environ.get(account.token_env), os.environ.get(account.token_env + "_SECONDARY")]  # noqa: TID251
            if any(found):
                tokens[account.sid] = tuple(token for token in found if token)
        return tokens


def load(config: Path | None = None) -> Settings:
    """Read config.yml (or the file named by WINBACK_CONFIG), the home folder's secrets, then the environment.

    Raises BadSettings for an unknown or wrong setting, and for a file that was named and is not there.
    """
    named = config or os.environ.get("WINBACK_CONFIG")  # noqa: TID251
    path = Path(named or "config.yml")
    values = _read_config(path, must_be_there=bool(named))
    home = Path(os.environ.get("WINBACK_HOME") or str(values.get("home") or "var"))  # noqa: TID251
    for name, value in _read_secrets(home / SECRETS_FILE).items():
        os.environ.setdefault(name, value)  # noqa: TID251
    try:
        return Settings(**values)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        told = "\n".join(f"  {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
        raise BadSettings(f"wrong settings in {path} or the environment:\n{told}") from error


def make_secrets(home: Path) -> Path:
    """Write the home folder's secrets (mode 0600), each unless it is there or in the environment; gives their path.

    A key of our own beside the operator's would be taken by the first command that is called without the operator's
    environment, and would find no opt-out. The second one stands in for a Twilio token while there is no Twilio account
    (bot.processes.demo_mode).
    """
    home.mkdir(
        mode=0o700, parents=True, exist_ok=True
    )  # the database with everybody's numbers lies there as well
    path = home / SECRETS_FILE
    there = _read_secrets(path)
    missing = [
        name
        for name in ("WINBACK_SECRET_KEY", DEMO_TOKEN)
        if name not in there and not os.environ.get(name)  # noqa: TID251
    ]
    if missing:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w") as file:
            if not there:
                file.write(
                    "# Made once by `winback up`. Back it up with the database: without it, who opted out is lost.\n"
                )
            file.writelines(f"{name}={secrets.token_hex(32)}\n" for name in missing)
    return path


def child_environment(**changes: str) -> dict[str, str]:
    """This process's environment for a child process, with `changes`."""
    return {**os.environ, **changes}  # noqa: TID251


def _read_config(path: Path, *, must_be_there: bool) -> dict[str, Any]:
    if not path.exists() and not must_be_there:
        return {}
    try:
        values = YAML(typ="safe").load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        why = getattr(error, "strerror", None) or getattr(error, "problem", None) or "it is not UTF-8"
        raise BadSettings(f"{path} can't be read{where}: {why}") from error
    if values is not None and not isinstance(values, dict):
        raise BadSettings(f"{path} can't be read: settings are written as `name: value`")
    return values or {}


def _read_secrets(path: Path) -> dict[str, str]:
    try:
        if not path.exists():
            return {}
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise BadSettings(f"{path} can't be read: {why} (is it another user's?)") from error
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}
