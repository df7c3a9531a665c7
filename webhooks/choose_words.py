"""What the page says on which a customer chooses a product, in English and Spanish. Owns phrases alone."""

from __future__ import annotations

from collections.abc import Mapping

SAY: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Pick one",
        "how": "Tap what you would like. Your cart at {shop} opens with it in.",
        "live": "{what}, till {day} night. It is already in your cart.",
        "live_priced": "{what}, till {day} night. The prices below have it taken off, for one piece; your cart shows the total.",
        "used": "Your code was used on {day}. These are today's prices.",
        "ended": "Your code ended on {day}. These are today's prices.",
        "void": "Your code does not work any more. These are today's prices.",
        "instead_of": "instead of",
        "nothing": "None of these is to be had right now. Just answer the text that the link came in, and we will find "
        "something else.",
        "shop": "Look around the shop",
    },
    "es": {
        "title": "Elige uno",
        "how": "Toca lo que quieras. Tu carrito en {shop} se abre con ello dentro.",
        "live": "{what}, hasta el {day}. Ya está en tu carrito.",
        "live_priced": "{what}, hasta el {day}. Los precios de abajo ya lo descuentan, por una unidad; tu carrito muestra "
        "el total.",
        "used": "Tu código se usó el {day}. Estos son los precios de hoy.",
        "ended": "Tu código terminó el {day}. Estos son los precios de hoy.",
        "void": "Tu código ya no funciona. Estos son los precios de hoy.",
        "instead_of": "en lugar de",
        "nothing": "Ahora no tenemos nada de esto. Responde al mensaje en el que venía el enlace y buscamos otra cosa.",
        "shop": "Ver la tienda",
    },
}
