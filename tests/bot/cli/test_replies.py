"""`winback replies` and `winback alerts`: read from a file, written to one, and what came of telling people."""

from __future__ import annotations

import json
from pathlib import Path

import click
from click.testing import CliRunner, Result
from sqlalchemy import update

from bot.alerts.deliver import deliver
from bot.cli.alerts import alerts
from bot.cli.replies import replies
from bot.cli.shop import shop
from bot.inbox.alerting import look
from bot.models import Shop
from tests.bot.cli.test_shop import Here
from tests.bot.inbox.staffed import waits
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp

FILE = "replies:\n  late:\n    en: It left on Monday.\n"


def ran(app: FakedApp, group: click.Group, *arguments: str) -> Result:
    context = Here(shop="juniper", config=None)
    context.__dict__.update(app=app, settings=app.settings)
    return CliRunner().invoke(group, list(arguments), obj=context)


def test_replies_go_in_and_come_out(app: FakedApp, cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "replies.yml"
    file.write_text(FILE)
    assert ran(app, replies, "import", str(file)).output == "1 new, 0 changed, 0 as they were.\n"
    assert ran(app, replies, "export").output == FILE
    (listed,) = json.loads(ran(app, replies, "list", "--json").output)
    assert (listed["name"], listed["parts"], listed["used"]) == ("late", 1, 0)
    assert ran(app, replies, "drop", "late").exit_code == 0
    assert ran(app, replies, "drop", "late").exit_code == 2


def test_a_file_with_a_fault_is_said_with_its_place(app: FakedApp, cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "replies.yml"
    file.write_text(FILE + "    en2: x\n")
    told = ran(app, replies, "import", str(file))
    assert told.exit_code == 1
    assert "replies.yml:4:5: error shape" in told.stderr


def test_what_came_of_telling_people_is_listed(app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        wanted = {"notify": {"emails": ["o@juniper.example"]}}
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(settings=wanted))
        waits(session, cast.ana, NOW)
    look(app)
    deliver(app)
    told = ran(app, alerts, "list")
    assert told.exit_code == 1
    assert "waits for a person: asked for a person" in told.output
    assert "email: failed: no mail server is set" in told.output
    assert len(ran(app, alerts, "secret").output.strip()) == 64
    assert ran(app, alerts, "test").exit_code == 1
    assert "waits for a person" in ran(app, alerts, "list").output
    assert "this is a test" not in ran(app, alerts, "list").output


def test_a_webhook_that_nobody_can_call_is_not_kept(app: FakedApp, cast: Cast) -> None:
    for url, why in (("https://a..example/", "doubled dot"), ("http://10.0.0.1/", "private network")):
        told = ran(app, shop, "set", "notify", f'{{"webhook": "{url}"}}')
        assert told.exit_code == 2
        assert why in told.stderr.replace("\n", " ")
    assert ran(app, shop, "set", "notify", '{"webhook": "https://hooks.example/in"}').exit_code == 0
