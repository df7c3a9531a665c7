"""Was it the right next step? What came of a reply, held against what the script had written down before.

Owns the comparison. Looks at the handset, at the link (as a preview would), and at where conversation and passage stand;
never at what the reader or the engine thought on the way.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from phonenumbers.tzdata import TIMEZONE_DATA
from sqlalchemy import select

from benchmarks.cdnow.play import LINK, PREVIEW, Heard, Play, Player, Said
from benchmarks.cdnow.script import Expect
from benchmarks.cdnow.shop import SITE
from bot.models import Conversation, Customer, Enrolment, Suppression

SEGMENT = 160
"""Characters of a text of one part; none of these has a letter that would make it shorter."""
AGAIN = re.compile(r"bot again, as promised")
AGAIN_WITHIN = timedelta(days=5)
"""How long after the day that a customer named the question may come: windows and caps put it off."""


def look(play: Play, player: Player, said: Said) -> list[str]:
    """What is wrong a minute after a reply, each in a sentence."""
    expected, problems = said.reply.expect, []
    came = [text for text in player.texts if text.seq > said.after_seq and text.author != "handset"]
    ours = [text for text in came if text.author == "shop"]
    if expected.says is None:
        problems += [f"a text too many: {text.body}" for text in ours]
    elif len(ours) != 1:
        problems.append(f"{len(ours)} texts came instead of one: {[text.body for text in ours]}")
    else:
        problems += _words(player, said, ours[0])
        problems += _link(play, player, expected, ours[0])
    if expected.by_provider and len(came) - len(ours) != 1:
        problems.append(f"the carrier answered {len(came) - len(ours)} times")
    return problems + _standing(play, player, expected)


def look_back(player: Player, said: Said) -> list[str]:
    """What turned out wrong by the end."""
    expected = said.reply.expect
    later = [text for text in player.texts if text.seq > said.after_seq and text.author != "handset"]
    problems = []
    if expected.last:
        until = said.at + timedelta(minutes=2)
        problems += [f"and then still came: {text.body}" for text in later if text.at > until]
    if expected.day is not None and player.bought_at is None:
        again = next((text for text in later if AGAIN.search(text.body)), None)
        promised = _days_ahead(player, said, expected.day)
        if again is None:
            problems.append(f"the question promised for {promised[0]} never came")
        else:
            asked = {again.at.astimezone(ZoneInfo(name)).date() for name in _zones(player.person.phone)}
            if max(asked) < promised[0] or min(asked) > promised[-1] + AGAIN_WITHIN:
                problems.append(f"promised for {promised[0]}, asked on {min(asked)}")
    return problems


def _words(player: Player, said: Said, text: Heard) -> list[str]:
    pattern = said.reply.expect.says or ""
    patterns = [pattern]
    if said.reply.expect.day is not None:
        days = _days_ahead(player, said, said.reply.expect.day)
        patterns = [pattern.replace("{day}", f"{day:%b} {day.day}") for day in days]
    problems = []
    if not any(re.search(each, text.body) for each in patterns):
        problems.append(f"not the right words (wanted {patterns[0]}): {text.body}")
    if len(text.body) > SEGMENT:
        problems.append(f"longer than one part ({len(text.body)}): {text.body}")
    return problems


def _link(play: Play, player: Player, expected: Expect, text: Heard) -> list[str]:
    links = LINK.findall(text.body)
    if expected.link is None:
        return [f"a link that nobody asked for: {text.body}"] if links else []
    if len(links) != 1:
        return [f"{len(links)} links in: {text.body}"]
    target = play.follow(links[0], PREVIEW)
    if target is None or not target.startswith(SITE + "/cart"):
        return [f"the link leads to {target}"]
    query = parse_qs(urlsplit(target).query)
    pairs = (item.split(":") for item in query.get("products", [""])[0].split(",") if item)
    cart = {sku: int(count) for sku, count in pairs}
    problems = []
    if cart not in player.person.last_carts():
        problems.append(f"the cart holds {cart}, the last order was {player.person.last_carts()}")
    if ("coupon" in query) != (expected.link == "checkout"):
        problems.append(f"the cart's code: {query.get('coupon')}")
    return problems


def _standing(play: Play, player: Player, expected: Expect) -> list[str]:
    shop_id = play.town.shop_id
    with play.town.app.database.read() as session:
        row = session.execute(
            select(Conversation, Enrolment, Customer.phone_key)
            .join(
                Customer,
                (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id),
            )
            .join(Enrolment, Enrolment.conversation_id == Conversation.id)
            .where(
                Conversation.shop_id == shop_id,
                Customer.phone == player.person.phone,
                Enrolment.start_id.is_not(None),
            )
        ).one()
        suppression = session.get(Suppression, (shop_id, row.phone_key))
    conversation, passage = row.Conversation, row.Enrolment
    wanted = [
        ("the holder", conversation.holder, expected.holder),
        ("the open matter", conversation.open_matter, expected.matter),
        ("the suppression", suppression.kind if suppression else None, expected.suppressed),
        ("the outcome", passage.outcome, expected.ended),
    ]
    if expected.node:
        wanted.append(("the node", passage.state["node"], expected.node))
        wanted.append(("the phase", passage.state["phase"], "waiting"))
    return [f"{what} is {found}, not {right}" for what, found, right in wanted if found != right]


def _days_ahead(player: Player, said: Said, days: int) -> list[date]:
    """The customer's own date so many days later; two where their area code lies in two zones."""
    zones = _zones(player.person.phone)
    return sorted({said.at.astimezone(ZoneInfo(zone)).date() + timedelta(days=days) for zone in zones})


def _zones(phone: str) -> set[str]:
    code = phone[1:5]
    return {zone for prefix, zones in TIMEZONE_DATA.items() if prefix.startswith(code) for zone in zones}
