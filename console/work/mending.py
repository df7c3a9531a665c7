"""The routes of a wrong offer: what was wrong and what is right, looked at first, then done, and how far it is.

Owns these addresses and the form. What becomes of each code is bot.inbox.mending's, which goes on by itself.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compose import App
from bot.inbox import Actor, Gone, NotAllowed, mending
from bot.inbox.limits import worth_words
from bot.inbox.mending import Faulty, Mend
from bot.inbox.mending_preview import Preview, preview
from bot.inbox.mending_standing import standing, untold
from bot.jobs import errands
from bot.models import Coupon, Flow, Shop
from console.access import needs
from console.inbox import asking
from console.inbox.answering import refuse
from console.inbox.asking import actor, number
from console.inbox.asking import words as typed
from console.inbox.screen import clock
from console.inbox.times import Times
from console.work.deciding import LANGUAGE_NAMES
from console.work.pages import Said, on, page

BODY = 640
KEY = 64
DAYS = 7
SORRY = {
    "en": "{{ shop.text_name }}: the code we sent you did not work, sorry. Take {{ offer.code }} instead, good through "
    "{{ offer.ends | day }}. STOP to opt out.",
    "es": "{{ shop.text_name }}: el código que te enviamos no funcionaba, perdona. Usa {{ offer.code }}, vale hasta el "
    "{{ offer.ends | day }}. STOP para no recibir más.",
}
FATES = {
    "replaced": "get another code",
    "extended": "keep theirs, and it lasts longer",
    "kept": "have one that is as good already",
    "without_code": "keep theirs and it lasts longer: no code as good was left",
    "failed": "keep theirs as it was: a fault of ours, the log says more",
    "gone": "have used it by now, or it is over",
}
GATE = {"allow": "may leave now", "defer": "leave later, when the hour is right"}
STATUSES = {
    "ready": "wait to leave",
    "claimed": "leaving now",
    "sent": "sent",
    "unknown": "perhaps sent",
    "lost": "did not leave",
    "refused": "not taken by the carrier",
    "denied": "may not be sent",
    "withheld": "not sent: the code is used or void",
    "expired": "not sent before the code ended",
    "superseded": "not sent: a newer one says it",
}
"""By models.Outbound.status."""


@dataclass(frozen=True, slots=True)
class Held:
    """An offer that somebody holds a code of."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the form, as it was typed."""

    offer: str
    after: str
    before: str
    pool: str
    days: str
    bodies: dict[str, str]


def mending_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.get("/codes/mend")
    @needs("coupons.mend")
    def mend(slug: str) -> AnyResponse:
        """What is wrong and what is right."""
        empty = {"en": "", "es": ""} if request.args.get("silent") == "1" else dict(SORRY)
        return _page(slug, Form(request.args.get("offer", "")[:130], "", "", "", str(DAYS), empty))

    @doors.post("/codes/mend/preview")
    @needs("coupons.mend")
    def preview_mending(slug: str) -> AnyResponse:
        """What would come of it now. Changes nothing."""
        form = _typed()
        with app.database.read() as session:
            times = clock(session, app, actor())
        found = preview(app.database, app.keys, app.settings.link_url, _mend(form, times), actor(), times.now)
        match found:
            case Preview():
                return _page(slug, form, seen=found)
            case Faulty(problems):
                return _page(slug, form, Said("It cannot be done so.", "problem", problems), 422)
            case Gone():
                return _page(slug, form, Said("Choose an offer.", "problem"), 422)
            case NotAllowed():
                return refuse(found)

    @doors.post("/codes/mend")
    @needs("coupons.mend")
    def begin_mending(slug: str) -> AnyResponse:
        """Do it, once for each form."""
        form, key = _typed(), request.form.get("key", "")[:KEY]
        if not key:
            abort(400)
        with app.database.write() as session:
            times = clock(session, app, actor())
            found = mending.begin(session, _mend(form, times), key, actor(), times.now)
            errands.hasten(session, "offers", app.real_now())
        match found:
            case int():
                app.bell.ring("errands")
                return on("work.mended", "mending", mending_id=found)
            case Faulty(problems):
                return _page(slug, form, Said("It cannot be done so.", "problem", problems), 422)
            case Gone():
                return _page(slug, form, Said("Choose an offer.", "problem"), 422)
            case NotAllowed():
                return refuse(found)

    @doors.get("/codes/mend/<int:mending_id>")
    @needs("coupons.mend")
    def mended(slug: str, mending_id: int) -> AnyResponse:
        """How far it is, and who has not been told."""
        with app.database.read() as session:
            now = domain_now(session, app.real_now)
            found = standing(session, asking.row(mending_id), actor(), now)
            silent = untold(session, mending_id, actor())
        if isinstance(found, Gone):
            refuse(found)
        if isinstance(silent, Gone):
            refuse(silent)
        return page("mended", slug, found=found, untold=silent, fates=FATES, statuses=STATUSES)

    def _page(
        slug: str, form: Form, said: Said | None = None, code: int = 200, seen: Preview | None = None
    ) -> AnyResponse:
        who = actor()
        with app.database.read() as session:
            times = clock(session, app, who)
            offers, pools = _offers(session, who), _pools(session, who)
        return page(
            "mend",
            slug,
            said=said,
            code=code,
            form=form,
            offers=offers,
            pools=pools,
            seen=seen,
            gate=[(_gate(word, seen), count) for word, count in sorted(seen.gate.items())] if seen else [],
            fates=FATES,
            key=uuid.uuid4().hex,
            languages=LANGUAGE_NAMES,
            zone=times.zone,
            body_length=BODY,
        )


