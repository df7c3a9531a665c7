"""What a code is worth beside what a flow wants to offer: of that kind, and at least as much.

Owns the comparison. Pure; who gets which code is bot.offers.giving's.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

Kind: TypeAlias = Literal["percent", "amount", "free_shipping", "gift", "points"]


class Worth(Protocol):
    """What an offer, a request and a code have in common. Exactly one of the five is set."""

    @property
    def percent(self) -> int | None:
        """Percent off."""

    @property
    def amount_cents(self) -> int | None:
        """Money off."""

    @property
    def free_shipping(self) -> bool:
        """Sent for nothing."""

    @property
    def gift(self) -> str | None:
        """Platform's id of what comes for nothing."""

    @property
    def points(self) -> int | None:
        """Points beside the order."""


def kind_of(worth: Worth) -> Kind | None:
    """Which of the five it is; None for a code that was put in without a word of its worth."""
    if worth.percent:
        return "percent"
    if worth.amount_cents:
        return "amount"
    if worth.gift:
        return "gift"
    if worth.points:
        return "points"
    return "free_shipping" if worth.free_shipping else None


def covers(held: Worth, wanted: Worth) -> bool:
    """Whether `held` is of that offer, or of the same kind and better. 20% covers 15%; free shipping covers no percent."""
    kind = kind_of(wanted)
    if kind != kind_of(held):
        return False
    match kind:
        case "percent":
            return (held.percent or 0) >= (wanted.percent or 0)
        case "amount":
            return (held.amount_cents or 0) >= (wanted.amount_cents or 0)
        case "points":
            return (held.points or 0) >= (wanted.points or 0)
        case "gift":
            return held.gift == wanted.gift
        case "free_shipping" | None:
            return True


def pool_name(
    percent: int | None, amount_cents: int | None, free_shipping: bool, gift: str | None, points: int | None
) -> str:
    """Where an offer looks for its codes unless its flow names a pool (as flows.build has it)."""
    if percent:
        return f"percent-{percent}"
    if free_shipping:
        return "free-shipping"
    if gift:
        return f"gift-{gift}"
    return f"points-{points}" if points else f"amount-{amount_cents}"
