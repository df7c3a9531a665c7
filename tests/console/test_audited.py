"""Every act of staff is in the audit: each form of the console is sent once with success, and its line is looked for.

Whoever adds a route that changes something adds a step here, or a reason to NOT_ACTS: a route in neither fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bot.compliance import consent
from bot.models import (
    Account,
    Audit,
    ConfirmedPhone,
    Coupon,
    Flow,
    Note,
    OpenQuestion,
    Outbound,
    Promise,
    ReadyReply,
    SignInSession,
    TaughtLine,
)
from bot.staff import members, second_step
from bot.staff.members import Invited
from console.access import declared
from tests.bot.inbox.staffed import change, hear, say
from tests.console.people import PASSWORD, Known, member, sign_in, with_second_step
from tests.support.cast import Cast, Member
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow

SHOP = "/shops/juniper"
OTHER = "seven loud kitchen radios"
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')

NOT_ACTS = {
    "inbox.watch": "a heartbeat: who looks, and how far they have read",
    "inbox.draft": "what is being typed; the text that comes of it is an act",
    "inbox.count": "counts while one types, and changes nothing",
    "inbox.not_read": "one's own mark",
    "inbox.take_reply": "puts words into the field; the text that has them is an act",
    "inbox.take_fact": "puts words into the field; the text that has them is an act",
    "work.preview_reply": "shows, and changes nothing",
    "work.preview_mending": "shows, and changes nothing",
    "work.test_way": "recorded where there is a way to test (tests/bot/alerts/test_trying.py)",
    "cart.order": "a customer of the demo shop orders",
    "simulator.text": "a customer of the demo shop texts",
    "simulator.start": "the demo is played, by whoever sits at the machine",
    "simulator.hand_back": "the demo is played, by whoever sits at the machine",
    "simulator.clock": "the demo is played, by whoever sits at the machine",
}


@dataclass
class Stage:
    """The shop with its people, and what a step needs to set up."""

    app: FakedApp
    flask: Flask
    cast: Cast
    clock: StillClock
    owner: Known
    client: FlaskClient
    tokens: dict[FlaskClient, str] = field(default_factory=dict)

    @property
    def ana(self) -> Member:
        """Whose conversation things are done with."""
        return self.cast.ana

    def held(self, **columns: Any) -> str:
        """Ana's conversation, held by the owner and otherwise as told; gives its address."""
        now = self.clock()
        usual: dict[str, Any] = {
            "holder": "staff",
            "staff_id": self.owner.staff_id,
            "held_since": now - timedelta(hours=1),
            "owed_since": None,
            "open_matter": None,
            "closed_at": None,
            "snoozed_until": None,
            "bot_drafts": False,
        }
        with self.app.database.write() as session:
            change(session, self.ana, **(usual | columns))
        return f"{SHOP}/inbox/{self.ana.conversation_id}"

    def add(self, row: Any) -> int:
        """Write a row; gives its number."""
        with self.app.database.write() as session:
            session.add(row)
            session.flush()
            return int(row.id)

    def newest(self, table: Any) -> int:
        """The number of the row that came last."""
        with self.app.database.read() as session:
            return int(session.execute(select(func.max(table.id))).scalar_one() or 0)

    def heard(self, body: str, **columns: Any) -> int:
        """A text of Ana's."""
        with self.app.database.write() as session:
            return hear(session, self.ana, body, self.clock() - timedelta(minutes=5), **columns)

    def code(self) -> int:
        """A live code of Ana's, of a flow."""
        with self.app.database.write() as session:
            flow = session.scalars(select(Flow).where(Flow.name == "winback_offer")).one()
            pool = {"shop_id": self.cast.shop_id, "pool": "more", "percent": 15}
            row = Coupon(**pool, code=f"MORE-{self.newest(Coupon)}")
            session.add_all([row, Coupon(**pool, code=f"{row.code}-SPARE")])
            now = self.clock()
            row.status, row.customer_id, row.flow_id, row.offer = (
                "live",
                self.ana.customer_id,
                flow.id,
                "comeback",
            )
            row.percent, row.starts_at, row.ends_at = 15, now, now + timedelta(days=2)
            row.valid_for_seconds = 3 * 86_400
            session.flush()
            return row.id

    def acts(self, after: int) -> list[Audit]:
        """The lines of the audit since that one."""
        with self.app.database.read() as session:
            return list(session.scalars(select(Audit).where(Audit.id > after)))

    def colleague(self, name: str, *, password: bool = False) -> Known:
        """Somebody else who works here."""
        return member(self.app, "juniper", "agent", f"{name}@juniper.example", name=name, password=password)

    def browser(self, who: Known | None = None) -> FlaskClient:
        """A browser of its own, of this person or of nobody yet."""
        client = self.flask.test_client()
        if who is not None:
            sign_in(self.app, client, who)
        return client


