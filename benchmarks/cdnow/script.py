"""Who says what, and what must follow: the parts that customers play, written down before anybody plays them.

Owns words and expectations, as values. The wordings are made for this demonstration; a test sees to it that none of them
is in the reader's training or held-out data. A wording with `/` in it is sent as several texts in one breath.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Hears = Literal["hello", "offer", "remind", "again", "answer"]
"""What an act waits for: the opener, the offer, the third text, the question after a pause, or any answer of the bot."""


@dataclass(frozen=True, slots=True)
class Expect:
    """The right next step. `says` is a pattern of the one text that comes within a minute; None: none of the shop's does.

    `node` is where the passage waits then, `ended` its outcome when it is over. `link`: what the text's link leads to.
    `last`: nothing more comes until the end, unless the customer speaks again.
    """

    says: str | None
    node: str | None = None
    ended: str | None = None
    holder: Literal["bot", "nobody"] = "bot"
    matter: str | None = None
    link: Literal["reorder", "checkout"] | None = None
    suppressed: str | None = None
    day: int | None = None
    """`{day}` in `says` is the customer's date so many days ahead, and the next question comes no earlier than that."""
    by_provider: bool = False
    """Twilio answers, and nothing of the shop's comes on top."""
    last: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """The customer texts one of these wordings, some minutes or hours after hearing `hears`."""

    hears: Hears
    words: tuple[str, ...]
    expect: Expect


@dataclass(frozen=True, slots=True)
class Click:
    """The customer follows the last link that they got."""

    hears: Hears


@dataclass(frozen=True, slots=True)
class Buy:
    """The customer orders at the shop, some hours after hearing `hears` or after the act before (two in three do).

    With the code of the link that they followed, if there was one in it.
    """

    hears: Hears | None = None


Act = Reply | Click | Buy


@dataclass(frozen=True, slots=True)
class Part:
    """One way to behave, and how many of two hundred behave so."""

    name: str
    share: int
    acts: tuple[Act, ...]


CART = Expect(r"^Here's your cart, .+ again: \S+$", node="same_again", link="reorder")
OFFER = Expect(r"15% off your next order till .+ night", node="make_offer", link="checkout")
ASKED_WHY = Expect(r"^No problem\. What kept you away", node="ask_why")
TOLD = Expect(r"^Thank you for telling me", ended="told_why", last=True)
PERSON = r"A person will .*(text|answer)"
SILENCED = Expect(
    r"opted out and won't get any more texts", ended="opted_out", suppressed="opted_out", last=True
)
BY_CARRIER = Expect(None, ended="opted_out", suppressed="opted_out", by_provider=True, last=True)
WEEKS = Expect(r"^No problem, I'll ask again around {day}\.", node="come_back_later", day=14)
THREE_WEEKS = Expect(r"^No problem, I'll ask again in three weeks\.", node="come_back_later")

