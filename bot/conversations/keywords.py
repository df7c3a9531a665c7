"""Who answers a bare STOP, START or HELP: the provider, its network, or we. Never two, and never nobody (R7, R122).

Owns that one question. What the words are, nlu.optout_words says; that a STOP is obeyed whoever answers it is not asked
here. Guessing wrong is not alike on both sides: a confirmation after the provider's own is refused by it (21610), one
that nobody sends is missing. So where the sources are silent, we answer.
"""

from __future__ import annotations

from typing import Literal

from bot.phones import kind_of_number
from nlu.optout_words import CARRIER, Keyword

Answers = Literal["auto", "provider", "winback"]

_NETWORK = frozenset({"STOP", "START", "UNSTOP"})
"""R57: what the toll-free network answers itself. To HELP it says nothing that the sources know of."""


def provider_answers(
    setting: Answers, number: str, body: str, keyword: Keyword | None, opt_out_type: str | None
) -> bool:
    """Whether somebody else has answered this text, sent to our `number` (E.164 or a short code).

    R54: where OptOutType is given, Advanced Opt-Out has answered, whatever the setting says. Else the setting; and with
    `auto` the kind of number: a long code's keywords are answered by the provider (R50, R51, R52), a toll-free number's
    STOP and START by the network (R57), a short code's by nobody (R56).
    """
    if opt_out_type is not None:
        return keyword is not None
    word = body.strip().upper()
    if keyword is None or word not in CARRIER:
        return False
    match setting:
        case "provider":
            return True
        case "winback":
            return False
        case "auto":
            match kind_of_number(number):
                case "long_code":
                    return True
                case "toll_free":
                    return word in _NETWORK
                case "short_code":
                    return False