@dataclass
class Step:
    """A form to be sent: where, with what, and by which browser (the owner's, if none is told)."""

    path: str
    form: dict[str, str] = field(default_factory=dict)
    client: FlaskClient | None = None


def enter(stage: Stage) -> Step:
    who = stage.colleague("enters", password=True)
    return Step("/sign-in", {"email": who.email, "password": PASSWORD}, stage.browser())


def enter_second(stage: Stage) -> Step:
    who = stage.colleague("second", password=True)
    _, codes = with_second_step(stage.app, who)
    client = stage.browser()
    send(stage, Step("/sign-in", {"email": who.email, "password": PASSWORD}, client))
    stage.tokens.clear()
    return Step("/sign-in/second", {"code": codes[0]}, client)


def follow_link(stage: Stage) -> Step:
    with stage.app.database.write() as session:
        made = members.invite(session, stage.cast.shop_id, "new@juniper.example", "agent", stage.clock())
        assert isinstance(made, Invited)
    form = {"name": "New", "password": OTHER, "again": OTHER}
    return Step(f"/link/{made.token}", form, stage.browser())


def confirm_second(stage: Stage) -> Step:
    with stage.app.database.read() as session:
        secret = second_step.offered(stage.app.keys, session.get_one(Account, stage.owner.account_id))
    assert secret
    return Step("/account/second-step", {"code": pyotp.TOTP(secret).at(stage.clock())})


def end_session(stage: Stage) -> Step:
    stage.browser(stage.owner)
    return Step(f"/account/sessions/{stage.newest(SignInSession)}/end")


def undo(stage: Stage) -> Step:
    path = stage.held()
    send(stage, Step(path + "/send", {"body": "On its way.", "key": "u"}))
    return Step(f"{path}/texts/{stage.newest(Outbound)}/undo")


def begin(stage: Stage) -> Step:
    return Step(f"{SHOP}/inbox/customers/{stage.cast.ben.customer_id}/begin")


def drop_note(stage: Stage) -> Step:
    path = stage.held()
    send(stage, Step(path + "/note", {"body": "ring her"}))
    return Step(f"{path}/notes/{stage.newest(Note)}/drop")


def kept(stage: Stage) -> Step:
    path, due = stage.held(), stage.clock() + timedelta(days=1)
    inside = {"shop_id": stage.cast.shop_id, "conversation_id": stage.ana.conversation_id}
    number = stage.add(Promise(**inside, what="ring", due_at=due, at=stage.clock()))
    return Step(f"{path}/promises/{number}/kept")


def doubt(stage: Stage) -> Step:
    with stage.app.database.write() as session:
        consent.hold(
            session, stage.cast.shop_id, stage.ana.phone_key, source="model", at=stage.clock(), kind="held"
        )
    return Step(f"{SHOP}/decide/doubts/{stage.ana.conversation_id}", {"choice": "go"})


def number(stage: Stage) -> Step:
    with stage.app.database.write() as session:
        consent.hold(
            session,
            stage.cast.shop_id,
            stage.ana.phone_key,
            source="model",
            at=stage.clock(),
            kind="wrong_number",
        )
    return Step(f"{SHOP}/decide/numbers/{stage.ana.conversation_id}", {"choice": "theirs"})


def unknown(stage: Stage) -> Step:
    with stage.app.database.write() as session:
        row = say(session, stage.ana, "did it leave?", stage.clock(), status="unknown")
        public = session.get_one(Outbound, row).public_id
    return Step(f"{SHOP}/decide/texts/{public}", {"choice": "sent"})


def question(stage: Stage, text: str) -> int:
    row = {
        "shop_id": stage.cast.shop_id,
        "language": "en",
        "count": 3,
        "last_at": stage.clock(),
        "state": "open",
    }
    return stage.add(OpenQuestion(**row, text=text))


def held_flow(stage: Stage) -> Step:
    with stage.app.database.write() as session:
        flow = session.scalars(select(Flow).where(Flow.name == "winback_offer")).one()
        flow.held_at, flow.held_why = stage.clock(), "many stops"
        return Step(f"{SHOP}/decide/flows/{flow.id}", {"choice": "resume"})


def review(stage: Stage) -> Step:
    line = TaughtLine(
        shop_id=stage.cast.shop_id,
        language="en",
        intent="later",
        text="maybe in spring",
        plain_key="k",
        origin="correction",
        state="waiting",
        at=stage.clock(),
    )
    return Step(f"{SHOP}/decide/lines/{stage.add(line)}", {"choice": "take"})


