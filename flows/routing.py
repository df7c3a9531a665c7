"""Where a reply leads: by what else is in it, by the value that is asked for, by the node's own lines, by the language's.

Owns that order, and nothing of what is done there (`walk`). First a loss, a code that fails, and a complaint; then the value that the
node asks for; then the node's replies, by intent and then by mood; then the courtesies.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from flows.asking import Found, bounds_in_words, options_in_words, read_value
from flows.definition import COURTESY, Ask, Node
from flows.effects import SetFact
from flows.events import Reading, Replied
from flows.intents import INTENTS, PROTECTED
from flows.segments import measure
from flows.values import Scalar
from flows.walk import Walk

BEFORE_A_LOSS = PROTECTED | {"wrong_number", "order_issue", "question"}
"""What goes its way though a loss is told with it: a person reads it, or the law wants it."""

BEFORE_A_CODE = PROTECTED | {"wrong_number"}
"""What goes its way though it is said that a code fails."""

WANTS_SOMETHING = BEFORE_A_LOSS | {
    "reorder",
    "coupon",
    "later",
    "rhythm",
    "already_bought",
    "picture",
    "reaction",
}
"""Not asked again: who says one of these instead of the value has said something that has an answer of its own."""

UNLESS_WORDS_ARE_WANTED = BEFORE_A_LOSS | {"rhythm", "picture", "reaction"}
"""The same where any words are an answer."""

BY_MOOD = frozenset({"smalltalk", "other", "yes", "no", "reaction", "churn_reason"})
"""Intents that want nothing: then the mood of the text may say where it leads."""

NO_ANSWER_TO_TROUBLE = frozenset({"coupon", "reorder", "later", "churn_reason", "no"})
"""Whose answer is not given to whoever tells in the same text that something was wrong with what they bought: a person goes
first, and nobody is only thanked for saying why they left."""

MONTH_FIRST = frozenset({"US", "CA"})
"""Countries where 3/4 is the fourth of March."""

TURNS_A_CODE_DOWN = frozenset({"no", "later", "already_bought", "churn_reason"})
"""Said while a code is awaited: it is not wanted now, and is awaited no more."""

ANSWERED_BY_A_CODE = frozenset({"coupon", "yes"})
"""Said while a code is awaited: the text with the code is the answer."""

ROOM_FOR_OPTIONS = 70
"""Letters of choices that a text which asks again can name in one part."""


def route(walk: Walk, event: Replied) -> None:
    """Go where the reply leads, from where the customer stands."""
    state, reading = walk.state, _known_here(walk, event.reading)
    known = reading.understood and reading.intent != "other"
    said = reading.intent if known else "other"
    asks = reading.slots.get("asks")
    if asks == "loss" and _a_loss(walk, said):
        return
    if asks == "code_fails" and said not in BEFORE_A_CODE:
        _code_fails(walk, said)
        return
    if said in NO_ANSWER_TO_TROUBLE and (asks == "trouble" or (said, reading.mood) == ("coupon", "upset")):
        _complaint_first(walk)
        return
    if state.phase == "coupon":
        _while_awaited(walk, reading, said)
        return
    here = walk.here
    if here.ask and _ask(walk, here, here.ask, event, said):
        return
    intent = _rhythm(walk, reading) if known else "other"
    by_mood = reading.mood in here.replies and intent in BY_MOOD
    if by_mood and (intent == "other" or intent not in here.replies):
        state.misses = 0
        walk.visit(here.replies[reading.mood], prompted_by=intent)
        return
    if not known:
        _not_understood(walk, here)
        return
    state.misses = 0
    walk.visit(here.replies.get(intent) or _courtesy_for(walk, reading, intent), prompted_by=intent)


def _known_here(walk: Walk, reading: Reading) -> Reading:
    """The reading, or what it is without the shop's own intents where this node has no line for one of them."""
    if reading.intent in INTENTS or (reading.intent in walk.here.replies and walk.state.phase != "coupon"):
        return reading
    instead = reading.slots.get("instead")
    return replace(reading, intent=instead if isinstance(instead, str) and instead in INTENTS else "other")


def _complaint_first(walk: Walk) -> None:
    """Never a complaint to a discount: the node's line for the upset, or a person."""
    state, here = walk.state, walk.here
    own = None if state.phase == "coupon" else here.replies.get("upset") or here.replies.get("order_issue")
    state.misses = 0
    if state.phase == "coupon":
        walk.await_no_more()
    walk.visit(own or COURTESY + walk.flow.courtesy.replies["order_issue"], prompted_by="order_issue")


def _while_awaited(walk: Walk, reading: Reading, said: str) -> None:
    """A reply before the code is there: nobody has read the node's text yet, so that its lines mean nothing for most."""
    state, here = walk.state, walk.here
    if said == "other":
        state.misses += 1
        walk.visit(COURTESY + ("unclear_again" if state.misses > 1 else "unclear"), prompted_by="other")
        return
    state.misses = 0
    intent = _rhythm(walk, reading)
    if intent in ANSWERED_BY_A_CODE:
        state.prompted_by = intent
    elif intent in TURNS_A_CODE_DOWN:
        walk.await_no_more()
        target = here.replies.get(intent) or _courtesy_for(walk, reading, intent)
        walk.put_off = here.name if walk.flow.node(target).wait else None
        walk.visit(target, prompted_by=intent)
        if (state.phase, state.node) == ("waiting", here.name) and not (state.again or here.waits):
            walk.finish("declined")
    else:
        walk.visit(_courtesy_for(walk, reading, intent), prompted_by=intent)


