"""Which model is kept for which lines and pipeline. A program that writes a file stands for Rasa."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rasa.prepare import PROJECT, NoRasaError, Rasa
from bot.rasa.training import (
    CREDENTIALS,
    TRAINED_FROM,
    Pipeline,
    kept_model,
    model_key,
    newest_model,
    server_command,
    train,
)

LIGHT, DIET = Pipeline("light"), Pipeline("diet")
PIPELINES = ("config.yml", "config-light.yml")
TRAINS = """#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in --out) out=$2 ;; --fixed-model-name) name=$2 ;; --config) config=$2 ;; esac
    shift
done
mkdir -p "$out" && cp "$config" "$out/$name.tar.gz"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small Rasa project with two files of training data beside it."""
    for name in (*TRAINED_FROM, *PIPELINES):
        (tmp_path / name).write_text(f"{name} as it is")
    for name in ("en/yes.yml", "es/yes.yml"):
        (tmp_path / "data" / name).parent.mkdir(parents=True)
        (tmp_path / "data" / name).write_text("lines")
    return tmp_path


def key(project: Path, pipeline: Pipeline = DIET) -> str:
    return model_key(pipeline, project / "data", project)


@pytest.mark.parametrize(
    "changed", [*TRAINED_FROM, "config.yml", "data/en/yes.yml", "data/es/yes.yml", "data/es/no.yml"]
)
def test_whatever_training_reads_makes_another_model(project: Path, changed: str) -> None:
    before = key(project)
    (project / changed).write_text("changed")
    assert key(project) != before


@pytest.mark.parametrize("changed", ["credentials.yml", "README.md", "data/en/notes.txt", "config-light.yml"])
def test_what_training_does_not_read_keeps_the_model(project: Path, changed: str) -> None:
    before = key(project)
    (project / changed).write_text("changed")
    assert key(project) == before


def test_lines_that_move_to_another_file_make_another_model(project: Path) -> None:
    before = key(project)
    (project / "data/en/yes.yml").rename(project / "data/en/no.yml")
    assert key(project) != before


def test_pipelines_and_epochs_have_models_of_their_own(project: Path) -> None:
    (project / "config.yml").write_text("pipeline:\n  - name: DIETClassifier\n    epochs: 2  # few\n")
    assert len({key(project, each) for each in (LIGHT, DIET, Pipeline("diet", 100))}) == 3
    assert key(project, Pipeline("diet", 2)) == key(project)
    assert "    epochs: 100  # few" in Pipeline("diet", 100).config(project)


def test_the_epochs_of_our_own_pipeline_can_be_set() -> None:
    assert "    epochs: 7\n" in Pipeline("diet", 7).config()
    assert Pipeline("light", 7).config() == LIGHT.config()


def test_everything_that_training_reads_is_in_the_checkout() -> None:
    assert [name for name in (*TRAINED_FROM, *PIPELINES) if not (PROJECT / name).is_file()] == []
    assert CREDENTIALS.is_file()


@pytest.fixture
def rasa(tmp_path: Path) -> Rasa:
    """A program that writes the pipeline where the model is wanted."""
    program = tmp_path / "rasa"
    program.write_text(TRAINS)
    program.chmod(0o755)
    return Rasa(program, tmp_path / "kept", {})


def test_a_model_takes_the_place_of_older_ones_of_its_kind_alone(rasa: Rasa, project: Path) -> None:
    data = project / "data"
    others = [train(rasa, LIGHT, data), train(rasa, Pipeline("diet", 100), data)]
    first = train(rasa, DIET, data)
    assert first == kept_model(rasa, DIET, data) == newest_model(rasa)
    (data / "en/yes.yml").write_text("more lines")
    second = train(rasa, DIET, data)
    assert sorted((rasa.kept / "models").iterdir()) == sorted([*others, second])
    assert second.read_text() == DIET.config()


def test_a_part_of_the_lines_does_not_take_the_place_of_all(rasa: Rasa, project: Path) -> None:
    whole, part = train(rasa, LIGHT), train(rasa, LIGHT, project / "data")
    assert whole.exists()
    assert part.name.startswith("light-part-")


def test_rasa_that_leaves_no_model_is_a_failure(rasa: Rasa, project: Path) -> None:
    rasa.python.write_text("#!/bin/sh\necho no training data given\n")
    assert newest_model(rasa) is None
    with pytest.raises(NoRasaError, match="no training data given"):
        train(rasa, LIGHT, project / "data")


def test_the_server_listens_on_loopback_alone(rasa: Rasa, tmp_path: Path) -> None:
    command = server_command(rasa, tmp_path / "model.tar.gz", 5005)
    assert command[command.index("--interface") + 1] == "127.0.0.1"
    assert command[command.index("--port") + 1] == "5005"
    assert "--enable-api" in command
    assert "--cors" not in command
