"""In which language a question is matched: its own, else the customer's; English where a fact has no other."""

from __future__ import annotations

import pytest

from bot.db import Database
from bot.models import ShopFact
from bot.teaching.wordings import Wordings, wordings_of
from tests.support.cast import Cast

BOTH = Wordings(
    {
        "en": {"shipping": "how long\nWithin a day.", "hours": "when are you open\n9 to 5."},
        "es": {"shipping": "cuánto tarda\nEn un día.", "sizes": "qué tallas hay\nDe la S a la XL."},
    }
)


@pytest.mark.parametrize(
    ("text", "customers", "found"),
    [
        ("¿cuánto tarda?", "en", {"shipping": "es", "hours": "en", "sizes": "es"}),
        ("how long does it take", "es", {"shipping": "en", "hours": "en"}),
        ("xl?", "es", {"shipping": "es", "hours": "en", "sizes": "es"}),
        ("xl?", "en", {"shipping": "en", "hours": "en"}),
    ],
    ids=["Spanish", "English", "says nothing, to a Spanish customer", "says nothing, to an English one"],
)
def test_what_is_matched_is_what_could_be_said(text: str, customers: str, found: dict[str, str]) -> None:
    asked = BOTH.asked(text, customers)
    assert asked == {key: BOTH.by_language[language][key] for key, language in found.items()}


def test_a_shop_without_facts_has_none_to_match() -> None:
    assert Wordings().asked("¿cuánto tarda?", "es") == {}


def test_wordings_are_read_by_shop_and_language(db: Database, cast: Cast) -> None:
    with db.write() as session:
        session.add(
            ShopFact(shop_id=cast.shop_id, key="tea", language="es", answer="Sí.", asked_as="té\nhay té")
        )
        session.flush()
        found = wordings_of(session, [cast.shop_id, cast.other_shop_id])
        assert found[cast.shop_id].by_language["es"] == {"tea": "té\nhay té\nSí."}
        assert set(found[cast.shop_id].by_language["en"]) == {"shipping"}
        assert set(found[cast.other_shop_id].by_language) == {"en"}
        assert wordings_of(session, []) == {}
