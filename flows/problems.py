"""What is wrong with a flow: a list of places, codes and remedies, all at once, never a traceback (I14).

Owns the shape of a problem and the table of codes that the reference prints. Who finds them: `parser`, `checks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `line` and `column` count from 1; `transcript` shows the conversation that suffers, where one helps."""

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    remedy: str
    transcript: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity} {self.code}: {self.message} {self.remedy}"


CODES: dict[str, str] = {
    "yaml": "The file is not readable as YAML.",
    "too-big": "The file is larger than a flow can be.",
    "duplicate-key": "One key stands twice in one place.",
    "shape": "A key is unknown, missing, or its value has the wrong form.",
    "unknown-node": "A node is named that does not exist.",
    "unknown-intent": "A reply is routed by an intent that the reader does not know.",
    "intent-twice": "Two lines of one node answer the same intent.",
    "protected-intent": "stop, start, help and human belong to the language: they can be worded, not routed.",
    "unknown-offer": "A node makes an offer that the flow does not define.",
    "offer-expiry": "An offer has no end.",
    "unreachable": "No path leads to a node.",
    "no-silence": "A node waits for a reply and says nothing of what happens when none comes.",
    "no-way-on": "A node neither waits, ends, hands off nor names the next one.",
    "unanswered": "A reply leads to an end, or to a wait, without a text and without a person.",
    "loop": "Nodes follow each other in a circle without waiting for the customer.",
    "no-exit-on-order": "A marketing flow goes on after the customer has ordered.",
    "opener-name": "The first text does not say who is writing.",
    "opener-stop": "The first text does not say how to stop.",
    "opener-bot": "The first text does not say that a bot writes it.",
    "bad-template": "A text is not valid Liquid.",
    "unknown-variable": "A text uses a name that does not exist.",
    "no-default": "A text uses a name that may be empty, without a default.",
    "carrier-word": "A text asks for an answer that carriers take as an opt-out.",
    "parts": "A text does not fit one part.",
    "look-alikes": "Curly quotes, dashes or blanks would cost parts; they are replaced when the text leaves.",
    "notice": "A text that the law asks for lacks something, or sells.",
    "content-word": "A word that carriers refuse, for a person to look at.",
    "shortener": "A link of a public shortener.",
    "foreign-link": "A link that is not on the shop's own domains.",
    "test-failed": "A test of the flow's own does not go as written (said by `winback flow test` and `publish`).",
    "unknown-flow": "A node runs a flow that the shop has not published (said by `winback flow publish`).",
    "unknown-product": "A link or a gift names a product that the shop does not have (said by `winback flow publish`).",
    "window-never-opens": "In a state or country the send window and the legal hours never meet (said by `winback flow`).",
}
"""Every code, with its meaning. Stable: scripts and merchants' notes refer to them."""
