"""Tells a pleased, a plain and an upset customer apart by a small lexicon. A hint for people and for wording, never for consent."""

from __future__ import annotations

from nlu.interpretation import Mood
from nlu.tables import words

_PLEASED = words(
    """
    love loved loves awesome amazing great perfect wonderful excellent fantastic yay yum delicious
    best thank thanks thx ty appreciate happy sweet lovely favorite favourite excited glad blessings
    bless nice encanta encantan encanto gracias genial excelente perfecto buenisimo rico riquisimo
    feliz maravilla bendiciones lindo lindos bello amo chevere padre 😍 🥰 ❤ 😊 😀 😃 😄 🙏 🎉 💕 💖 😘 👏 🤩 😋 💯
    """
)
_UPSET = words(
    """
    fuck fucking fucked wtf stfu shit bullshit crap damn hell hate hated terrible horrible awful
    worst garbage trash scam ripoff rude ridiculous disgusting disgusted angry furious mad pissed
    annoying annoyed harassment harassing lawyer sue unacceptable useless joke liar liars thieves
    stole sick enough disappointed disappointing broken rotten moldy mold stale ruined idiots idiot
    stupid complaint complain never worse odio horrible terrible pesimo pesima asco mierda verga
    joder chingar chingada maldito maldita estafa ladrones rateros molesto molesta enojado enojada
    harto harta basta inutil porqueria basura decepcionado queja acoso abogado demandar robo pinche
    😡 🤬 😠 🖕 👎 😤 💩 🙄 😒
    """
)
_TURNED = words(
    """
    not no never dont didnt wasnt isnt cant hardly nunca jamas
    """
)


def mood_of(text: str, plain_words: tuple[str, ...], plain_text: str) -> Mood:
    """The mood of a text. Shouting (capitals) counts only together with an upset word or «!!»."""
    pleased = upset = 0
    previous = ""
    for token in plain_text.split():
        turned = previous in _TURNED
        if token in _PLEASED:
            upset, pleased = (upset + 1, pleased) if turned else (upset, pleased + 1)
        elif token in _UPSET and not turned:
            upset += 1
        previous = token
    letters = [char for char in text if char.isalpha()]
    shouting = (
        len(plain_words) >= 3 and len(letters) >= 12 and sum(map(str.isupper, letters)) > 0.8 * len(letters)
    )
    upset += shouting and (upset > 0 or "!!" in text)
    if upset > pleased:
        return "upset"
    return "pleased" if pleased > upset else "neutral"