def reply(stage: Stage) -> Step:
    row = ReadyReply(shop_id=stage.cast.shop_id, name="late", language="en", body="Soon.", at=stage.clock())
    return Step(f"{SHOP}/replies/{stage.add(row)}/remove")


def forget_phone(stage: Stage) -> Step:
    row = ConfirmedPhone(shop_id=stage.cast.shop_id, phone="+14155550177", confirmed_at=stage.clock())
    return Step(f"{SHOP}/settings/notifications/phones/{stage.add(row)}/forget")


def mend(stage: Stage) -> Step:
    stage.code()
    body = "{{ shop.text_name }}: good till {{ offer.ends | day }}. STOP to opt out."
    form = {
        "offer": "winback_offer:comeback",
        "pool": "",
        "days": "9",
        "body-en": body,
        "body-es": "",
        "key": "k",
    }
    return Step(f"{SHOP}/codes/mend", form)


def far(stage: Stage, days: int = 1) -> str:
    """An hour that is to come, as a form's field has it."""
    return f"{stage.clock() + timedelta(days=days):%Y-%m-%dT%H:%M}"


def people(stage: Stage, name: str, deed: str, **form: str) -> Step:
    who = stage.colleague(name, password=deed == "reset")
    return Step(f"{SHOP}/people/{who.staff_id}/{deed}", form)


PROOF = {"password": PASSWORD}
STEPS: dict[str, Callable[[Stage], Step]] = {
    "signin.enter": enter,
    "signin.enter_second": enter_second,
    "signin.enter_demo": lambda stage: Step("/sign-in/demo", {"role": "owner"}, stage.browser()),
    "signin.leave": lambda stage: Step("/sign-out", {}, stage.browser(stage.owner)),
    "links.use": follow_link,
    "account.name": lambda _: Step("/account/name", {"name": "Olga the Owner"}),
    "account.begin_second": lambda _: Step("/account/second-step/begin", PROOF),
    "account.confirm_second": confirm_second,
    "account.recovery_codes": lambda _: Step("/account/recovery-codes", PROOF),
    "account.end_second": lambda _: Step("/account/second-step/off", PROOF),
    "account.end_session": end_session,
    "account.end_others": lambda _: Step("/account/sessions/end-others"),
    "account.password": lambda _: Step("/account/password", PROOF | {"new": OTHER, "again": OTHER}),
    "staff.invite": lambda _: Step(f"{SHOP}/people/invite", {"email": "x@juniper.example", "role": "viewer"}),
    "staff.role": lambda stage: people(stage, "changes", "role", role="editor"),
    "staff.remove": lambda stage: people(stage, "leaves", "remove"),
    "staff.reset": lambda stage: people(stage, "forgot", "reset"),
    "inbox.send": lambda stage: Step(stage.held() + "/send", {"body": "Hello Ana.", "key": "s"}),
    "inbox.undo": undo,
    "inbox.begin": begin,
    "inbox.take": lambda stage: Step(stage.held(holder="nobody", staff_id=None) + "/take"),
    "inbox.back": lambda stage: Step(stage.held() + "/back", {"where": "stood"}),
    "inbox.wait": lambda stage: Step(stage.held() + "/wait"),
    "inbox.assign": lambda stage: Step(
        stage.held() + "/assign", {"assignee": str(stage.colleague("helps").staff_id)}
    ),
    "inbox.snooze": lambda stage: Step(stage.held() + "/snooze", {"for": "hours"}),
    "inbox.wake": lambda stage: Step(stage.held(snoozed_until=stage.clock() + timedelta(days=1)) + "/wake"),
    "inbox.close": lambda stage: Step(stage.held() + "/close"),
    "inbox.reopen": lambda stage: Step(stage.held(closed_at=stage.clock()) + "/reopen"),
    "inbox.note": lambda stage: Step(stage.held() + "/note", {"body": "likes tea"}),
    "inbox.drop_note": drop_note,
    "inbox.promise": lambda stage: Step(stage.held() + "/promise", {"what": "ring", "due": far(stage, 2)}),
    "inbox.kept": kept,
    "inbox.pause": lambda stage: Step(stage.held() + "/pause", {"until": far(stage, 9)[:10]}),
    "inbox.settled": lambda stage: Step(stage.held(open_matter="complaint") + "/settled"),
    "inbox.enough": lambda stage: Step(stage.held(owed_since=stage.clock()) + "/enough"),
    "inbox.drafts": lambda stage: Step(stage.held(holder="bot", staff_id=None) + "/drafts", {"on": "1"}),
    "inbox.give": lambda stage: Step(stage.held() + "/give", {"pick": "offer:winback_offer:comeback"}),
    "work.settle_doubt": doubt,
    "work.settle_number": number,
    "work.settle_text": unknown,
    "work.answer_question": lambda stage: Step(
        f"{SHOP}/decide/questions/{question(stage, 'do you sell gift cards')}/save",
        {"new_key": "gift_cards", "answer-en": "Yes, we do."},
    ),
    "work.dismiss": lambda stage: Step(f"{SHOP}/decide/questions/{question(stage, 'why')}/dismiss"),
    "work.resume_flow": held_flow,
    "work.review": review,
    "work.corrected": lambda stage: Step(
        f"{SHOP}/texts/{stage.heard('perhaps in May', reading={'intent': 'no'})}/meant", {"intent": "later"}
    ),
    "work.keep_fact": lambda _: Step(
        f"{SHOP}/facts", {"key": "hours", "language": "en", "answer": "Nine to five.", "asked_as": ""}
    ),
    "work.remove_fact": lambda _: Step(f"{SHOP}/facts/hours/en/remove"),
    "work.keep_reply": lambda _: Step(f"{SHOP}/replies", {"name": "soon", "language": "en", "body": "Soon."}),
    "work.drop_reply": reply,
    "work.leave_shift": lambda stage: Step(stage.held() and f"{SHOP}/shift", {"all": "wait"}),
    "work.void": lambda stage: Step(f"{SHOP}/codes/{stage.code()}/void", {"why": "twice"}),
    "work.extend": lambda stage: Step(f"{SHOP}/codes/{stage.code()}/extend", {"days": "5"}),
    "work.replace": lambda stage: Step(f"{SHOP}/codes/{stage.code()}/replace"),
    "work.begin_mending": mend,
    "work.keep_wishes": lambda _: Step(
        f"{SHOP}/settings/notifications",
        {"day-1": "1", "from_hour": "9", "to_hour": "17", "reply_target_minutes": "30"},
    ),
    "work.add_phone": lambda stage: Step(
        f"{SHOP}/settings/notifications/phones",
        {"own_phone": "+14155550166", "whose": str(stage.owner.staff_id)},
    ),
    "work.forget_phone": forget_phone,
    "work.stop": lambda stage: Step(f"{SHOP}/opt-out/{stage.ana.conversation_id}", {"medium": "phone"}),
}
"""In this order: the last one opts Ana out."""


