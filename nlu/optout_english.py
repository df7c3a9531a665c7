"""The English opt-out rules: patterns over the plain form of a text. Owns the patterns; `nlu.optout` decides with them.

Order matters within the table: the first match gives the outcome. Each pattern stays inside one clause (`GAP` crosses
words only) or within so many characters, so that its time grows with the length of the text. Hard negatives and their reasons stand in tests/nlu.
"""

from __future__ import annotations

MSG = (
    r"(?:texts?|txts?|texting|text messages?|messages?|mess?ages?|messaging|msgs?|sms|notifications?|notifs?|alerts?|"
    r"reminders?|promos?|promotions?|promotional|marketing|ads?|adverts?|advertisements?|advertising|solicitations?|"
    r"spam|notices?|communications?|correspondence|newsletters?|updates?|offers?|coupons?|deals|blasts?|links?|pings?)"
)
SENT = r"(?:texts?|txts?|texting|messages?|messaging|msgs?|sms|notifications?|alerts?|reminders?|spam|promos?|promotions?|ads?|adverts?)"
"""The narrower list: what nobody orders from a shop."""
CONTACTING = (
    r"(?:te?xt\w{0,2}(?:ing|in|n)|txt|messag(?:ing|in)|msg(?:ing|in)?|contact(?:ing|in)|writ(?:ing|in)|bother(?:ing|in)?|"
    r"harass(?:ing|in)?|spam(?:ming|min|ing)?|pester(?:ing)?|annoy(?:ing)?|disturb(?:ing)?|bugging|nagging|remind(?:ing)|"
    r"soliciting|blow(?:ing|in) up|hitting (?:me|us|my|this)|hittin (?:me|my)|sending|sendin|text|message|contact|calling|tempting|"
    r"send (?:me|us|messages?|texts?|sms|this|these|coupons?)|asking(?= (?:me|her|him|us)\b| [^\w\s]|$)|emailing)"
)
CONTACT = r"(?:text|txt|message|msg|contact|write|bother(?= (?:me|us|my|this|anymore|again|any|here))|disturb|spam|harass|pester|bug|hit me up|hmu|annoy|solicit|tempt|call(?= (?:me|us|this|or|here|again))|reach out|notify|remind|email)"
HALT = r"(?:stop|stopp|stpo|sotp|stp|stip|stahp|stap|quit|qit|cease)"
END = (
    r"(?:stop|end|cancel|discontinue|cease|halt|quit|terminate|suspend|deactivate|disable|kill|mute|silence|pause forever|turn off|shut off|"
    r"switch off|shut down|get rid of|do away with|knock off|cut off|cut out)"
)
REMOVE = r"(?:remove|removed|remov|remvoe|remve|rmove|romove|delete|delet|delte|deleted|erase|erased|scrub|wipe|strike|purge|drop|dropped|pull|withdraw|unlist|unenroll|deregister|discard|clear)"
NUMBER = r"(?:number|numbers|nu?mbr|num|phone|phone number|cell|mobile|contact|contacts|contact info|info|information|name|details|data|datas|digits|line|telephone|personal info|phone info)"
MINE = r"(?:my|our|this|the|that|his|her|their|moms|mothers|husbands|sons|daughters|wifes|all my|all of my|my moms|my mothers|every bit of my)"
LIST = r"(?:lists?|listing|database|system|records?|contacts|rolls|file|files|spreadsheet|books|group|club|program|programme|distribution|rotation|sheet|service|campaign|thing|chat)"
GAP = r"(?: \w+){0,3}"
START = r"(?:^|(?<=[^\w\s] ))"
STOPS_HERE = r"(?= [^\w\s]|$)"
LEAD = (
    r"(?:(?:please|pls|plz|ok|okay|just|dude|bro|lol|yes|no|nah|nope|girl|bye|ew|ugh|ffs|fucking|thanks|thank|thx|you|but|and|hey|um|yo|so|now|bruh|omg|"
    r"man|hi|jk|kindly|respectfully|seriously|honestly|sir|madam|then|thats|im|saying|said|i|again|enough|spam|for the love of god|gracias) )*"
)
TAIL = (
    r"(?: (?:please|pls|plz|it|this|that|now|already|forever|immediately|all|everything|asap|ok|okay|na|am|bro|dude|man|today|"
    r"stop|thanks|thank|thx|u|you|at once|for good|for ever|right now|rn|period|then|means stop|nonsense|everyone|guys|yall|and|god bless))*"
)

