"""Who answers STOP, START and HELP: one of us, and never two."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import update

from bot.conversations.keywords import Answers, provider_answers
from bot.conversations.receive import InboundText, receive
from bot.models import Sender
from nlu.optout import decide
from tests.bot.conversations.loop import run_until_quiet
from tests.support.cast import ACCOUNT, Cast
from tests.support.fakes import FakedApp, FakeProvider

LONG, TOLL_FREE, SHORT = "+12125550100", "+18885550100", "55512"


def answered(setting: Answers, number: str, body: str, given: str | None = None) -> bool:
    """Whether somebody else has answered this text."""
    return provider_answers(setting, number, body, decide(body, given).keyword, given)


@pytest.mark.parametrize(
    ("number", "body", "by_somebody_else"),
    [
        pytest.param(LONG, "STOP", True, id="R50"),
        pytest.param(LONG, " stop ", True, id="R51 any case"),
        pytest.param(LONG, "OptOut", True, id="R50 the newest words"),
        pytest.param(LONG, "Stop.", False, id="R51 the whole body or nothing"),
        pytest.param(LONG, "stop please", False, id="R51 passed through"),
        pytest.param(LONG, "opt out", False, id="R51 two words"),
        pytest.param(LONG, "START", True, id="R52"),
        pytest.param(LONG, "HELP", True, id="R52 help"),
        pytest.param(LONG, "YES", False, id="R52 yes is nobody's"),
        pytest.param(LONG, "JOIN", False, id="a word of ours"),
        pytest.param(SHORT, "STOP", False, id="R56"),
        pytest.param(SHORT, "HELP", False, id="R56 help"),
        pytest.param(TOLL_FREE, "STOP", True, id="R57"),
        pytest.param(TOLL_FREE, "UNSTOP", True, id="R57 back in"),
        pytest.param(TOLL_FREE, "CANCEL", False, id="R57 no word of the network"),
        pytest.param(TOLL_FREE, "HELP", False, id="R57, R122 the network says nothing"),
    ],
)
def test_r50_r51_r52_r56_r57_by_itself_it_goes_by_the_kind_of_number(
    number: str, body: str, by_somebody_else: bool
) -> None:
    assert answered("auto", number, body) is by_somebody_else


@pytest.mark.parametrize(
    ("setting", "number"), list(itertools.product(("auto", "provider", "winback"), (LONG, TOLL_FREE, SHORT)))
)
def test_r54_where_advanced_opt_out_has_answered_we_never_do(setting: Answers, number: str) -> None:
    assert answered(setting, number, "STOP", "STOP")
    assert answered(setting, number, "arret", "STOP"), "R55: a word that was added there"
    assert answered(setting, number, "JOIN", "START")


@pytest.mark.parametrize("number", [LONG, TOLL_FREE, SHORT])
def test_r7_an_operator_who_knows_better_says_so(number: str) -> None:
    assert answered("provider", number, "HELP")
    assert not answered("winback", number, "STOP")


@pytest.mark.parametrize(
    ("number", "body", "ours"),
    [(LONG, "STOP", 0), (SHORT, "STOP", 1), (TOLL_FREE, "STOP", 0), (SHORT, "HELP", 1), (TOLL_FREE, "HELP", 1)],
)  # fmt: skip
def test_r5_r7_r122_a_keyword_gets_one_answer_whoever_gives_it(
    app: FakedApp, cast: Cast, provider: FakeProvider, number: str, body: str, ours: int
) -> None:
    with app.database.write() as session:
        session.execute(update(Sender).where(Sender.number == cast.number).values(number=number))
    receive(app, InboundText(ACCOUNT, "SM" + "1" * 32, cast.ana.phone, number, body))
    run_until_quiet(app)
    assert len(provider.bodies) == ours
    if ours:
        assert ("opted out" if body == "STOP" else "STOP to opt out") in provider.bodies[0]
