"""What the sign-up page says around the wording of the consent, in English and Spanish.

Owns phrases alone. The words that are agreed to are versioned data: bot.compliance.wordings.
"""

from __future__ import annotations

from collections.abc import Mapping

SAY: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Texts from",
        "what": "Reminders when you may be running low, and an offer now and then. No account needed.",
        "phone": "Your mobile number",
        "go": "Sign me up",
        "trap": "Leave this empty",
        "privacy": "Privacy",
        "terms": "Terms",
        "other": "es",
        "other_name": "Español",
        "done": "Nearly done",
        "ask": "We are texting you now. Reply YES to that text, and you're in. Without your YES you get nothing more.",
        "confirmed": "We are texting you a confirmation now. Reply STOP at any time to end it.",
        "nothing_came": "No text within a minute?",
        "text_word": "Text JOIN to {number}",
        "once_stopped": "Ever told us STOP? Then only you can undo that:",
        "text_start": "text START to {number}",
        "bad_phone": "That doesn't look like a phone number. Example: {example}",
        "no_country": "We can't text numbers of that country.",
        "not_agreed": "Tick the box if you want the texts. Without it we can't send any.",
        "stale": "This page was open for a while. Please send it once more.",
        "often": "That's a lot of sign-ups from here. Please try again in an hour, or text JOIN to {number}.",
    },
    "es": {
        "title": "Textos de",
        "what": "Recordatorios cuando se te esté acabando, y una oferta de vez en cuando. Sin crear cuenta.",
        "phone": "Tu número de celular",
        "go": "Quiero recibirlos",
        "trap": "Deja esto vacío",
        "privacy": "Privacidad",
        "terms": "Condiciones",
        "other": "en",
        "other_name": "English",
        "done": "Ya casi",
        "ask": "Te estamos mandando un texto. Responde SI a ese texto y listo. Sin tu SI no recibes nada más.",
        "confirmed": "Te estamos mandando una confirmación. Responde STOP cuando quieras dejar de recibir textos.",
        "nothing_came": "¿No te llega en un minuto?",
        "text_word": "Escribe ALTA al {number}",
        "once_stopped": "¿Alguna vez respondiste STOP? Entonces solo tú lo puedes deshacer:",
        "text_start": "escribe START al {number}",
        "bad_phone": "Eso no parece un número de teléfono. Ejemplo: {example}",
        "no_country": "No podemos mandar textos a números de ese país.",
        "not_agreed": "Marca la casilla si quieres los textos. Sin eso no podemos mandarte ninguno.",
        "stale": "Esta página llevaba un rato abierta. Envíala otra vez, por favor.",
        "often": "Son muchas altas desde aquí. Prueba en una hora, o escribe ALTA al {number}.",
    },
}


def say(language: str, number: str, example: str) -> dict[str, str]:
    """The phrases in that language, filled in."""
    return {name: text.format(number=number, example=example) for name, text in SAY[language].items()}