PATTERNS: tuple[tuple[str, str], ...] = (
    # name, pattern: opted out
    (
        "unsubscribe",
        r"\b(?:un ?-? ?sub(?:s?c?r?i?b?e?)?\w*|un ?sus?cri\w+|u?n?sunscribe|usubscribe|un subscribe\w*|on subscribe me|uns scribe|un enroll|unenrol\w*|deregister|unregister)\b",
    ),
    (
        "opt out",
        r"\bopt(?:ed|ing)?(?: (?:me|us|myself|my number|this number|this phone))? ?-? ?out\b|\boptout\b|\bstop2(?:quit|end|stop)\b|\bstopall\b",
    ),
    (
        "stop contact",
        rf"\b{HALT} (?!(?:by|in|at|over|and|for|off|sign|light)\b)(?:(?!by\b|in\b|and\b)\w+ ){{0,2}}?(?:to )?{CONTACTING}\b",
    ),
    (
        "end messages",
        rf"\b{END}(?: (?:all|the|these|this|those|your|my|any|of|sending|getting|receiving|with|me|from|future|further|such|more|damn|stupid|annoying|fucking|text|marketing|promotional)){{0,4}} {SENT}\b",
    ),
    (
        "end messages",
        rf"\b(?:cancel|end|stop) (?:my |the )?(?:text|sms|message|messaging|texting|enrollment in (?:your|the) text|subscription to (?:these|the|your)) ?(?:{MSG}|subscriptions?|club|alerts?|thing|program|list)",
    ),
    (
        "messages end",
        rf"\b(?:{SENT}|these|them|this|it|you) (?:\w+ ){{0,2}}(?:to|gotta|must|should|need to|needs to|has to|have to|had better) (?:stop|end|cease|be stopped|quit(?! (?:coffee|smoking|drinking)))\b",
    ),
    (
        "make it stop",
        rf"\b(?:make|making|get|have|see|let)(?: \w+)? (?:it|this|these|them|the|{SENT})(?: (?:texts?|messages?|coming|things?))?(?: to)? (?:stop|quit|end|cease)\b",
    ),
    (
        "stop with",
        rf"\b(?:stop|quit|enough|knock it off|cut it out)(?: \w+)? (?:with|w|of)(?: (?:the|these|your|all|this|those|sending))* (?:\w+ ){{0,3}}?(?:{MSG}|stuff|crap|bullshit|nonsense|garbage|these|this)\b",
    ),
    (
        "bare stop",
        rf"{START}{LEAD}(?:stop|stopp|stahp|stpo|sotp|stp|desist|cease|remove|unsub|discontinue|no more texts){TAIL}{STOPS_HERE}",
    ),
    (
        "bare stop",
        r"^(?:please )?stop (?:please|thank|means|i|am|so|before|spamm?\w*|all|pleasse|now|ok|fucking)\b(?! (?:by|in|at|will|can|could)\b)",
    ),
    (
        "stop beside an ask",
        r"^(?:please )?(?:stop|unsubscribe)(?: all)?(?: [^\w\s])? (?:and|but|also|plus)(?: also)? (?:where|when|what|whats|how|why|who|can|could|will|is|are|do|does|did|i|my)\b",
    ),
    (
        "do not contact list",
        r"\b(?:add|put|get|place|keep) (?:me|us|(?:my|this|our) (?:number|phone|name)) (?:on|to|in|onto) (?:\w+ )?(?:do ?\W? ?not|dont|no) ?\W? ?(?:contact|text|call|message|mail|disturb|sms|send|bother)\w* ?\W? ?lists?\b",
    ),
    (
        "remove me",
        rf"\b(?:disconnect|{REMOVE}) (?:me|us)\b|\bunlist me\b|\bstrike me\b|\b(?:count|sign|log|pull|let) (?:me|us) (?:out|off) (?:of|from)?(?: \w+){{0,2}} ?(?:{SENT}|{LIST}|it|this|ride)\b|\b(?:deactivate|block|mute|exclude) (?:me|us)\b",
    ),
    (
        "remove number",
        rf"\b(?!drop|pull|clear){REMOVE}(?: {MINE})(?: \w+){{0,1}}? {NUMBER}\b|\b(?:drop|pull|clear) {MINE} (?:number|name|info|digits|contact)\b|\b(?:number|phone|telephone|contact)\b.{{0,60}}\b(?:remove|delete|pull|erase) it\b|\b{REMOVE} (?:it|this|them) from (?:your|the) {LIST}\b|\b(?:remove|delete|erase) this\b(?= [^\w\s]|$)",
    ),
    (
        "take me off",
        rf"\b(?:take|tke|tak|tkae|get|kick|scratch|leave|want|let|cross|pull|keep|drop|knock|throw|put)(?: (?:me|us|mine|him|her|it|my \w+|this(?: \w+)?|our(?: \w+){{1,2}}|the \w+|that \w+|number|myself|my (?:contact|phone|cell) (?:info|number)|my mothers number)) (?:off|offa|out of|outta|out|of)(?: (?:ur|your|the|this|that|these|whatever|of|from|all|any))*(?: \w+){{0,4}} ?(?:{LIST}|{MSG}|{NUMBER})\b",
    ),
    (
        "take me off",
        r"\b(?:take|tke|tak|tkae|scratch|pull) (?:me|us|my (?:number|name|contact|cell|phone|info|contact info|mothers? \w+)|this (?:number|phone|line)|number|her|him) ?(?:\w+ )?(?:off|out)\b(?! (?:to|for|on|tonight|with|my|the price|shopping))|\b(?:get|kick|take|let) (?:me|us|it|this) off(?= [^\w\s]|$| please| pls| now| this| your)",
    ),
    (
        "off the list",
        r"\b(?:off|out of|outta|from|leave|exit) (?:\w+ )?(?:this|the|your|ur|that|whatever|these|all)(?: \w+){0,2} (?:list|lists|contact list|group|contacts|database|texting list|text list)\b",
    ),
    (
        "lose my number",
        rf"\b(?:lose|loose|forget|skip|burn|trash|throw away|throw out|misplace|block)(?: {MINE}) (?:number|digits|info|contact|phone|cell)\b|\blose the (?:number|digits)\b|\bforget (?:that )?i exist\b",
    ),
    (
        "do not contact",
        rf"\b(?:dont|dun|doh|do not|donot|dnt|never|not|cannot|shall not|shouldnt|neednt|no need to|rather you not|prefer you not|prefer you)(?: (?:ever|please|you|u|yall|to|even|again|dare|be|so much as|want|need))* (?:{CONTACT}|texting|contacting|messaging|bothering|spamming|writing)\b(?: (?:to|back))?(?: (?:me|us|this|my|here|him|her|any|again|anymore|ever|at all|about|it|please|on|these))?",
    ),
    (
        "do not contact",
        r"\b(?:dont|dun|doh|do not|donot|never|not)(?: (?:ever|please|you|u|be|again))* (?:send|sending|give)(?: (?:me|us|him|her|to me))?(?: (?:any|anything|any more|anymore|more|no more|these|this|that|ads?|else|stuff|things|here|again|your|another|one|further|such|the|a|it|sms|texts?|messages?|msgs?|here|him|to|here))\b",
    ),
    (
        "no more messages",
        rf"\b(?:no|not|zero|cease all|end all|discontinue (?:any|all))(?: (?:any|more|further|wanting|of|your|these|other|future|new|additional|longer|single|another))*(?: (?:marketing|promotional|sales|text|sms|phone|store|product|restock))? {SENT}\b",
    ),
    (
        "no more messages",
        rf"\b(?:no ?|any )(?:more|mor|moar|further)(?: \w+){{0,3}} {SENT}\b|\b(?:no ?|any )(?:more|mor|moar|further)(?: of)? (?:{MSG}|of (?:these|this|those|it)|contact|stuff from you|from you|sending|sms)\b",
    ),
    (
        "want no messages",
        rf"\b(?:dont|dun|doh|do not|donot|no longer|not|never|didnt|dnt|rather not|prefer not|wont|doesnt|neither)(?: (?:really|even|to|ever|care for|wish for|be|interested in))*(?: (?:want|wanna|wanted|wish|need|like|care|desire|appreciate|interested in|get any))(?: (?:to|be|get|getting|receive|receiving|recieve|have|any|these|this|those|your|ur|the|for|more|no|further|all|of|other|such|them|from|new|so|many|on|a))*(?: (?:marketing|promotional|sales|text|sms|shoe|coffee|restock|pet|dog|phone|stupid|damn|email))? (?:{SENT}|promos|offers|updates|reminders|correspondence|anymore of these|texted|contacted|messaged|msgs|reminding|solicited|bothered|disturbed|texting|reminded)\b|\b(?:rather|prefer) not(?: to)?(?: be)? (?:get|receive|getting|contacted|texted|messaged|reminded)\b|\b(?:not|never|no longer)(?: \w+){{0,2}} be(?:ing)? (?:contacted|texted|messaged|solicited|bothered|disturbed)\b|\b(?:dont|do not|no longer|not)(?: \w+){{0,3}} (?:to be|be|being|participate|partake|wish to participate) (?:on|in|part of) (?:this|your|the|any)(?: \w+){{0,2}} {LIST}\b",
    ),
    (
        "want no messages",
        r"\b(?:dont|dun|doh|do not|donot|no longer|not|dnt|doesnt)(?: (?:really|wish to|care to|care for|to|like to))* (?:want|wish|need|receive|recieve|get|like|want to get|care|wanna|getting|want to receive|want to recieve|wanna get|receiving)(?: (?:to|get|receive|recieve))* (?:these|this|them|those)(?: (?:no more|any ?more|anymore|here|at all|please|thx|thanks|thank you|again|now|garbage|crap))*(?= [^\w\s]|$)",
    ),
    (
        "leave me alone",
        r"\b(?:leave|let)(?: (?:me|us|my \w+|this number|an old \w+))(?: (?:the|tf|be))*(?: \w+)? (?:alone|be|in peace|in quiet)\b|\bleave (?:me|us) be\b|\b(?:alone|peace and quiet) is all i\b",
    ),
    (
        "go away",
        r"\b(?:fuck|f|piss|buzz|bugger|eff|fck|fk|back|sod) (?:right |the fuck |all the way )?off\b(?! (?:the|my) \w+ fell)|\bgo away\b|\bget lost\b|\bgo bother (?:some|any)|\bbug some(?:one|body) else\b|\b(?:get|stay) (?:off|out of|away from) (?:my|our) (?:phone|line|messages|inbox|texts)\b|\bgo to hell with (?:your|these)",
    ),
    (
        "consent",
        r"\b(?:revok\w+|withdraw\w*|take back|taking back|rescind\w*|pull\w*|terminat\w+)(?: \w+){0,3} (?:consent|permission|authori[sz]ation)\b|\b(?:consent|permission|authori[sz]ation)(?: \w+){0,4} (?:withdrawn|revoked|terminated|rescinded)\b",
    ),
    (
        "consent",
        r"\b(?:dont|do not|didnt|did not|never|nobody|no longer|not|no)(?: (?:have|ever|gave|give|given|you|u|my|even|any|agree|agreed))*(?: (?:consent|consented|permission|authori[sz]e|authori[sz]ed|authori[sz]ation|opted in|agree to (?:this|these|get|receive|texts|be)|agreed to (?:this|these|get|receive|texts|be)|sign(?:ed)? (?:up )?(?:for|to) (?:this|these|any|your|texts?|text|sms|it)|asked for (?:this|these|texts|any)|ask for (?:this|these|texts|so many)))\b",
    ),
    (
        "complaint of texts",
        r"\bharass(?:ment|ing|ed)\b|\b(?:do not|no) (?:call|contact|text|disturb)(?: \w+)? (?:list|registry|register)\b|\bdo ?not ?call (?:list|registry)\b|\btcpa\b|\btelephone consumer protection\b|\bcease and desist\b|\bcease (?:all )?(?:contact|communication)",
    ),
    (
        "complaint of texts",
        r"\b(?:report|reporting|reported|marked|marking|mark)(?: \w+){0,3} (?:as|for|to)(?: the| as)? (?:spam|junk|fcc|ftc|attorney|phishing|bbb)\b|\b(?:fcc|ftc|attorney general)\b|\bspam (?:[^\w\s] )?(?:reported|stop)\b|\bsubscription to (?:these|your|the) {SENT}",
    ),
    (
        "blocked",
        r"\b(?:blocking|block|blocked)(?: (?:you|u|ur|your|this|and|ing|it|the))+(?: (?:number|now|reported))?\b|^(?:going to |gonna |im )?block(?:ed|ing)?\b(?! me| us)",
    ),
    (
        "still texting",
        r"\b(?:why|how come|y)(?: (?:in the world|the hell|tf|on earth))?(?: (?:am|are|r|do|did))? (?:i|we|you|u|yall)(?: \w+){0,2}? (?:still|keep|always|even|continue)(?: (?:getting|to|receiving|get|texting|sending|me|text|send|messaging|contacting|write|writing))* ?(?:these|this|texts?|texting|messages?|messaging|me|sms|sending|send|spam)\b|\bstill (?:getting|receiving|texting|sending|messaging) (?:these|texts|messages|me|us|your texts|spam|ads)\b",
    ),
    (
        "asked before",
        r"\b(?:already|i|ive|have|we|times?)(?: \w+){0,2} (?:said|told|texted|replied|typed|sent|asked|answered|wrote)(?: (?:you|u|yall|guys|to|you guys|your bot|you people|politely|already|nicely|for))*(?: \w+)? (?:stop|no more|quit|to be removed|to stop|be removed|unsubscribe|removal)\b|\b(?:asked|asking|requested|told you)(?: (?:to|you|politely|already|nicely|twice|for|once|again))* (?:be |get )?(?:removed|taken off|removal|off the list)\b",
    ),
    (
        "check of removal",
        rf"\b(?:am i|have i|has my|is my|are we|have we|been|i have been|i am|im|ive been|has this|is this)(?: {NUMBER})?(?: (?:been|now|already|yet|really|finally|my|no longer))* (?:removed|deleted|taken off|taken out|erased|unsubscribed|unlisted|off (?:the|your|this) list|off of)\b|\b(?:information|info|number|name|contact|phone)(?: \w+)? (?:is|was|be|been|gets?|to be|has been)(?: (?:been|to be|now))? (?:removed|deleted|taken off|taken out|erased)\b|\bremoved (?:off|from) (?:your|the) (?:contacts|list|system|database)|\b(?:you|yall)(?: \w+)? (?:taken|removed|deleted|take|remove|taken off)(?: \w+){{0,2}} (?:me|my number|our \w+ line|my info)(?: off| yet| from)?\b",
    ),
    (
        "be removed",
        r"\b(?:to|be|being|getting|get|asking to be|wish to be)(?: be)? (?:removed|taken off|dropped|unsubscribed|unlisted|deleted|excluded|forgotten)(?: (?:off|from|by))?(?: (?:of|your|the|this|my))* ?(?:list|contacts?|database|texts?|system|service|sheet|computer|program|all|any)?(?= [^\w\s]|$|.{0,12}(?:list|contacts|database|texts?|sheet|system|service|computer))",
    ),
    (
        "how to stop",
        r"\b(?:how|where|way|what)(?: (?:do|can|does|to|should|must|on earth|in the world|the hell|is|word|one|u|i|you|we|have|need|text|type|say|send|for))*(?: (?:i|one|me|we|you))?(?: (?:to|get|do|make|turn|can|have|so))* (?:off (?:of |this|the |your|that)|stop (?:these|this|getting|receiving|the (?:texts|messages)|it|all|you)|unsubscribe|opt out|off this list|these stop|this off|these off|them off|out of this|stop$|not get these|cancel (?:these|this|the texts|texts))\b",
    ),
    (
        "done with this",
        rf"\b(?:done|finished|through|fed up|tired|sick|over)(?: (?:so|with|w|of|getting|all|being|on|your|ur|these|the|this))+ ?(?:{MSG}|list|these|this|you people)\b",
    ),
    (
        "too many",
        rf"\b(?:too (?:many|much)|so many|way too many)(?: (?:of|these|the|damn|your))* (?:{SENT}|of these)\b.{{0,300}}\b(?:please|off|out|remove|quit|end|discontinue|done|no more|stop|unsub\w*)\b|\b(?:only|just) (?:email|mail|e mail)(?: me)?\b.{{0,160}}\b(?:no|not|dont)\b.{{0,160}}\b{SENT}\b",
    ),
    (
        "last one",
        r"\b(?:let this be|this (?:better|had better)(?: be)?|that(?:s| is| was)?|make this|this is)(?: be)? the (?:last|final)(?: (?:one|text|message|time))(?: (?:i|you|from|u))?\b.{0,40}$|\bnot one more text\b|\b(?:if i get|one|send|get|sends)(?: \w+)? (?:more|another)(?: (?:of (?:these|those|them)|text|message|sms|one))+ (?:and|ill|i|im)\b|\b(?:last|final) (?:warning|notice)\b",
    ),
    (
        "never hear",
        r"\b(?:not|never|no more|without)(?: \w+){0,2} hear(?:ing)?(?: \w+)? from (?:you|u|yall|this)(?: \w+)?(?: again| at all| anymore|(?= [^\w\s]|$))",
    ),
    (
        "changed my mind",
        rf"\b(?:changed?|change) my mind(?: (?:and|about|on|i|im|ive))*(?: \w+){{0,3}} (?:{MSG}|receive|receiving|being on|these|list|no longer)\b",
    ),
    (
        "turn off",
        rf"\b(?:turn|shut|switch|cut|take|close)(?: (?:these|this|it|them|the|your|my|all|those))+(?: {MSG}| thing)? (?:off|down)\b(?! (?:my|the) )|\b(?:turn|shut|switch) off (?:the|these|this|all|my|your|{SENT})\b|\bshut (?:up|it)(?: \w+)? (?:with|w|about) (?:the|these|your) {MSG}\b",
    ),
    (
        "not want contact",
        r"\b(?:i|we|id|ill)?(?: \w+)? ?(?:object to|refuse|reject|decline|withdraw from|leave|quit|exit)(?: (?:any|all|your|the|this|further|direct|to))* (?:direct marketing|marketing|text(?:s|ing)?|messages|sms|text (?:club|program|list)|list)\b|\bdiscontinue (?:any|all|these|the|this|my|sending|messages|texts|further|immediately|please|sms|communications?)|\bcease (?:any|all|this|these|the|sending|messages|immediately|your)\b|\b(?:refrain|desist) from\b|\b(?:want|like|wish|need) to (?:stop|end|quit|leave|cancel) (?:this|the|your|these) (?:text )?(?:service|program|programme|club|thing|nonsense)\b",
    ),
)

