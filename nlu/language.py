"""Tells English from Spanish by small word lists. Says None rather than guess: «ok», «stop», a name, an emoji."""

from __future__ import annotations

from nlu.interpretation import Language
from nlu.tables import words

_EN = words(
    """
    the a an and or but is are was were be been i im ive ill id you your u ur my me we our they it
    its this that these those what when where who why how do dont does did didnt can cant could
    would will wont have has had havent get got getting want wanted need please pls plz thanks thank
    thx yes yeah yep nope not just still already more again same last one order ordered text texts
    texting off of for from with to in on at by about out up hi hello hey good much many love like
    send stop buy bought price ship shipping delivery dog cat coffee today tomorrow week month now
    later never any some him his her she he them there here if so too very really maybe sure person
    number wrong list remove discount code after before until payday weekend only without both each
    """
)
_ES = words(
    """
    el la los las un una unos unas y o pero es son era fue ser estar esta estan estoy soy yo tu
    usted ustedes uds mi mis me nos te se le les lo su sus que q como cuando donde quien cual cuanto
    cuantos cuesta por para porque pq con sin de del al en a si no mas ya aun todavia muy mucho
    muchas muchos gracias grax hola buenos buenas dias tardes noches favor porfa xfa quiero quisiera
    necesito tengo tiene tienen hay hace hacen puedo pueden puede mandar manden mande mensajes
    mensaje textos pedido pedi compre comprar precio envio descuento codigo numero equivocado
    persona otra otro vez semana mes manana hoy ahora luego despues quincena dinero bolsa perro gato
    cafe ese esa eso esto este gusta gusto nada nunca siempre tambien alguien hablar dale vale claro
    solo desde hasta antes filtros descafeinado bueno bien esta ayuda baja alta quiten borren dejen vuelvan kiero orale listo igual mismo misma
    pa
    """
)
_ONLY_ES = words(
    """
    no me a o he son
    """
)  # also English words: they count for neither alone


def language_of(text: str, words: tuple[str, ...]) -> Language | None:
    """The language of a text, given as written and as plain words; None when it can't be told."""
    english = sum(word in _EN for word in words)
    spanish = sum(word in _ES and word not in _ONLY_ES for word in words)
    if any(mark in text for mark in "¿¡ñÑ"):
        spanish += 2
    if any(mark in text for mark in "áéíóúÁÉÍÓÚ"):
        spanish += 1
    if english == spanish:
        return None
    return "en" if english > spanish else "es"
