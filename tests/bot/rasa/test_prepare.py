"""Finding the Python that Rasa needs, and the key that says when its environment is made anew. No Rasa here."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rasa.prepare import (
    NoRasaError,
    environment_key,
    installed,
    is_made_from,
    set_made_from,
    set_up,
    surroundings,
)
from bot.rasa.python310 import find

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


def test_rasa_reports_nothing_and_writes_only_where_it_is_kept(tmp_path: Path) -> None:
    found = surroundings({"PATH": "/bin", "HOME": "/home/ana"}, tmp_path)
    assert found["PATH"] == "/bin"
    assert found["RASA_TELEMETRY_ENABLED"] == "false"
    assert found["SANIC_WORKERS"] == "1"
    assert all(Path(found[name]).is_relative_to(tmp_path) for name in ("HOME", "RASA_CACHE_DIRECTORY"))


def test_rasa_learns_no_secret_of_ours(tmp_path: Path) -> None:
    found = surroundings({"WINBACK_SECRET_KEY": "5e", "TWILIO_AUTH_TOKEN": "ab", "LANG": "C"}, tmp_path)
    assert found["LANG"] == "C"
    assert not any(name.startswith(("WINBACK_", "TWILIO_")) for name in found)


def test_rasa_is_there_only_as_it_was_installed_from_this_lock(tmp_path: Path) -> None:
    assert installed({}, tmp_path) is None
    (tmp_path / "env").mkdir()
    set_made_from(tmp_path / "env", "another lock")
    assert installed({}, tmp_path) is None
    set_made_from(tmp_path / "env", environment_key())
    found = installed({}, tmp_path)
    assert found is not None
    assert found.command("train") == [str(tmp_path / "env/bin/python"), "-m", "rasa", "train"]


def test_what_fails_says_how_it_ended(tmp_path: Path) -> None:
    executable(tmp_path / "python3.10", "no venv in this one", 1)
    with pytest.raises(NoRasaError, match="no venv in this one"):
        set_up(tmp_path / "python3.10", {}, lambda _: None, tmp_path / "kept")
    assert installed({}, tmp_path / "kept") is None
