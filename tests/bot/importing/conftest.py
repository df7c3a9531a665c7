"""What the import's tests share: a shop with nobody in it, and a way to import a text as if it were a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.db import Database
from bot.importing.plan import Plan, make_plan
from bot.importing.run import Outcome, run_import
from bot.importing.synonyms import Kind
from bot.keys import Keys
from bot.models import Shop
from tests.support.clock import NOW


@dataclass
class Desk:
    """Somebody with a file: `importing("customers", text)`."""

    database: Database
    keys: Keys
    shop_id: int
    folder: Path
    now: datetime = NOW
    outcomes: list[Outcome] = field(default_factory=list)

    def plan(self, kind: Kind, text: str | bytes, *, name: str | None = None, **how: Any) -> Plan:
        """How the text would be read."""
        path = self.folder / (name or f"{kind}.csv")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return make_plan(
            path,
            kind,
            chosen=how.pop("chosen", {}),
            country=how.pop("country", "US"),
            zone=how.pop("zone", "America/New_York"),
            currency="USD",
            latest=self.now + timedelta(days=1),
            **how,
        )

    def importing(
        self,
        kind: Kind,
        text: str | bytes,
        *,
        on_bytes: Callable[[int], None] = lambda read: None,
        now: datetime | None = None,
        **how: Any,
    ) -> Outcome:
        """Import the text."""
        plan = self.plan(kind, text, **how)
        outcome = run_import(
            self.database,
            self.keys,
            self.shop_id,
            plan,
            now=now or self.now,
            rejected_path=self.rejected_path(plan),
            on_bytes=on_bytes,
        )
        self.outcomes.append(outcome)
        return outcome

    def rejected_path(self, plan: Plan) -> Path:
        """Where the rejected rows go."""
        return plan.survey.path.with_name(plan.survey.path.name + ".rejected.csv")


def make_shop(database: Database, slug: str = "fern") -> int:
    """A shop in New York without customers."""
    with database.write() as session:
        shop = Shop(
            slug=slug,
            name="Fern Tea",
            text_name="Fern",
            state="live",
            site_url="https://fern.example",
            contact="help@fern.example",
            created_at=NOW,
        )
        session.add(shop)
        session.flush()
        return shop.id


@pytest.fixture
def desk(db: Database, keys: Keys, tmp_path: Path) -> Desk:
    """An empty shop, on both databases."""
    return Desk(db, keys, make_shop(db), tmp_path)


@pytest.fixture
def quick_desk(sqlite_db: Database, keys: Keys, tmp_path: Path) -> Desk:
    """The same on SQLite only, where the database is not what the test is about."""
    return Desk(sqlite_db, keys, make_shop(sqlite_db), tmp_path)