def _courtesy_for(walk: Walk, reading: Reading, intent: str) -> str:
    if intent == "help" and reading.slots.get("asks") == "who":
        return COURTESY + "who"  # shop, site and how to stop, nothing of the customer (R30)
    return COURTESY + walk.flow.courtesy.replies[intent]


def _not_understood(walk: Walk, here: Node) -> None:
    state = walk.state
    state.misses += 1
    if "other" not in here.replies:
        walk.visit(COURTESY + ("unclear_again" if state.misses > 1 else "unclear"), prompted_by="other")
    elif state.misses <= here.tries:
        walk.visit(COURTESY + "unclear", prompted_by="other")
    else:
        state.misses = 0
        walk.visit(here.replies["other"], prompted_by="other")


def _rhythm(walk: Walk, reading: Reading) -> str:
    """Keep a rhythm that was wished for. «As before» takes one back; from somebody who set none it is an order."""
    wish = reading.slots.get("rhythm")
    if wish == "" and walk.facts.customer.rhythm is None:
        return "reorder" if reading.intent == "rhythm" else reading.intent
    if wish is not None:
        walk.effects.append(SetFact("rhythm", wish))
    return reading.intent


# --- what else is in a text ---------------------------------------------------------------------------------------


def _a_loss(walk: Walk, said: str) -> bool:
    """One kind line, and not a word more about what they bought. False where the reply goes its own way all the same."""
    order = walk.facts.last_order
    if order is not None and order.product and (wish := never_again(order.product)):
        walk.effects.append(SetFact("rhythm", wish))
    if said in BEFORE_A_LOSS:
        return False
    walk.state.misses = 0
    walk.visit(COURTESY + "condolence", prompted_by=said)
    return True


def never_again(product: str) -> str:
    """The wish «nothing about this product» in the form of a customer's rhythm: `not=morning_blend`. Empty for no words."""
    spread = unicodedata.normalize("NFKD", product.casefold())
    letters = "".join(char if char.isalnum() else " " for char in spread if not unicodedata.combining(char))
    words = "_".join(letters.split())
    return f"not={words}" if words else ""


def _code_fails(walk: Walk, said: str) -> None:
    """What is true of their code: when it was used, when it ended; or how it works, and the second time a person."""
    code, state = walk.facts.code, walk.state
    state.misses = 0
    if code is None or code.state == "void":
        target = "code_unknown"
    elif code.state == "used" and code.used_at is not None:
        target = "code_used"
    elif code.state == "ended" and code.ends is not None:
        target = "code_ended"
    elif code.state == "live" and code.ends is not None and code.ends > walk.now:
        target = "code_works" if state.values.get("code_told") != code.code else "code_unknown"
    else:
        target = "code_unknown"
    if target == "code_works" and code is not None:
        state.values = {**state.values, "code_told": code.code}
    walk.visit(COURTESY + target, prompted_by=said if said != "other" else "coupon")


# --- a value that is asked for ------------------------------------------------------------------------------------


def _ask(walk: Walk, here: Node, ask: Ask, event: Replied, said: str) -> bool:
    """Take the value, ask again, or give up. False where the reply is no answer and has a way of its own."""
    found = _value(walk, ask, event)
    if _goes_first(here, ask, said, found):
        return False
    if found is not None:
        _take(walk, here, ask, found.value, said)
        return True
    walk.state.misses = 0
    if said != "no" and walk.state.tries < ask.tries:
        walk.state.tries += 1
        walk.courtesy(f"ask_again_{ask.kind}", said, **_hints(walk, ask))
    elif ask.otherwise:
        walk.visit(ask.otherwise, prompted_by=said)
    else:
        walk.lead = walk.flow.courtesy.nodes["ask_given_up"]
        _go_on(walk, here, said)
    return True


def _value(walk: Walk, ask: Ask, event: Replied) -> Found | None:
    day_first = walk.facts.customer.country not in MONTH_FIRST
    found = read_value(ask, event.text, walk.now, walk.facts.zone, day_first=day_first)
    if found is not None or ask.kind != "number":
        return found
    count = event.reading.slots.get("quantity")  # what the reader made of «2 bags of the 12 oz»
    if not isinstance(count, (int, float)) or isinstance(count, bool):
        return None
    fits = (ask.low is None or count >= ask.low) and (ask.high is None or count <= ask.high)
    return Found(count, whole=False) if fits else None


def _goes_first(here: Node, ask: Ask, said: str, found: Found | None) -> bool:
    """Whether what the text wants goes before the value. A text that is nothing but the value is the value."""
    if said in ("stop", "start", "help"):
        return True
    if said in BEFORE_A_LOSS or (said in here.replies and said != "other"):
        return found is None or not found.whole
    if ask.kind == "text":
        return said in UNLESS_WORDS_ARE_WANTED
    return found is None and said in WANTS_SOMETHING


def _take(walk: Walk, here: Node, ask: Ask, value: Scalar, said: str) -> None:
    walk.state.misses = 0
    walk.state.values = {**walk.state.values, ask.name: value}
    walk.effects.append(SetFact(ask.name, value))
    _go_on(walk, here, said)


def _go_on(walk: Walk, here: Node, said: str) -> None:
    if here.then:
        walk.visit(here.then, prompted_by=said)
    else:
        walk.finish("answered")


def _hints(walk: Walk, ask: Ask) -> dict[str, Scalar]:
    """What the text may name of a fitting answer: `said.low`, `said.high`, `said.options`."""
    hints: dict[str, Scalar] = dict(bounds_in_words(ask))
    options = options_in_words(ask, walk.language)
    if options:
        size = measure(options)
        if size.encoding == "GSM-7" and size.units <= ROOM_FOR_OPTIONS:
            hints["options"] = options
    return hints
