"""The second step of a sign-in: a code from a phone (TOTP, RFC 6238), or one of ten recovery codes.

Owns secret and codes. The secret is stored encrypted, recovery codes as hashes; no code is taken twice.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
import segno
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from bot.keys import Keys
from bot.models import Account, RecoveryCode
from bot.staff.sealed import seal, unseal

PURPOSE = "totp"
HALF_MINUTE = 30
DRIFT = 1
"""How many half minutes a phone's clock may be off, either way."""
RECOVERY_CODES = 10
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""No 0/o, 1/l/i: people read them from paper. Ten of them are 49 bits, and tries are counted."""
ISSUER = "Winback"


def offer(keys: Keys, account: Account) -> None:
    """Make a secret that counts once a code of it was typed (`confirm`)."""
    account.totp_offered = seal(keys, PURPOSE, account.id, pyotp.random_base32())


def offered(keys: Keys, account: Account) -> str | None:
    """The secret that is offered, in base32, to be typed where no camera is."""
    return unseal(keys, PURPOSE, account.id, account.totp_offered) if account.totp_offered else None


def picture(secret: str, account_email: str) -> str:
    """The secret as a QR code: an SVG element without any style of its own."""
    address = pyotp.TOTP(secret).provisioning_uri(name=account_email, issuer_name=ISSUER)
    return str(
        segno.make(address, error="m").svg_inline(
            scale=5, border=3, dark="#000", light="#fff", title="QR code for an authenticator app"
        )
    )


def confirm(session: Session, keys: Keys, account: Account, code: str, now: datetime) -> list[str] | None:
    """Take the offered secret into use; gives the recovery codes, to be shown this once. None: the code is not right."""
    secret = offered(keys, account)
    step = _step_of(secret, code, now) if secret else None
    if secret is None or step is None:
        return None
    account.totp_secret, account.totp_offered, account.totp_step = account.totp_offered, None, step
    account.rights += 1
    return new_recovery_codes(session, account)


def switch_off(session: Session, account: Account) -> None:
    """From now on a password is enough."""
    account.totp_secret = account.totp_offered = None
    account.rights += 1
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def new_recovery_codes(session: Session, account: Account) -> list[str]:
    """Ten new ones; the old ones are void."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    rows = [{"account_id": account.id, "code_hash": _hashed(account.id, code)} for code in codes]
    session.execute(insert(RecoveryCode), rows)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_codes_left(session: Session, account_id: int) -> int:
    """How many were not used yet."""
    asked = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return int(session.execute(asked).scalar_one())


def take(session: Session, keys: Keys, account: Account, typed: str, now: datetime) -> bool:
    """Whether this is a code of the phone or a recovery code; either is used up by it. Claims by conditional UPDATE."""
    code = "".join(letter for letter in typed.lower() if letter.isalnum())
    if code.isdigit() and len(code) == 6:
        secret = unseal(keys, PURPOSE, account.id, account.totp_secret) if account.totp_secret else None
        step = _step_of(secret, code, now) if secret else None
        if step is None:
            return False
        changed = session.execute(
            update(Account).where(Account.id == account.id, Account.totp_step < step).values(totp_step=step)
        )
    else:
        changed = session.execute(
            update(RecoveryCode)
            .where(
                RecoveryCode.account_id == account.id,
                RecoveryCode.code_hash == _hashed(account.id, code),
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=now)
        )
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute that this code belongs to, among those that are near enough."""
    code = "".join(code.split())
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    here = int(now.timestamp()) // HALF_MINUTE
    known = pyotp.TOTP(secret)
    near = range(here - DRIFT, here + DRIFT + 1)
    return next((step for step in near if hmac.compare_digest(known.generate_otp(step), code)), None)


def _hashed(account_id: int, code: str) -> str:
    return hashlib.sha256(f"{account_id}\x1f{code}".encode()).hexdigest()
