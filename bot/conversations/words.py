"""One form of a word that was texted alone: what «Brew», «BREW!» and «b r e w» have in common.

Owns the folding of keywords, on both sides: as the merchant wrote them, and as the customer did.
"""

from __future__ import annotations

from nlu.normalise import normalise

LONGEST = 40
"""Characters of a text that may be a keyword alone."""


def folded(text: str) -> str:
    """Letters and digits without case, accents, blanks and punctuation. Empty for a phone's reaction to a text of ours."""
    if len(text) > LONGEST:
        return ""
    plain = normalise(text)
    return "" if plain.reaction else "".join(plain.words)
