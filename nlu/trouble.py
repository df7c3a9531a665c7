"""Tells who has had trouble with what they bought: stale, broken, wrong, or it made them ill. Never asked about consent.

Owns the phrases. Found, it goes before a wish: «any discount? my last bag was stale» is a complaint, and wants a person. What
fails in a code or a link is none (`asks`). Hard negatives stand in tests/nlu/test_trouble.py.
"""

from __future__ import annotations

import re

from nlu.mood import mood_of
from nlu.normalise import Plain

LONGEST = 80
"""Words."""

_THING = (
    r"(?:bags?|coffees?|beans?|roasts?|order|orders|box|boxes|package|packages|parcel|mugs?|cups?|jars?|bottles?|tins?|cans?|batch|batches|delivery|shipment|"
    r"product|products|items?|stuff|food|teas?|grounds|kibble|treats|last (?:one|ones|time)|cafes?|bolsas?|pedidos?|tazas?|paquetes?|cajas?|productos?|granos?|tes|botellas?|frascos?|"
    r"ultim[oa]s?|anterior)(?! (?:maker|machine|grinder|shop|pot|table|mill))"
)
_IT = r"(?:it|they|mine|everything|the \w+|my \w+|todo|el \w+|la \w+|mi \w+)"
_IS = (
    r"(?:was|were|is|are|came|arrived|got here|showed up|turned up|tasted|tastes|smelled|smelt|smells|went|had gone|turned out|seemed|looked|"
    r"llego|llegaron|estaba|estaban|estuvo|vino|vinieron|venia|sabia|olia|salio|salieron|esta|estan|era|fue)"
)
_CAME = r"(?:came|arrived|got here|showed up|turned up|tasted|smelled|smelt|llego|llegaron|vino|vinieron|venia|sabia|olia|salio|was|were|estaba|estaban)"
_BETWEEN = r"(?: (?!not\b|never\b|no\b|nothing\b|nunca\b|code\b|codigo\b|link\b|if\b|but\b|pero\b|without\b|sin\b)\w+){0,3}?"
_SPOILT = (
    r"(?:stale|rancid|mold|moldy|mouldy|spoiled|spoilt|rotten|broken|smashed|shattered|crushed|leaking|leaked|leaky|cracked|damaged|defective|contaminated|burnt|inedible|"
    r"undrinkable|disgusting|gross|nasty|awful|terrible|horrible|bad|busted|torn|ripped|"
    r"ranci[oa]s?|echad[oa]s? a perder|podrid[oa]s?|moho|mohos[oa]s?|rot[oa]s?|da[nñ]ad[oa]s?|quebrad[oa]s?|aplastad[oa]s?|asqueros[oa]s?|pasad[oa]s?|quemad[oa]s?|horribles?|feo|fea|mal)"
)
_WRONG = r"(?:wrong|incorrect|expired|out of date|missing|incomplete|open|opened|empty|caducad[oa]s?|vencid[oa]s?|equivocad[oa]s?|incomplet[oa]s?|abiert[oa]s?|vaci[oa]s?)"
_ILL = r"(?:sick|ill|nauseous|nauseated|queasy|vomit|puke|throw up|gag|unwell|dizzy)"
_AILING = r"(?:rash|hives|diarrh?ea|food poisoning|stomach ?ache|stomach pains?|upset stomach|heartburn|headaches?|migraines?|allergic reaction|cramps|nausea)"
_TROUBLE = re.compile(
    r"\b(?:"
    rf"{_THING}{_BETWEEN} {_IS}{_BETWEEN} (?:{_SPOILT}|{_WRONG})\b"
    rf"|{_IT} {_CAME}{_BETWEEN} {_SPOILT}\b"
    rf"|{_THING} (?:also |just )?(?:leaked|spoiled|broke|cracked|molded)\b"
    r"|(?<!on )(?<!for )(?:stale|rancid|moldy|mouldy|rotten|spoiled|broken|damaged|smashed) (?:bags?|coffee|beans|mugs?|cups?|products?|items?|box|package|food)\b"
    rf"|{_THING} (?:\w+ ){{0,2}}?(?:mas |too |so |way too )?(?:ranci[oa]s?|echad[oa]s? a perder|podrid[oa]s?|mohos[oa]s?)\b"
    rf"|made (?:me|us|him|her|them|my \w+)(?: (?:feel|so|really|very|quite|pretty|a bit|all))* {_ILL}\b"
    rf"|(?:gave|given|giving) (?:me|us|him|her|them|my \w+)(?: (?:a|an|the|some|bad|awful|terrible|horrible|this|huge))* {_AILING}\b"
    r"|got (?:so |really |very )?(?:sick|ill) (?:from|after|off)\b|(?:threw up|vomited|puked)\b|food poisoning\b|broke out in\b"
    r"|found (?:a |an |some )?(?:\w+ )?(?:hairs?|bugs?|mold|glass|worms?|insects?|roach|plastic|metal|larvae) in\b"
    r"|(?:sent|got|received|shipped)(?: (?:me|us))? (?:the )?wrong\b|wrong (?:item|order|product|size|bag|roast|coffee|beans|flavou?r)\b"
    r"|(?:me|nos) (?:hizo|cayo|cayeron|sento|puso)(?: (?:muy|tan|bien))? (?:da[nñ]o|mal|fatal|enferm[oa])\b|(?:me|nos) enferm(?:e|o|amos)\b|vomite\b|intoxi\w+"
    r"|(?:me|nos) (?:dio|dieron|salio|salieron)(?: \w+)? (?:diarrea|alergia|sarpullido|nauseas|ronchas|vomito|asco|dolor)\b"
    r"|(?:echad[oa]s? a perder|se echo a perder)\b"
    r")"
)
_NO_TROUBLE = re.compile(
    r"\b(?:if|in case|si) (?:it|they|the \w+|mine|my \w+|el \w+|la \w+)?(?: \w+)? ?(?:is|are|arrives?|comes?|gets?|llega|viene|esta)\b"
    r"|\bwrong (?:number|person)\b|\bwaiting\b.{0,40}\bmade me (?:sick|ill)\b"
    r"|\b(?:link|site|website|page|app|checkout|code|coupon|codigo|cupon|enlace|pagina)(?: \w+){0,2} (?:is|was|isnt|are|came|esta|estaba) (?:\w+ )?(?:broken|down|wrong|expired|dead|bad|rot[oa]|caducad[oa]|vencid[oa])\b"
    r"|\b(?:prices?|deal|deals|service|weather|day|week|traffic|luck|timing|time) (?:was|were|is|are|went)\b"
)

