"""Consent and suppression of one simulated customer, by the ledger's rules (bot.compliance.consent), in memory.

Owns what stands and what may change it. The proof, the hash chain and the database are the real ledger's alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.compliance.facts import ConsentFact
from bot.compliance.holds import UNDECIDED


@dataclass(slots=True)
class Consents:
    """What stands now: a consent, and what suppresses the number (opted_out, held, wrong_number)."""

    consent: ConsentFact | None
    suppression: str | None = None
    since: datetime | None = None
    last: str | None = None
    """The kind of the last consent, which a START brings back."""

    def opt_out(self, at: datetime) -> bool:
        """Withdraw consent. True if that changed anything."""
        if self.suppression == "opted_out":
            return False
        self.last = self.consent.kind if self.consent and self.suppression != "wrong_number" else None
        self.suppression, self.since, self.consent = "opted_out", at, None
        return True

    def hold(self, kind: str, at: datetime) -> None:
        """Stop marketing until a doubt is settled. Never weakens what is there."""
        if self.suppression not in ("opted_out", "wrong_number", kind):
            self.suppression, self.since = kind, at

    def release(self) -> None:
        """A person settled a doubt in the customer's favour. An opt-out is never released."""
        if self.suppression in ("held", "wrong_number"):
            self.suppression, self.since = None, None

    def start(self, at: datetime) -> bool:
        """The customer's own START. True when a consent is in force after it."""
        if self.suppression == "wrong_number":
            self.consent = None  # it was somebody else's
        elif self.consent is None and self.last is not None:
            self.consent = ConsentFact(self.last, at, "start")
        elif self.consent is not None:
            self.consent = ConsentFact(self.consent.kind, at, "start")
        self.suppression, self.since = None, None
        return self.consent is not None

    def settled(self, now: datetime) -> None:
        """A doubt that nobody settled for a week is an opt-out (bot.compliance.holds)."""
        if self.suppression == "held" and self.since is not None and now - self.since >= UNDECIDED:
            self.opt_out(now)
