"""Who may open which route, and who is signed in. **Every route of the console declares one of these**, under its route:

    @doors.post("/shops/<slug>/inbox/<int:conversation>/reply")
    @needs("inbox.reply")
    def reply(slug: str, conversation: int) -> AnyResponse:
        who = current()      # who.account_id, who.staff_id, who.name, who.shop_id, who.slug, who.shop_name, who.role
        ...

- `@needs(permission)`: an address with `<slug>` in it. Signed out: to the sign-in page. No member of that shop: 404, as for a
  shop that does not exist. A role that may not (bot.staff.roles): 403.
- `@signed_in`: pages of one's own account, whatever the shop.
- `@anyone`: open to all: the sign-in pages, /health, the files of pages.
- `@demo_or(permission)`: as `needs`, but open on the machine itself while the demo has nobody to protect.

`by_itself=True` says that a page asks for it by itself, again and again, as long as it is open: it keeps no session alive.

In templates `me` is who is signed in (or None) and `may("inbox.reply")` asks for the shop at hand. Tests sign in with
`tests.console.people`. A route without a declaration is refused when the application is made, and a test reads the table
of all routes from these declarations (tests/console/test_matrix.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from flask import Flask, g

from bot.staff.audit import By
from bot.staff.roles import ALLOWED, Permission, may
from bot.staff.sessions import Membership, SignedIn

_View = TypeVar("_View", bound=Callable[..., Any])
Kind = Literal["shop", "account", "anyone", "demo"]


@dataclass(frozen=True, slots=True)
class Access:
    """What a route declares."""

    kind: Kind
    permission: Permission | None = None
    by_itself: bool = False
    """Pages ask, not people: a tab that lies open is nobody at work (bot.staff.sessions.IDLE)."""


class Undeclared(RuntimeError):
    """A route says not who may open it; the message names it."""


@dataclass(frozen=True, slots=True)
class Current:
    """Who is signed in, at the shop of this address."""

    account_id: int
    session_id: int
    email: str
    name: str
    staff_id: int
    shop_id: int
    slug: str
    shop_name: str
    shop_demo: bool
    role: str
    address: str = field(default="")
    """Where the request came from, for the audit."""

    @property
    def by(self) -> By:
        """This person, for the audit (bot.staff.audit.record)."""
        return By(self.name, self.account_id, self.staff_id, self.address)

    def may(self, permission: Permission) -> bool:
        """Whether this person may do that here."""
        return may(self.role, permission)


def needs(permission: Permission, *, by_itself: bool = False) -> Callable[[_View], _View]:
    """Open to members of the shop whose role may do this."""
    assert permission in ALLOWED
    return _declaring(Access("shop", permission, by_itself))


def demo_or(permission: Permission, *, by_itself: bool = False) -> Callable[[_View], _View]:
    """As `needs`, and open to whoever sits at this machine while only the demo runs (console.demo_door)."""
    assert permission in ALLOWED
    return _declaring(Access("demo", permission, by_itself))


def signed_in(view: _View) -> _View:
    """Open to whoever is signed in, whatever their shops."""
    return _declaring(Access("account"))(view)


def anyone(view: _View) -> _View:
    """Open to all."""
    return _declaring(Access("anyone"))(view)


def current() -> Current:
    """Who is signed in, at the shop of this address. Only in a route that `needs` something: raises RuntimeError elsewhere."""
    found: Current | None = g.get("current")
    if found is None:
        raise RuntimeError("this route does not need a member of a shop: declare @needs(...)")
    return found


def me() -> SignedIn | None:
    """Whose session this is, if it is anybody's and complete."""
    found: SignedIn | None = g.get("signed_in")
    return found if found is not None and found.step == "done" else None


def account() -> SignedIn:
    """The same in a route that is `signed_in`. Raises RuntimeError elsewhere."""
    found = me()
    if found is None:
        raise RuntimeError("this route is open to people who are signed out: declare @signed_in")
    return found


def at(who: SignedIn, where: Membership, address: str) -> Current:
    """This person at this shop."""
    return Current(
        account_id=who.account_id,
        session_id=who.session_id,
        email=who.email,
        name=who.name,
        staff_id=where.staff_id,
        shop_id=where.shop_id,
        slug=where.slug,
        shop_name=where.shop_name,
        shop_demo=where.shop_demo,
        role=where.role,
        address=address,
    )


def declared(flask: Flask, endpoint: str) -> Access:
    """What the route of this endpoint declares. Raises Undeclared."""
    if endpoint == "static":
        return Access("anyone")
    found = getattr(flask.view_functions[endpoint], "access", None)
    if not isinstance(found, Access):
        raise Undeclared(f"{endpoint} does not say who may open it: @needs(...), @signed_in or @anyone")
    return found


def check_declared(flask: Flask) -> None:
    """Raises Undeclared for a route that says not who may open it, or needs a shop and has none in its address."""
    for rule in flask.url_map.iter_rules():
        access = declared(flask, rule.endpoint)
        if access.permission and "slug" not in rule.arguments:
            raise Undeclared(f"{rule.rule} needs {access.permission} at a shop, and has no <slug>")


def _declaring(access: Access) -> Callable[[_View], _View]:
    def declare(view: _View) -> _View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return declare