_IDIOMS = re.compile(
    r"\b(?:stale (?:price|deal|offer|code)s?|sick (?:of|and tired of)|sick deal|thats sick|that s sick|(?:feeling|feel|im|i m|been|am|home|was|out) sick|damn (?:good|fine|right)|hell (?:yes|yeah|no)|never (?:got|had|received|used|tried|"
    r"mind|saw|seen|sent|came|said)|never|enough|mad (?:about|for|at myself)|heart ?broken|broke|broken|code (?:is )?broken|useless code|stupid|crap|damn|sick)\b"
)
"""What sounds upset beside a wish, and often is not: «sick of waiting for a deal», «never got one»."""

_OPINION = re.compile(
    r"\b(?:bad|awful|terrible|horribles?|gross|nasty|disgusting|inedible|undrinkable|burnt|feo|fea|quemad[oa]s?|asqueros[oa]s?)\b"
)
"""What somebody may find of a good that has no fault."""


def tells_of_trouble(plain: Plain) -> bool:
    """Whether the text says that something was wrong with what they bought."""
    return _found_in(plain, plain.text)


def is_to_be_put_right(plain: Plain) -> bool:
    """Whether the trouble is more than an opinion: stale, broken, the wrong one, or it made them ill. A shop would replace it."""
    return _found_in(plain, _OPINION.sub("~", plain.text))


def _found_in(plain: Plain, text: str) -> bool:
    if not plain.words or len(plain.words) > LONGEST:
        return False
    return bool(_TROUBLE.search(text)) and not _NO_TROUBLE.search(text)


def upset_beside_a_wish(text: str, plain: Plain) -> bool:
    """Whether a wish is said in anger, idioms left out."""
    return mood_of(text, plain.words, _IDIOMS.sub(" ", plain.text)) == "upset"
