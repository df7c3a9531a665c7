"""Each thing that staff can do in the console, by the endpoint of its form: how it is set up, and what is sent.

Owns one step a route; who may do it, and whether it is written down, is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pyotp
from sqlalchemy import select

from bot.compliance import consent
from bot.models import (
    Account,
    ConfirmedPhone,
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
from tests.bot.inbox.staffed import say
from tests.console.people import PASSWORD, with_second_step
from tests.console.stage import OTHER, SHOP, Stage, Step, send


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
