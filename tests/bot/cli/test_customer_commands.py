"""`winback why` and `winback customer`, as somebody reads them and as a script does."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from bot.audience.starts import start
from bot.cli.context import Context
from bot.cli.customer import customer
from bot.cli.why import why
from bot.flows_store import current, publish_library
from bot.models import Customer, Outbound
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


class Here(Context):
    """The command line's context on the test's own application, at Ana's shop."""

    app: FakedApp

    def shop_id(self) -> int:
        return 1


def said(app: FakedApp, command: click.Command, *arguments: str) -> Result:
    context = Here(shop=None, config=None)
    context.__dict__.update(app=app, settings=app.settings)
    return CliRunner().invoke(command, arguments, obj=context)


def test_why_reads_a_number_as_people_write_it_and_speaks_to_both(app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        publish_library(session, cast.shop_id, app.real_now())
        revision = current(session, cast.shop_id, "winback_offer")
        assert revision is not None
        start(session, revision, app.real_now(), daily_limit=None, total=None, by="a test")
    people = said(app, why, "(713) 555-0102")
    assert people.exit_code == 1
    assert "NO  suppression" in people.output
    assert people.output.splitlines()[-1].startswith("+1713*****02 gets no text of winback_offer now")
    scripts = said(app, why, cast.ben.phone, "--json")
    told = json.loads(scripts.output)
    assert told["stopped_by"] == "suppression"
    assert told["next_possible"] is None
    assert {"step", "ok", "why"} <= told["steps"][0].keys()
    assert cast.ben.phone not in scripts.output
    assert said(app, why, "12").exit_code == 2
    assert said(app, why, cast.ana.phone, "--flow", "nonsense").exit_code == 2


def test_why_is_status_0_when_a_text_has_left(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    clock.move(hours=8)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    done = said(app, why, cast.ana.phone)
    assert done.exit_code == 0, done.output
    assert "Nothing stops" in done.output


def test_export_has_everything_and_the_file_is_private(
    app: FakedApp, cast: Cast, clock: StillClock, tmp_path: Path
) -> None:
    """R153."""
    clock.move(hours=8)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "¿qué tal?")
    out = tmp_path / "ana.json"
    assert said(app, customer, "export", cast.ana.phone, "--out", str(out)).exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    told = json.loads(out.read_text("utf-8"))
    assert told["profile"]["first_name"] == "Ana"
    assert [text["body"] for text in told["texts"] if text["direction"] == "in"] == ["¿qué tal?"]
    assert told["orders"][0]["lines"][0]["name"] == "Morning Blend 12 oz"
    assert told["flows"][0]["flow"] == "winback_offer"
    with app.database.read() as session:
        columns = {column.name for column in Customer.__table__.columns}
        assert session.scalar(select(func.count()).select_from(Outbound))
    assert columns - told["profile"].keys() == {"id", "shop_id", "phone_key"}
    screen = said(app, customer, "export", cast.ana.phone)
    assert json.loads(screen.output)["profile"] == told["profile"]
    assert said(app, customer, "export", "+12125550199").exit_code == 1
    assert said(app, customer, "export", cast.cleo.phone).exit_code == 1


def test_erase_asks_for_a_yes_and_says_what_went(app: FakedApp, cast: Cast) -> None:
    text_in(app, cast, cast.ana, "hello")
    no = said(app, customer, "erase", cast.ana.phone)
    assert no.exit_code == 1
    assert "--yes" in no.output
    assert cast.ana.phone not in no.output
    yes = said(app, customer, "erase", cast.ana.phone, "--yes")
    assert yes.exit_code == 0
    assert "texts received: 1" in yes.output
    assert "pictures" not in yes.output  # there were none
    again = json.loads(said(app, customer, "erase", cast.ana.phone, "--yes", "--json").output)
    assert again["finished"]
    assert again["provider_copies"]["waiting"] == 1
    assert said(app, customer, "erase", "+12125550199", "--yes").exit_code == 1
    assert json.loads(said(app, customer, "export", cast.ana.phone).output)["profile"]["phone"] is None
