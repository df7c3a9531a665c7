"""What another clause of an opt-out asks for: «stop texting me, but where is my refund?». Stop wins, the rest goes to people.

Owns how a text falls into clauses, and what a second one may be. Asks the model for each, so that their length has a bound.
"""

from __future__ import annotations

import re

from nlu import optout
from nlu.model import Model
from nlu.normalise import Plain, normalise

SECOND_INTENT = 0.55
"""Probability from which another clause's intent is reported beside stop."""
LONGEST_CLAUSE = 300
"""Characters of another clause that are looked at: what it wants stands at its beginning."""
LONGEST_CLAUSES = 400
"""Characters of all of them together: the cost of a text has a bound."""

_ALSO = ("order_issue", "question", "human")
_CLAUSES = re.compile(
    r" [.!?;,…] | (?:but|also|pero|tambien|except|however) | (?:and|y) (?=(?:where|when|i|my|can|who|you|what|donde|mi|quiero|me|cuando|devuel\w+) )"
)


def second(plain: Plain, model: Model) -> str | None:
    """The intent of another clause, when it clearly is an order problem, a question or the wish for a person."""
    best: tuple[float, str] = (SECOND_INTENT, "")
    clauses = [clause for clause in _CLAUSES.split(f" {plain.text} ") if len(clause.split()) >= 2]
    if len(clauses) < 2:
        return None
    left = LONGEST_CLAUSES
    for clause in (each[:LONGEST_CLAUSE] for each in clauses[:8]):
        clause = clause[:left]
        left -= len(clause)
        if not clause.strip():
            break
        intent, share = model.scores(clause.strip()).ranking[0]
        if intent in _ALSO and share > best[0] and optout.read(normalise(clause)).outcome != "opted_out":
            best = (share, intent)
    return best[1] or None
