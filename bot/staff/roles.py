"""What each role may do: one table, asked before every route of the console.

Owns the words of roles and permissions. Must not know routes: each names the permission that it needs (console.access).
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

Role: TypeAlias = Literal["owner", "editor", "agent", "viewer"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

MEANING: Final[dict[Role, str]] = {
    "owner": "may do everything, people and roles included",
    "editor": "writes and publishes flows, and looks at everything else",
    "agent": "answers customers in the inbox",
    "viewer": "looks, and changes nothing",
}

Permission: TypeAlias = Literal[
    "shop.look",
    "shop.change",
    "inbox.look",
    "inbox.reply",
    "inbox.assign",
    "inbox.settle",
    "inbox.correct",
    "inbox.settings",
    "coupons.change",
    "coupons.mend",
    "flows.look",
    "flows.change",
    "lines.review",
    "facts.change",
    "simulator.play",
    "people.change",
    "audit.look",
]

ALLOWED: Final[dict[Permission, frozenset[Role]]] = {
    # the shop's first page and its figures; its settings
    "shop.look": frozenset(ROLES),
    "shop.change": frozenset({"owner"}),
    # read conversations; write, take over and hand back; give work to a colleague
    "inbox.look": frozenset(ROLES),
    "inbox.reply": frozenset({"owner", "agent"}),
    "inbox.assign": frozenset({"owner", "agent"}),
    # decide what only a person may: opt-outs, held ones, wrong numbers, texts of which nobody knows
    "inbox.settle": frozenset({"owner", "agent"}),
    # say what a text really meant
    "inbox.correct": frozenset({"owner", "editor", "agent"}),
    # working hours, canned replies, rules of return
    "inbox.settings": frozenset({"owner"}),
    # one customer's code; an offer for all its holders at once
    "coupons.change": frozenset({"owner", "agent"}),
    "coupons.mend": frozenset({"owner"}),
    "flows.look": frozenset(ROLES),
    "flows.change": frozenset({"owner", "editor"}),
    # let corrections and lines of the shop teach the reader
    "lines.review": frozenset({"owner", "editor"}),
    # say what the bot answers: the shop's facts, and the questions that none of them answers
    "facts.change": frozenset({"owner", "editor"}),
    # be a customer of the demo shop; on the machine itself the demo asks nobody who they are
    "simulator.play": frozenset({"owner", "editor", "agent"}),
    "people.change": frozenset({"owner"}),
    "audit.look": frozenset({"owner"}),
}


def may(role: str, permission: Permission) -> bool:
    """Whether somebody with this role may do that. A role that is none may nothing."""
    return role in ALLOWED[permission]


def role_named(word: str) -> Role | None:
    """The role of that name."""
    return next((role for role in ROLES if role == word), None)
