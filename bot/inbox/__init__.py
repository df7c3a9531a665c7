"""What people do with conversations: take over, answer, hand back, note, promise, decide. Knows no Flask.

Every deed is a plain function `deed(session, ..., actor, now)`: it locks the conversation (`bot.inbox.deeds`), looks
whether the actor may, does it, and gives back one of a closed union of outcomes. What can be expected (gone, somebody
else's, not allowed, too late) is a value, never an exception. `now` is domain time, unless a docstring says otherwise.

Where to start: `holding` (who speaks), `replying` (what a person writes) with `composing`, `undoing`, `drafting` and
`from_draft`, `returning` (back to the bot, and closed) and `by_rule`, `arranging` (whose it is, snooze), `notes`,
`promises`, `brief`, `shift`; `newer` is what nobody has seen, and `due` what the clock calls.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.staff.audit import By
from bot.staff.roles import Permission, Role, may


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody of the staff, in the shop where they act. What is recorded carries their number and name."""

    shop_id: int
    staff_id: int
    name: str
    role: Role
    account_id: int | None = None
    """Whose account it is, where they act by one (the console)."""
    address: str = ""
    """Where they act from, where that is known."""

    @property
    def by(self) -> By:
        """This person, for the audit. Number 0 is nobody of the staff: the command line."""
        return By(self.name, self.account_id, self.staff_id or None, self.address or None)

    def may(self, permission: Permission) -> bool:
        """Whether their role allows it."""
        return may(self.role, permission)


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such thing in the actor's shop. A page answers it with 404."""


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The actor's role does not permit it. A page answers it with 403."""

    permission: Permission


@dataclass(frozen=True, slots=True)
class HeldBy:
    """A colleague speaks in this conversation. What was asked for can be forced, which leaves a note."""

    staff_id: int
    name: str


@dataclass(frozen=True, slots=True)
class TooLate:
    """What was to be changed is not so any more. `why`: one sentence for the screen."""

    why: str


@dataclass(frozen=True, slots=True)
class Done:
    """It is done. `changed` is False where it was so already."""

    changed: bool = True
