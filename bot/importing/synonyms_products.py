"""What the platforms call the columns of their catalogues. Data; see bot.importing.synonyms for how it is read."""

from __future__ import annotations

PRODUCTS: dict[str, tuple[str, ...]] = {
    "external_id": (
        "variant id",
        "variation id",
        "product variant id",
        "product id",
        "external id",
        "item id",
        "id",
    ),
    "sku": ("variant sku", "product sku", "item sku", "sku", "item number", "article number"),
    "name": ("title", "product title", "product name", "item name", "name", "product", "producto", "nombre"),
    "text_name": ("text name", "short name", "nombre corto"),
    "price": (
        "variant price",
        "regular price",
        "price",
        "unit price",
        "product price",
        "item price",
        "precio",
    ),
    "days_of_use": (
        "days of use",
        "days of supply",
        "days supply",
        "supply days",
        "lasts days",
        "days it lasts",
        "replenish after days",
        "dias de uso",
    ),
    "private": ("private", "discreet", "sensitive", "privado"),
    "retired": ("retired", "discontinued", "archived"),
    "status": ("status", "product status"),
    "published": ("published",),
    "handle": ("handle", "url handle"),
}
