"""People: their accounts, the shops they work for, their sessions, and the links that let them in.

An account is one person, whatever the shops; `Staff` is that person at one shop, with a role there. What may be stolen with
the database is of no use: tokens and codes are kept as hashes, passwords as argon2id, the second step's secret encrypted.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Instant, OptInstant, OptRef, Pk, Ref, ShopId, Word

_LEFT = text("removed_at IS NULL")


class Account(Base):
    """Somebody who may sign in, at however many shops. `email` is folded (bot.staff.accounts.fold)."""

    __tablename__ = "accounts"

    id: Mapped[Pk]
    email: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """argon2id; empty until the first link was followed."""
    totp_secret: Mapped[str | None] = mapped_column(String(300))
    """Encrypted (bot.staff.second_step); with one, a sign-in takes a second step."""
    totp_offered: Mapped[str | None] = mapped_column(String(300))
    """The one that is shown as a picture and not confirmed yet; encrypted as well."""
    totp_step: Mapped[int] = mapped_column(default=0)
    """The last half minute whose code was taken: no code is taken twice."""
    generation: Mapped[int] = mapped_column(default=0)
    """Raised to end all sessions at once."""
    rights: Mapped[int] = mapped_column(default=0)
    """Raised whenever what this person may do changes; a session that knows another number gets a new token."""
    demo: Mapped[bool] = mapped_column(default=False)
    """One of the demo's people: signs in by one click, never with a password."""
    created_at: Mapped[Instant]


class Staff(Base):
    """Somebody who works for the shop. `role`: owner, editor, agent or viewer (bot.staff.roles).

    Invited until `joined_at`, gone from `removed_at` on. The row stays, for what they did carries its number.
    """

    __tablename__ = "staff"
    __table_args__ = (
        UniqueConstraint("shop_id", "id"),
        UniqueConstraint("shop_id", "email"),
        Index("ix_staff_of_account", "account_id", postgresql_where=_LEFT, sqlite_where=_LEFT),
    )

    id: Mapped[Pk]
    shop_id: Mapped[ShopId] = mapped_column(ForeignKey("shops.id"))
    account_id: Mapped[OptRef] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(200))
    role: Mapped[Word] = mapped_column(default="agent")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """Of an earlier version, and empty: the password belongs to the account."""
    active: Mapped[bool] = mapped_column(default=False)
    """Joined and not removed: what every page asks."""
    created_at: Mapped[Instant]
    invited_at: Mapped[OptInstant]
    joined_at: Mapped[OptInstant]
    removed_at: Mapped[OptInstant]


class SignInSession(Base):
    """A browser that somebody signed in with. Real time throughout. Only the SHA-256 of the token is here."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_of_account", "account_id"), Index("ix_sessions_end", "expires_at"))

    id: Mapped[Pk]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    token_hash: Mapped[Word] = mapped_column(unique=True)
    old_token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """The token before the last change; good for a moment, for requests that were on their way."""
    changed_at: Mapped[Instant]
    """When it got its token."""
    step: Mapped[Word] = mapped_column(default="done")
    """`second` while the second step is awaited: such a session opens no page but that one."""
    generation: Mapped[int] = mapped_column(default=0)
    rights: Mapped[int] = mapped_column(default=0)
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    """True to a minute."""
    expires_at: Mapped[Instant]


class StaffLink(Base):
    """An invitation or a password reset: a link that works once, until it ends. Only the SHA-256 of its token is here."""

    __tablename__ = "staff_links"
    __table_args__ = (Index("ix_staff_links_of_account", "account_id"),)

    id: Mapped[Pk]
    kind: Mapped[Word]
    """invite or reset."""
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    shop_id: Mapped[OptRef]
    staff_id: Mapped[OptRef]
    """Of an invitation: whom it lets in, and where."""
    token_hash: Mapped[Word] = mapped_column(unique=True)
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[OptInstant]


class SignInTries(Base):
    """Tries to sign in, counted by account and by address; whether there is such an account makes no difference."""

    __tablename__ = "sign_in_tries"

    name: Mapped[Word] = mapped_column(primary_key=True)
    """What is counted: an HMAC of the e-mail, the account's number, or of the address."""
    tries: Mapped[int] = mapped_column(default=0)
    since: Mapped[Instant]
    """When the first of them was; real time."""


class RecoveryCode(Base):
    """Stands in for the phone at the second step, once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("account_id", "code_hash"),)

    id: Mapped[Pk]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    code_hash: Mapped[Word]
    used_at: Mapped[OptInstant]
