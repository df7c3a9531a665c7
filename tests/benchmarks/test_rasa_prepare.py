"""Finding the Python that Rasa needs, and the keys that say when its environment and its model are made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.rasa.prepare import (
    PROJECT,
    TRAINED_FROM,
    environment_key,
    is_made_from,
    model_key,
    set_made_from,
    surroundings,
)
from benchmarks.rasa.python310 import find

PATH_ENTRY = "path/python3.10"
PYENV_OLD = "home/.pyenv/versions/3.10.9/bin/python3.10"
PYENV_NEW = "home/.pyenv/versions/3.10.13/bin/python3.10"
UV_OWN = "elsewhere/python3.10"


def executable(path: Path, says: str, status: int = 0) -> None:
    """A program that prints one line and leaves."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("there", "found"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({PATH_ENTRY: ("3 10", 0)}, PATH_ENTRY, id="the PATH"),
        pytest.param({PATH_ENTRY: ("3 10", 0), PYENV_NEW: ("3 10", 0)}, PATH_ENTRY, id="the PATH first"),
        pytest.param(
            {PATH_ENTRY: ("pyenv: python3.10: command not found", 127), PYENV_NEW: ("3 10", 0)},
            PYENV_NEW,
            id="a shim on the PATH that refuses",
        ),
        pytest.param(
            {PATH_ENTRY: ("refused", 127), "later/python3.10": ("3 10", 0), PYENV_NEW: ("3 10", 0)},
            "later/python3.10",
            id="another one on the PATH behind the shim",
        ),
        pytest.param(
            {PATH_ENTRY: ("3 11", 0), PYENV_OLD: ("3 10", 0)}, PYENV_OLD, id="a wrong name on the PATH"
        ),
        pytest.param({PYENV_OLD: ("3 10", 0), PYENV_NEW: ("3 10", 0)}, PYENV_NEW, id="13 is newer than 9"),
        pytest.param({PYENV_OLD: ("3 10", 0), PYENV_NEW: ("", 1)}, PYENV_OLD, id="the newest is broken"),
        pytest.param({UV_OWN: ("3 10", 0), "path/uv": (UV_OWN, 0)}, UV_OWN, id="uv"),
        pytest.param({"path/uv": ("No interpreter found", 2)}, None, id="uv has none"),
        pytest.param({"path/uv": (UV_OWN, 0)}, None, id="uv names what is gone"),
    ],
)
def test_the_first_python_that_says_3_10_is_taken(
    tmp_path: Path, there: dict[str, tuple[str, int]], found: str | None
) -> None:
    for name, (says, status) in there.items():
        executable(tmp_path / name, str(tmp_path / says) if name.endswith("uv") else says, status)
    search = [str(tmp_path / "path"), str(tmp_path / "later")]
    taken = find({"PATH": ":".join(search), "HOME": str(tmp_path / "home")})
    assert taken == (None if found is None else tmp_path / found)


def test_pyenv_may_live_elsewhere(tmp_path: Path) -> None:
    executable(tmp_path / "root/versions/3.10.13/bin/python3.10", "3 10")
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "root")}
    assert find(environment) == tmp_path / "root/versions/3.10.13/bin/python3.10"


def test_the_environment_is_keyed_by_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("rasa==3.6.21\n")
    first = environment_key(lock)
    assert environment_key(lock) == first
    lock.write_text("rasa==3.6.22\n")
    assert environment_key(lock) != first


def test_a_folder_that_was_left_half_made_is_made_anew(tmp_path: Path) -> None:
    own = tmp_path / "env"
    assert not is_made_from(own, "a")
    own.mkdir()
    assert not is_made_from(own, "a")
    set_made_from(own, "a")
    assert is_made_from(own, "a")
    assert not is_made_from(own, "b")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small Rasa project with two files of training data beside it."""
    for name in TRAINED_FROM:
        (tmp_path / name).write_text(f"{name} as it is")
    for name in ("en/yes.yml", "es/yes.yml"):
        (tmp_path / "data" / name).parent.mkdir(parents=True)
        (tmp_path / "data" / name).write_text("lines")
    return tmp_path


@pytest.mark.parametrize("changed", [*TRAINED_FROM, "data/en/yes.yml", "data/es/yes.yml", "data/es/no.yml"])
def test_whatever_training_reads_makes_another_model(project: Path, changed: str) -> None:
    before = model_key(project / "data", project)
    (project / changed).write_text("changed")
    assert model_key(project / "data", project) != before


@pytest.mark.parametrize("changed", ["credentials.yml", "README.md", "data/en/notes.txt"])
def test_what_training_does_not_read_keeps_the_model(project: Path, changed: str) -> None:
    before = model_key(project / "data", project)
    (project / changed).write_text("changed")
    assert model_key(project / "data", project) == before


def test_lines_that_move_to_another_file_make_another_model(project: Path) -> None:
    before = model_key(project / "data", project)
    (project / "data/en/yes.yml").rename(project / "data/en/no.yml")
    assert model_key(project / "data", project) != before


def test_rasa_reports_nothing_and_writes_only_where_it_is_kept(tmp_path: Path) -> None:
    found = surroundings({"PATH": "/bin", "HOME": "/home/ana"}, tmp_path)
    assert found["PATH"] == "/bin"
    assert found["RASA_TELEMETRY_ENABLED"] == "false"
    assert found["SANIC_WORKERS"] == "1"
    assert all(Path(found[name]).is_relative_to(tmp_path) for name in ("HOME", "RASA_CACHE_DIRECTORY"))


def test_everything_that_training_reads_is_in_the_checkout() -> None:
    assert [name for name in (*TRAINED_FROM, "credentials.yml") if not (PROJECT / name).is_file()] == []
