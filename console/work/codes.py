"""The routes of codes: look one up, or all of a customer's; make one void, extend it, put another in its place.

Owns these addresses. What a role may give is bot.inbox.codes'. The shop's till hears nothing of it, and the page says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compose import App
from bot.inbox import Done, Gone, NotAllowed, TooLate, code_files, codes
from bot.inbox.code_files import CodeFile
from bot.inbox.codes import LONGEST, NoneLeft, OverLimit, Replaced
from console.access import needs
from console.inbox import asking
from console.inbox.answering import refuse
from console.inbox.asking import actor, number
from console.inbox.asking import words as typed
from console.inbox.screen import clock, customer_of
from console.inbox.times import Times
from console.work.pages import Said, on, page

CODE = 60
WHY = 200
STATES = {
    "pool": "free: nobody has it",
    "reserved": "promised to a text that has not left",
    "live": "live",
    "used": "used",
    "ended": "ended",
    "void": "void",
}
TONES = {"live": "go", "used": "calm", "ended": "wait", "void": "stop"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A code as it reads."""

    file: CodeFile
    state: str
    tone: str
    rows: tuple[tuple[str, str], ...]


def code_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.get("/codes")
    @needs("inbox.look")
    def code_page(slug: str) -> AnyResponse:
        """`code`: that one; `conversation`: every code of its customer."""
        return _page(slug, request.args.get("code", "").strip()[:CODE])

    @doors.post("/codes/<int:coupon>/void")
    @needs("coupons.change")
    def void(slug: str, coupon: int) -> AnyResponse:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = codes.void(session, asking.row(coupon), actor(), now, typed("why", WHY))
        return _came_of(found, "voided")

    @doors.post("/codes/<int:coupon>/extend")
    @needs("coupons.change")
    def extend(slug: str, coupon: int) -> AnyResponse:
        days = number(request.form.get("days")) or 0
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = codes.extend(session, asking.row(coupon), min(days, LONGEST + 1), actor(), now)
        return _came_of(found, "extended")

    @doors.post("/codes/<int:coupon>/replace")
    @needs("coupons.change")
    def replace(slug: str, coupon: int) -> AnyResponse:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = codes.replace(session, asking.row(coupon), actor(), now)
        if isinstance(found, Replaced):
            return on("work.code_page", "replaced", code=found.code)
        return _came_of(found, "")

    def _came_of(found: Done | Gone | NotAllowed | TooLate | OverLimit | NoneLeft, said: str) -> AnyResponse:
        slug, code = str((request.view_args or {})["slug"]), typed("code", CODE)
        match found:
            case Done(changed=changed):
                return on("work.code_page", said if changed else "fact-same", code=code)
            case TooLate(why) | OverLimit(why):
                return _page(slug, code, Said("That was not done.", "problem", (_sentence(why),)), 409)
            case NoneLeft(pool):
                why = f"No free code of «{pool}» is worth as much: `winback coupons` fills it."
                return _page(slug, code, Said("That was not done.", "problem", (why,)), 409)
            case Gone() | NotAllowed():
                return refuse(found)

    def _page(slug: str, code: str, said: Said | None = None, status: int = 200) -> AnyResponse:
        who, conversation = actor(), number(request.args.get("conversation"))
        found: tuple[CodeFile, ...] = ()
        whose = None
        with app.database.read() as session:
            times = clock(session, app, who)
            if code:
                one = code_files.look_up(session, code, who, times.now)
                found = (one,) if isinstance(one, CodeFile) else ()
            elif conversation:
                whose = customer_of(session, who, asking.row(conversation))
                every = code_files.of_customer(session, conversation, who, times.now)
                if isinstance(every, Gone | NotAllowed):
                    refuse(every)
                found = every
        return page(
            "codes",
            slug,
            said=said,
            code=status,
            typed=code,
            whose=whose,
            files=[_shown(each, times) for each in found],
            longest=LONGEST,
            why_length=WHY,
        )


def _shown(file: CodeFile, times: Times) -> Shown:
    rows = [("Worth", file.worth), ("Whose", file.customer or "nobody's")]
    if file.flow or file.offer:
        names = (file.offer or "", f"of {file.flow}" if file.flow else "given by hand")
        rows.append(("Offer", " ".join(each.replace("_", " ") for each in names if each)))
    rows.append(("Pool", file.pool))
    if file.starts_at:
        rows.append(("Given", times.when(file.starts_at)))
    if file.ends_at:
        rows.append(("Ends" if file.ends_at > times.now else "Ended", times.when(file.ends_at)))
    if file.order:
        used = f" {times.when(file.used_at)}" if file.used_at else ""
        rows.append(("Used", f"in order {file.order}{used}"))
    if file.instead:
        told = (
            "they were told"
            if file.instead.told
            else "no text has told them yet: let the till take the old one"
        )
        rows.append(("In its place", f"{file.instead.code}, {told}"))
    return Shown(file, STATES[file.state], TONES.get(file.state, "calm"), tuple(rows))


def _sentence(why: str) -> str:
    return f"{why[:1].upper()}{why[1:].rstrip('.')}."
