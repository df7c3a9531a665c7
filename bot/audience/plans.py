"""What a start would do, before anybody says yes: how many, over how many days, at what cost; or what it would wait for.

Owns the reckoning and its words. Enrols nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from sqlalchemy.orm import Session

from bot.audience.conditions import asked
from bot.audience.finding import candidates
from bot.audience.kinds import BY_TEXT, STANDING, Kind, delay_of, kind_of
from bot.flows_store import flow_of
from bot.models import FlowRevision, Shop
from bot.offers.pools import counts
from bot.shops import ShopSettings
from flows.definition import Flow


@dataclass(frozen=True, slots=True)
class Plan:
    """What a start would do, before anybody says yes. Money in cents.

    `customers` and `control` fit now. Where more come as things happen (orders, carts, texts), `waits_for` says for what.
    """

    flow: str
    revision: int
    kind: Kind
    customers: int
    control: int
    per_day: int
    days: int
    texts_at_most: int
    cost_at_most_cents: int
    codes_left: int | None
    """In the pool of its offers that has the fewest; None when it offers nothing."""
    waits_for: str | None = None

    def in_words(self) -> str:
        """For whoever has to say yes."""
        about = f"{self.flow} (revision {self.revision})"
        if self.kind == "manual":
            return f"{about} has no trigger: people enter it by hand, or from another flow."
        each = self.texts_at_most if self.kind in BY_TEXT else self.texts_at_most // max(self.customers, 1)
        if self.kind in BY_TEXT:
            return f"{about} begins for {self.waits_for}; up to {_texts(each)} for somebody who then says no more."
        if not self.customers:
            nobody = f"{about} would text nobody now"
            if self.control:
                nobody += f"; {_people(self.control)} are the holdout and get nothing"
            return f"{nobody}.\nThen {self.waits_for}." if self.waits_for else f"{nobody}."
        days = f"{self.days:,} day{'' if self.days == 1 else 's'}"
        order = "whoever bought last first" if self.kind not in ("cart_abandoned", "birthday") else ""
        now = (
            f"{about} would text {_people(self.customers)} now, {self.per_day:,} a day over {days}"
            f"{', ' + order if order else ''}; {self.control:,} more are the holdout and get nothing.\n"
            f"At most {_texts(self.texts_at_most)} if nobody answers, about ${self.cost_at_most_cents / 100:,.2f}. "
            f"They leave only inside each customer's hours."
        )
        return f"{now}\nThen {self.waits_for}." if self.waits_for else now


def plan(
    session: Session, revision: FlowRevision, now: datetime, *, daily_limit: int | None, total: int | None
) -> Plan:
    """How many would be texted, over how many days, at what cost if nobody answers (answers cost one part each)."""
    flow = flow_of(session, revision.id)
    kind = kind_of(flow.trigger)
    settings = ShopSettings.model_validate(session.get_one(Shop, revision.shop_id).settings)
    per_day = daily_limit or settings.daily_starts
    treated = control = 0
    if kind != "manual" and kind not in BY_TEXT:
        ask = asked(session, revision.shop_id, revision.flow_id, flow, now)
        for each in candidates(session, ask):
            if total is not None and treated >= total:
                break
            if each.arm == "treated":
                treated += 1
            else:
                control += 1
    texts = (1 if kind in BY_TEXT else treated) * unanswered_texts(flow)
    return Plan(
        flow=flow.name,
        revision=revision.number,
        kind=kind,
        customers=treated,
        control=control,
        per_day=per_day,
        days=-(-treated // per_day) if treated else 0,
        texts_at_most=texts,
        cost_at_most_cents=round(texts * settings.part_cost_cents),
        codes_left=min(
            (_free(session, revision.shop_id, each.pool) for each in flow.offers.values()), default=None
        ),
        waits_for=_waits_for(flow, kind),
    )


def unanswered_texts(flow: Flow) -> int:
    """How many texts somebody gets who never answers."""
    count, name, seen = 0, flow.start, set[str]()
    while name not in seen:
        seen.add(name)
        node = flow.nodes[name]
        count += 1 if node.say else 0
        onward = node.silence.then if node.silence else node.then
        if not onward or onward not in flow.nodes or node.end:
            break
        name = onward
    return count


def _waits_for(flow: Flow, kind: Kind) -> str | None:
    trigger = flow.trigger
    hours = delay_of(trigger).total_seconds() / 3600 if kind in STANDING else 0
    number, unit = (hours, "hour") if hours < 72 else (hours / 24, "day")
    later = f"{number:g} {unit}{'' if number == 1 else 's'} after it" if number else "at once"
    match kind:
        case "after_purchase":
            whose = "a first order" if trigger.after_purchase == "first" else "an order"
            return f"whoever places {whose} from now on enters {later}"
        case "cart_abandoned":
            return f"whoever leaves a cart enters {later}, when they have not ordered by then"
        case "keyword":
            return f"whoever texts {' or '.join(trigger.keywords)} alone"
        case "segment":
            return f"each day, whoever has come to be among {', '.join(trigger.segments)}"
        case "replenishment":
            return "each day, whoever is about to run out of what they bought"
        case "birthday":
            return "each day, whoever has a birthday soon"
        case "lapsed" | "manual":
            return None
        case _:
            assert_never(kind)


def _free(session: Session, shop_id: int, pool: str) -> int:
    return sum(
        number for name, status, number in counts(session, shop_id) if (name, status) == (pool, "pool")
    )


def _people(number: int) -> str:
    return f"{number:,} customer{'' if number == 1 else 's'}"


def _texts(number: int) -> str:
    return f"{number:,} text{'' if number == 1 else 's'}"
