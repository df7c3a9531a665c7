"""What the platforms call their columns. Data: to teach the import another export, add its names in
`synonyms_people`, `synonyms_orders` and `synonyms_products`.

Names are written as `bot.importing.columns.plain` makes them: small letters, words parted by one blank. The order within
a field is the order of trust. A phone may be in several columns of a row; the first that can be read is taken.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from bot.importing.synonyms_orders import ORDERS
from bot.importing.synonyms_people import CUSTOMERS
from bot.importing.synonyms_products import PRODUCTS

Kind: TypeAlias = Literal["customers", "orders", "products"]

SYNONYMS: dict[Kind, dict[str, tuple[str, ...]]] = {
    "customers": CUSTOMERS,
    "orders": ORDERS,
    "products": PRODUCTS,
}

NEEDED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "customers": (("phone",),),
    "orders": (("external_id",), ("placed_at",), ("total",), ("phone", "email", "customer_id")),
    "products": (("external_id", "sku", "name"),),
}
"""Of each group, one field at least must have a column."""

LEFT_ASIDE: dict[str, str] = {
    "accepts email marketing": "consent to e-mail, which is not consent to texts",
    "accepts marketing": "consent to e-mail, which is not consent to texts",
    "email marketing": "consent to e-mail, which is not consent to texts",
    "email marketing status": "consent to e-mail, which is not consent to texts",
    "email consent": "consent to e-mail, which is not consent to texts",
    "email opt in": "consent to e-mail, which is not consent to texts",
    "email subscribed": "consent to e-mail, which is not consent to texts",
    "newsletter": "consent to e-mail, which is not consent to texts",
    "marketing": "does not say what was consented to",
    "consent": "does not say what was consented to: --map sms_consent=... if it is texts",
    "opt in": "does not say what was consented to: --map sms_consent=... if it is texts",
    "marketing consent": "does not say what was consented to: --map sms_consent=... if it is texts",
    "subscribed": "does not say what was consented to: --map sms_consent=... if it is texts",
    "total spent": "counted from the orders",
    "total orders": "counted from the orders",
    "orders count": "counted from the orders",
    "orders": "counted from the orders",
    "last order date": "counted from the orders",
    "last order": "counted from the orders",
    "note": "free text about people",
    "notes": "free text about people",
    "password": "a secret",
    "user pass": "a secret",
    "company": "not needed",
    "default address company": "not needed",
}
"""Columns of a customers' file that are known, and deliberately not made into attributes."""

LEFT_ASIDE_WORDS = frozenset(
    {
        "address",
        "address1",
        "address2",
        "street",
        "addr",
        "password",
        "ssn",
        "birthday",
        "birthdate",
        "birth",
        "dob",
    }
)
"""A column with one of these words in its name is not taken either: texts need no addresses, and of one birthday column
month and day alone."""
