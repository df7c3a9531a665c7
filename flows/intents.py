"""The intents that a flow may answer, and which of them belong to the language.

Owns the names on the flow side. What makes a text one of them is the business of `nlu`.
"""

from __future__ import annotations

INTENTS: dict[str, str] = {
    "stop": "withdraws consent, in any words",
    "start": "asks to be texted (again)",
    "help": "asks what this is or who is texting; asks whether it is a bot",
    "wrong_number": "says that they are not the person meant",
    "reorder": "wants to buy again, the same again, or the link to do so",
    "coupon": "wants a discount, a code, a better one; says that the code fails",
    "yes": "agrees to what the last text proposed",
    "no": "declines without asking to stop",
    "later": "wants to be asked at another time",
    "question": "asks about product, price, shipping, returns or the shop",
    "order_issue": "has a problem or complaint about an order or the product",
    "human": "wants a person",
    "rhythm": "says how often, when or about what they want to be texted",
    "already_bought": "has just ordered here",
    "churn_reason": "says why they left, asking nothing",
    "smalltalk": "thanks, greets, compliments",
    "other": "anything else",
    "picture": "sends a picture without words",
    "reaction": "puts a thumb or a heart on one of our texts",
}

OWN_NAME = r"[a-z][a-z0-9_]{1,39}"
"""What an intent of a shop's own is called: `gift_wrap`. What it means, the shop's lines say."""

RESERVED = frozenset({"pleased", "so_so", "upset", "neutral", "anything_else", "perhaps_stop"})
"""Words that replies and tests read otherwise."""

PROTECTED = frozenset({"stop", "start", "help", "human"})
"""A flow may word the answer to these (`words`), and never route or switch them off."""

MOODS: dict[str, str] = {
    "pleased": "liked it: praise, a heart, a thumb up",
    "so_so": "it was all right, nothing more",
    "upset": "did not like it, without a problem that has to be solved",
}
"""Replies may be routed by mood, for questions such as «how was it?». An intent that is routed there goes first."""

ASKS_FOR_OFFER = frozenset({"coupon", "reorder", "yes"})
"""What asks for what an offer gives. An offer in the answer to anything else is marketing to the gate, and may wait."""

ANYTHING_ELSE = "anything else"
"""How a merchant writes `other` among replies: what was not understood, or fits no intent."""
