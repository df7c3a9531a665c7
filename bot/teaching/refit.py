"""Fitting a shop's lines, and handing the head to whoever reads: by a version in the database, so that all processes agree.

Owns the row of the head. A head that is missing, broken or of another encoder is not used: the shipped reader reads, and
the log says so once. The fit runs outside any transaction; what changed meanwhile stays due.
"""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import RealNow, domain_now
from bot.conversations.rows import some
from bot.db import Database
from bot.models import ShopHead
from bot.teaching.lines import lines_of, make_head
from nlu.training_data import Example

if TYPE_CHECKING:  # heavy, and only who fits or reads needs them
    from nlu.own import OwnHead
    from nlu.own_fit import Fitted, Told
    from nlu.reader import Reader

KEPT = 64
"""Heads that a process keeps, each at most half a megabyte."""
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refitted:
    """What a fit came to. `version` is empty when there was nothing to fit."""

    version: str | None
    lines: int
    own: Mapping[str, tuple[int, int]]
    told: tuple[Told, ...]


def refit(database: Database, shop_id: int, real_now: RealNow, home: Path) -> Refitted:
    """Fit the lines that were taken, and put the head into force: with the next text, in every process."""
    with database.read() as session:
        changed_at = session.scalar(select(ShopHead.changed_at).where(ShopHead.shop_id == shop_id))
        rows = lines_of(session, shop_id, "taken")
        lines = [Example(row.text, row.intent, row.language) for row in rows]
    fitted = fit_lines(lines, home) if lines else None
    stored = fitted.head.to_bytes() if fitted else None
    version = _version(stored) if stored else None
    with database.write() as session:
        make_head(session, shop_id)
        values = {
            "version": version,
            "encoder": fitted.head.encoder if fitted else None,
            "weights": stored,
            "figures": _figures(lines, fitted) if fitted else {},
            "fitted_at": domain_now(session, real_now),
        }
        session.execute(update(ShopHead).where(ShopHead.shop_id == shop_id).values(**values))
        since = ShopHead.changed_at == changed_at if changed_at else ShopHead.changed_at.is_(None)
        session.execute(update(ShopHead).where(ShopHead.shop_id == shop_id, since).values(changed_at=None))
    return Refitted(version, len(lines), fitted.own if fitted else {}, fitted.told if fitted else ())


def fit_lines(lines: Iterable[Example], home: Path) -> Fitted:
    """The head of these lines, with the anchors kept in the home folder. Loads the encoder; takes seconds."""
    from nlu.own_fit import anchors, fit
    from nlu.reader import shared_model

    model = shared_model()
    return fit(list(lines), model, anchors(model, home / "reader"))


def refit_due(database: Database, real_now: RealNow, home: Path) -> int:
    """Fit each shop whose lines changed, or whose head is of another encoder; gives how many."""
    from nlu.reader import shared_model

    with database.read() as session:
        if session.execute(select(ShopHead.shop_id).limit(1)).first() is None:
            return 0
        other = ShopHead.encoder != shared_model().encoder
        shops = session.scalars(
            select(ShopHead.shop_id).where(or_(ShopHead.changed_at.is_not(None), other))
        ).all()
    for shop_id in shops:
        refit(database, shop_id, real_now, home)
    return len(shops)


def readers_for(session: Session, reader: Reader, shop_ids: Iterable[int]) -> dict[int, Reader]:
    """The reader of each of these shops: with what it taught where that is in force, else as it is.

    Costs one look at small rows; weights are read when a version is new to this process.
    """
    wanted = list(dict.fromkeys(shop_ids))
    found = dict.fromkeys(wanted, reader)
    if not hasattr(reader, "taught") or not wanted:
        return found
    for row in session.execute(_VERSIONS, {"shops": some(wanted)}).all():
        head = _head(session, row.shop_id, row.version)
        if head is not None:
            found[row.shop_id] = reader.taught(head)
    return found


_VERSIONS = select(ShopHead.shop_id, ShopHead.version).where(
    ShopHead.shop_id.in_(bindparam("shops", expanding=True)), ShopHead.version.is_not(None)
)
_known: OrderedDict[str, OwnHead | None] = OrderedDict()
"""By version, which names the content: the same for every shop and database."""


def _head(session: Session, shop_id: int, version: str) -> OwnHead | None:
    if version in _known:
        return _known[version]
    from nlu.own import OwnHead
    from nlu.reader import shared_model

    stored = session.scalar(select(ShopHead.weights).where(ShopHead.shop_id == shop_id))
    if stored is not None and _version(stored) != version:
        return None  # another took its place between two looks: the next text sees that
    head: OwnHead | None = None
    try:
        head = OwnHead.from_bytes(stored or b"", version)
        if head.encoder != shared_model().encoder:
            head = None
            why = "it was fitted on another encoder; it is fitted anew within a minute"
    except ValueError as error:
        why = str(error)
    if head is None:
        _log.warning("what a shop taught is not in force: the shipped reader reads", shop=shop_id, why=why)
    while len(_known) >= KEPT:
        _known.popitem(last=False)
    _known[version] = head
    return head


def _version(stored: bytes) -> str:
    return "own-" + hashlib.sha256(stored).hexdigest()[:12]


def _figures(lines: list[Example], fitted: Fitted) -> dict[str, object]:
    counts = Counter(line.intent for line in lines)
    return {
        "lines": dict(sorted(counts.items())),
        "own": {intent: list(found) for intent, found in fitted.own.items()},
        "told": [
            {"code": each.code, "intent": each.intent, "language": each.language, "words": each.words}
            for each in fitted.told
        ],
        "moved": fitted.moved,
        "anchors": fitted.anchors,
    }
