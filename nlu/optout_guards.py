"""Keeps the opt-out patterns from misreading: negations, wishes to be texted, orders, and everyday uses of the words.

Owns the reasons why a match does not count. Never turns a text into an opt-out.
"""

from __future__ import annotations

import re

from nlu.normalise import Plain
from nlu.rhythm_wishes import read_rhythm

_WISHES = re.compile(
    r"\b(?:"
    r"(?:put|add|sign|opt|let|take|get|turn|bring|want|be|being|back|start|restore|reinstate|resume|go)(?: \w+){0,5} back (?:on|in|to|up)\b"
    r"|resub\w*|re ?-? ?(?:add|enrol\w*|subscribe|activate|instate|join)\b|reactivate\b|un ?-? ?stop\b|un ?-? ?un\w+|unblock\w*"
    r"|(?:keep|continue|start|resume|begin|go ahead and)(?: \w+){0,2} (?:texting|sending|messaging|writing|text|send)(?: me| us| them| the| again)"
    r"|(?:start|want|like|miss|send|get|getting|need|subscribe|can|may|please|activate|put|have)(?: \w+){0,3} (?:texts?|messages?|text|list|subscribe|subscribed|reminders?|alerts?|deals|them|updates|offers|me)(?: \w+){0,3} (?:back|again|back on)\b(?! (?:and again|i will|im|ill|or))"
    r"|keep (?:me|us|my number) (?:on|in|posted|subscribed)\b|keep (?:them|it|the texts|the deals|those) (?:coming|on)\b"
    r"|(?:undo|ignore|disregard|reverse|cancel|lift|forget|take back)(?: (?:my|the|that|this|last|a))* (?:stop|unsubscribe|opt out|optout|unsubscription)\b"
    r"|(?:stop|stopped|unsub\w*|opt(?:ed)? out|quit|removed|taken off|took me off|off (?:the|your) list)\b[^.!?]{0,60}\b(?:by (?:mistake|accident)|accident\w*|in error|didnt mean|did not mean|wasnt for you|i want them|i want it|oops|never asked you to|miss (?:them|it|the|your)|but (?:now )?(?:i )?want)\b"
    r"|(?:accident\w*|didnt mean|did not mean|never meant|dont want|did not want|didnt want|not mean|my(?: little)? (?:kid|son|toddler|cat|baby|granddaughter|daughter|brother)(?: \w+){0,2} (?:typed|texted|sent|hit|pressed|wrote|pushed|said)|baby got)\b[^.!?]{0,40}\b(?:to stop|stop|unsub\w*|opt(?:ed)? out|to be (?:taken off|removed))\b(?! (?:texting|messaging|sending|contact))"
    r"|(?:why|when|how come)(?: (?:did|have|has|you|u|yall|the|texts?))+ (?:stop|stopped|quit)\b|opt(?:ing|ed)? (?:me |us )?(?:back )?in\b"
    r"|(?:dont|do not|never|plz dont|please dont)(?: (?:ever|please|you dare|yall))* (?:stop|unsub\w*|remove|take me off|take us off|drop|delete|opt me out|cancel) (?!(?:to )?(?:text|send|messag|call))"
    r"|(?:put|add|take|let|sign) me back\b|back in now\b|(?:like|want) back in\b|sign me up\b|(?:so|baby|kid|i) .{0,25}unsubscribed.{0,25}\b(?:undo|regret)|regret\b.{0,12}\bunsub\w*|unsub\w*.{0,20}\bundo\b|turn (?:them|it|these) (?:back )?on\b"
    r"|(?:u|you) can (?:text|message|write|send)\b|ready for (?:the )?(?:texts|messages|deals)\b|but i (?:actually |really )?want\b|please start\b|miss (?:the|your) (?:texts|messages)|no,? keep\b|(?:add|put) me (?:again|on|to|please)\b|(?:why|not)(?: \w+){0,3} (?:getting|receiving|stop|get|receive)\b[^?]{0,40}\b(?:i want|want it|want them|add me|put me)"
    r"|(?:meant|wanted) to stop (?:the|a|another|some) (?:other|different|another)\b|(?:do not text|block\w*|black) list\b.{0,300}\b(?:want|remove me from|take me off)\b|(?:take|get) (?:me|us) off (?:\w+ )?(?:do not|dont) |remove me from the blacklist\b"
    r"|(?:me volv\w+|vuelv\w+ a|volver a) (?:poner|apunt\w+|suscrib\w+|mandar|enviar|escribir|inscrib\w+|recibir|anot\w+|meter|agreg\w+|activ\w+)(?! (?:nada|mas))(?<!no vuelvan a mandar)(?<!no vuelvan a enviar)(?<!no vuelvan a escribir)"
    r"|(?:reactiv\w+|reanud\w+|resuscrib\w+|reincorpor\w+|reinscrib\w+)\b|(?:stop|baja|cancel\w+)\b.{0,40}\b(?:por error|sin querer|fue mi hij\w|equivoca\w*|accidente|fue mi niet\w|de nuevo|otra vez quiero)\b"
    r"|(?:por error|sin querer|accidente|mi hij[oa]|mi niet[oa])\b.{0,40}\b(?:stop|baja|me sali|cancel\w+|bloque\w+)\b|desbloque\w+"
    r"|ponganme\b|pongame\b|de vuelta\b|de alta\b|ya pueden\b|quiero (?:estar|mis promos|recibirlos|recibir|los textos|que me (?:manden|escriban|lleguen))|no (?:queria|quise|pedi)\b|quien me (?:dio|quito|saco|borro)|tambien quiero\b|por que ya no me\b|mandenmelos\b"
    r"|no (?:me )?(?:quit|borr|saqu|elimin|bloque|den de baja|dej\w+ de|par(?:en|es)\b)\w*(?: de)?|(?<!no )(?<!no me )sig(?:an|a|ue|ame|anme)(?:me)? (?:mandando|enviando|escribiendo|texteando)"
    r")"
)
_TAKES_BACK = re.compile(
    r"\b(?:un ?-? ?stop|un ?-? ?un\w+|resub\w*|re ?-? ?(?:subscri\w*|add|enrol\w*|instate|join|activat\w*)|opt(?:ing|ed)?(?: me| us)?(?: back)? in|back (?:on|in|to)"
    r"|off (?:the|your|that) (?:do not|dont|block\w*|black|no)|blacklist|undo|mistake|accident\w*|oops|in error|didnt mean|did not mean|never meant"
    r"|de vuelta|por error|sin querer|desbloque\w*|reactiv\w*|resuscrib\w*|otra vez|de nuevo)\b"
)
_NOT_WISH = re.compile(
    r"\b(?:add|put|get|place|keep) (?:me|us|(?:my|this|our) (?:number|phone|name)) (?:on|to|in|onto) (?:\w+ )?(?:do ?\W? ?not|dont|no) "
    r"|\b(?:agreg|pon|pong|anot|met|apunt|inclu)\w*(?: \w+){0,3} (?:lista|registro) de no \w+|\bultim[oa]s? (?:mensaje|texto|sms|vez)\w*\b"
    r"|\b(?:no|nunca|jamas|si|ni)(?: me| nos| se)? (?:vuelv\w+|volv\w+)\b|\b(?:none|nothing|no more) again\b"
    r"|\b(?:if|blocked|block|blocking|report\w*|next time|woke|signed up by|no texts|let me off|lawyer|ya no quiero|no quiero (?:que|recibir|estar)|wrong number|waste|never text)\b|\b(?:dont|do not|never|stop|didnt|not)(?: (?:ever|please|be|you|want|to|me|us))* (?:put|add|sign|keep|start|continue|text|send|call|write|contact|message|get|bother|ask)\w*\b(?: \w+){0,4} (?:again|back|on|me)\b"
    r"|\bno (?:me )?(?:vuelv\w+|volv\w+|quiero (?:volver|que))\b|\bdont (?:come|text|write|call|message) back\b|\b(?:no|dejen|dejad) de nuevo\b|\bagain (?:no|stop)\b"
    r"|\bdej(?:a|e|en|ad) de\b.{0,20}\b(?:mand|envi|escrib|molest)\w+|\bkeep (?:your|the) (?:damn |stupid )?(?:coupon|\d+|discount)|\b(?:would|i) rather not\b|\bsend(?: \w+){0,4} again .{0,20}(?:lawyer|report|block|sue)"
)

