"""A Rasa server that answers as a test says, on loopback: a thread, no Rasa."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class FakeRasa:
    """What it answers, and what it was asked. `gate`: cleared, an answer waits until it is set. `before`: called before each
    answer, with how often it was asked. `trickles`: an answer never ends, and a byte of it comes now and then.
    """

    url: str = ""
    status: int = 200
    body: bytes = b""
    asked: list[Any] = field(default_factory=list)
    before: Callable[[int], object] = lambda _: None
    trickles: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)

    def ranks(self, shares: Mapping[str, float]) -> None:
        """Answer as Rasa does."""
        ranking = [{"name": name, "confidence": share} for name, share in shares.items()]
        best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
        self.status = 200
        self.body = json.dumps(
            {"text": "", "intent": best, "entities": [], "intent_ranking": ranking}
        ).encode()


@contextlib.contextmanager
def fake_rasa() -> Iterator[FakeRasa]:
    """A server with one sure opinion: `reorder`."""
    fake = FakeRasa()
    fake.ranks({"reorder": 0.9, "yes": 0.06})
    fake.gate.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.asked.append((self.path, asked))
            fake.before(len(fake.asked))
            fake.gate.wait(30)
            with contextlib.suppress(OSError):  # whoever asked has gone
                self.send_response(fake.status)
                while fake.trickles and not fake.over.wait(0.01):
                    self.wfile.write(b" ")
                self.send_header("Content-Length", str(len(fake.body)))
                self.end_headers()
                self.wfile.write(fake.body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        fake.gate.set()
        fake.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
