"""Which secret key this database belongs to.

Owns the one fact. Another key would find no opt-out: every phone key in ledger and suppression is derived from it. So
no process works on a database with a key that is not its own.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.keys import Keys
from bot.models import Instance

NAME = "secret_key"


class WrongKey(RuntimeError):
    """The secret key is not the one that this database was begun with; the message gives the remedy."""


def remember_key(session: Session, keys: Keys) -> None:
    """Note the key's fingerprint, the first time. Raises WrongKey later, when it is another."""
    known = session.get(Instance, NAME)
    if known is None:
        session.add(Instance(name=NAME, value={"fingerprint": keys.fingerprint()}))
    else:
        check_key(session, keys)


def check_key(session: Session, keys: Keys) -> None:
    """Raises WrongKey unless this is the key that the database knows; a database that knows none accepts any."""
    known = session.get(Instance, NAME)
    if known is not None and known.value.get("fingerprint") != keys.fingerprint():
        raise WrongKey(
            "the secret key is not the one that this database was made with, so who opted out could not be found: "
            "bring back the old WINBACK_SECRET_KEY (secrets.env in the home folder, or its backup)"
        )
