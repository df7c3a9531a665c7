"""The routes of ready replies: list, search, add, change, remove, and how one would read to a usual customer.

Owns these addresses. The deeds are bot.inbox.ready's; one is taken into a text in the inbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compose import App
from bot.inbox import Done, Gone, NotAllowed, ready
from bot.inbox.ready import LANGUAGES, LONGEST, Ready, Unfit
from bot.models import Shop
from bot.teaching.shop_facts import Fact, listed
from console.access import needs
from console.inbox import asking
from console.inbox.answering import refuse
from console.inbox.asking import actor
from console.inbox.asking import words as typed
from console.work.deciding import LANGUAGE_NAMES
from console.work.pages import Said, on, page
from flows.definition import Courtesy, Flow
from flows.effects import SendText
from flows.facts import OfferFacts
from flows.render import Unrenderable, render
from flows.sample import NOW, sample_facts
from flows.segments import measure

SEARCH = 60
_NO_FLOW = Flow("", "", "", {}, Courtesy({}, {}, {}, {}, {}))
_A_CODE = OfferFacts("sample", "BACK-7KQ4MX", 15, None, NOW + timedelta(days=3))
NAMES = (
    ('{{ customer.first_name | default: "there" }}', "their first name, or «there»"),
    ("{{ shop.text_name }}", "the shop's short name"),
    ("{{ shop.person_by }}", "when a person answers"),
    ("{{ last_order.product }}", "what they bought last"),
    ("{{ offer.code }}", "the code that they hold"),
    ("{{ offer.ends | day }}", "the day it ends"),
    ("{{ link.reorder }}", "a link with their last cart"),
    ("{{ shop.answers.shipping }}", "a fact of the shop, by its name"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the form."""

    name: str = ""
    language: str = "en"
    body: str = ""
    there: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A reply as it would read to a usual customer. `why`: what keeps it from being said."""

    body: str = ""
    parts: int = 0
    encoding: str = ""
    why: str = ""


def reply_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.get("/replies")
    @needs("inbox.look")
    def replies(slug: str) -> AnyResponse:
        """The list, those that fit `search`; with `edit` one is in the form."""
        return _page(slug)

    @doors.post("/replies")
    @needs("inbox.settings")
    def keep_reply(slug: str) -> AnyResponse:
        form = _typed()
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = ready.keep(session, form.name, form.language, form.body, actor(), now)
        match found:
            case Unfit(problems):
                wrong = tuple(f"{each.message} {each.remedy}" for each in problems)
                return _page(slug, Said("It was not kept.", "problem", wrong), 422, form)
            case NotAllowed():
                return refuse(found)
            case Done():
                return on("work.replies", "reply-kept" if found.changed else "fact-same")

    @doors.post("/replies/preview")
    @needs("inbox.settings")
    def preview_reply(slug: str) -> AnyResponse:
        """How it would read. Changes nothing."""
        form = _typed()
        with app.database.read() as session:
            shop = session.get_one(Shop, actor().shop_id)
            shown = _shown(form, shop, _answers(listed(session, shop.id), form.language))
        if asking.by_htmx():
            return make_response(render_template("work/reads.html", shown=shown))
        return _page(slug, form=form, shown=shown)

    @doors.post("/replies/<int:reply>/remove")
    @needs("inbox.settings")
    def drop_reply(slug: str, reply: int) -> AnyResponse:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = ready.drop(session, asking.row(reply), actor(), now)
        if isinstance(found, Gone | NotAllowed):
            refuse(found)
        return on("work.replies", "reply-dropped")

    def _page(
        slug: str,
        said: Said | None = None,
        code: int = 200,
        form: Form | None = None,
        shown: Shown | None = None,
    ) -> AnyResponse:
        who, search = actor(), request.args.get("search", "").strip()[:SEARCH]
        with app.database.read() as session:
            found = ready.ready(session, who.shop_id, search=search)
            shop = session.get_one(Shop, who.shop_id)
            form = form or _asked(ready.ready(session, who.shop_id), shop.language)
            if shown is None and form.body:
                shown = _shown(form, shop, _answers(listed(session, shop.id), form.language))
        return page(
            "replies",
            slug,
            said=said,
            code=code,
            groups=_by_name(found),
            search=search,
            form=form,
            shown=shown,
            languages=LANGUAGE_NAMES,
            longest=LONGEST,
            names=NAMES,
        )


def _typed() -> Form:
    return Form(
        typed("name", 60).lower(),
        typed("language", 8),
        typed("body", LONGEST * 2),
        request.form.get("there") == "1",
    )


def _asked(found: tuple[Ready, ...], own: str) -> Form:
    """The reply that the address asks to change, or nothing yet."""
    number, name = request.args.get("edit", ""), request.args.get("name", "")[:60]
    there = next((each for each in found if str(each.id) == number), None)
    if there is not None:
        return Form(there.name, there.language, there.body, True)
    language = request.args.get("language", "")
    return Form(name, language if language in LANGUAGES else own)


def _by_name(found: tuple[Ready, ...]) -> list[tuple[str, list[Ready], list[str]]]:
    """(name, its replies, languages that it lacks), in the order of the list."""
    groups: dict[str, list[Ready]] = {}
    for each in found:
        groups.setdefault(each.name, []).append(each)
    return [
        (name, its, [each for each in LANGUAGES if each not in {one.language for one in its}])
        for name, its in groups.items()
    ]


def _answers(found: tuple[Fact, ...], language: str) -> dict[str, str]:
    """The shop's facts in that language, in English where that is missing."""
    return {each.key: each.answer for wanted in ("en", language) for each in found if each.language == wanted}


def _shown(form: Form, shop: Shop, answers: Mapping[str, str]) -> Shown:
    """What a usual customer of this shop would read, who holds a code of 15%."""
    if not form.body:
        return Shown(why="There is nothing to read yet.")
    sample = sample_facts(_NO_FLOW, None, form.language)
    own = replace(sample.shop, name=shop.name, text_name=shop.text_name, answers=answers)
    facts = replace(sample, shop=own, offer=_A_CODE)
    said = render(SendText(0, "staff", form.body, form.language, None), facts, NOW)
    if isinstance(said, Unrenderable):
        return Shown(why=f"It cannot be said to a usual customer: {said.why}.")
    size = measure(said.body)
    return Shown(said.body, size.parts, size.encoding)
