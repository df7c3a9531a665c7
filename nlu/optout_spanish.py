"""The Spanish opt-out rules: patterns over the plain form of a text (no accents). Owns the patterns; `nlu.optout` decides.

Voices of Mexico, the Caribbean, the Andes, the River Plate and Spain, formal and not. «para» also means «for», and a
past tense («no me mandaron») is a complaint about an order: both are why the patterns ask for an imperative or a subjunctive.
"""

from __future__ import annotations

MSG = r"(?:mensajes?|msjs?|txts?|mensajitos?|textos?|sms|notificaciones|notificacion|alertas?|avisos?|promociones|promocion|promos?|ofertas?|publicidad|propaganda|cupones|correos|spam|comunicaciones|comunicacion|anuncios?|recordatorios?|links?|textos|wasaps?)"
SENT = r"(?:mensajes?|msjs?|txts?|mensajitos?|textos?|sms|notificaciones|publicidad|propaganda|spam|promociones|promos|comunicaciones|alertas|anuncios|avisos)"
WRITE_SUBJ = (
    r"(?:escrib(?:a|as|an|ais|amos)|mand(?:e|es|en|eis)|envi(?:e|es|en|eis)|text(?:e|ee|ees|een|eeis|een)|molest(?:e|es|en|eis)|contact(?:e|es|en|eis)|"
    r"llam(?:e|es|en|eis)|llegu?(?:e|en)|fastidi(?:e|es|en|eis)|jod(?:a|as|an|ais)|chingu?(?:e|es|en)|insist(?:a|as|an|ais)|busqu?(?:e|es|en)|acos(?:e|es|en)|hable(?:s|n)?|recuerd(?:e|es|en)|comuni(?:que|quen|ques)|spame(?:e|en|es)|hagan spam)"
)
WRITE_INF = r"(?:escribir|mandar|enviar|textear|molestar|contactar|llamar|fastidiar|joder|chingar|insistir|acosar|mensajear|spamear|recibir|fregar|estar|acosarme)(?:me|nos|le|les)?"
OFF = r"(?:quit|borr|elimin|saqu|sac|remuev|remov|retir|desapunt|desuscrib|desinscrib|suprim|desafili|excluy|bloque|cancel)"
NUMBER = r"(?:numero|num|celular|cel|movil|telefono|contacto|datos|informacion|nombre|info|registro|cuenta)"
LIST = r"(?:lista|listas|listado|base|base de datos|sistema|grupo|promociones|mensajes|textos|sms|registros?|contactos|publicidad|club|ahi|aqui|esto)"

PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "stop beside an ask",
        r"^(?:por favor )?(?:stop|alto|basta|baja)(?: ya)?(?: [^\w\s])? (?:y|pero|e|tambien)(?: tambien)? (?:donde|cuando|que|como|cuanto|quien|por|me|mi|mis|[qk]u?iero|necesito|diganme|digan|dime|devuelvan\w*|reembols\w*)\b",
    ),
    (
        "do not contact list",
        r"\b(?:agreg|pon|pong|anot|met|apunt|inclu|anad)\w*(?: \w+){0,3} (?:lista|registro) de no (?:molestar|llamar|contactar|enviar|escribir|textear|mandar|mensajes)\w*\b",
    ),
    (
        "baja",
        r"\b(?:de|una|mi|solicit\w+|[qk]u?iero la|pido la|inmediata|puse|contest\w+) baja\b(?! (?:calidad|de precio|en sodio|temperatura))|\bd[aeo]\w{0,4}(?:me|nos)? (?:ya )?de baja\b|^baja\b|\bbaja inmediata\b",
    ),
    (
        "stop",
        r"^(?:(?:ya|por|favor|gracias|pero|no|oigan?|porfa|che|oye|estop|ok|mejor) ){0,3}(?:estop|alto|basta|parenle|parale)\b(?! de comer)|\bque par(?:eis|es|en)\b|\bq par(?:es|en)\b|\b(?:puse|mande|escribi|conteste|respondi|envie|dije|texto|texte)(?: \w+){0,2} (?:stop|baja|alto|salir|no mas)\b|\bstop (?:con|a|de|por|ya|mensajes?|textos|sms)\b|(?:^|[^\w\s] )(?:(?:ya|por favor|no|oigan|porfa|pero) )?(?:paren|parenle|parale|pare|basta|alto|stop)(?: (?:ya|de una vez|por favor|porfa|con|de|porfavor|xfa|eso|esto)(?: \w+){0,4})?(?= [^\w\s]|$)",
    ),
    (
        "do not write",
        rf"\b(?:no|nunca|jamas|ni)(?: (?:mas|ya|[qk]u?iero que|deseo que|necesito que|autorizo que|me|nos|le|les|lo|la|te|vuelv\w+|a|sig\w+|se|volv\w+|kiero|q|que|por favor|porfa|estes|esten|este))* (?:{WRITE_SUBJ}|(?:volver|vuelv\w+|volv\w+)(?: a)? {WRITE_INF})\b",
    ),
    (
        "do not write",
        rf"\b(?:no|nunca|jamas|ni)(?: (?:me|nos|le|se|lo))*(?: (?:sig\w+|est[ea]\w{{0,2}}|vuelv\w+|volv\w+))+(?: a)? (?:{WRITE_INF}|mandando\w*|enviando\w*|escribiendo\w*|molestando\w*|texteando\w*|llegando\w*|insistiendo|llamando\w*|contactando\w*|recibiendo\w*)\b",
    ),
    (
        "do not write",
        rf"\b(?:q|que|favor de|prefiero|[qk]u?iero|pido|ruego)(?: \w+)? (?:no|ya no)(?: (?:me|nos|mas))* (?:{WRITE_SUBJ}|recibir|volver a \w+)\b|\bno (?:me )?(?:mandar|escribir|enviar|molestar|contactar|llamar|textear)(?:me|le)?\b|\bno mand(?:es|en|e) \w+\b",
    ),
    (
        "stop writing",
        rf"(?<!no )\b(?:dej(?:a|e|en|ad|ar|aran|es|enme|eme|ame)|par(?:a|e|en|ad|ar|aran|eis|aras|es)|ces(?:e|en|ar)|termin(?:e|en|a)|basta|suspend(?:an|a)|evit(?:e|en|a)|parale|cort(?:a|en|e)la)(?: (?:ya|por favor|porfa|me|con|con eso|a))*(?: (?:de|d|en|con))(?: (?:estar|seguir|estarme|ya))?(?: (?:me|los|tantos|tus|sus|esos|estos))* ?(?:{WRITE_INF}|{MSG}|molestando\w*|mandando\w*|mandarme\w*|tanto \w+)\b",
    ),
    (
        "stop writing",
        rf"\b(?:deten(?:gan|ga|er|ganse|gase)|cancel\w*|anul\w*|desactiv\w*|par(?:ar|en|aran)|ces(?:en|ar|e)|termin(?:en|ar|e)|suspend\w*|apagu?\w*|quit\w*|elimin\w*|interrump\w*|discontin\w*|bloque\w*|silenci\w*|acab\w+ con)(?: (?:ya|por favor|todos?|todas?|toda|los|las|la|el|estos|estas|esos|esas|sus|tus|mi|mis|de|a|suscripcion|inscripcion|con|ese|este|servicio))* {SENT}\b",
    ),
    (
        "messages end",
        rf"\b{SENT} (?:se detengan|paren|cesen|terminen|ya no|no)(?: (?:por favor|porfa|mas))*(?= [^\w\s]|$)|\bni {SENT} ni\b|\b(?:mensajes|textos|sms)(?: \w+)? se detengan\b|\b(?:toda|cualquier) comunicacion\b",
    ),
    (
        "remove me",
        rf"\b{OFF}\w{{0,5}}(?:me|nos|enme|adme|eme)\b(?: (?:ya|de|d|por favor|porfa|la|el|esa|esta|ese|este|su|sus|tu|tus|ahi|aqui|todo|una|vez|del|los))*(?: ?(?:{LIST}|{SENT}|[^\w\s]))?(?:$|(?= ))(?! (?:el hambre|de duda|el antojo|la duda|del apuro|una duda))",
    ),
    (
        "remove number",
        rf"\b(?!\w+aron\b)(?:{OFF}|pierd|olvid|desech|borrad|tir|retirad)\w{{0,6}}(?: (?:de|ya|por favor|todo|toda|todos|tambien))*(?: (?:mi|mis|este|el|ese|su|nuestro|d mi|esta|los))(?: \w+)? ?{NUMBER}\b|\b{OFF}\w{{0,5}}(?:lo|la|los)\b(?: (?:ya|de|por favor|del|sistema|lista))",
    ),
    (
        "remove number",
        rf"\b(?!\w+aron\b)(?:borr|elimin|quit|sac|retir|suprim)\w*(?: \w+){{0,3}} de (?:la|su|sus|tu|tus|esta|esa|las|los)(?: \w+)? ?{LIST}\b|\b{NUMBER}\b.{{0,40}}\b{OFF}\w{{0,5}}l[oa]\b|\b(?:supresion|eliminacion|borrado) de mis datos\b|\bderecho de oposicion\b|\b(?:informacion|numero|contacto|nombre)(?: \w+){{0,4}} (?:eliminad[oa]|borrad[oa]|removid[oa]|quitad[oa])\b",
    ),
    (
        "want no messages",
        rf"\b(?:ya )?(?:no|nunca|ni)(?: (?:me|nos))? (?:quier\w+|kier\w+|dese\w+|necesit\w+|acept\w+|gustaria|interes\w+|autoriz\w+|pedi|solicite|prefier\w+)(?: (?:recibir|seguir|recibiendo|mas|sus|tus|estos|estas|esos|los|las|el|la|ningun\w*|saber nada|que|me|de|volver a|estar|en|tener|tantos?|esta|sus|ya|continuar|con|este|servicio|club|estar|recibo))* (?:{SENT}|ofertas|cupones|club de textos|suscrit[oa]|ustedes|uds)\b",
    ),
    (
        "want no messages",
        rf"\b(?:(?:no|ni)(?: mas)? (?:mas|un mas)|nomas) {MSG}\b|\b[qk]u?iero dejar de recibir(?:los|las|me)\b|\b(?:cero|ningun|ni un) {MSG}(?: mas)?\b|\bnada de (?:mas )?{SENT}\b|\bno [qk]u?iero(?: \w+)? (?:nada de|saber (?:nada )?de) (?:uds|ustedes|vosotros|su tienda|esa tienda|su empresa)|\bno (?:deseo|[qk]u?iero|quisiera) (?:volver a )?(?:recibir|recibirlos|que me lleguen|seguir suscrit[oa]|seguir en|continuar con)\b|\bno [qk]u?iero estar (?:recibiendo|en)\b|\bprefiero no (?:volver a )?recibir\b",
    ),
    (
        "leave me alone",
        r"\bdej(?:a|e|en|ad|es)(?:me|nos|adme|an)?(?: (?:ya|de una vez|vivir|por favor))*(?: (?:en paz|tranquil[oa]s?|sol[oa]|vivir|descansar|quiet[oa]))\b|\b(?:ya )?(?:sueltenme|sueltame|dejenme)\b(?= [^\w\s]|$)",
    ),
    (
        "go away",
        r"\b(?:vete|vayanse|vayase|largu?ense|larguese|largate) (?:a la|al|ya|de aqui|a)?\b|\bfuera de mi (?:celular|cel|telefono|vida)\b|\bdej(?:a|e|en|ad) de (?:chingar|joder|fregar|molestar|jorobar|fastidiar|insistir|dar lata)\b|\bno (?:me )?(?:jod|chingu|frieg|molest|fastidi)\w+\b",
    ),
    (
        "consent",
        r"\b(?:revoc\w+|retir\w+|anul\w+)(?: \w+){0,2} (?:consentimiento|permiso|autorizacion)\b|\b(?:no|nunca|jamas)(?: (?:les|le|te|os|di|doy|dimos|yo|he|dado|tienen|tiene))* (?:permiso|consentimiento|autorizacion|autorizo que|consiento|consenti|me apunte|me suscribi|me registre|me inscribi|firme para|pedi esto|pedi estos)\b",
    ),
    (
        "complaint of texts",
        r"\bacos(?:o|arme|ando|andome|o telefonico)\b|\b(?:report\w+|denunci\w+|demand\w+)(?: \w+){0,3} (?:spam|fcc|profeco|autoridad\w*|si|como)\b|\bes spam\b|\bno (?:mas )?spam\b|\bbasta de\b(?! (?:respuestas|robots?|maquinas?|bots?))",
    ),
    (
        "blocked",
        r"\b(?:los|las|te|lo|la|os|les) (?:voy a |vamos a |acabo de |tengo que )?bloque\w+\b|\bbloque(?:ad[oa]s?|arlos|arte|andolos)\b(?= [^\w\s]|$)|\b(?:voy a|vamos a) bloquear\w*\b",
    ),
    (
        "asked before",
        r"(?<!no )\b(?:pedi|dije|he dicho|he pedido|solicite|dijimos)(?: \w+){0,4} (?:pararan|paren|no me \w+|que no me|me quitaran|me borraran|me quiten|me borren|no mas)\b",
    ),
    (
        "check of removal",
        rf"\b(?:ya|confirm\w+)(?: \w+){{0,3}} (?:quitaron|borraron|eliminaron|sacaron|removieron|retiraron|dieron de baja|borrado|eliminado|quitado|sacado)(?: \w+){{0,3}} ?(?:{NUMBER}|lista|contactos|baja|sistema|$)",
    ),
    (
        "how to stop",
        r"\bcomo(?: \w+){0,4} (?:me (?:salgo|quito|borro|desuscribo|doy de baja|doy d baja)|para(?:r)? (?:esto|los|estos)|(?:paro|detengo|cancelo|desactivo|apago|quito|bloqueo) (?:esto|los|estos|las|el)|no me lleguen|dej(?:o|ar|amos) de recibir\w*|salgo de|dejen de|salir de|cancelar (?:los|estos|las))\b|\bque (?:tengo|hay|debo)(?: \w+){0,4} (?:paren|salir|dejen|cancelar|no me)\b",
    ),
    (
        "get out",
        r"\bme (?:[qk]u?iero )?(?:salgo|salir|salirme|sacan|borran|quitan|retiro|desuscribo|desinscribo|doy de baja)(?: (?:ya|de|del|aqui|esto|la|grupo|lista|los|mensajes))*(?= [^\w\s]|$)|\bsalirme\b|\bdes ?(?:us?cri\w+|ins?cri\w+|apunt\w+)\b|\bunsus?c?ri\w+|\bopt out\b|\bremove me\b|\bolvid(?:en|ense|ate|ese|en)se? de (?:mi|mi numero|mi \w+|nosotros)\b",
    ),
    (
        "work phone",
        rf"\bno (?:mand|envi|escrib)\w+(?: \w+){{0,3}} (?:{MSG}|nada|eso|esto|mas|cosas|webadas|ni)\b|\bmensajes no\b|\b(?:quisiera|[qk]u?iero|pido|agradeceria|agradezco)(?: \w+){{0,3}} (?:discontinu\w+|dejen|cesen|detengan|paren)\b",
    ),
)