_NEGATION = re.compile(
    r"(?:^|(?<=\W))(?:dont|do not|donot|never|cant|cannot|not|wont|didnt|did not|doesnt|havent|isnt|non|no sense in|without|id never|would never|no need to|"
    r"dont ever|please dont)(?: (?:ever|please|you|u|dare|yall|want|wanna|to|have|need|going|gonna|let|my|me|the|really|just|actually|even|mean))* $"
)
_STILL_MEANT = re.compile(
    r"(?:why|if|unless|when|until|cause|you guys|you people|yall|they|these|texts|cant|wont|would|could|can|will)(?: (?:you|u|yall|it|they))? (?:dont|wont|cant|do not|not|didnt)(?: (?:you|u|yall|please|just))* $"
)
_PAST = re.compile(
    r"\b(?:why|when) (?:did )?(?:you|u|yall) $|\b(?:did|didnt|have|had|has|when|why|since)(?: (?:you|u|yall|they|it|i|we|my|the))(?: (?:guys|all|ever|just|even))* $"
)

_PRODUCT = (
    r"(?:order|orders|box|boxes|delivery|deliveries|shipment|shipments|package|packages|subscription|autoship|auto ship|auto delivery|membership|coffee|tea|"
    r"kibble|food|litter|vitamins|diapers|refill|refills|bag|bags|plan|item|items|payment|auto \W ship|charge|charges|charging|shipping|meal|meals|product|products|"
    r"fertilizer|hamper|refund|return|blades|razors|appointment|pedido|pedidos|orden|caja|paquete|envio|compra|suscripcion|cafe|producto|cobro|cobrar|cobrando)"
)
_MESSAGING = re.compile(
    r"\b(?:texts?|texting|txt\w*|messages?|messaging|msgs?|sms|notifications?|alerts?|lists?|unsub|number|contact\w*|spam\w*|mensajes?|textos?|numero|lista|escrib\w+|promociones|reminders?|promos?|ads?|coupons?|write|writing|email)\b"
)
# within sixteen words: without a bound, a text of nothing but «stop» costs its square
_OF_AN_ORDER = re.compile(
    rf"\b(?:stop|cancel|end|dont send|do not send|unsub\w*(?: me)? from|quit|pause|remove|discontinue|terminate|turn off|opt out of|opt(?: me)? out|no more|cancel\w*|anul\w*|par\w+|deten\w*|no (?:me )?(?:mand|envi)\w+|elimin\w*|quit\w*|sac\w*|baja)"
    rf"(?: (?:me|us|the|my|our|sending|shipping|charging|all|of|that|this|next|months?|monthly|weekly|another|any|more|a|from|second|last|automatic|auto|de|la|el|mi|los|un|una|del|esa|ese|este|proxim[oa]|otro|otra|mas|for|to|\d+|new|every|(?!(?:about|stuff|ads?|asking|things|texts?|messag\w+)\b)[a-z]+)){{0,16}} {_PRODUCT}\b"
)
_EVERYDAY = re.compile(
    r"\bstop (?:by|in|at|over|off|sign|light|watch|for (?:a|the|lunch|coffee|gas)|and (?:see|get|pick|buy|shop|say|chat|think)|working|hurting|buying|drinking|eating|taking|using|crying|laughing|"
    r"thinking|raining|loving|wearing|smoking|feeding|making|selling|carrying|it from|the (?:bleeding|pain|rash|itching|car|bus|train|show|music|leak|press|presses)|being|worrying|playing|stressing|lying)\b"
    r"|\btext and drive\b|\bmolestar activado\b|\bnot disturb (?:turned|on|mode|activated)|\b(?:with|w) (?:the |your )?(?:robots?|bots?|canned|automat\w+|auto|machines?)\b|\bbasta de (?:respuestas|robots)|\bno (?:me )?l[oa] (?:mand|envi)|\bstop it (?:ur|youre|you|lol|haha)\b"
    r"|\b(?:bus|train|pit|truck|next|first|last|full|non|rest|one|tube|metro|short|door|cab|taxi) stop\b|\bunstoppable\b|\bend of\b|\bweekend\b|\bend up\b"
    r"|\b(?:text|call|message|send|remind|let|ping|hit|email|write|contact|ask|bother)(?: \w+){0,6} (?:until|till|til|before|when|after (?:payday|christmas|the holidays|next|my))\b"
    r"|\bcancel(?:led)? (?:that|our|the trip|trip|the meeting|plans?)\b|\bhold off\b"
)