SAME = (
    "same again please, that record was great",
    "Same again!!",
    "yeah id love to get the same cds one more time",
    "please reorder what I got last time",
    "can u send me that cart",
    "fill the cart for me with the same stuff",
)
SURE = (
    "sure, go ahead",
    "Yes that would be lovely",
    "yep sounds good to me",
    "alright do that for me",
    "👍🏼 yes",
    "ya why not",
)
CODE = (
    "is there any coupon for old customers",
    "got a promo code for me?",
    "if I get a discount maybe",
    "any deals going on right now",
    "too pricey without a discount code",
)
TWO_WEEKS = (
    "ask me in 2 weeks",
    "not right now, try me again in two weeks",
    "can you text me again in 2 weeks please",
)
NO = (
    "no thank you, not this time",
    "nah I'm alright",
    "no thanks I'm good for records",
    "Not interested at the moment",
)
REASONS = (
    "honestly I moved to streaming, no cd player anymore",
    "shipping took forever the last time",
    "I buy my jazz elsewhere now",
    "found a cheaper store downtown",
)
KNOWN = (
    "how long does shipping take to get here?",
    "what does delivery cost these days",
    "what's your return policy on opened cds?",
)
UNKNOWN = (
    "do you also carry vinyl box sets?",
    "is the copper room one remastered or the original pressing?",
    "does the deluxe edition come with a booklet?",
)
HUMANS = (
    "can I talk to a real person please",
    "I want to speak with someone from the store",
    "let me talk to a human",
)
STOPS = ("STOP", "Stop", "unsubscribe", "CANCEL", "quit")
OWN_STOPS = (
    "please don't text me any more",
    "take my number off your list",
    "quit texting this phone",
    "I do not want to receive these messages",
    "leave me alone and stop with the texts",
    "no more texts pls",
)
WRONG = (
    "sorry you have the wrong number",
    "I think you've got the wrong person, never bought anything there",
    "who is this for? this isn't my account, wrong number",
)
BREATHS = ("yes / two of them please", "hey / same again please", "ok / fill it / thanks!")
BROKEN = (
    "my last cd arrived cracked and nobody answered",
    "one disc was missing from the order I got",
)
BOUGHT = ("I just ordered from you guys yesterday", "already placed an order this morning on your site")
ROBOT = ("are you a bot or what", "am I texting with a machine here?")
GARBLED = ("asdfgh jkl", "flibber grommet seventeen")

