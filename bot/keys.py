"""What is derived from the instance's secret keys: phone keys, link tokens, keys to encrypt with, fingerprints of API keys.

Owns the derivations. Must not read the environment (bot.settings does) and must not store a key.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0/O, 1/l/I: people read link tokens aloud."""

TOKEN_LENGTH = 9
"""56**9 is 5e15: with ten million links the chance of any collision is about one in a hundred, and the unique key
turns one into a loud error instead of a wrong cart."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The instance's secret, 32 bytes or more, from WINBACK_SECRET_KEY. Losing it orphans ledger and suppression."""

    secret: bytes

    def phone_key(self, shop_id: int, phone: str) -> str:
        """HMAC-SHA256 of an E.164 number within a shop, hex: stands for the number where it must outlive erasure."""
        return self._mac("phone", str(shop_id), phone).hexdigest()

    def link_token(self, *parts: object) -> str:
        """The short link's token for these parts: same parts, same token (a turn done again finds its link)."""
        number = int.from_bytes(self._mac("link", *map(str, parts)).digest()[:12])
        token = ""
        for _ in range(TOKEN_LENGTH):
            number, digit = divmod(number, len(_ALPHABET))
            token += _ALPHABET[digit]
        return token

    def stamp(self, *parts: object) -> str:
        """Shows that we made a form with these parts, hex. Whoever sends it back cannot have changed them."""
        return self._mac("form", *map(str, parts)).hexdigest()[:40]

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, to encrypt with (I12: what has to be read again, not only compared)."""
        return self._mac("derived", purpose).digest()

    def fingerprint(self) -> str:
        """Says whether two processes hold the same secret, without telling it."""
        return self._mac("fingerprint").hexdigest()[:16]

    def _mac(self, *parts: str) -> hmac.HMAC:
        return hmac.new(self.secret, "\x1f".join(parts).encode(), hashlib.sha256)


def api_key_hash(key: str) -> str:
    """SHA-256 of an API key, hex. Enough for a random 256-bit key; never used for a password."""
    return hashlib.sha256(key.encode()).hexdigest()
