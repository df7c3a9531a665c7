"""A real Rasa, trained on a few of our lines: it reads, dies and comes back; its own tools take our files. `make test-rasa`.

`winback nlu rasa setup` has to have been there before. Nothing that is made here is left in Rasa's own folder.
"""

from __future__ import annotations

import contextlib
import random
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.processes.supervise import Child, Supervisor
from bot.rasa.prepare import PROJECT, Rasa, installed, kept_in, last_lines, run_to_end
from bot.rasa.training import Pipeline, train
from bot.settings import child_environment
from nlu.breaker import FAILURES, PAUSE_SECONDS
from nlu.classifier import Scores
from nlu.interpretation import Interpretation
from nlu.reader import embedded_reader, served_reader
from nlu.served import asked
from nlu.training_data import DATA, INTENTS, load

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(1500)]

LINES_EACH = 12
"""Of each intent and language: enough to be trained on, and to be right about its own lines."""
UP_SECONDS = 400
TODAY = date(2026, 3, 11)


@pytest.fixture(scope="module")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Rasa:
    """As it was installed, with a folder of the test's own for models and logs."""
    found = installed(child_environment(), kept_in(Path("var")))
    if found is None:
        pytest.fail("Rasa is not installed: run `make test-rasa`")
    return replace(found, kept=tmp_path_factory.mktemp("rasa"))


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like nlu/data, with LINES_EACH of each file: the same each time."""
    folder, draw, examples = tmp_path_factory.mktemp("data"), random.Random(7), load()
    for language in ("en", "es"):
        (folder / language).mkdir()
        for intent in INTENTS:
            all_of_it = [each.text for each in examples if (each.language, each.intent) == (language, intent)]
            some = draw.sample([text for text in all_of_it if "\n" not in text], LINES_EACH)
            written = "".join(f"      - {text}\n" for text in some)
            (folder / language / f"{intent}.yml").write_text(
                f'version: "3.1"\nnlu:\n  - intent: "{intent}"\n    examples: |\n{written}', "utf-8"
            )
    return folder


@pytest.fixture(scope="module")
def model(rasa: Rasa, lines: Path) -> Path:
    """The light pipeline, trained on them."""
    return train(rasa, Pipeline("light"), lines)


@pytest.fixture(scope="module")
def port() -> int:
    """A free one, the same for each start: a server that comes back is where it was."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


@contextlib.contextmanager
def running(rasa: Rasa, model: Path, port: int) -> Iterator[str]:
    """`winback nlu rasa run`, as its user starts it, until it reads; its address."""
    command = (
        sys.executable,
        "-m",
        "bot.cli",
        "nlu",
        "rasa",
        "run",
        "--model",
        str(model),
        "--port",
        str(port),
    )
    url, log = f"http://127.0.0.1:{port}", rasa.kept / "server.log"
    with log.open("w") as out:
        supervisor = Supervisor(child_environment(), out=out, grace=20)
        supervisor.start([Child("rasa", command, ours=False)])
        try:
            deadline = time.monotonic() + UP_SECONDS
            while not isinstance(asked(url, "good morning", 60), Scores):
                assert time.monotonic() < deadline, last_lines(log)
                time.sleep(0.2)
            yield url
        finally:
            supervisor.end()


def test_rasa_reads_falls_silent_and_comes_back(rasa: Rasa, model: Path, lines: Path, port: int) -> None:
    clock = [100.0]
    told: list[str] = []
    reader = served_reader(
        f"http://127.0.0.1:{port}",
        seconds=30,
        sure=0.55,
        unsure=0.30,
        clock=lambda: clock[0],
        tell=lambda change, _: told.append(change),
    )
    ours = embedded_reader(sure=0.55, unsure=0.30)

    def read(text: str) -> Interpretation:
        return reader.read(text, today=TODAY)

    examples = load(lines)
    asks = [each for each in examples if ours.read(each.text, today=TODAY).why[0].startswith("model:")]
    with running(rasa, model, port):
        readings = [(read(each.text), each.intent) for each in asks]
        assert {reading.model for reading, _ in readings} == {"rasa"}
        right = sum(reading.intent == intent for reading, intent in readings) / len(readings)
        assert right > 0.8, "of the lines that it was trained on"
        stops = [read(each.text) for each in examples if each.intent == "stop" and each.language == "en"]
        assert sum(reading.opt_out != "none" for reading in stops) >= len(stops) - 1
        for text in ("\ud800 hm, that blue thing", "hm that " + "🙃" * 3_000, "那个蓝色的"):
            assert read(text).intent in INTENTS

    text = asks[0].text
    for _ in range(FAILURES + 1):
        silent = read(text)
        assert (silent.model, silent.ranking) == ((here := ours.read(text, today=TODAY)).model, here.ranking)
    assert told == ["away"]
    assert "not asked" in silent.why[0]

    with running(rasa, model, port):
        assert read(text).model != "rasa"
        clock[0] += PAUSE_SECONDS
        assert read(text).model == "rasa"
    assert told == ["away", "back"]


@pytest.mark.parametrize("config", ["config.yml", "config-light.yml"])
def test_rasa_finds_no_fault_with_our_files(rasa: Rasa, config: str) -> None:
    command = rasa.command("data", "validate", "--fail-on-warnings", "--config", str(PROJECT / config))
    command += ["--domain", str(PROJECT / "domain.yml"), "--data", str(DATA), str(PROJECT / "rules.yml")]
    run_to_end(command, rasa.environment, rasa.kept / "validate.log", "rasa data validate")


def test_rasa_measures_itself_on_our_files(rasa: Rasa, model: Path, lines: Path) -> None:
    command = rasa.command("test", "nlu", "--nlu", str(lines), "--model", str(model), "--no-plot")
    command += ["--out", str(rasa.kept / "results"), "--domain", str(PROJECT / "domain.yml")]
    run_to_end(command, rasa.environment, rasa.kept / "test.log", "rasa test nlu")
    assert (rasa.kept / "results" / "intent_report.json").is_file()
