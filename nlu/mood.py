"""Tells a pleased, a plain, a so-so and an upset customer apart by a small lexicon. Never asked about consent.

Owns the moods, and the verdicts: short texts that are nothing but an opinion of what was bought. What a flow makes of one
is the flow's.
"""

from __future__ import annotations

import re

from nlu.interpretation import Mood
from nlu.normalise import LONGEST, Plain
from nlu.tables import words

_PLEASED = words(
    """
    love loved loves awesome amazing great perfect wonderful excellent fantastic yay yum delicious
    best thank thanks thx ty appreciate happy sweet lovely favorite favourite excited glad blessings
    bless nice encanta encantan encanto gracias genial excelente perfecto buenisimo rico riquisimo
    feliz maravilla bendiciones lindo lindos bello amo chevere padre enjoyed enjoy adore adored yummy tasty superb impressed
    hooked riquisima buenisima deliciosa delicioso fabuloso espectacular impecable 👍 😍 🥰 ❤ 😊 😀 😃 😄 🙏 🎉 💕 💖 😘 👏 🤩 😋 💯
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


_POLITE_NO = re.compile(r"\b(?:no|not|nope|nah|dont)(?: ,)? (?:thanks|thank you|thx|ty|gracias)\b")
"""A refusal with thanks is no thanks turned round."""
_RICH = re.compile(
    r"\b(?<!not )(?:so|very|really|super|was|were|tasted) good\b(?! (?:deal|price|morning|until|while|but))|\bmuy (?:bien|buen[oa])\b"
)
_LUKEWARM = re.compile(
    r"\b(?:meh|so ?-? ?so|mediocre|nothing special|not (?:bad|great)|could (?:be|have been) better|mas o menos|ni fu ni fa|nada especial|(?:was|were|is) (?:just |only )?(?:ok|okay|fine|alright|all right)|"
    r"(?:a bit|kinda|kind of|a little|slightly|un poco|medio) (?:too )?(?:weak|bitter|bland|strong|sweet|salty|dry|small|sour|stale|amarg[oa]|suave|fuerte|dulce))\b"
)

_IT = r"(?:(?:it|they|this|that|the \w+|mine|everything|honestly|well|hmm|i think|i thought|to be honest|tbh|pues|la verdad|el \w+|la \w+)(?: (?:\w+))? )?(?:(?:was|were|is|are|its|thats|tasted|seemed|estuvo|estaba|esta|es|fue|me parecio|sabe) )?"
_SOFTLY = r"(?:(?:just|only|kinda|kind of|sort of|pretty|really|all|a bit|a little|a little bit|a tad|slightly|somewhat|too|just a bit|nomas|un poco|algo|un poquito|medio|bastante|solo) )*"
_HEDGE = r"(?: ?[,.!?]| i guess| i suppose| though| tho| tbh| honestly| to be honest| nothing special| nothing great| for me| for my taste| supongo| creo| nada mas| nada especial| la verdad| para mi| para mi gusto| 🤷| 😐)*"
_SO_SO = re.compile(
    rf"{_IT}{_SOFTLY}(?:meh|so ?-? ?so|decent|average|mediocre|middling|passable|okay-?ish|nothing special|nothing to write home about|not (?:bad|great|too bad|the best|amazing|my favou?rite|as good as (?:before|last time))|"
    r"could (?:be|have been) better|mas o menos|ni fu ni fa|regular|regulero|nada (?:especial|del otro mundo)|no (?:esta|estuvo|estaba|fue) (?:mal|tan bueno|tan buena|lo mejor)|pasable|ahi (?:nomas|mas o menos)|podria (?:ser|estar|haber sido) mejor)"
    rf"{_HEDGE}"
    r"|(?:it|they|this|that|the \w+)(?: \w+)? (?:was|were|is|tasted)(?: just| only| pretty| kinda| kind of| all)* (?:ok|okay|fine|alright|all right|right)"
    rf"{_HEDGE}"
    rf"|(?:it|they|this) (?:did|does) the (?:job|trick){_HEDGE}|i(?: \w+)? expected (?:more|better){_HEDGE}|(?:not|nothing|isnt|wasnt) (?:that|very|so) (?:good|special|great){_HEDGE}"
    rf"|(?:estuvo|estaba|esta|fue) (?:bien|ok|okay|normal|normalito|pasable)(?: (?:supongo|creo|nada mas|pero|nomas|normal))*{_HEDGE}|esperaba mas{_HEDGE}"
    rf"|(?:(?:ok|okay|good|fine|nice|bien|rico) (?:,? ?but|pero) )?{_IT}(?:kinda|kind of|a bit|a little|a little bit|a tad|slightly|somewhat|un poco|algo|un poquito|medio) (?:too |muy )?"
    r"(?:weak|bitter|bland|strong|sweet|salty|dry|small|sour|acidic|burnt|light|dark|thin|flat|amarg[oa]|suave|fuerte|debil|dulce|acid[oa]|sec[oa]|sos[oa]|pequen[oa])"
    rf"(?: though| tho| tbh)?{_HEDGE}"
)
_BAD = re.compile(
    rf"(?:{_IT}{_SOFTLY}(?:terrible|horrible|awful|gross|nasty|disgusting|bad|very bad|really bad|pesim[oa]|horrible|mal[oa]|muy mal[oa]|muy mal|fe[oa]|asqueros[oa])"
    r"|(?:i )?(?:really |absolutely |just )?(?:hated|hate|disliked) (?:it|them|this|the \w+)|(?:i |we |my \w+ )?(?:really |just )?(?:didnt|dont|did not|do not) (?:really |much )?(?:like|enjoy|care for|love) (?:it|them|this|the (?:taste|flavou?r|smell))(?: at all| much| too much)?"
    r"|(?:it |they |this )?(?:is |was |were |are |just )*not (?:really )?(?:for me|my thing|my cup of tea|good)|no me (?:gusto|gustaron|gusta|encanto|convencio)(?: (?:nada|mucho|tanto))?|lo odie|que asco|an? (?:disappointment|let ?down)|(?:i was |im |very |really |pretty )*disappointed)"
    rf"{_HEDGE}"
)
_GOOD = re.compile(
    r"(?:(?:yes|si|yeah|oh|wow|so|omg|it|they|its|it s|this|that|the \w+|was|were|is|are|estuvo|estaba|estaban|esta|fue|very|really|super|muy|bien|absolutely|honestly|todo|y|and|just|been|tasted|taste|smells|came out|salio) )*"
    r"(?:so good|good|delicious|amazing|awesome|great|excellent|perfect|wonderful|fantastic|yummy|tasty|superb|incredible|10/10|10 / 10|5 stars|five stars|lovely|"
    r"rico|rica|riquisim[oa]|buenisim[oa]|delicios[oa]|excelente|perfect[oa]|genial|increible|bueno|buena|muy bien|me encanto|me encantaron|nos encanto|me gusto|me gusto mucho|de lo mejor|espectacular|divin[oa])"
    r"(?: (?:thanks|thank you|gracias|coffee|cafe|as always|como siempre|stuff|product|producto|mucho))*(?: ?[,.!]| 😍| ❤| 😋| 👍| 👌| 😊| 🥰)*"
)
_PLAIN_YES = re.compile(
    r"(?:yes|si|yeah|oh|wow|perfect|great|awesome|excellent|excelente|perfecto|perfecta|genial|bueno|buena|good|very|muy bien|so good|bien|lovely|amazing|fantastic|wonderful)?(?: (?:good|great))?(?: ?[,.!])*"
)
"""A whole answer that may be a yes as well («perfect», «great»): the model reads it, and its mood is pleased all the same."""


def verdict(plain: Plain) -> tuple[str, Mood] | None:
    """The intent and mood of a text that is nothing but an opinion of what was bought; None for every other text.

    Good ones are small talk, so-so and bad ones a reason to leave («churn_reason»): nobody asks for anything.
    """
    if not plain.words or len(plain.words) > 12:
        return None
    text = plain.text
    if _SO_SO.fullmatch(text):
        return "churn_reason", "so_so"
    if _BAD.fullmatch(text):
        return "churn_reason", "upset"
    if _GOOD.fullmatch(text) and not _PLAIN_YES.fullmatch(text):
        return "smalltalk", "pleased"
    return None


def mood_of(text: str, plain_words: tuple[str, ...], plain_text: str) -> Mood:
    """The mood of a text. Shouting (capitals) counts only together with an upset word or «!!»."""
    pleased = upset = 0
    previous = ""
    if _RICH.search(plain_text):
        pleased += 1
    for token in _POLITE_NO.sub(" ", plain_text).split():
        turned = previous in _TURNED
        if token in _PLEASED:
            upset, pleased = (upset + 1, pleased) if turned else (upset, pleased + 1)
        elif token in _UPSET and not turned:
            upset += 1
        previous = token
    upset += (upset > 0 or "!!" in text) and len(plain_words) >= 3 and _shouted(text[:LONGEST])
    if upset > pleased:
        return "upset"
    if pleased == upset and _LUKEWARM.search(plain_text):
        return "so_so"
    return "pleased" if pleased > upset else "neutral"


def _shouted(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return len(letters) >= 12 and sum(map(str.isupper, letters)) > 0.8 * len(letters)
