"""Finds the wish for a contact card: «send me your contact», «save your number». Read as a question with an answer.

Owns the phrases, exact forms of a short text: the model takes «send me your contact» for a doubt about an opt-out.
«Remove me from your contacts» is an opt-out and is found before anybody looks here.
"""

from __future__ import annotations

import re

from nlu.normalise import Plain

FACT = "contact_card"
"""The key under which the answer stands among a shop's facts."""
MOST_WORDS = 12

_BEGIN = (
    r"^(?:(?:hi|hey|hello|ok|okay|yes|yeah|sure|please|pls|also|and|hola|si|por favor|oye) (?:[,.!] )?)*"
    r"(?:(?:can|could|would|will) (?:you|u|ya) (?:please |pls )?|(?:me )?(?:puedes?|podrias?) )?"
)
_END = r"(?: (?:please|pls|thanks|thank you|thx|so i (?:can|know)(?: [a-z]+){0,6}|in my (?:phone|contacts)|por favor|gracias))*(?: [?!.]+)*$"
_YOURS = r"(?:your|ur|the|this|shop|store)"
_CARD = r"(?:contact(?:s)?(?: (?:card|info|information|details))?|(?:a )?v ?card|phone card|business card)"
_WANTS = re.compile(
    _BEGIN
    + r"(?:"
    + rf"(?:send|text|give|share|forward|shoot) (?:me |us )?(?:{_YOURS} )?{_CARD}"
    + rf"|(?:i (?:want|need|would like|d like) )?{_YOURS} {_CARD}(?: to save)?"
    + r"|(?:let me |i ll |i want to |i d like to |how (?:do|can) i |can i |could i )?(?:save|add) (?:your|ur|this|the) (?:number|contact|contact info)(?: (?:to|in|on) my (?:contacts|phone))?"
    + r"|(?:let me |i ll |i want to |i d like to |how (?:do|can) i |can i |could i )(?:save|add) (?:you|u|ya) (?:to|in|as) (?:my (?:contacts|phone)|a contact)"
    + r"|(?:manda|mandame|envia|enviame|pasa|pasame|comparte|comparteme|mandar(?:me)?|enviar(?:me)?) (?:tu|su|el|la|un|una) (?:contacto|tarjeta(?: de contacto)?|vcard|numero para guardarlo)"
    + r"|(?:(?:quiero|puedo|como|quisiera) )?(?:guardar|guardo|agregar|agrego|agendar|agendo) (?:tu|su|este|el) (?:numero|contacto|telefono)(?: en mis contactos)?"
    + r")"
    + _END
)


def wants_card(plain: Plain) -> bool:
    """Whether the text asks for something to save the shop's number by."""
    if not plain.words or len(plain.words) > MOST_WORDS:
        return False
    return any(_WANTS.match(text) is not None for text in (plain.text, plain.bare) if text)
