"""Rasa's project keeps step with our intents, and its lock can be installed by anybody."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.rasa.prepare import LOCK, PROJECT
from nlu.training_data import INTENTS


def project_file(name: str) -> dict[str, Any]:
    """One of its files, as Rasa reads it (YAML 1.2: yes and no are words)."""
    content: dict[str, Any] = YAML(typ="safe").load((PROJECT / name).read_text("utf-8"))
    return content


def test_there_is_an_answer_and_a_rule_for_each_intent() -> None:
    domain, rules = project_file("domain.yml"), project_file("rules.yml")["rules"]
    assert domain["intents"] == list(INTENTS)
    assert list(domain["responses"]) == [f"utter_{intent}" for intent in INTENTS]
    answers = {intent["intent"]: action["action"] for intent, action in (rule["steps"] for rule in rules)}
    assert answers == {
        **{intent: f"utter_{intent}" for intent in INTENTS},
        "nlu_fallback": "utter_other",
    }


@pytest.mark.parametrize("name", ["config.yml", "config-light.yml"])
def test_rasa_has_no_reason_to_write_into_its_pipeline(name: str) -> None:
    config = project_file(name)
    assert config["assistant_id"]
    assert config["pipeline"]
    assert config["policies"]


@pytest.mark.parametrize("name", ["config.yml", "config-light.yml"])
def test_all_intents_are_ranked(name: str) -> None:
    """Rasa names ten unless told otherwise, and an opt-out may be the eleventh."""
    classifier = project_file(name)["pipeline"][-2]
    assert "Classifier" in classifier["name"]
    assert classifier["ranking_length"] == 0


def test_the_lock_has_a_hash_for_each_package_and_names_no_index() -> None:
    packages = re.split(r"\n(?=\S)", LOCK.read_text("utf-8"))
    pinned = [package for package in packages if not package.startswith("#")]
    assert any(package.startswith("rasa==3.6.") for package in pinned)
    assert [package.split()[0] for package in pinned if "--hash=sha256:" not in package] == []
    assert "://" not in LOCK.read_text("utf-8")
    assert "--index" not in LOCK.read_text("utf-8")