def _typed() -> Form:
    return Form(
        typed("offer", 130),
        typed("after", 16),
        typed("before", 16),
        typed("pool", 64),
        typed("days", 4),
        {language: typed(f"body-{language}", BODY) for language in LANGUAGE_NAMES},
    )


def _mend(form: Form, times: Times) -> Mend:
    flow, _, offer = form.offer.partition(":")
    return Mend(
        flow=flow,
        offer=offer,
        given_after=_moment("after", times),
        given_before=_moment("before", times),
        pool=form.pool or None,
        days=number(form.days) or 0,
        bodies=tuple((language, body) for language, body in form.bodies.items() if body),
    )


def _moment(name: str, times: Times) -> datetime | None:
    return asking.moment(name, times.zone)


def _offers(session: Session, who: Actor) -> list[Held]:
    """Offers of flows of which somebody holds a live code."""
    rows: Any = session.execute(
        select(Flow.name, Coupon.offer, func.count().label("count"))
        .join(Coupon, (Coupon.shop_id == Flow.shop_id) & (Coupon.flow_id == Flow.id))
        .where(Coupon.shop_id == who.shop_id, Coupon.status == "live", Coupon.offer.is_not(None))
        .group_by(Flow.name, Coupon.offer)
        .order_by(Flow.name, Coupon.offer)
    )
    return [
        Held(
            f"{row.name}:{row.offer}",
            f"{row.offer.replace('_', ' ')} of {row.name.replace('_', ' ')} ({row[2]} live)",
        )
        for row in rows
    ]


def _pools(session: Session, who: Actor) -> list[tuple[str, str]]:
    """(pool, `percent-15: 15%, 40 free`) of those that have free codes."""
    currency = session.get_one(Shop, who.shop_id).currency
    rows = session.execute(
        select(Coupon.pool, func.count(), func.min(Coupon.id))
        .where(Coupon.shop_id == who.shop_id, Coupon.status == "pool")
        .group_by(Coupon.pool)
        .order_by(Coupon.pool)
    ).all()
    return [
        (row[0], f"{row[0]}: {worth_words(session.get_one(Coupon, row[2]), currency)}, {row[1]} free")
        for row in rows
    ]


def _gate(word: str, seen: Preview) -> str:
    """`may leave now`; or why not, in the gate's own words, as the inbox says it."""
    if word in seen.because:
        after = ", and wait until that is over" if word.startswith("wait ") else ""
        return f"may not be sent: {seen.because[word].rstrip('.')}{after}"
    return GATE.get(word, word)
