"""Published revisions: written once, read for ever after.

Owns publishing and finding a revision. Publishing starts nobody, and changes no running enrolment (I8).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, union
from sqlalchemy.orm import Session

from bot.compliance.content import Own, own
from bot.compliance.publishing import content_problems
from bot.compliance.reach import window_problems
from bot.models import Customer, FlowRevision, Product, Shop
from bot.models import Flow as FlowRow
from bot.offers.publishing import naming_problems
from bot.shops import ShopSettings
from bot.teaching.lines import names, take_from_flow
from flows.definition import LANGUAGE_VERSION, Flow
from flows.parser import library, own_intents, published, read_flow
from flows.problems import Problem


@dataclass(frozen=True, slots=True)
class Published:
    """A revision as it stands in the database. `new`: it was not there before."""

    flow_id: int
    revision_id: int
    number: int
    name: str
    hash: str
    new: bool


def publish(
    session: Session, shop_id: int, source: str, *, file: str, by: str, now: datetime
) -> tuple[Published | None, list[Problem]]:
    """Publish what a flow file says, unless it has errors. The same source again is the revision that there is."""
    flow, problems = read_flow(source, file, names(session, shop_id))
    problems = problems + content_problems(source, file, *_ours(session, shop_id))
    if flow is None or any(problem.severity == "error" for problem in problems):
        return None, problems
    if flow.send_window != "any":
        problems = problems + window_problems(flow, source, file, _countries(session, shop_id))
    problems = problems + naming_problems(session, shop_id, flow, source, file)
    written = _write(session, shop_id, flow, source, by, now)
    take_from_flow(session, shop_id, flow.name, own_intents(source), at=now)
    return written, problems


def publish_unproved(session: Session, shop_id: int, source: str, *, by: str, now: datetime) -> Published:
    """Publish what was proved elsewhere, or may not be: the shipped flows, and those of tests of endurance. Raises
    ValueError for what can't be read."""
    return _write(session, shop_id, published(source), source, by, now)


def _write(session: Session, shop_id: int, flow: Flow, source: str, by: str, now: datetime) -> Published:
    row = session.execute(
        select(FlowRow).where(FlowRow.shop_id == shop_id, FlowRow.name == flow.name)
    ).scalar()
    if row is None:
        row = FlowRow(shop_id=shop_id, name=flow.name)
        session.add(row)
        session.flush()
    revision = session.execute(
        select(FlowRevision).where(
            FlowRevision.shop_id == shop_id, FlowRevision.flow_id == row.id, FlowRevision.hash == flow.hash
        )
    ).scalar()
    new = revision is None
    if revision is None:
        last = session.execute(
            select(func.max(FlowRevision.number)).where(
                FlowRevision.shop_id == shop_id, FlowRevision.flow_id == row.id
            )
        ).scalar()
        revision = FlowRevision(
            shop_id=shop_id,
            flow_id=row.id,
            number=(last or 0) + 1,
            hash=flow.hash,
            language_version=LANGUAGE_VERSION,
            source=source,
            published_by=by,
            published_at=now,
        )
        session.add(revision)
        session.flush()
    row.current_revision_id = revision.id
    return Published(row.id, revision.id, revision.number, flow.name, flow.hash, new)


def publish_library(
    session: Session, shop_id: int, now: datetime, only: Collection[str] | None = None
) -> list[Published]:
    """Publish the flows that come with Winback, or `only` those. They are proved by our own tests, not anew here: a shop's
    first text may be waiting for it. Raises ValueError if one can't be read (a broken installation)."""
    return [
        publish_unproved(session, shop_id, source, by="winback", now=now)
        for name, source in library().items()
        if only is None or name in only
    ]


def current(session: Session, shop_id: int, name: str) -> FlowRevision | None:
    """The newest published revision of that flow."""
    return session.execute(
        select(FlowRevision)
        .join(
            FlowRow,
            (FlowRow.shop_id == FlowRevision.shop_id) & (FlowRow.current_revision_id == FlowRevision.id),
        )
        .where(FlowRow.shop_id == shop_id, FlowRow.name == name)
    ).scalar_one_or_none()


def flow_of(session: Session, revision_id: int, known_hash: str | None = None) -> Flow:
    """The flow of a revision, compiled.

    `known_hash`: the hash that an enrolment's state carries. It stands for the source, so a flow that this process has
    read before is not read again.
    """
    if known_hash is not None and (known := _known.get(known_hash)):
        return known
    source = session.execute(_SOURCE, {"revision": revision_id}).scalar_one()
    flow = published(source)
    if known_hash is not None:
        if len(_known) >= KNOWN_AT_MOST:
            _known.clear()
        _known[known_hash] = flow
    return flow


def _ours(session: Session, shop_id: int) -> tuple[Own, Iterable[str]]:
    """What texts of this shop may hold, and what they may call the things that it sells."""
    shop = session.get_one(Shop, shop_id)
    settings = ShopSettings.model_validate(shop.settings)
    name = func.coalesce(Product.text_name, Product.name)
    named = select(name).where(Product.shop_id == shop_id, Product.private.is_(False)).distinct()
    ours = own((shop.site_url, *settings.link_hosts), settings.words_looked_at)
    return ours, session.scalars(named.limit(PRODUCTS))


def _countries(session: Session, shop_id: int) -> set[str]:
    """Where the shop is, and where its customers live."""
    home = select(Shop.country).where(Shop.id == shop_id)
    return set(session.scalars(union(home, select(Customer.country).where(Customer.shop_id == shop_id))))


PRODUCTS = 20_000
"""Names that are looked at when a flow is published: half a second."""
KNOWN_AT_MOST = 512
_known: dict[str, Flow] = {}
_SOURCE = select(FlowRevision.source).where(FlowRevision.id == bindparam("revision"))
