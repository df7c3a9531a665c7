"""One conversation in memory: repeated webhooks, stops in any wording, texts that cross, people who take over."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.simulate.life import Life
from bot.simulate.run import live
from bot.simulate.words import Said, groups, meaning_of
from tests.bot.simulate.plans import HELLO, plan


def silent_life(number: int = 0) -> Life:
    """Somebody treated, who says nothing by themselves, at the end of the first day."""
    for each in range(number, number + 60):
        life = live(plan(HELLO, only="silent", weeks=1), each)
        if life.person.arm == "treated" and life.person.out is None and life.talk.log.left:
            return life
    raise AssertionError("nobody was texted")


def says(life: Life, words: str, group: str, at: datetime, provider_id: str) -> bool:
    return life.talk.receive(provider_id, Said(words, meaning_of(group), "en"), at)


def answers(life: Life, since: datetime) -> list[str]:
    return [each.body for each in life.talk.log.left if each.at > since]


@pytest.fixture
def life() -> Life:
    return silent_life()


def test_a_repeated_webhook_is_one_turn(life: Life) -> None:
    now = life.world.ends
    turn = life.talk.passages[1].state.turn
    assert says(life, "same again", "reorder", now, "SM1")
    assert not says(life, "same again", "reorder", now + timedelta(seconds=15), "SM1")
    life.go_on(now + timedelta(minutes=5))
    assert life.talk.passages[1].state.turn == turn + 1
    assert len(answers(life, now)) == 1
    assert life.talk.log.answered_in == {"SM1": 1}


def test_three_texts_of_one_breath_are_one_turn(life: Life) -> None:
    now = life.world.ends
    turn = life.talk.passages[1].state.turn
    for number, words in enumerate(("yes", "2 bags", "the dark one")):
        says(life, words, "yes", now + timedelta(seconds=2 * number), f"SM{number}")
    life.go_on(now + timedelta(minutes=5))
    assert life.talk.passages[1].state.turn == turn + 1
    assert len(answers(life, now)) == 1


def test_a_text_that_crosses_the_answer_takes_it_back_and_both_are_answered_once(life: Life) -> None:
    now = life.world.ends
    says(life, "same again", "reorder", now, "SM1")
    life.go_on(now + timedelta(seconds=3))  # settled and answered, and the answer has not left
    waiting = [each for each in life.talk.ready if each.status == "ready"]
    assert len(waiting) == 1
    says(life, "hello?", "reorder", now + timedelta(seconds=3, milliseconds=100), "SM2")
    life.go_on(now + timedelta(minutes=5))
    assert waiting[0].status == "superseded"
    assert len(answers(life, now)) == 1
    assert life.talk.log.counts["turns.undone"] == 1


@pytest.mark.parametrize("language", ["en", "es"])
def test_whoever_says_stop_in_any_wording_gets_the_confirmation_and_nothing_else(language: str) -> None:
    for number, words in enumerate(groups()["stop"][language]):
        life = silent_life(number % 3)
        now = life.world.ends
        life.talk.receive("SM1", Said(words, meaning_of("stop"), language), now)
        life.go_on(now + timedelta(days=60))
        left = [each for each in life.talk.log.left if each.at > now]
        assert [each.notice for each in left] == ["opted_out"], words
        assert life.talk.consents.suppression == "opted_out"


def test_a_stop_beside_other_texts_is_a_stop(life: Life) -> None:
    now = life.world.ends
    says(life, "same again", "reorder", now, "SM1")
    says(life, "stop texting me", "stop", now + timedelta(seconds=1), "SM2")
    life.go_on(now + timedelta(days=30))
    assert [each.notice for each in life.talk.log.left if each.at > now] == ["opted_out"]


def test_start_brings_consent_back_and_waits_a_day(life: Life) -> None:
    now = life.world.ends
    says(life, "STOP", "stop", now, "SM1")
    life.go_on(now + timedelta(hours=2))
    says(life, "START", "start", now + timedelta(hours=2), "SM2")
    life.go_on(now + timedelta(hours=3))
    assert life.talk.consents.suppression is None
    assert life.talk.consents.consent is not None
    assert [each.notice for each in life.talk.log.left if each.at > now] == ["opted_out", "opted_in"]


def test_what_is_said_to_people_is_kept_for_them_and_they_hand_back(life: Life) -> None:
    now = life.world.ends
    says(life, "let me speak to someone", "human", now, "SM1")
    life.go_on(now + timedelta(minutes=1))
    assert life.talk.holder == "nobody"
    says(life, "anybody there", "unclear", now + timedelta(minutes=2), "SM2")
    life.go_on(now + timedelta(minutes=5))
    assert life.talk.log.counts["kept_for_people"] == 1
    life.go_on(now + timedelta(days=6))
    assert life.talk.holder == "bot"
    assert life.talk.log.counts["texts.staff"] == 1
