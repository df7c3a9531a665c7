"""Every page of work opens for those whose role may, carries nothing inline, and leads back to the conversation."""

from __future__ import annotations

import re

import pytest

from tests.console.work.conftest import Place

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

PAGES = ("/decide", "/facts", "/replies", "/shift", "/codes", "/codes/mend", "/settings/notifications")
FOR_OWNERS = ("/codes/mend", "/settings/notifications")


@pytest.mark.parametrize("path", PAGES)
def test_an_owner_opens_it_and_sees_where_they_are(olga: Place, path: str) -> None:
    page = olga.page(path)
    assert 'aria-current="page"' in page
    assert len(re.findall("<h1>", page)) == 1
    for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
        assert 'method="get"' in form or 'name="form_token"' in form
    for field in re.findall(r'<(?:input|select|textarea)\b[^>]*\bid="([^"]+)"', page):
        assert f'for="{field}"' in page, field


def test_who_may_open_what(ed: Place, tom: Place, vic: Place, stranger: Place) -> None:
    for path in PAGES:
        assert stranger.get(path).status_code == 404
        assert vic.get(path).status_code == (403 if path in (*FOR_OWNERS, "/shift") else 200)
        assert tom.get(path).status_code == (403 if path in FOR_OWNERS else 200)
        assert ed.get(path).status_code == (403 if path in (*FOR_OWNERS, "/shift") else 200)


def test_what_came_of_it_is_a_sentence_of_ours_never_one_of_the_address(olga: Place) -> None:
    assert "Texts may leave to them again." in olga.page("/decide", said="released")
    for said in ("<b>you won</b>", "you won", ""):
        assert "you won" not in olga.page("/decide", said=said)
    assert "Opt them out after all" not in olga.page("/decide", said="released", of="x")
    assert "Opt them out after all" in olga.page("/decide", said="released", of="7")
