"""What is wrong with a flow: a list of places, codes and remedies, all at once, never a traceback (I14).

Owns the shape of a problem and the table of codes that the reference prints. Who finds them: `parser`, `prover`.
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
    # reading the file
    "yaml": "The file is not readable as YAML.",
    "too-big": "The file is larger than a flow can be.",
    "duplicate-key": "One key stands twice in one place.",
    "shape": "A key is unknown, missing, or its value has the wrong form.",
    # names
    "unknown-node": "A node is named that does not exist; in a test, too.",
    "unknown-intent": "A reply is routed by an intent that the reader does not know; in a test, too.",
    "intent-twice": "Two lines of one node answer the same intent.",
    "protected-intent": "stop, start, help and human belong to the language: they can be worded, not routed.",
    "unknown-offer": "A node makes an offer that the flow does not define.",
    "run-itself": "A flow runs itself, for ever.",
    # paths
    "unreachable": "No path leads to a node.",
    "no-silence": "A node waits for a reply and says nothing of what happens when none comes.",
    "no-way-on": "A node neither waits, ends, hands off nor names the next one.",
    "never-said": "A text stands in a node that always goes on before it.",
    "unanswered": "A reply leads to an end, or to a wait, without a text and without a person.",
    "offer-unasked": "An answer to a reply that asks for no offer carries one, and may wait for a day.",
    "complaint-sold": "A complaint is met by an offer, and by no person.",
    "never-waits": "A node ends, hands off or runs another flow, and what it says of waiting means nothing.",
    "loop": "Nodes follow each other in a circle without waiting for the customer.",
    "endless": "The conversation goes on for ever while the customer says nothing.",
    "at-most": "More texts than the flow's own `at_most` can fall into its window (or than the law allows in a day).",
    "two-texts": "Two texts leave in one turn.",
    "no-exit-on-order": "A marketing flow goes on after the customer has ordered.",
    "no-person": "Somebody who asks for a person gets none.",
    "opt-out": "A STOP is not obeyed, or marketing follows it.",
    "after-the-end": "Something is said after the end of the flow.",
    "not-proved": "The flow has more ways than can be walked, so that nothing is known of some.",
    # the first text
    "opener-name": "The first text does not say who is writing.",
    "opener-stop": "The first text does not say how to stop.",
    "opener-bot": "The first text does not say that a bot writes it.",
    # offers
    "offer-expiry": "An offer has no end.",
    "no-budget": "A large offer has no limit of how many are given out.",
    "no-such-end": "«last», «ends» or «only» is said where no offer ends, or not then.",
    "not-the-last": "«last», «ends» or «only» is said, and within 30 days an offer follows that is as good or better.",
    # texts
    "bad-template": "A text is not valid Liquid.",
    "unknown-variable": "A text uses a name that does not exist, or a test gives one to its customer.",
    "no-default": "A text uses a name that may be empty on some way to it, without a default.",
    "no-link": "`link.here` is used where the node names no link.",
    "missing-language": "A text lacks a language that other texts of the flow speak.",
    "carrier-word": "A text asks for an answer, or a trigger for a word, that carriers take as an order.",
    "carrier-yes": "A text asks for YES or START, which can sign up again a number that is opted out.",
    "parts": "A text costs more than one part with ordinary data, or more than its limit with any.",
    "look-alikes": "Curly quotes, dashes or blanks would cost parts; they are replaced when the text leaves.",
    "notice": "A text that the law asks for lacks something, or sells.",
    # tone
    "capitals": "A word is shouted.",
    "exclamation": "Two exclamation marks in a row.",
    "guilt": "A text makes the customer feel guilty.",
    "two-questions": "Two questions in one text.",
    "fees": "Fine print on fees outside the opt-in and HELP.",
    # said when lines are taught to the reader
    "not-lines": "A file of lines has not the form of Rasa's NLU examples, or is too long.",
    "own-name": "An intent of the shop's own has a name that it can't have.",
    "not-taught": "Lines are given for an intent that can't be taught: consent.",
    "line": "A line is empty, or longer than customers' texts are.",
    "taught-twice": "The same words are said to mean two things.",
    # said when a text is about to leave, or by `winback flow`
    "content-word": "A word that carriers refuse, for a person to look at.",
    "shortener": "A link of a public shortener.",
    "foreign-link": "A link that is not on the shop's own domains.",
    "window-never-opens": "In a state or country the send window and the legal hours never meet (said by `winback flow`).",
}
"""Every code, with its meaning. Stable: scripts and merchants' notes refer to them."""