PARTS = (
    Part("reorder", 16, (Reply("hello", SAME, CART), Click("answer"), Buy())),
    Part("reorder, then nothing", 8, (Reply("hello", SAME, CART), Click("offer"), Buy())),
    Part("yes", 12, (Reply("hello", SURE, CART), Click("answer"), Buy())),
    Part("coupon", 14, (Reply("hello", CODE, OFFER), Click("answer"), Buy())),
    Part(
        "haggles",
        6,
        (
            Reply("hello", CODE, OFFER),
            Reply(
                "answer",
                ("cant you do better than that", "any bigger discount?", "only 15? how about 25%"),
                Expect(r"is the best I have", node="best_i_have"),
            ),
            Reply("answer", ("yes please check in later", "ok wait then, ask me later"), THREE_WEEKS),
        ),
    ),
    Part(
        "later",
        12,
        (Reply("hello", TWO_WEEKS, WEEKS), Reply("again", SURE, CART), Click("answer"), Buy()),
    ),
    Part(
        "question with an answer",
        10,
        (
            Reply("hello", KNOWN, Expect(r"CDs leave within|send it back within", node="hello")),
            Reply("answer", SAME, CART),
        ),
    ),
    Part(
        "question for a person",
        8,
        (
            Reply(
                "hello",
                UNKNOWN,
                Expect(f"Good question. {PERSON}", holder="nobody", matter="question", last=True),
            ),
        ),
    ),
    Part("no, and says why", 10, (Reply("hello", NO, ASKED_WHY), Reply("answer", REASONS, TOLD))),
    Part(
        "no, and no more",
        6,
        (
            Reply("hello", NO, ASKED_WHY),
            Reply(
                "answer",
                ("rather not say", "no comment", "nope, nothing"),
                Expect(r"leave it there", ended="declined", last=True),
            ),
        ),
    ),
    Part(
        "human",
        6,
        (Reply("hello", HUMANS, Expect(f"^Sure. {PERSON}", holder="nobody", last=True)),),
    ),
    Part(
        "complaint",
        4,
        (
            Reply(
                "hello",
                BROKEN,
                Expect(f"sorry.*{PERSON}", holder="nobody", matter="complaint", last=True),
            ),
        ),
    ),
    Part(
        "human, and then stop",
        4,
        (
            Reply("hello", HUMANS, Expect(f"^Sure. {PERSON}", holder="nobody")),
            Reply("answer", OWN_STOPS, replace(SILENCED, holder="nobody")),
        ),
    ),
    Part(
        "human, and talks on",
        3,
        (
            Reply("hello", HUMANS, Expect(f"^Sure. {PERSON}", holder="nobody")),
            Reply(
                "answer",
                ("it is about the gift I sent in may", SAME[0]),
                Expect(None, holder="nobody", last=True),
            ),
        ),
    ),
    Part(
        "comes back after a no",
        4,
        (
            Reply("hello", NO, ASKED_WHY),
            Reply("answer", REASONS, replace(TOLD, last=False)),
            Reply(
                "answer",
                ("ok changed my mind, same again please", "actually send me my usual order again"),
                Expect(
                    r"^(Groove Yard's text bot: )?Here's your cart with .+ in it: \S+$",
                    ended="told_why",
                    link="reorder",
                ),
            ),
            Click("answer"),
            Buy(),
        ),
    ),
    Part(
        "the word help", 2, (Reply("hello", ("HELP", "info"), Expect(None, node="hello", by_provider=True)),)
    ),
    Part(
        "likes it",
        2,
        (
            Reply(
                "hello",
                ('Liked “Say "same again" and I\'ll fill a cart for you.”',),
                Expect(None, node="hello"),
            ),
        ),
    ),
    Part("stop, the word", 8, (Reply("hello", STOPS, BY_CARRIER),)),
    Part("stop, in own words", 8, (Reply("hello", OWN_STOPS, SILENCED),)),
    Part("stop, after the offer", 4, (Reply("offer", OWN_STOPS, SILENCED),)),
    Part(
        "wrong number",
        4,
        (
            Reply(
                "hello",
                WRONG,
                Expect(
                    r"^Sorry about that\. I won't send more offers",
                    ended="wrong_number",
                    suppressed="wrong_number",
                    last=True,
                ),
            ),
        ),
    ),
    Part("two texts in one breath", 8, (Reply("hello", BREATHS, CART),)),
    Part(
        "has just ordered",
        2,
        (
            Reply(
                "hello",
                BOUGHT,
                Expect(r"thank you for ordering", ended="already_bought", last=True),
            ),
        ),
    ),
    Part("are you a bot", 2, (Reply("hello", ROBOT, Expect(r"automated text bot", node="hello")),)),
    Part(
        "not understood",
        2,
        (
            Reply("hello", GARBLED[:1], Expect(r"Sorry, I didn't get that", node="hello")),
            Reply(
                "answer",
                GARBLED[1:],
                Expect(r"I still don't follow, so I've asked a person", holder="nobody", last=True),
            ),
        ),
    ),
    Part(
        "in Spanish",
        2,
        (
            Reply(
                "hello",
                ("sí, mándame lo mismo otra vez por favor", "quiero pedir lo mismo de la otra vez"),
                Expect(r"^Tu carrito, con .+: \S+$", node="same_again", link="reorder"),
            ),
        ),
    ),
    Part(
        "yes to the offer",
        6,
        (
            Reply(
                "offer",
                SURE,
                Expect(r"^Your cart with the 15% taken off is here", node="in_the_link", link="checkout"),
            ),
            Click("answer"),
            Buy(),
        ),
    ),
    Part("clicks the offer, says nothing", 7, (Click("offer"), Buy())),
    Part("clicks the third text, buys nothing", 4, (Click("remind"),)),
    Part("buys by themselves", 4, (Buy("hello"),)),
    Part("silent", 12, ()),
)


def deal(count: int) -> list[Part]:
    """Parts for so many people, the shares kept as closely as whole people allow, also in a small crowd."""
    total = sum(part.share for part in PARTS)
    dealt = dict.fromkeys((part.name for part in PARTS), 0)
    hand: list[Part] = []
    for place in range(1, count + 1):
        # whoever is furthest behind their share goes next
        part = max(PARTS, key=lambda each: each.share * place / total - dealt[each.name])
        dealt[part.name] += 1
        hand.append(part)
    return hand
