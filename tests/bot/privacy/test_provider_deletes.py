"""Deleting at Twilio through its own client, against the stand-in on a loopback port (R154)."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
import requests

from bot.sending.archive import ListingError
from tests.bot.sending.test_twilio_archive import OURS, PHONE, PNG, TOKEN, Line, line, sent
from tests.support.cast import ACCOUNT
from tests.support.clock import NOW, StillClock

__all__ = ["line"]
API = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"


def ask(line: Line, method: str, path: str, **form: str) -> int:
    return requests.request(
        method, f"{line.url}{API}{path}", data=form or None, auth=(ACCOUNT, TOKEN), timeout=5
    ).status_code


def test_a_text_and_its_pictures_are_gone_and_the_handset_keeps_them(line: Line, clock: StillClock) -> None:
    pictures = [{"content_type": "image/png", "data": base64.b64encode(PNG).decode()}]
    theirs, ours = line.type_in("kale soup", pictures=pictures), sent(line)
    (media,) = line.archive.list_media(ACCOUNT, theirs)
    for sid in (theirs, ours):
        line.archive.forget_text(ACCOUNT, sid)
        assert ask(line, "GET", f"/{sid}.json") == 404
    assert requests.get(media.url, auth=(ACCOUNT, TOKEN), timeout=5, allow_redirects=False).status_code == 404
    assert (
        line.archive.list_received(ACCOUNT, OURS, NOW - timedelta(hours=1), clock() + timedelta(hours=1))
        == []
    )
    kept = requests.get(f"{line.url}/standin/handsets/{PHONE}", timeout=5).json()["texts"]
    assert [text["body"] for text in kept] == ["kale soup", "Hi"]


def test_what_is_not_there_counts_as_deleted(line: Line) -> None:
    line.archive.forget_text(ACCOUNT, "SM" + "0" * 32)


def test_a_provider_that_could_not_be_asked_has_not_deleted_it(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    sid = sent(line)
    with pytest.raises(ListingError):
        line.archive.forget_text("AC" + "f" * 32, sid)
    assert ask(line, "GET", f"/{sid}.json") == 200


def test_the_stand_in_empties_a_body_as_twilio_does(line: Line) -> None:
    sid = sent(line)
    assert ask(line, "POST", f"/{sid}.json", Body="other words") == 400
    assert ask(line, "POST", f"/{sid}.json", Body="") == 200
    shown = requests.get(f"{line.url}{API}/{sid}.json", auth=(ACCOUNT, TOKEN), timeout=5).json()
    assert shown["body"] == ""
