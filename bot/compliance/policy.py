"""A shop's settings as the gate knows them. Owns the translation; names and defaults are bot.shops's."""

from __future__ import annotations

from bot.compliance.facts import Policy
from bot.shops import ShopSettings


def policy_of(settings: ShopSettings) -> Policy:
    """What of these settings the gate weighs."""
    return Policy(
        accept_express_consent=settings.accept_express_consent,
        marketing_per_day=settings.marketing_per_day,
        marketing_per_7_days=settings.marketing_per_week,
        marketing_per_30_days=settings.marketing_per_month,
        order_data_days=settings.order_data_days,
        silent_texts=settings.silent_texts,
        marketing_parts=settings.marketing_parts,
        answers_per_day=settings.answers_per_day,
        reverify_after_days=settings.reverify_after_days,
    )
