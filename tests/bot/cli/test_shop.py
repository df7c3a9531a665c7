"""`winback shop`: what is set is in force with the next text, and what cannot be is said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from bot.cli.context import Context
from bot.cli.shop import shop
from bot.models import Audit, Shop
from bot.shops import ShopSettings
from tests.support.cast import Cast
from tests.support.fakes import FakedApp


class Here(Context):
    """The command line's context on the test's own application and its first shop."""

    app: FakedApp


def said(app: FakedApp, *arguments: str) -> tuple[int, str]:
    """Exit status and output of `winback shop ...`."""
    context = Here(shop="juniper", config=None)
    context.__dict__.update(app=app, settings=app.settings)
    done = CliRunner().invoke(shop, arguments, obj=context)
    return done.exit_code, done.output


def kept(app: FakedApp, cast: Cast) -> ShopSettings:
    with app.database.read() as session:
        return ShopSettings.model_validate(session.get_one(Shop, cast.shop_id).settings)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("words_looked_at", ["Bourbon", "rum"], ("Bourbon", "rum")),
        ("words_looked_at", ['["5", "rum"]'], ("5", "rum")),
        ("link_hosts", [], ()),
        ("marketing_parts", ["3"], 3),
        ("reverify_after_days", ["null"], None),
        ("double_opt_in", ["false"], False),
        ("stop_scope", ["marketing"], "marketing"),
        ("privacy_url", ["https://juniper.example/privacy"], "https://juniper.example/privacy"),
    ],
)
def test_a_setting_is_changed(app: FakedApp, cast: Cast, name: str, typed: list[str], value: Any) -> None:
    status, output = said(app, "set", name, *typed)
    assert (status, getattr(kept(app, cast), name)) == (0, value), output
    with app.database.read() as session:
        assert [row.action for row in session.scalars(select(Audit))] == ["setting changed"]
    assert said(app, "unset", name)[0] == 0
    assert getattr(kept(app, cast), name) == ShopSettings.model_fields[name].default


@pytest.mark.parametrize(
    "arguments",
    [
        ["set", "marketing_parts", "11"],
        ["set", "marketing_parts", "many"],
        ["set", "marketing_parts"],
        ["set", "marketing_parts", "1", "2"],
        ["set", "stop_scope", "nothing"],
        ["set", "no_such", "1"],
        ["unset", "no_such"],
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(app: FakedApp, cast: Cast, arguments: list[str]) -> None:
    before = kept(app, cast)
    status, output = said(app, *arguments)
    assert status == 2
    assert arguments[1] in output
    assert kept(app, cast) == before


def test_a_list_is_added_to(app: FakedApp, cast: Cast) -> None:
    said(app, "set", "words_looked_at", "rum")
    assert said(app, "set", "--add", "words_looked_at", "bourbon", "rum") == (
        0,
        "words_looked_at = rum bourbon\n",
    )
    assert said(app, "set", "--add", "marketing_parts", "1")[0] == 2


def test_all_settings_are_listed_with_what_they_mean(app: FakedApp, cast: Cast) -> None:
    said(app, "set", "words_looked_at", "bourbon")
    _, listed = said(app, "settings")
    assert "* words_looked_at = bourbon\n" in listed
    assert "  marketing_parts = 2\n" in listed
    found = json.loads(said(app, "settings", "--json")[1])
    assert set(found) == set(ShopSettings.model_fields)
