"""Finds «who is this?»: somebody who does not know who is texting may not be whoever gave us the number (sms-rules R30).

Owns the phrases, exact forms of a short text. Asking whether it is a bot is another question, and is not here.
"""

from __future__ import annotations

import re

from nlu.normalise import Plain

MOST_WORDS = 12
"""A longer text tells a story in which somebody may be asked for."""

_END = r"(?: (?:please|pls|again|though|tho|and (?:why|how)(?: [a-z]+){0,6}|from|texting(?: me)?|messaging(?: me)?|por favor|y por que|otra vez)){0,2}(?: [?!.]+)*$"
_BEGIN = r"^(?:(?:hi|hey|hello|ok|okay|um|uh|wait|sorry|excuse me|new phone|hola|perdon|disculpa|oye) )*(?:[,.!] )?"
_ASKS = re.compile(
    _BEGIN
    + r"(?:"
    + r"(?:who|whos|who s|who is|who are|who r|who u) ?(?:this|dis|it|that|you|u|ya|these people)?"
    + r"|(?:who am i|whom am i) (?:talking|speaking|texting|chatting) (?:to|with)"
    + r"|(?:whose|who s|whos) number (?:is )?(?:this|it)(?: is)?"
    + r"|(?:who s|whos|who is|whose) (?:texting|messaging|writing|bothering)(?: to)? me"
    + r"|(?:do|did) i know (?:you|u|this number|who this is)"
    + r"|i (?:don t|dont|do not) (?:know|recognize|recognise) (?:you|u|who (?:this|you) (?:is|are)|this number)"
    + r"|(?:how|where) (?:did|do) (?:you|u|ya) (?:get|have|find) (?:my|this) (?:number|cell|phone number|info|contact)"
    + r"|(?:de )?quien (?:es|eres|sos|habla|escribe|me (?:escribe|habla|manda (?:esto|mensajes)))(?: (?:este numero|usted|tu))?"
    + r"|con quien hablo|de quien es este numero|(?:te|lo|la) conozco"
    + r"|(?:de donde|como) (?:saco|sacaste|tiene|tienes|consiguio|conseguiste) (?:mi|este) numero"
    + r"|no se quien (?:es|eres|habla)"
    + r")"
    + _END
)
_NOBODY = re.compile(r"^(?:who|whos|who s)(?: [?!.]+)*$")


def asks_who(plain: Plain) -> bool:
    """Whether the text asks who is texting, or how we came by the number."""
    if not plain.words or len(plain.words) > MOST_WORDS:
        return False
    return any(_ASKS.match(text) and not _NOBODY.match(text) for text in (plain.text, plain.bare) if text)
