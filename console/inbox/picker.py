"""The routes of what goes into a text: ready replies, the fact that is near, the shop's offers, links and products.

Owns these addresses. What is picked becomes words in the field, and nothing is sent: with htmx at the cursor, without at the
end of the draft. Codes come from bot.inbox.offering, by the same rules as the bot's.
"""

from __future__ import annotations

from typing import Final, Literal

from flask import Blueprint, abort, make_response, redirect, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compose import App
from bot.conversations.subjects import subject_of
from bot.inbox import Gone, NotAllowed, choices, drafting, offering, ready
from bot.inbox.near import near_text
from bot.inbox.offering import LinkPick, NotGiven, OfferPick, Pick, Picked, ProductPick
from bot.inbox.wording import filled
from bot.models import Conversation, Shop
from console.access import needs
from console.inbox import answering, asking
from console.inbox.asking import actor
from console.inbox.beside import money
from console.inbox.outcomes import Notice
from console.inbox.screen import clock, customer_of

LINK_NAMES = {
    "reorder": ("The same cart again", "a link with their last order in it"),
    "checkout": ("The cart with their code", "the same, with the code already taken off"),
    "shop": ("The shop", "a link to the shop's front page"),
}
PURPOSES: Final[tuple[Literal["reorder", "checkout", "shop"], ...]] = ("reorder", "checkout", "shop")
REPLIES = 30
PRODUCTS = 12
SEARCH_LENGTH = 60
NAME_LENGTH = 120


def picker_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.get("/<int:conversation>/replies")
    @needs("inbox.reply")
    def replies(slug: str, conversation: int) -> AnyResponse:
        """The shop's ready replies, those in the customer's language first."""
        who, search = actor(), request.args.get("search", "")[:SEARCH_LENGTH]
        with app.database.read() as session:
            their = customer_of(session, who, asking.row(conversation))
            if their is None:
                abort(404)
            found = ready.ready(session, who.shop_id, search=search, limit=REPLIES)
        shown = sorted(found, key=lambda each: each.language != their.language)
        return _panel("replies", slug, conversation, replies=shown, search=search, language=their.language)

    @doors.post("/<int:conversation>/replies/<int:reply>")
    @needs("inbox.reply")
    def take_reply(slug: str, conversation: int, reply: int) -> AnyResponse:
        """Put it into the text, with this customer's name and whatever else is known."""
        who = actor()
        with app.database.write() as session:
            found = ready.took(session, asking.row(reply), who)
            if isinstance(found, Gone | NotAllowed):
                answering.refuse(found)
            talk = session.scalars(
                select(Conversation).where(
                    Conversation.shop_id == who.shop_id, Conversation.id == asking.row(conversation)
                )
            ).one_or_none()
            if talk is None:
                abort(404)
            now = domain_now(session, app.real_now)
            words = filled(session, app, subject_of(session, talk), found.body, now)
        return _into(slug, conversation, words)

    @doors.post("/<int:conversation>/facts/<int:text>")
    @needs("inbox.reply")
    def take_fact(slug: str, conversation: int, text: int) -> AnyResponse:
        """Put the fact that is near to this text of theirs into one's own."""
        who = actor()
        with app.database.read() as session:
            their = customer_of(session, who, asking.row(conversation))
            if their is None:
                abort(404)
            found = near_text(session, who, conversation, asking.row(text), their.language)
        if found is None:
            abort(404)
        return _into(slug, conversation, found.answer)

    @doors.get("/<int:conversation>/giving")
    @needs("inbox.reply")
    def giving(slug: str, conversation: int) -> AnyResponse:
        """What may be given here now."""
        who, search = actor(), request.args.get("search", "")[:SEARCH_LENGTH]
        with app.database.read() as session:
            times = clock(session, app, who)
            found = choices.choices(session, asking.row(conversation), who, times.now)
            if isinstance(found, Gone | NotAllowed):
                answering.refuse(found)
            products = choices.products(session, who, search, PRODUCTS)
            currency = session.get_one(Shop, who.shop_id).currency
        return _panel(
            "giving",
            slug,
            conversation,
            given=found,
            names=LINK_NAMES,
            products=[
                (each.product, each.name, money(each.price_cents, currency) if each.price_cents else "")
                for each in products
            ],
            search=search,
        )

    @doors.post("/<int:conversation>/give")
    @needs("inbox.reply")
    def give(slug: str, conversation: int) -> AnyResponse:
        """Reserve what was picked, and put the words for it into the text."""
        what, who = _picked(), actor()
        if what is None:
            abort(400)
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            outcome = offering.pick(
                session, app.keys, app.settings.link_url, asking.row(conversation), what, who, now
            )
        match outcome:
            case Picked(words=words):
                return _into(slug, conversation, words)
            case NotGiven(why):
                notice = Notice("That cannot be given here.", _sentence(why))
                return answering.not_done(app, slug, conversation, notice)
            case Gone() | NotAllowed():
                return answering.refuse(outcome)

    def _into(slug: str, conversation: int, words: str) -> AnyResponse:
        """The words into the field: at the cursor by htmx, else at the end of the draft that is kept."""
        if asking.by_htmx():
            return make_response(render_template("inbox/into.html", words=words))
        who = actor()
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            there = drafting.own_draft(session, asking.row(conversation), who)
            body = f"{there.rstrip()} {words}".strip()[: asking.BODY_LENGTH]
            kept = drafting.keep_draft(session, conversation, body, who, now)
        if isinstance(kept, Gone | NotAllowed):
            answering.refuse(kept)
        return redirect(asking.address(slug, conversation, "inbox.conversation", asking.filters()), 303)


def _panel(name: str, slug: str, conversation: int, **values: object) -> AnyResponse:
    """The panel above the field for htmx, a page of its own else."""
    template = f"inbox/{name}.html" if asking.by_htmx() else "inbox/panel_page.html"
    page = render_template(template, panel=name, slug=slug, conversation=conversation, **values)
    return make_response(page)


def _picked() -> Pick | None:
    """What the form picks; None for what is none of these."""
    kind, _, rest = request.form.get("pick", "")[: 2 * NAME_LENGTH].partition(":")
    match kind:
        case "offer":
            flow, _, offer = rest.partition(":")
            return OfferPick(flow, offer)
        case "link":
            return next((LinkPick(each) for each in PURPOSES if each == rest), None)
        case "product" if rest:
            return ProductPick(rest)
        case _:
            return None


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
