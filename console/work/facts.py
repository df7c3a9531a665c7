"""The routes of the shop's facts: list, add, change, remove, try a question on them, see what is wrong with them.

Owns these addresses and the page's warnings. The deeds are bot.teaching.shop_facts'; which fact answers is nlu.answers'.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compose import App
from bot.inbox import Gone, NotAllowed
from bot.models import Shop
from bot.teaching.fact_form import LANGUAGES, LONGEST
from bot.teaching.shop_facts import Fact, Wrong, confused, listed, put, remove
from bot.teaching.wordings import wordings_of
from console.access import needs
from console.inbox.answering import refuse
from console.inbox.asking import actor
from console.inbox.asking import words as typed
from console.work.deciding import LANGUAGE_NAMES
from console.work.pages import Said, on, page
from flows.segments import measure
from nlu.answers import Judged, Meanings, judge

QUESTION = 300
NEAREST = 3
WORDINGS = 10_000


@dataclass(frozen=True, slots=True)
class Told:
    """One fact in its languages. `warnings`: what is worth mending."""

    key: str
    facts: tuple[tuple[Fact, int], ...]
    """With the parts that the answer costs."""
    missing: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the form: the fact that is changed, or what was typed."""

    key: str = ""
    language: str = "en"
    answer: str = ""
    asked_as: str = ""
    there: bool = False


def fact_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.get("/facts")
    @needs("shop.look")
    def facts(slug: str) -> AnyResponse:
        """The list; with `q` a question is tried, with `check` the facts are told apart, with `edit` one is in the form."""
        return _page(slug)

    @doors.post("/facts")
    @needs("facts.change")
    def keep_fact(slug: str) -> AnyResponse:
        form = Form(
            typed("key", 40),
            typed("language", 8),
            typed("answer", LONGEST * 2),
            typed("asked_as", WORDINGS),
            request.form.get("there") == "1",
        )
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = put(session, form.key, form.language, form.answer, form.asked_as, actor(), now)
        match found:
            case Wrong(problems):
                return _page(slug, Said("It was not kept.", "problem", problems), 422, form)
            case NotAllowed():
                return refuse(found)
            case _:
                return on("work.facts", "fact-saved" if found.changed else "fact-same", _anchor=form.key)

    @doors.post("/facts/<key>/<language>/remove")
    @needs("facts.change")
    def remove_fact(slug: str, key: str, language: str) -> AnyResponse:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            found = remove(session, key[:40], language[:8], actor(), now)
        if isinstance(found, Gone | NotAllowed):
            refuse(found)
        return on("work.facts", "fact-removed")

    def _page(slug: str, said: Said | None = None, code: int = 200, form: Form | None = None) -> AnyResponse:
        who, asked = actor(), request.args.get("q", "").strip()[:QUESTION]
        check = request.args.get("check") == "1"
        with app.database.read() as session:
            found = listed(session, who.shop_id)
            wordings = wordings_of(session, [who.shop_id])[who.shop_id]
            own = session.get_one(Shop, who.shop_id).language
        # the reader's encoder takes a moment, so the transaction is over by now
        judged = judge(asked, wordings.asked(asked, own), _model()) if asked else None
        return page(
            "facts",
            slug,
            said=said,
            code=code,
            told=_told(found, own),
            form=form or _form(found, own),
            languages=LANGUAGE_NAMES,
            longest=LONGEST,
            asked=asked,
            judged=judged,
            nearest=_nearest(judged, found),
            checked=check,
            confused=confused(wordings, _model()) if check else (),
        )


def _model() -> Meanings:
    """Loaded by whoever asks first."""
    from nlu.reader import shared_model

    return shared_model()


def _form(found: tuple[Fact, ...], own: str) -> Form:
    """What the address asks to change, or nothing yet."""
    key, language = request.args.get("edit", "")[:40], request.args.get("language", "")[:8]
    there = next((each for each in found if (each.key, each.language) == (key, language)), None)
    if there is not None:
        return Form(there.key, there.language, there.answer, "\n".join(there.asked_as), True)
    return Form(key, language if language in LANGUAGES else own)


def _told(found: tuple[Fact, ...], own: str) -> list[Told]:
    spoken = [
        language
        for language in LANGUAGES
        if language == own or any(each.language == language for each in found)
    ]
    keys = dict.fromkeys(each.key for each in found)
    told = []
    for key in keys:
        its = tuple(each for each in found if each.key == key)
        missing = tuple(each for each in spoken if each not in {fact.language for fact in its})
        sized = tuple((each, measure(each.answer).parts) for each in its)
        told.append(Told(key, sized, missing, tuple(_warnings(sized, missing))))
    return told


def _warnings(facts: tuple[tuple[Fact, int], ...], missing: tuple[str, ...]) -> Iterator[str]:
    for language in missing:
        instead = "in English" if language != "en" and any(each.language == "en" for each, _ in facts) else ""
        yield f"There is no answer in {LANGUAGE_NAMES[language]}: " + (
            f"those customers are answered {instead}." if instead else "a person answers those customers."
        )
    for fact, parts in facts:
        if parts > 2:
            yield f"The answer in {LANGUAGE_NAMES.get(fact.language, fact.language)} costs {parts} parts."
        if not fact.asked_as:
            yield (
                f"Nobody has said how customers ask for it in {LANGUAGE_NAMES.get(fact.language, fact.language)}: "
                "a wording or two make it found more surely."
            )


def _nearest(judged: Judged | None, found: tuple[Fact, ...]) -> list[tuple[str, str, str, int]]:
    """(key, wording, answer, percent) of the facts that are nearest to what was tried."""
    if judged is None:
        return []
    answers = {each.key: each.answer for each in reversed(found)}
    return [
        (each.key, each.wording, answers.get(each.key, ""), round(each.likeness * 100))
        for each in judged.ranking[:NEAREST]
    ]
