"""Whole texts of one or two words whose meaning needs no model: yes, no, thanks, a thumb. Exact lookup in plain form.

Opt-outs are not here (`nlu.optout_words`). What depends on the last text («1», «?») is not here either.
"""

from __future__ import annotations

from nlu.normalise import Plain, Reaction
from nlu.tables import phrases

_TABLE = {
    "yes": """yes | yeah | yea | yep | yup | ya | y | sure | ok | okay | k | kk | yes please | yes pls | ok sure | sounds good | go ahead | do it | of course | absolutely
        definitely | for sure | sure thing | please do | alright | yes thanks | yes thank you | 👍 | 👌 | ✅ | 💯 | ok 👍 | si | claro | dale | va | vale | orale | sale
        esta bien | de acuerdo | por supuesto | si por favor | si porfa | claro que si | adelante | bueno | simon | ok dale | si gracias""",
    "no": """no | nope | nah | naw | n | no thanks | no thank you | no ty | no thx | nah im good | im good | pass | hard pass | not interested | not today | no need
        👎 | ❌ | 🙅 | no gracias | nop | nel | paso | hoy no | no hace falta | para nada | no me interesa
        cancel the cart | cancel my cart | delete the cart | delete my cart | empty the cart | empty my cart | clear the cart | clear my cart
        borra el carrito | cancela el carrito | vacia el carrito | elimina el carrito | quita el carrito""",
    "later": "later | not now | maybe later | not yet | not right now | some other time | another time | luego | mas tarde | ahora no | despues | al rato | todavia no",
    "smalltalk": """thanks | thank you | ty | thx | tysm | thank you so much | ok thanks | ok thank you | hi | hello | hey | hi there | good morning | good evening
        good afternoon | lol | haha | hahaha | you too | youre welcome | ❤ | 😂 | 🤣 | 😍 | 😊 | 🙏 | gracias | muchas gracias | hola | buenos dias | buenas tardes
        buenas noches | buenas | jaja | jajaja | igualmente | de nada | ok gracias""",
    "help": """who is this | whos this | who dis | who is it | who are you | what is this | is this a bot | are you a bot | are you real | quien es | quien eres
        quien habla | que es esto | ayuda | eres un bot | help me | more info""",
    "wrong_number": "wrong number | wrong person | you have the wrong number | numero equivocado | se equivoco de numero | equivocado",
    "reorder": """reorder | re order | same again | the usual | same as last time | link | send the link | send link | lo mismo | lo de siempre | el link | manda el link
        cart | the cart | my cart | shopping cart | checkout | carrito | el carrito | mi carrito | carro | enlace | el enlace | lo quiero""",
    "coupon": "coupon | discount | promo code | coupon code | discount code | code | cupon | descuento | codigo | promocion",
    "human": """human | agent | person | real person | representative | operator | customer service | speak to a person | talk to a human | humano | agente | persona
        una persona | operador | servicio al cliente""",
    "order_issue": "refund | wheres my order | where is my order | cancel my order | tracking | reembolso | donde esta mi pedido | cancelar mi pedido",
    "already_bought": "already ordered | just ordered | already bought | i already ordered | ya compre | ya pedi | ya ordene | ya lo pedi",
    "question": "price | how much | how much is it | precio | cuanto cuesta | cuanto es | cuanto vale",
    "start": "subscribe | resubscribe | join | opt in | sign me up | start texting me | alta | darme de alta | suscribirme",
}
KNOWN = {line: intent for intent, lines in _TABLE.items() for line in phrases(lines)}

_REACTIONS: dict[Reaction, str] = {
    "liked": "smalltalk",
    "loved": "smalltalk",
    "laughed": "smalltalk",
    "emphasised": "smalltalk",
    "disliked": "other",
    "questioned": "other",
    "withdrawn": "other",
}
"""A thumb on our text is no order and no refusal: it agrees to nothing that could be named, so it is small talk. A thumb
sent as a text of its own (👍) is a yes."""


def bare_intent(plain: Plain) -> tuple[str, str] | None:
    """The intent of a bare text and the reason; None when the model must read it."""
    if not plain.text:
        return (_REACTIONS[plain.reaction], f"phone reaction: {plain.reaction}") if plain.reaction else None
    line = plain.bare or plain.text
    if len(plain.text) > len(line) + 4:  # more signs than words: not bare
        line = plain.text
    if intent := KNOWN.get(line) or KNOWN.get(plain.text):
        return intent, f"whole text: {line}"
    return None