_SENDING = re.compile(r"\b(?:send|sending|sendin|give|giving)\b")
_NOT_AN_ORDER_TO_US = re.compile(r"(?:^|\W)(?:i|we|she|he|they|you) $")  # at most six characters


def wants_texts(text: str) -> bool:
    """True when the text asks for texts or takes an opt-out back («I said stop by mistake»), and is not turned round («I
    don't need your texts again»)."""
    found = any(not negated(wish.start(), text) for wish in _WISHES.finditer(text))
    return found and not _NOT_WISH.search(text)


def takes_back(text: str) -> bool:
    """Of a text that asks for texts: True when it names an opt-out that it takes back, so that the words of an opt-out in
    it are no sign of one."""
    return _TAKES_BACK.search(text) is not None


def limits_only(plain: Plain) -> bool:
    """True when the whole text sets a rhythm («no texts on Sunday», «no more than one text a month») and nothing else.

    That leaves days and hours on which the customer agrees to be texted: «no more texts» and «no texts please» leave
    none, and a wish that leaves no time at all is no rhythm.
    """
    wish = read_rhythm(plain)
    return wish is not None and not wish.impossible and wish.topic is None and wish.to_text() != ""


def negated(start: int, text: str) -> bool:
    """True when the words before a match turn it round («don't stop», «why did you stop»), within its clause."""
    before = text[max(0, start - 60) : start]
    for mark in (" . ", " , ", " ! ", " ? ", " ; "):
        before = before.rpartition(mark)[2]
    if _PAST.search(before):
        return True
    return bool(_NEGATION.search(before)) and not _STILL_MEANT.search(before)


