"""The end of the session that a browser has: by signing out, and when somebody else signs in with it.

Owns what goes with it: a line in the audit, and conversations that nobody is there to answer any more.
"""

from __future__ import annotations

from flask import g

from bot.clock import domain_now
from bot.compose import App
from bot.inbox.shift import sign_off_everywhere
from bot.models import Account
from bot.staff import sessions
from bot.staff.audit import record_of_account
from bot.staff.sessions import SignedIn


def end_session(app: App) -> None:
    """End it, if there is one. What the browser keeps of it is the caller's affair (console.guards.give_token)."""
    who: SignedIn | None = g.signed_in
    if who is None:
        return
    with app.database.write() as session:
        ended = sessions.end(session, who.account_id, who.session_id) and who.step == "done"
        if ended:
            account, now = session.get_one(Account, who.account_id), domain_now(session, app.real_now)
            record_of_account(session, account, "signed out", now, address=g.address)
    if ended:
        sign_off_everywhere(app, who.account_id)