@pytest.fixture
def db(sqlite_db: Any) -> Any:
    """One database is enough: the lines are written by the same statement on both."""
    return sqlite_db


@pytest.fixture
def stage(app: FakedApp, cast: Cast, client: FlaskClient, clock: StillClock) -> Stage:
    """The owner of Juniper with a password, signed in."""
    owner = member(app, "juniper", "owner", "olga@juniper.example", name="Olga", password=True)
    sign_in(app, client, owner)
    flask = client.application
    assert isinstance(flask, Flask)
    return Stage(app, flask, cast, clock, owner, client)


def send(stage: Stage, step: Step) -> Any:
    """Send the form with the token of its browser."""
    client = step.client or stage.client
    if client not in stage.tokens:
        page = client.get("/account", follow_redirects=True).get_data(as_text=True)
        found = _TOKEN.search(page)
        assert found, step.path
        stage.tokens[client] = found.group(1)
    return client.post(step.path, data={"form_token": stage.tokens[client]} | step.form)


def test_every_route_that_changes_something_is_tried_or_excused(stage: Stage) -> None:
    """And nothing stands here that is no route any more."""
    rules = stage.flask.url_map.iter_rules()
    posts = {rule.endpoint for rule in rules if "POST" in (rule.methods or ())}
    assert STEPS.keys() | NOT_ACTS.keys() == posts
    assert not STEPS.keys() & NOT_ACTS.keys()


@pytest.mark.timeout(400)
def test_every_act_of_staff_is_in_the_audit_with_account_and_address(stage: Stage) -> None:
    wrong = []
    for endpoint, step in STEPS.items():
        stage.clock.move(minutes=1)
        sent = step(stage)
        before = stage.newest(Audit)
        answer = send(stage, sent)
        if answer.status_code >= 400:
            wrong.append(f"{endpoint}: {answer.status} {words(answer)}")
            continue
        lines = stage.acts(before)
        needs_shop = declared(stage.flask, endpoint).permission is not None
        if not any(each.account_id and each.address and (each.staff_id or not needs_shop) for each in lines):
            wrong.append(
                f"{endpoint}: {[(each.action, each.account_id, each.staff_id, each.address) for each in lines]}"
            )
    assert not wrong, "\n".join(wrong)


def words(answer: Any) -> str:
    """What a page says of a problem."""
    page = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return " ".join(page.split())[:600]
