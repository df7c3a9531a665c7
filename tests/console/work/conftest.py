"""Seats at the pages of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from tests.console.seats import HOSTILE, Seat
from tests.support.cast import Cast

__all__ = ["HOSTILE", "Place"]


@dataclass
class Place(Seat):
    """Somebody's browser at a shop."""

    follows: ClassVar[bool] = True

    def does(self, path: str, status: int = 200, /, **fields: str) -> str:
        """The page that a form leads to."""
        answer = self.post(path, **fields)
        assert answer.status_code == status, answer.status
        return answer.get_data(as_text=True)


@pytest.fixture
def kind() -> type[Seat]:
    """At the pages of work."""
    return Place


@pytest.fixture
def db(sqlite_db: Any) -> Any:
    """One database is enough: the deeds themselves are tried on both where they are made (tests/bot)."""
    return sqlite_db


@pytest.fixture
def cast(cast_alone: Cast) -> Cast:
    """The cast alone: no page of work needs a flow."""
    return cast_alone
