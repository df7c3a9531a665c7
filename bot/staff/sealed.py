"""What has to be stored and read again: encrypted with a key that is derived from the instance's secret (I12).

Owns the form: AES-256-GCM, a random nonce in front, base64. `purpose` and `owner` are bound in, so that a value moved to
another row does not open.
"""

from __future__ import annotations

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.keys import Keys

_NONCE = 12


def seal(keys: Keys, purpose: str, owner: int, plain: str) -> str:
    """`plain`, encrypted for this row."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(keys.derived(purpose)).encrypt(nonce, plain.encode(), _bound(purpose, owner))
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(keys: Keys, purpose: str, owner: int, sealed: str) -> str | None:
    """What was sealed for this row; None when it was not, or with another secret key."""
    try:
        raw = base64.urlsafe_b64decode(sealed)
        plain = AESGCM(keys.derived(purpose)).decrypt(raw[:_NONCE], raw[_NONCE:], _bound(purpose, owner))
    except (InvalidTag, ValueError, binascii.Error):
        return None
    return plain.decode()


def _bound(purpose: str, owner: int) -> bytes:
    return f"{purpose}\x1f{owner}".encode()
