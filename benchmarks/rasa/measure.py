"""Rasa's three figures: turns a second on its REST channel, DIET's time for a text, memory of the idle server.

Owns the loads. They are those of our own rows: the same client, words, number of texts under way and warm-up, the same
held-out lines. The server is gone before our own rows begin: there are two processors for all.
"""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from benchmarks.inside import HELD_OUT
from benchmarks.load import Client, Done, Post
from benchmarks.memory import CALM_SECONDS
from benchmarks.rasa.server import Server, serving
from benchmarks.rasa.value import APART, Rasa
from benchmarks.run import Run
from benchmarks.stack import bare_environment
from benchmarks.turning import UNDER_WAY, WARM_UP, WORDS
from bot.rasa.prepare import TOP, NoRasaError, kept_in, set_up
from bot.rasa.python310 import find
from bot.rasa.training import Pipeline, kept_model, train
from nlu.training_data import load

TURN, PARSE = "/webhooks/rest/webhook", "/model/parse"
WARM_UP_LINES = 50
"""As many as our own reading is warmed up with."""
GIVE_UP_SECONDS = 600
SPEEDY = Pipeline("diet")
"""DIET with the two epochs of config.yml: how fast it reads does not depend on them."""


def measured(run: Run) -> Rasa:
    """Rasa on this machine, set up if need be; without a Python 3.10, what was measured apart. Raises NoRasaError."""
    environment = bare_environment()
    python = find(environment)
    if python is None:
        run.say(
            "Rasa: no Python 3.10 on the PATH, under pyenv or with uv: its figures are those measured apart"
        )
        return APART
    try:
        ready = set_up(python, environment, run.say, kept_in(TOP / "var"))
        model = kept_model(ready, SPEEDY)
        if not model.exists():
            run.say("Rasa: training (minutes, once for these lines and this pipeline)")
            train(ready, SPEEDY)
    except NoRasaError as error:
        raise NoRasaError(f"{error}\n(--no-rasa goes without it)") from error
    run.say("Rasa: starting its server")
    with serving(ready, model, ready.kept / "server.log") as server:
        time.sleep(CALM_SECONDS)
        started = server.megabytes()
        _says_something(server)
        time.sleep(CALM_SECONDS)
        idle = server.megabytes()
        run.say("Rasa: reading")
        parse_ms = _parse_ms(run, server)
        run.say("Rasa: turns, as many as go")
        turns, turn_ms = _turns(run, server)
    found = Rasa(turns, turn_ms, parse_ms, started, idle, "same run")
    run.say(f"{found.turns_in_words}; {found.parse_in_words}; {found.memory_in_words(idle)}")
    return found


def posts(url: str, path: str, documents: Iterable[Mapping[str, str]]) -> Iterator[Post]:
    """Prepared requests, each known by its number."""
    for number, document in enumerate(documents):
        body = json.dumps(document).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield Post(head.encode() + body, str(number))


def customers() -> Iterator[dict[str, str]]:
    """One text each from customers without end, in the words of our own turn row."""
    for number, words in enumerate(itertools.cycle(WORDS)):
        yield {"sender": f"+1212{number:07d}", "message": words}


def _says_something(server: Server) -> None:
    """Each of the words is met by one text at least: a turn that says nothing would be no turn."""
    for words in WORDS:
        if not server.ask(TURN, {"sender": f"first {words}", "message": words}):
            raise NoRasaError(f"Rasa has no answer to {words!r}")


def _turns(run: Run, server: Server) -> tuple[float, float]:
    """Turns a second, and milliseconds of the server's processor time for each, from full work to full work."""
    seconds, left, done = run.seconds(20), posts(server.url, TURN, customers()), Done()
    with Client(server.url, UNDER_WAY) as client:

        def work_until(enough: Callable[[], bool]) -> tuple[float, int, float]:
            while not enough():
                client.feed(itertools.islice(left, UNDER_WAY - (len(done.sent) - done.answered)), done)
                client.collect(done, 0.05)
            return time.perf_counter(), done.answered, server.cpu_seconds()

        begin, before, cpu = work_until(lambda: done.answered >= WARM_UP)
        end, after, cpu_after = work_until(lambda: time.perf_counter() >= begin + seconds)
        client.finish(done)
    return (after - before) / (end - begin), (cpu_after - cpu) / (after - before) * 1000


def _parse_ms(run: Run, server: Server) -> float:
    """Milliseconds of processor time for a text, one after another; what an empty request costs is taken off."""
    lines = [example.text for example in load(HELD_OUT)]
    random.Random(7).shuffle(lines)  # a short run must not be of one intent alone
    lines = lines[: max(WARM_UP_LINES, round(len(lines) * run.scale))]
    texts = list(posts(server.url, PARSE, ({"text": line} for line in lines)))
    empty = [
        Post(f"GET / HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\n\r\n".encode(), post.mark)
        for post in texts
    ]
    _spent(server, texts[:WARM_UP_LINES])
    return _spent(server, texts) - _spent(server, empty)


def _spent(server: Server, some: Sequence[Post]) -> float:
    """Milliseconds of the server's processor time for each of these, one after another."""
    before = server.cpu_seconds()
    with Client(server.url, 1) as client:
        done = client.for_seconds(iter(some), GIVE_UP_SECONDS)
    if done.answered < len(some):
        raise NoRasaError(f"Rasa answered {done.answered} of {len(some)} requests in {GIVE_UP_SECONDS} s")
    return (server.cpu_seconds() - before) / len(some) * 1000
