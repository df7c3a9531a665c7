"""What a flow names and the shop does not have, said at publishing: flows that it runs, products that it links or gives.

Owns these warnings. They are no errors: flows are published one after the other, and a product may be known to the shop's
cart long before an order or a file tells us of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Flow as FlowRow
from bot.models import Product
from flows.definition import Flow
from flows.parser import load_yaml
from flows.places import Places
from flows.problems import Problem


def naming_problems(session: Session, shop_id: int, flow: Flow, source: str, file: str) -> list[Problem]:
    """A warning for each flow and product that this flow names and the shop does not have, at the line that names it."""
    unknown = [
        *_flows(flow, set(_published(session, shop_id, _runs(flow)))),
        *_products(flow, _sold(session, shop_id, _named(flow))),
    ]
    if not unknown:
        return []
    document, unreadable = load_yaml(source, file)
    if unreadable:
        return []
    places = Places(file, document)
    return [places.problem(code, path, message, remedy, "warning") for code, path, message, remedy in unknown]


_Unknown = tuple[str, tuple[str | int, ...], str, str]


def _flows(flow: Flow, published: set[str]) -> Iterator[_Unknown]:
    for name, node in flow.nodes.items():
        if node.run and node.run != flow.name and node.run not in published:
            yield (
                "unknown-flow",
                ("nodes", name, "run"),
                f"The shop has published no flow {node.run}: whoever gets here would be handed to a person.",
                f"Publish {node.run}, or name one that is published.",
            )


def _products(flow: Flow, sold: dict[str, bool]) -> Iterator[_Unknown]:
    for name, node in flow.nodes.items():
        if node.link and node.link.products:
            for place, product in enumerate(node.link.products):
                path = ("nodes", name, "link", node.link.purpose, place)
                if why := _why_not(product, sold, listed=node.link.purpose == "choose"):
                    yield ("unknown-product", path, *why)
    for name, offer in flow.offers.items():
        if offer.gift and (why := _why_not(offer.gift, sold, listed=True)):
            yield ("unknown-product", ("offers", name, "gift"), *why)


def _why_not(product: str, sold: dict[str, bool], *, listed: bool) -> tuple[str, str] | None:
    """Message and remedy; None: nothing is wrong. `listed`: its name is said or shown."""
    if product not in sold:
        return (
            f"The shop has no product {product} that we know of.",
            "Name it by the id that the shop's cart takes; `winback import products` tells us of those that nobody has "
            "ordered yet.",
        )
    if listed and not sold[product]:
        return (
            f"{product} is private or not sold any more: it is neither named in a text nor shown.",
            "Name another product.",
        )
    return None


def _runs(flow: Flow) -> set[str]:
    return {node.run for node in flow.nodes.values() if node.run}


def _named(flow: Flow) -> set[str]:
    linked = {product for node in flow.nodes.values() if node.link for product in node.link.products}
    return linked | {offer.gift for offer in flow.offers.values() if offer.gift}


def _published(session: Session, shop_id: int, names: set[str]) -> Iterator[str]:
    if names:
        yield from session.scalars(
            select(FlowRow.name).where(
                FlowRow.shop_id == shop_id,
                FlowRow.name.in_(names),
                FlowRow.current_revision_id.is_not(None),
            )
        )


def _sold(session: Session, shop_id: int, products: set[str]) -> dict[str, bool]:
    """The known ones among them, and whether each may be named and is still to be had."""
    if not products:
        return {}
    rows = session.execute(
        select(Product.external_id, Product.private, Product.retired).where(
            Product.shop_id == shop_id, Product.external_id.in_(products), Product.kind == "product"
        )
    )
    return {row.external_id: not (row.private or row.retired) for row in rows}
