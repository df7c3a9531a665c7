"""What else is in a text, beside its intent: a code that fails, or a loss. Precise rules over the plain form; no model.

Owns the slot `asks` but for `who` (nlu.identity, and «is this a scam?» here) and `trouble` (nlu.trouble). Prefers to miss: what is not found here is met by its intent, and what is
found wrongly tells a stranger that we are sorry for them. Hard negatives stand in tests/nlu/test_asks.py.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from nlu.normalise import Plain
from nlu.tables import words

Asks: TypeAlias = Literal["code_fails", "loss"]

LONGEST = 60
"""Words. A longer text tells a story, which a person should read whole."""

_CODE = r"(?:(?:promo |coupon |discount |disc )?codes?|coupons?|promo|voucher|discount|cupon|cupones|codigos?|descuento)"
_FAILS = (
    r"(?:does ?n ?t|doesnt|does not|did ?n ?t|didnt|did not|wo ?n ?t|wont|will not|is ?n ?t|isnt|is not|not|never|aint|cant|can t|dont|don t)"
    r"(?: (?:even|seem to|really|letting me|let me|be))* (?:work\w*|apply\w*|applied|go(?:ing)? through|take|taking|valid|accept\w*|recogni\w+|load\w*|scan\w*|register\w*|use|good)"
)
_BROKEN = r"(?:invalid|expired|not valid|no good|bad|broken|declined|rejected|refused|denied|void|already used|dead|wrong|failed|fails|error)"
_NO_SIRVE = (
    r"(?:no (?:me )?(?:funcion\w+|sirv\w+|acept\w+|jal\w+|vale|entra|pasa|aplica|deja|lo toma|agarra|es valid[oa]|reconoce\w*)"
    r"|(?:esta |ya |sale |es )*(?:vencid[oa]|caducad[oa]|expirad[oa]|invalid[oa])|ya (?:vencio|caduco|expiro)|da error|me rechaz\w+)"
)
_IN_BETWEEN = r"(?:(?: ,)? (?!but\b|pero\b|if\b|si\b|dont\b)\w+){0,4}?"
_CODE_FAILS = re.compile(
    r"\b(?:"
    rf"{_CODE}{_IN_BETWEEN} {_FAILS}\b"
    rf"|{_CODE}{_IN_BETWEEN} (?:is|was|has|says?|said|comes? up|shows?|keeps? saying|got|as)(?: \w+){{0,3}}? {_BROKEN}\b"
    rf"|(?:it|site|website|page|checkout|cart|app|link) (?:just |only |keeps? |still )*(?:says?|saying|said|tells? me|telling me)(?: (?:that|the|my|its|it s|it is|is|this|your|code|coupon))* (?:invalid|expired|not valid|no longer valid|already used)\b"
    rf"|(?:is|has|did) (?:the|my|that|this|your) {_CODE} (?:already )?(?:expired?|dead|invalid|over|gone|still (?:good|valid|work\w*|active))\b"
    rf"|^(?:is )?(?:it |its |says |this |that )*(?:is |was |has |already )*(?:invalid|expired|not valid)(?: (?:code|coupon|promo))?(?: already)?(?: [?!.]+)*$"
    rf"|{_CODE} (?:already |just |has |had |ya )*(?:expired|vencio|caduco|expiro)\b"
    rf"|{_CODE} (?:still |just )?broken\b|broken (?:promo |coupon |discount )?(?:code|coupon|promo|voucher)\b"
    rf"|(?:invalid|expired|bad|dead) (?:promo |coupon |discount )?(?:code|coupon|promo|voucher)\b"
    rf"|(?:wo ?n ?t|wont|will not|does ?n ?t|doesnt|does not|did ?n ?t|didnt|did not|cant|can t|can ?not|couldnt|could ?n ?t|could not|not|refuses to|unable to|trouble)"
    rf"(?: \w+)? (?:take|taking|accept|accepting|apply|applying|use|using|enter|entering|recogni[sz]e|honou?r|redeem|get) (?:my |the |your |that |this |ur )?{_CODE}\b(?! (?:today|from|for me|anymore))"
    rf"|{_CODE}{_IN_BETWEEN} {_NO_SIRVE}\b"
    rf"|{_NO_SIRVE} (?:el|mi|su|tu|ese|este) {_CODE}\b"
    rf"|(?:me )?dice(?: que)?(?: (?:el|mi|tu|su) codigo)? (?:no es valid[oa]|es invalid[oa]|invalid[oa]|(?:ya |esta )*(?:vencid[oa]|vencio|expiro|expirad[oa]|caduco|caducad[oa]))"
    rf"|(?:problem|problems|trouble|issue|issues|error|problema|problemas) (?:with|using|applying|entering|con) (?:the |my |your |this |that |el |mi |tu |su )?{_CODE}\b"
    r")"
)
_IF = re.compile(
    rf"\b(?:if|in case|unless|when|until|before|si|cuando)(?: (?:the|my|your|a|this|that|it|el|mi|tu|un))* ?(?:{_CODE})?(?: \w+)? (?:is |gets? |has )?(?:not|expire\w*|doesnt|does not|wont|no|vence|invalid)\b"
    r"|\b(?:dont|do not|never) (?:use|need|want|do|care)\b|\b(?:i|we|he|she|they) (?:dont|do not) (?:have|need|want)\b"
    r"|\bwhen (?:does|do|will|is)\b|\bdoes it expire\b|\bcuando vence\b|\b(?:zip|bar|area|dress|source|postal|qr) code\b"
)

_KIN = (
    r"(?:husband|wife|spouse|partner|boyfriend|girlfriend|fiance|mom|moms|mum|mother|dad|father|son|daughter|brother|sister|grand(?:ma|pa|mother|father|son|daughter|mom|dad)|"
    r"nana|papa|aunt|uncle|cousin|friend|buddy|neighbou?r|baby|child|kid|hubby|niece|nephew|in law|roommate|coworker|"
    r"dog|dogs|cat|cats|puppy|pup|kitten|kitty|pet|horse|bird|parrot|rabbit|bunny|hamster|ferret|fish|doggo|fur ?baby|pooch|lab|poodle|"
    r"esposo|esposa|marido|mujer|novio|novia|pareja|mama|papa|madre|padre|hijo|hija|hermano|hermana|abuel[oa]|abuelit[oa]|tio|tia|prim[oa]|amig[oa]|suegr[oa]|niet[oa]|"
    r"perr[oa]|perrit[oa]|gat[oa]|gatit[oa]|mascota|caballo|pajaro|conejo)"
)
_WHO = (
    rf"(?:(?:my|our|his|her|the|mi|nuestr[oa]|su|el|la)(?: (?:late|dear|poor|old|sweet|little|best|querid[oa]))? {_KIN}(?: (?:and i|[a-z]{{2,12}}))?"
    r"|hes|shes|he|she|(?:that|the) (?:customer|person|man|woman|lady|guy)|[eé]l|ella)"
)
_PASSED = (
    r"passed(?=$| [.,!;)]| (?:away|in|last|suddenly|recently|unexpectedly|peacefully|yesterday|from|this (?:year|month|week|spring|summer|fall|winter|morning)|"
    r"(?:a (?:few )?|an |two |three |six |\d+ )(?:years?|months?|weeks?|days?) ago)\b)"
)
"""Not «passed on the deal» or «passed me the link»."""
_LOSS = re.compile(
    r"\b(?:passed away|has passed on|no longer with us|crossed the rainbow bridge|rainbow bridge|lost (?:his|her|their) (?:battle|fight)|rest in peace|put (?:him|her) (?:down|to sleep)"
    r"|put (?:my|our) (?:dog|cat|pet|puppy) (?:down|to sleep)|had to be put down|is deceased|was deceased|in hospice|hospice care|terminal(?:ly ill)?(?: cancer)?$|stage (?:4|four|iv) cancer"
    r"|deceased|late (?:husband|wife|mother|father|mom|dad|son|daughter|brother|sister|partner)"
    r"|fallecio|fallecid[oa]|ha fallecido|murio en|que en paz descanse|q ?e ?p ?d|en paz descanse|descanso en paz|ya no esta con nosotros|paso a mejor vida|cuidados paliativos|soy viud[oa]|quede viud[oa]|im a widow(?:er)?|i am a widow(?:er)?|became a widow(?:er)?|widowed)\b"
    rf"|\b{_WHO} (?:just |recently |sadly |unfortunately |suddenly |has |had |have |is |are |was |ya |se |me |nos )*(?:died|{_PASSED}|dead|dying|is gone forever|was killed|murio|ha muerto|falleci\w+|esta muert[oa]|se murio)\b(?! (?:to|for|of (?:laughter|laughing|boredom)|laughing|inside|tired|serious|wrong|broke|when|set|set on|heat)\b)"
    rf"|\b(?:se )?(?:me |nos )?murio (?:mi|nuestr[oa]|su|el|la) {_KIN}\b"
    rf"|\b(?:i|we) (?:just |recently |sadly )?lost (?:my|our) (?!job|phone|mind|wallet|keys|card|code|number|appetite|way|temper|voice|luggage|password|taste|order|link|email|coupon|house|interest|patience|text|bag)(?:(?:late|dear|poor|old|sweet|little|best|beloved) )?{_KIN}\b(?! (?:phone|phones|keys?|wallet|number|card|toys?|collar|leash|bowl)\b)"
    rf"|\bperd(?:i|imos) (?:a )?(?:mi|nuestr[oa]) {_KIN}\b"
    rf"|\b{_WHO} (?:is |was |are |has |have |just |recently |esta |tiene |was just )*(?:diagnosed with(?: \w+){{0,2}} (?:cancer|alzheimers?|dementia|als|parkinsons?|leukemia)|has cancer|got cancer|has dementia|in (?:the )?icu|in a coma|very ill|really ill|gravely ill|seriously ill|terminally ill|dying|enferm[oa] de cancer|cancer|muy enferm[oa]|grave)\b"
    r"|\b(?:i|we|she|he) (?:just |recently |was |got |were |has )*(?:diagnosed with(?: \w+){0,2} (?:cancer|als|leukemia)|miscarried)\b|\b(?:i|we|she) (?:had|have had) a miscarriage\b|\bstill ?birth\b"
    r"|\b(?:we|i|im|were) (?:just |recently |both |are |got |have |am |being |getting |re )*(?:divorced|divorcing|separated|split up|broke up)\b|\b(?:they|he|she) (?:just |recently |are |have )*(?:got divorced|divorced)\b|\bmy (?:divorce|ex (?:husband|wife))\b(?! (?:lawyer|says|said|party))"
    r"|\b(?:nos divorciamos|me divorcie|estoy divorciad[oa]|nos separamos|mi divorcio)\b"
)
_NO_LOSS = re.compile(
    r"\bto die for\b|\bdie (?:hard|cast|of)\b|\b(?:dead|died|dying|passed|muert[oa]|murio)\b[^.,;!?]{0,24}\b(?:battery|phone|cell|laptop|computer|car|plant|plants|lawn|grass|machine|grinder|printer|app|site|website|link|internet|wifi|charger|line|end|serious|wrong|tired|laughing|of laugh\w*|of hunger|of boredom)\b"
    r"|\b(?:battery|phone|cell|laptop|computer|car|truck|machine|grinder|brewer|maker|printer|charger|tablet|watch|plants?|flowers?|lawn|telefono|celular|bateria|cafetera|carro|coche|computadora)\b[^.,;!?]{0,16}\b(?:died|dead|dying|is gone|passed|murio|muert[oa]|fallecio|fallo)\b"
    r"|\bse (?:me )?(?:murio|fallecio) (?:el|la|mi) (?:telefono|celular|bateria|cafetera|carro|coche|compu\w*|internet|planta)\b"
    r"|\b(?:dying|die|muero|muriendo|dead) (?:to|for|de (?:ganas|risa|hambre|sueno|antojo)|over here|laughing|lol|haha|without (?:it|you|my|this|coffee))\b|\bim (?:dead|dying)\b|\bi m (?:dead|dying)\b"
    r"|\b(?:killing me|funeral home|funeral director|rip off|ripoff|rip(?:ped)? (?:bag|open)|dead ?line|dead stock|walking dead|grateful dead)\b"
    r"|\bseparated (?:from the|in shipping|the|into|in the)\b|\bsplit up (?:the|my|our|into|in)\b"
)


def asks_of(plain: Plain) -> Asks | None:
    """What else is in the text; a loss goes before a code. None for most texts."""
    if not plain.words or len(plain.words) > LONGEST:
        return None
    text = plain.text
    if _LOSS.search(text) and not _NO_LOSS.search(text):
        return "loss"
    if _CODE_FAILS.search(text) and not _IF.search(text):
        return "code_fails"
    return None


_THUMBS = re.compile(r"(?:[👍👌✅] ?){2,6}")
_SCAM = re.compile(
    r"(?:is |are |es |so |hey |wait |ok |but |and |que )*(?:this|that|it|you|esto|eso|this text|this number)?(?: (?:is|s|isnt|a|not|es|like|some|kind of|no|real or|sera))*"
    r" ?(?:a |an |una |un )?(?:scam|scammer|scammers|spam|fake|phishing|fraud|estafa|fraude|legit|legitimate|real|de verdad|en serio)(?: (?:or (?:what|not|real|a scam|legit)|text|message|number|o que|right))*(?: [?!.]+)+"
)
_UNDECIDED = re.compile(
    r"(?:(?:hmm+|um+|well|i m|im|i am|still|honestly|eh|pues) )*(?:idk|dunno|not (?:really |so |too )?sure(?: yet)?|undecided|unsure|i (?:dont|do not|don t) know(?: yet)?|no se|no estoy segur[oa]|quien sabe|🤷)(?: [.!?]+| 🤷)*"
)

_CALLS = words("call phone ring calling llamame llameme llamenme llamar llamarme llamada llamen llame")
_AROUND_A_CALL = words(
    """
    me us back at on my number cell mobile is please pls plz can could would will you u someone somebody anybody give a just hi hey hello ok yes
    thanks thank this try want need i to or and por favor porfa mi numero cel celular telefono es al el en puede pueden puedes podrian podria alguien
    hola gracias quiero que necesito una si
    """
)
_DIGITS = range(7, 16)
"""Of a phone number."""


def bare_wish(plain: Plain) -> tuple[str, str] | None:
    """The intent of a few short texts that the model reads wrongly, and the reason; None for all others.

    Two thumbs are one; «is this a scam?» wants to know who we are; «not sure» is neither yes nor wrong number; whoever says
    at which number to call wants a person.
    """
    if _THUMBS.fullmatch(plain.text):
        return "yes", "thumbs"
    if len(plain.words) <= 8 and _SCAM.fullmatch(plain.text):
        return "help", "asks whether this is honest"
    if plain.bare in ("scam", "a scam", "scammer", "estafa", "spam or scam"):
        return "help", "asks whether this is honest"
    if _UNDECIDED.fullmatch(plain.text):
        return "other", "undecided"
    if _wants_a_call(plain):
        return "human", "says at which number to call"
    return None


def _wants_a_call(plain: Plain) -> bool:
    """Whether the text is a phone number to call, the wish for it, and politeness; any other word («don't») makes it another."""
    if len(plain.words) > 20:
        return False
    numbers = [word for word in plain.words if word.isdecimal()]
    others = {word for word in plain.words if not word.isdecimal()}
    return (
        sum(map(len, numbers)) in _DIGITS
        and not _CALLS.isdisjoint(others)
        and others <= _CALLS | _AROUND_A_CALL
    )