HELD_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "insult",
        r"\b(?:chinga|chinguen|vayan|vete) a (?:su madre|tu madre|la verga|la mierda|tomar)\b|\ba la (?:verga|mierda|chingada)\b|\bcallate\b|\bcallense\b|\bmaldit[oa]s? (?:robot|bot)\b",
    ),
    (
        "annoyed",
        rf"\b(?:demasiad[oa]s|muchos|tantos|otra vez|cada semana) {SENT}\b|\b(?:(?:que|son|unos|sois) pesad[oa]s|que (?:fastidio|lata|molestia|pereza))\b|\bya (?:chole|bajenle|me canse|estuvo)\b|\bcada (?:dia|semana|rato)\b.{{0,300}}\b(?:no [qk]u?iero|ya no|quit\w+|basta)\b",
    ),
    (
        "only email",
        r"\b(?:solo|mejor|nada mas|unicamente) (?:por )?(?:email|correo|e mail|mail)\b|\bsin (?:textos|mensajes|sms)\b",
    ),
    (
        "no more",
        rf"\b(?:ya no(?: (?:por favor|gracias|porfa))?|no mas|nunca mas|ni de broma|basta|no insist\w+)(?= [^\w\s]|$)|\bya no (?:[qk]u?iero|deseo)\b(?! (?:el|la|los|las|ese|esa|mi) )|\bno me interesan?(?: \w+)? {MSG}\b|\bdejenme\b",
    ),
    (
        "leave",
        r"^(?:\w+ ){0,2}(?:cancel\w*|anul\w*|quit\w*|borr\w*|elimin\w*|termin\w*|salir\w*|baja)(?: (?:esto|eso|todo|ya|por favor|suscripcion|mi|la|servicio|cuenta))*(?: [^\w\s])*$",
    ),
    ("lawyer", r"\b(?:abogado|demanda\w*|denuncia\w*|profeco|ilegal)\b"),
)
