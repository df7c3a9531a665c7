"""A shop's own settings: caps, working hours, costs. Owns their names, defaults and meaning."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.zones import zone_named


class WorkingHours(BaseModel):
    """When people of the shop answer, in the shop's zone. Days count from Monday 0."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    from_hour: int = Field(9, ge=0, le=23)
    to_hour: int = Field(17, ge=1, le=24)


class AgentLimits(BaseModel):
    """How far an agent may go with a customer's code without the owner. What has no limit here, only an owner gives."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    percent: int = Field(20, ge=0, le=100, description="the best discount that an agent may give")
    amount_cents: int = Field(
        1000,
        ge=0,
        description="the most money off that an agent may give, in the smallest unit of the shop's currency (cents)",
    )
    also: tuple[Literal["free_shipping", "gift", "points"], ...] = Field(
        ("free_shipping",),
        description="what else an agent may give, whatever it is worth: free_shipping, gift, points; what is not named here, "
        "only an owner gives",
    )
    days: int = Field(14, ge=0, le=365, description="by how many days an agent may extend a code")


class Notify(BaseModel):
    """How people of the shop hear that somebody waits, beside the browser. Nothing set: they do not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    matters: tuple[Literal["waits", "late", "promise", "doubt", "unknown"], ...] = Field(
        ("waits", "late", "promise", "doubt"),
        description="what is told: somebody waits for a person, longer than the reply target, a promise is due, a doubt is to "
        "be settled, a text of which nobody knows",
    )
    webhook: str | None = Field(
        None,
        pattern=r"^https?://[^\s]+$",
        max_length=300,
        description="an address that gets each of them, signed",
    )
    emails: tuple[Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", max_length=200)], ...] = Field(
        (), max_length=10, description="who gets an e-mail (the operator sets `mail`)"
    )
    phone: str | None = Field(
        None,
        description="a confirmed phone that gets a text, and may answer the customer from there; never in the night",
    )
    at_night: bool = Field(False, description="whether e-mails leave between 9 p.m. and 8 a.m., too")


class ShopSettings(BaseModel):
    """What a shop may set for itself; stored in shops.settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hours: WorkingHours = WorkingHours()
    marketing_per_day: int = Field(1, ge=0, description="marketing texts a customer gets in 24 hours at most")
    marketing_per_week: int = Field(3, ge=0, description="and in 7 days")
    marketing_per_month: int = Field(6, ge=0, description="and in 30 days")
    accept_express_consent: bool = Field(
        False,
        description="marketing in the US on express instead of written consent (R20): at your own risk, ask a lawyer",
    )
    silent_texts: int = Field(
        6, ge=1, description="marketing texts in a row without answer, click or order, and they are let go"
    )
    breaker_opt_outs_percent: float | None = Field(
        5,
        gt=0,
        le=100,
        description="a flow is held when more of its last 200 texts of a day were answered by an opt-out; unset: never",
    )
    breaker_failed_percent: float | None = Field(
        15,
        gt=0,
        le=100,
        description="and when more of them were refused, not delivered, or lost from sight; unset: never",
    )
    answers_per_day: int = Field(
        40,
        ge=1,
        description="answers of the bot in one conversation in 24 hours; then a person takes over (R103)",
    )
    order_data_days: int | None = Field(
        7,
        ge=1,
        le=365,
        description="no opener leaves when no order was heard of, by import or API, for so many days; unset: openers "
        "never wait for that",
    )
    stop_scope: Literal["all", "marketing"] = Field(
        "all",
        description="what a STOP in answer to a marketing text ends; with `marketing`, what the customer asks is still "
        "answered (R8, R9)",
    )
    double_opt_in: bool = Field(
        True, description="a sign-up counts only after a YES by text from the phone itself (R52)"
    )
    confirm_within_hours: float = Field(
        72, gt=0, le=720, description="and the YES counts for so many hours after the question"
    )
    reverify_after_days: int | None = Field(
        540,
        ge=30,
        le=36_500,
        description="no marketing when nothing has shown for so many days that the number is still its owner's (consent, "
        "order, text, click, reassigned-numbers look-up; R28, R29); unset: never asked",
    )
    privacy_url: str | None = Field(
        None, description="the shop's privacy page, linked under its sign-up page"
    )
    terms_url: str | None = Field(None, description="and its terms for texts")
    marketing_parts: int = Field(
        2,
        ge=1,
        le=10,
        description="parts that a marketing text may cost, with the customer's data in it (R135)",
    )
    link_hosts: tuple[str, ...] = Field(
        (),
        description="the shop's own domains beside its site and the short links', as `blog.shop.example` (R125)",
    )
    words_looked_at: tuple[str, ...] = Field(
        (),
        description="words about alcohol, tobacco, firearms, cannabis, sex or hate that a person of the shop has looked "
        "at and that may leave, as `bourbon` (R126)",
    )
    daily_starts: int = Field(200, ge=1, description="customers enrolled a day by `winback flow start`")
    parts_per_second: float | None = Field(
        None,
        gt=0,
        description="from each of the shop's senders; unset: by the kind of number (`twilio.pace`)",
    )
    parts_per_day: int | None = Field(
        2000,
        ge=1,
        description="of the brand, over all carriers (their day ends at midnight Pacific); unset: no limit (R102)",
    )
    people_waiting: int = Field(
        20, ge=1, description="no opener leaves while more conversations than these wait for a person"
    )
    people_waiting_hours: float = Field(
        72, gt=0, description="nor while one has waited for longer than these hours"
    )
    undo_seconds: int = Field(
        8,
        ge=0,
        le=30,
        description="how long a person's text waits before it leaves, so that it can be taken back",
    )
    return_hours: float | None = Field(
        None,
        gt=0,
        le=720,
        description="a conversation that people hold goes back to the bot by itself so many hours after they last did "
        "something in it, unless the customer waits for an answer or a complaint is open; unset: never",
    )
    reply_target_minutes: int = Field(
        60, ge=1, description="within so many minutes of working hours a person should have answered"
    )
    agent_limits: AgentLimits = AgentLimits()
    notify: Notify = Notify()
    part_cost_cents: float = Field(
        1.2, ge=0, description="what one part of a text costs, carrier fees included"
    )
    recovered_within_days: int = Field(30, ge=1, description="an order this long after the last touch counts")
    cart_address: str | None = Field(
        None, description="for platforms we don't know: a cart's address with {items} and {code} in it"
    )


_WORDS = {
    "en": ("today", "tomorrow after {hour}", "on {day} after {hour}"),
    "es": ("hoy", "desde las {hour} el {day}", "desde las {hour} el {day}"),
}
_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}


def person_by(settings: ShopSettings, zone: str, language: str, now: datetime) -> str | None:
    """When a person will answer, in words that can end a sentence; None when nobody ever works."""
    hours = settings.hours
    if not hours.days or hours.to_hour <= hours.from_hour:
        return None
    language = language if language in _WORDS else "en"
    today_words, tomorrow_words, later_words = _WORDS[language]
    local = now.astimezone(zone_named(zone))
    if local.weekday() in hours.days and local.hour < hours.to_hour - 1:
        return today_words
    for ahead in range(1, 8):
        day = local + timedelta(days=ahead)
        if day.weekday() in hours.days:
            words = tomorrow_words if ahead == 1 else later_words
            return words.format(hour=hours.from_hour, day=_DAYS[language][day.weekday()])
    return None
