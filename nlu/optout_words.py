"""Whole texts that mean «stop»: carrier words, the words of the federal rule, and what people send in their stead.

Owns the tables and decides nothing: `nlu.optout` does. A table's line counts only when the whole text is that line (politeness taken off),
because «end», «off» or «parar» inside a sentence mean nothing. Never matched by similarity: «shop» is as near to
«stop» as «st0p» is.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from nlu.tables import phrases, words

Keyword: TypeAlias = Literal["STOP", "START", "HELP"]

CARRIER: dict[str, Keyword] = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"), "STOP"),
    **dict.fromkeys(("START", "UNSTOP"), "START"),
    **dict.fromkeys(("HELP", "INFO"), "HELP"),
}
"""What Twilio handles itself when the body is nothing else (sms-rules R50, R51, R52). YES is left out on purpose:
alone it means what the last text asked."""

FEDERAL = frozenset(
    ("stop", "quit", "end", "revoke", "opt out", "optout", "cancel", "unsubscribe", "stopall", "stop all")
)
"""47 CFR 64.1200(a)(10), any case and punctuation (sms-rules R1)."""

TYPOS = words(
    """
    stpo sotp tsop stip stp stopp stopt stopm sttop sstop stoop stahp stap staph dtop atop stio
    stopo stopit stoppit stopal unsub unsubcribe unsuscribe unsubscibe unsubscrib unsubscribed
    unsubscribing usubscribe unsubsribe unsubscirbe unsubsrcibe unsubcsribe unsubscrive unsunscribe
    ubsubscribe unscubscribe unsubscripe unsubscriber nsubscribe unsubscrbe unsubcribed unsuscribed
    unregister deregister unenroll unenrol optouts optuot cancle cancell quti qiut quitt endd remov
    remvoe rmove td stop2quit stop2end stoptexting stopnow stopplease plsstop
    """
)
"""One word, mistyped, and the words that other programmes use (sms-rules R142)."""

PHRASES = phrases(
    """
    stop it | stop this | stop that | stop these | stop now | stop already | stop sending | stop forever | stop stop | stop everything
    opt me out | opting out | opted out | i opt out | un subscribe | un sub | un enroll | de register
    remove | remove me | remove number | remove my number | delete | delete me | delete my number | take me off | take me out
    off the list | off list | off | out | get me out | get me off | let me off | i want out | i want off | im out of here | leave | leave group | leave list
    exit | no more | no more of these | no more this | never again | enough | thats enough | enough already | enough is enough
    go away | get lost | buzz off | bug off | piss off | fuck off | f off | eff off | back off | get away | shoo
    leave me alone | leave us alone | leave me be | let me be | let me in peace | leave me in peace
    cease | desist | cease and desist | discontinue | terminate | halt | deactivate | abort
    knock it off | cut it out | quit it | end it | end this | end these | end all | cancel these
    turn off | turn this off | turn these off | turn it off | shut it off | shut this off | switch off | mute
    do not want | dont want this | dont want these | dont want | do not contact | do not text | do not disturb | dont text | dont contact | dont message | dnd
    no texts | no text | no texting | no sms | no messages | no more texts | no more text | no more messages | no spam | no contact
    blocked | block | blocking | blocked you | you are blocked | youre blocked | ur blocked | spam | reported | reported as spam | report spam
    unfollow | lose my number | lose this number | lose the number | loose my number | forget my number | revoked | consent withdrawn | i revoke
    not interested stop | make it stop | please make it stop | stop bother me | count me out of this list
    goodbye forever | good bye forever
    """
)

SPANISH = phrases(
    """
    alto | baja | la baja | de baja | dar de baja | darme de baja | dame de baja | denme de baja | quiero la baja | solicito baja | baja inmediata
    basta | basta ya | ya basta | para | para ya | parar | parale | parenle | paren | paren ya | pare | pare ya | pararlo | ya parale | ya parenle
    detener | detente | detenganse | deten | terminar | termina | terminen | fin | salir | salirme | quiero salir | quitar | quitame | quiteme | quitenme | quitenme ya | quita
    cancelar | cancela | cancelen | cancelado | cancela ya | cancelenlo | anular | desuscribir | desuscribirme | desuscribete | desinscribir | desinscribirme | desapuntar | desapuntarme | desapuntenme
    remover | remueveme | remuevanme | eliminar | eliminame | eliminenme | elimineme | borrar | borrame | borrenme | borreme | borradme | retirar | retirenme | retireme | sacame | saquenme | saqueme
    no mas | ya no mas | no mas ya | no mas mensajes | no mas textos | no mas sms | nunca mas | ya no quiero mas | no quiero mas | ya no manden | ya no manden nada | ya no me manden | no me manden | no manden mas
    no molestar | no molesten | no moleste | no molestes | no contactar | no escribir | no textos | no mensajes | no insistan | no insista | no sigan | no siga | no sigas
    dejame | dejenme | dejeme | dejame en paz | dejenme en paz | dejeme en paz | dejame tranquilo | dejame tranquila | dejenme tranquilo | dejenme tranquila
    cero mensajes | silencio | bloqueado | bloqueada | bloqueados | los bloquee | desactivar | desactiven | desactivar notificaciones | estop | stop ya | suficiente | ya estuvo | ya stop
    revoco | revocar | me salgo | larguense | vete | vayanse | fuera | corta | cortala | cortenla | hasta nunca | cese | cesen | suspender | pierdan mi numero | no spam
    """
)

OTHER_LANGUAGES = phrases(
    """
    arret | arreter | arretez | arretez ca | arrete | desabonner | desabonnement | me desabonner | desinscription | stopper | annuler | resilier | plus de sms | plus de messages
    stopp | aufhoren | aufhoeren | abbestellen | abmelden | abmeldung | kundigen | kuendigen | beenden | keine sms | keine sms mehr | keine nachrichten mehr | loschen
    pare | parem | cancelar inscricao | sair | descadastrar | remover meu numero | nao quero mais | chega | nao me mande mais | nao envie mais mensagens
    ferma | fermati | smetti | smettila | smettetela | cancellami | cancellare | disiscrivi | disiscrivimi | basta messaggi | disdici | annulla | rimuovimi
    stoppen | afmelden | uitschrijven | ophouden | geen sms | genoeg | stoppa | avsluta | avregistrera | sluta | stans | afmeld | frameld | slutt | lopeta | peruuta
    przestan | przestancie | stop sms | rezygnuje | wypisz | wypisz mnie | koniec | anuluj | nie pisz | prestan | zrusit | odhlasit | leiratkozas | leall | opreste | opriti | dezabonare | stani | odjavi
    dur | durdur | iptal | cikis | berhenti | batal | henti | tama na | tigil | itigil | ihinto | huwag na | ayoko na | wag na | dung lai | huy | ngung | tu choi | bas | bas karo | band karo | band kare | khalas | kifaya
    simamisha | sitisha | kanpe | sispann | rete | kurang
    стоп | стой | стопп | отписаться | отписка | отпишите | отпишите меня | отмена | хватит | прекратите | прекрати | перестаньте | не пишите | не пишите мне | не пиши | удалите меня | удалите | зупинити | відписатися | досить | припиніть | спри | престани | стани
    停止 | 停 | 退订 | 退訂 | 取消 | 取消订阅 | 取消訂閱 | 不要再发 | 不要再發 | 别发了 | 別發了 | 不要 | 拒收 | td | 终止 | 止める | 止めて | やめて | やめて下さい | やめてください | 停止してください | 配信停止 | 解除 | 中止 | ストップ | 退会 | 登録解除
    그만 | 그만해 | 그만하세요 | 중지 | 정지 | 수신거부 | 수신 거부 | 스톱 | 스탑 | 취소 | 해지
    توقف | قف | أوقف | اوقف | ايقاف | إيقاف | إلغاء | الغاء | إلغاء الاشتراك | كفى | خلاص | بس | لا ترسل | بند کرو | بند کریں | ختم | لغو | بس کن | توقف کنید
    रोकें | रोको | बंद करो | बंद करें | बंद | बस | रुको | रुकें | বন্ধ করুন | বন্ধ | থামুন | நிறுத்து | నిలిపివేయి | หยุด | ยกเลิก | เลิกส่ง
    στοπ | σταματα | σταματηστε | διαγραφη | εξοδος | עצור | הסר | הפסק | די | להסרה | תפסיקו
    """
)

POLITE = words(
    """
    please pls plz plse pleas plis plez pliz pleasse thanks thank you thx ty thankyou kindly ok okay
    k now just already asap immediately na po sir madam maam mam dear bro dude man guys bruh yo hey
    hi hello yes lol omg ffs fucking damn um uh so and im u ya ill por favor porfavor porfa porfis
    xfa xfavor pf plis gracias senor senora senorita joven oigan oiga oye che wey guey amigo amiga
    ahora si dios mio hombre svp merci bitte danke prosze пожалуйста prego grazie obrigado obrigada
    """
)
"""Words that change nothing, taken off both ends before a whole text is looked up."""