HELD_PATTERNS: tuple[tuple[str, str], ...] = (
    # name, pattern: in doubt; marketing pauses and a person looks
    (
        "limited hours",
        rf"\b(?:dont|do not|stop|never)(?: \w+){{0,3}} {CONTACT}(?:ing)?(?: \w+){{0,3}} (?:at night|at work|so early|so late|in the morning|before|after|on sundays?|today|right now|rn|tonight|this week)\b",
    ),
    (
        "abuse",
        r"\b(?:fuck|f|fk|screw|to hell with|eff) (?:you|u|this|these|yall|ur)\b|\bshut (?:up|the fuck up)\b(?! and take)|\bstfu\b|\bgo to hell\b|\bgtfo\b|\bfoff\b|\bgo fuck\b|🖕",
    ),
    ("goodbye", r"^(?:goodbye|good bye|bye bye|bye|farewell|so long)(?: \w+){0,2}(?: [^\w\s])*$"),
    (
        "only email",
        r"\b(?:email|e mail|mail)(?: me)? (?:only|instead|is (?:fine|better))\b|\bonly (?:by )?(?:email|mail)\b|\bprefer (?:email|mail|e mail|a paper)\b",
    ),
    (
        "complaint of number",
        rf"\b(?:too many|so many|constant|endless|all these|every day) (?:damn |fucking |freaking )?(?:{SENT})\b|\bspam(?:mer|mers|ming|bot)?\b|\btext(?:s|ing)? (?:is|are|so|too)(?: \w+)? (?:annoying|much)\b|\b(?:how|who|where)(?: \w+){{0,2}} (?:get|got|gave|give)(?: \w+){{0,2}} (?:my|this) (?:number|info)\b.{{0,300}}\b(?:take|remove|delete|pull|lose)\b",
    ),
    (
        "leave off",
        rf"{START}(?:\w+ ){{0,1}}(?<!have )(?<!got )(?<!good )(?<!long )(?:enough|enough already|no more|never again|give it a rest|cut it out|knock it off|quit it|i want out|im done|we are done|not wanted|i want off)(?: (?:now|please|with you))?{STOPS_HERE}|\b(?:dont|do not) ask (?:me )?(?:again|anymore)\b|\bno (?:contact|texting)\b|\b(?:coupons?|discounts?) (?:and|or) (?:your )?texts\b|\b(?:dont|do not) want(?: any| your| more)* (?:coupons|reminders|deals|notifications)\b|\b(?:dont|do not) send{STOPS_HERE}|^enough\b",
    ),
    (
        "lawyer",
        r"\b(?:lawyer|attorney|legal action|sue you|court|lawsuit|police|small claims)\b.{0,300}\b(?:continue|text\w*|messag\w*|number|again)\b|\b(?:text\w*|messag\w*|number) .{0,300}\b(?:lawyer|attorney|legal action|sue you|court|lawsuit|police|small claims)\b",
    ),
    (
        "stop nearby",
        r"^(?!.*\b(?:dont|do not|cant|never|wont|not|didnt) )(?:\w+ ){0,3}(?:stop|unsub|remove|desist|cease|cancel|revoke|optout|quit)(?: \w+){0,1}(?: [^\w\s])*$",
    ),
    (
        "trailing stop",
        r"\b(?!(?:the|a|an|bus|non|full|next|last|to|truck|pit|first|this|that|cant|wont|dont|never|didnt|not|train|one|will|would|ever|quick|each|every|rest|doesnt|it|my|our|could|short|taxi) )\w+ stop(?: please| pls| now)?(?: [^\w\s])*$|\b(?:please|pls) (?:end|cancel|quit|delete|remove|undo) (?:it|this)(?= [^\w\s]|$)|\b(?:please|so you) (?:quit|stop)(?= [^\w\s]|$)|\bi mean stop\b|\bcan (?:you|u)(?: guys)?(?: please)? not(?= [^\w\s]|$)|\b(?:delete|remove) it(?= [^\w\s]|$)|\bwant to exit\b|\b(?:so|please) cut it out\b|\bpossible (?:for you )?not to send\b",
    ),
    (
        "end it",
        r"\b(?:stop|end|cancel) my subscription(?= [^\w\s]|$| please| pls| now)|^(?:\w+ ){0,2}(?:cancel|end|quit|remove|delete|stop|terminate|discontinue)(?: (?:it|this|that|these|them|all|(?:my |the )?(?:subscription|membership|account|plan)|now|everything|me|mine))+(?: [^\w\s])*$",
    ),
)
