"""What stands between an unlucky order and an accident: each guard of the real code by name, each can be left out.

Owns the guards' conditions. Every docstring names the accident that the guard alone prevents; the test of the same name
in `test_every_guard_is_needed` leaves it out and finds that accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bot.interleavings.model import Row, World

MARKETING = ("opener", "reminder")

UNIQUE_INBOUND = "unique inbound id"
LOCK = "the conversation's lock"
READY = "claim only what is ready"
FENCE = "the fence is equal"
FRESH = "no newer text"
SUPPRESSION = "gate: suppression"
HOLDER = "gate: holder"
UNREAD = "gate: unread text"
COMMIT_FIRST = "the claim commits before the call"
LEASE = "a lease that ran out is unknown"
CLAIMED = "record only what is claimed"
UNIQUE_OUTBOUND = "unique outbound key"
UNCLAIMED = "undo only what nobody claimed"
NOTICE = "undo no notice"
OWED = "a confirmation is owed"
LOST = "an answer that is lost"
DESK = "the front desk hears for a passage that is over"
ASKED = "an end withholds no answer"
BESIDE = "what is asked beside a stop"


@dataclass(frozen=True)
class Guards:
    """All guards, but for those that are left `out`."""

    out: frozenset[str] = frozenset()

    def on(self, guard: str) -> bool:
        """Is it in its place?"""
        return guard not in self.out

    def inbound_is_new(self, world: World, name: str) -> bool:
        """`unique (account, provider_id)` on inbound. Without: a webhook that comes twice is answered twice."""
        return not self.on(UNIQUE_INBOUND) or all(text.name != name for text in world.texts)

    def still_ready(self, row: Row) -> bool:
        """`row.status == "ready"` in claiming.claim_together. Without: two workers that found the same row send it twice."""
        return not self.on(READY) or row.status == "ready"

    def fence_is_equal(self, world: World, row: Row) -> bool:
        """`row.fence != conversation.fence` in sending.wanted. Without: what the bot decided before a takeover leaves
        when the person lets go, over what they said meanwhile.

        Owed (`wanted._owed`): without it, an opt-out is not confirmed when somebody takes over right after it.
        """
        owed = row.kind == "confirmation" and self.on(OWED)
        return owed or not self.on(FENCE) or row.fence == world.fence

    def is_fresh(self, world: World, row: Row) -> bool:
        """`row.read_inbound_id != conversation.last_inbound_id` in sending.wanted. Without: an answer to the text
        before leaves after a stop in words that only the model understands."""
        return not self.on(FRESH) or row.kind != "answer" or row.read == len(world.texts)

    def gate(self, world: World, row: Row) -> str:
        """The gate's rules that depend on who came first: allow, deny, deny for now or defer (bot.compliance.rules).

        Suppression: without it, an answer leaves after a stop; consent, which ends with the stop too, keeps back only
        marketing. Holder: without it, an opener whose turn came after the takeover carries the new fence, and leaves.
        Unread: without it, a reminder leaves after a stop in words that only the model understands.
        """
        marketing = row.kind in MARKETING
        if world.suppressed and row.kind != "confirmation" and (marketing or self.on(SUPPRESSION)):
            return "deny"
        people = world.holder == "staff" or (world.holder == "nobody" and marketing)
        if people and self.on(HOLDER) and row.kind != "confirmation":
            return "deny for now"
        if marketing and self.on(UNREAD) and any(not text.turned for text in world.texts):
            return "defer"
        if marketing and world.texts and not world.floor:
            return "defer"  # the customer spoke, and not with this flow: 24 hours of quiet
        return "allow"

    def still_claimed(self, row: Row) -> bool:
        """`row.status != "claimed"` in results.record. Without: a slow worker's «try later» makes an unknown text
        ready again, behind the back of whoever settled it."""
        return not self.on(CLAIMED) or row.status == "claimed"

    def after_the_lease(self, row: Row) -> str:
        """dispatch.expire_leases. Without (the row made ready again): a worker that died after the call, or is only
        slow, has its text sent twice."""
        if not self.on(LEASE):
            return "ready"
        return "sent" if row.provider_knows else "unknown"

    def after_a_death(self, row: Row) -> str:
        """Two transactions in dispatch. Without (claim and record in one, around the call): the claim of a worker that
        died after the call is rolled back, and the text is sent twice."""
        return row.status if self.on(COMMIT_FIRST) or row.status != "claimed" else "ready"

    def key_is_new(self, before: World, after: World) -> bool:
        """`unique (shop_id, key)` on outbound. Stands behind the lock; without both: two workers write the same turn
        twice."""
        if not self.on(UNIQUE_OUTBOUND):
            return True
        taken = {row.key for row in before.rows}
        return not any(row.key in taken for row in after.rows[len(before.rows) :])

    def may_be_undone(self, row: Row) -> bool:
        """`status in ("ready", "withheld")` in journal.undo_unsent. Without: what is already on its way is answered
        again, together with the newer text.

        Notice (`effect.get("notice")` there): without it, a text right after an opt-out takes its confirmation back.
        """
        if row.kind == "confirmation" and self.on(NOTICE):
            return False
        return not self.on(UNCLAIMED) or row.status in ("ready", "withheld")

    def goes_to_people(self, world: World, row: Row) -> bool:
        """hearers: does an answer that will not leave need a person, beyond what its own passage hears?

        Lost (`_lost`): without it, nobody has the text whose answer came back with «try later» after the newer one was
        answered. Desk (`found if lives else front_desk`): without it, nobody has the question that a stop overtook.
        Where a stop is in force, only what asks for more than a text of the bot's goes to people.
        """
        lives = row.of == "desk" or world.flow_lives
        wanted = not world.suppressed or any(asks(name) for name in row.answers)
        return self.on(LOST) and (lives or self.on(DESK)) and wanted

    def ends_with_its_passage(self, row: Row) -> bool:
        """`prompted_by IS NULL` in apply._finish. Without: an answer that is withheld by its passage's end is withheld
        in silence, and a question that a stop overtook reaches nobody."""
        return row.kind != "answer" or not self.on(ASKED)

    def hears_beside(self) -> bool:
        """reading.asked_beside. Without: a question in one breath with a stop that only the model finds is lost."""
        return self.on(BESIDE)


def asks(name: str) -> bool:
    """Needs an answer or a person although a stop came after it (reading.STILL_WANTED)."""
    return name.startswith("Q")


ALL = (
    UNIQUE_INBOUND,
    LOCK,
    READY,
    FENCE,
    FRESH,
    SUPPRESSION,
    HOLDER,
    UNREAD,
    COMMIT_FIRST,
    LEASE,
    CLAIMED,
    UNIQUE_OUTBOUND,
    UNCLAIMED,
    NOTICE,
    OWED,
    LOST,
    DESK,
    ASKED,
    BESIDE,
)