def innocent(rule: str, match: re.Match[str], text: str) -> bool:
    """True when the matched words are about an order, or an everyday use, and nothing else speaks of messages."""
    around = text[max(0, match.start() - 12) : match.end() + 28]
    if _EVERYDAY.search(around):
        return True
    if rule in ("stop contact", "do not contact") and not _SENDING.search(match[0]):
        return rule == "do not contact" and bool(
            _NOT_AN_ORDER_TO_US.search(text[max(0, match.start() - 6) : match.start()])
        )
    # «stop my subscription»: to what, a person must see; «STOP and where is my refund»: the stop stands by itself
    if rule in ("end it", "leave", "stop beside an ask"):
        return False
    found = _OF_AN_ORDER.search(around)
    return found is not None and not _MESSAGING.search(around[found.start() : found.end() + 22])


OF_GOODS_TOO = frozenset(
    """bare stop;do not contact;stop contact;take me off;remove me;do not write;stop writing;leave me alone;go away;no more messages;turn off;opt out;
    get out;baja;stop;blocked;stop with;work phone;complaint of texts;not want contact;off the list""".replace(
        "\n    ", ""
    ).split(";")
)
"""Rules whose words are said of orders, plans, ovens and jokes as well («don't send the blue one», «baja el precio»)."""
_ABOUT = re.compile(
    r"\b(?:club|oven|opt out mean|what (?:does|is)|que (?:es|significa|quiere decir)|(?:si|if|when|cuando) (?:i|you|me|te|yo)|in case)\b"
)
_NO_OBJECT = frozenset(
    """
    a again already and any anymore asap at ahora all back but bro de dude ever everything favor fast for from gracias guys here hoy immediately
    it just kindly later mas me my no now of off on once or permanently please pls plz por porfa porfavor pronto right robot bot sir stop so soon thank thanks
    that the these this those time to today todo u us vez una ur we will xfa y ya yall yes you your yours ustedes uds inmediatamente senores la los las el lo
    forever ok
    """.split()
)
_OF_A_PHONE = re.compile(
    r"\b(?:phone|cell|line|telefono|celular|cel|movil|siguen|sigues|mandando|llegando|escribiendo)\b"
)
_AT_ONCE = re.compile(r"(?:(?:please|pls|plz|no) )*(?:stopp?|stahp|stpo|sotp|stp|desist|cease|unsub) [^\w\s]")
"""The first thing that is said, and set off from the rest: kind words after it take nothing back (R148)."""
_WORD = re.compile(r"[^\W_]+")


def leans(rule: str, match: re.Match[str], text: str) -> bool:
    """True when a rule's words are about something else as easily: nothing near them speaks of messages, and something
    else is named. Such a match is a doubt, which the model may make an opt-out of; it is never nothing."""
    if rule not in OF_GOODS_TOO or (rule == "bare stop" and _AT_ONCE.match(text)):
        return False
    if _ABOUT.search(text):
        return True
    if _MESSAGING.search(match[0].partition("stop ")[2] or match[0]) and rule != "opt out":
        return False
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    if _MESSAGING.search(rest) or _OF_A_PHONE.search(rest):
        return False
    return sum(word not in _NO_OBJECT for word in _WORD.findall(rest)) >= 2
