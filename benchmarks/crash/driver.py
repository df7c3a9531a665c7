"""The crowd's phones: what customers text, posted as Twilio posts it, and what each post was answered.

Owns the only record of what the door promised (2xx) and of what was never accepted. Each text is posted until it is
answered 2xx; some are posted twice, some are overtaken by later ones. It knows nothing of Winback but the door's
address, and it is not the stand-in: the carrier there hears of no STOP, so a text that leaves too late is not hidden by a
refusal.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from benchmarks.crash.shop import Place
from benchmarks.load import signed_post
from benchmarks.stack import TOKEN

Kind: TypeAlias = Literal["talk", "stop", "start"]

TALK = (
    "same again please",
    "yes",
    "do you have a coupon?",
    "maybe next month",
    "no thanks",
    "how long does shipping take?",
    "too expensive for me",
    "send me the order link",
    "ok thanks",
    "asdf qwer",
    "get me a person",
)
STOPS = ("STOP", "stop texting me please", "take me off your list", "leave me alone", "Unsubscribe")
STARTS = ("START", "unstop")

PATIENCE = 15.0
"""Seconds until a post without an answer counts as failed, as at Twilio."""
MOST_OPEN = 25
"""Texts that nobody has accepted yet. With more, the crowd falls silent: a slow machine would only drown in repeats."""
STOP_SHARE, START_SHARE, BURST_SHARE = 0.06, 0.03, 0.2
TWICE_SHARE, HELD_SHARE = 0.15, 0.12


@dataclass(slots=True)
class Posted:
    """One text of a customer. `accepted`: how often the door answered 2xx."""

    provider_id: str
    phone: str
    body: str
    kind: Kind
    posts: int = 0
    accepted: int = 0


@dataclass
class Driver:
    """Texts until `stop`; then goes on posting what nobody accepted until `give_up`."""

    url: str
    place: Place
    seed: int
    rate: float
    texts: list[Posted] = field(default_factory=list)
    greeted: list[str] = field(default_factory=list)
    """Phones of lapsed customers that got a text: they are the ones who answer."""
    answers: Counter[str] = field(default_factory=Counter)
    """What the posts met: a status, or why there was none."""

    def __post_init__(self) -> None:
        """Its own thread and dice: chaos must not change who says what."""
        self._dice = random.Random(f"driver {self.seed}")
        self._stopping = threading.Event()
        self._giving_up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        parts = urlsplit(self.url)
        self._address = (parts.hostname or "", parts.port or 80)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """No new texts from now on."""
        self._stopping.set()

    @property
    def open(self) -> int:
        """Texts that were posted and never accepted so far."""
        return sum(not text.accepted for text in self.texts)

    @property
    def accepted(self) -> int:
        """How many texts were accepted so far."""
        return sum(text.accepted > 0 for text in self.texts)

    @property
    def busy(self) -> bool:
        """Whether a post or a second post is still to come."""
        return self._thread.is_alive()

    def give_up(self) -> None:
        """End it; what is open is lost."""
        self._stopping.set()
        self._giving_up.set()
        self._thread.join(PATIENCE * 2)

    async def _main(self) -> None:
        under_way: set[asyncio.Task[None]] = set()
        while not self._stopping.is_set():
            for text in self._next() if self.open < MOST_OPEN else ():
                self.texts.append(text)
                task = asyncio.create_task(self._deliver(text))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            await asyncio.sleep(self._dice.expovariate(self.rate))
        if under_way:
            await asyncio.gather(*under_way)

    def _next(self) -> list[Posted]:
        """Who says what now: one text, or several in one breath."""
        dice = self._dice
        phone = dice.choice(self.greeted if self.greeted and dice.random() < 0.7 else self.place.strangers)
        drawn = dice.random()
        if drawn < STOP_SHARE:
            return [self._text(phone, dice.choice(STOPS), "stop")]
        if drawn < STOP_SHARE + START_SHARE:
            stopped = [text.phone for text in self.texts if text.kind == "stop"]
            return [self._text(dice.choice(stopped or [phone]), dice.choice(STARTS), "start")]
        said = [self._text(phone, dice.choice(TALK), "talk")]
        if dice.random() < BURST_SHARE:
            ends = dice.random() < 0.25
            said.append(self._text(phone, dice.choice(STOPS if ends else TALK), "stop" if ends else "talk"))
        return said

    def _text(self, phone: str, body: str, kind: Kind) -> Posted:
        return Posted(f"SM{self._dice.getrandbits(128):032x}", phone, body, kind)

    async def _deliver(self, text: Posted) -> None:
        dice = self._dice
        again = dice.random() < TWICE_SHARE
        if dice.random() < HELD_SHARE:
            await asyncio.sleep(dice.uniform(0.2, 2))
        twin = asyncio.create_task(self._later(text, dice.uniform(0, 2))) if again else None
        pause = 0.4
        while not await self._post(text) and not self._giving_up.is_set():
            await asyncio.sleep(pause * dice.uniform(0.5, 1.5))
            pause = min(pause * 1.6, 3.0)
        if twin:
            await twin

    async def _later(self, text: Posted, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._post(text)

    async def _post(self, text: Posted) -> bool:
        text.posts += 1
        try:
            async with asyncio.timeout(PATIENCE):
                status = await self._exchange(text)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, ValueError) as error:
            self.answers[type(error).__name__] += 1
            return False
        self.answers[str(status)] += 1
        if 200 <= status < 300:
            text.accepted += 1
            return True
        return False

    async def _exchange(self, text: Posted) -> int:
        """One post on a connection of its own; the answer's status. Raises OSError or ValueError without one."""
        form = {
            "MessageSid": text.provider_id,
            "SmsSid": text.provider_id,
            "SmsMessageSid": text.provider_id,
            "AccountSid": self.place.account,
            "From": text.phone,
            "To": self.place.number,
            "Body": text.body,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        post = signed_post(f"{self.url}/twilio/inbound", TOKEN, form, text.phone)
        reader, writer = await asyncio.open_connection(*self._address)
        try:
            writer.write(post.data)
            await writer.drain()
            head = await reader.readuntil(b"\r\n")
            return int(head.split(b" ", 2)[1])
        finally:
            writer.close()


def wait(seconds: float) -> None:
    """Let real time pass: the chaos is made of moments."""
    if seconds > 0:
        time.sleep(seconds)
