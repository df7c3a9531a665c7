"""How far each member of staff has read each conversation. Owns the marks; they move forward, unless put back by hand.

Takes no lock on the conversation and does not raise its version: what one has read changes nothing for others.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ARRAY, BigInteger, Table, and_, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.inbox import Actor
from bot.models import Inbound, ReadMark


def read_to(session: Session, actor: Actor, conversation_id: int, inbound_id: int) -> bool:
    """The actor has seen everything up to this text. Gives whether that is news; False, too, when there is no such text
    in that conversation of the actor's shop."""
    there = session.execute(
        select(Inbound.id, ReadMark.inbound_id)
        .select_from(Inbound)
        .outerjoin(
            ReadMark,
            and_(
                ReadMark.shop_id == Inbound.shop_id,
                ReadMark.conversation_id == Inbound.conversation_id,
                ReadMark.staff_id == actor.staff_id,
            ),
        )
        .where(
            Inbound.shop_id == actor.shop_id,
            Inbound.id == inbound_id,
            Inbound.conversation_id == conversation_id,
        )
    ).first()
    if there is None:
        return False
    seen: int | None = there[1]
    if seen is not None and seen >= inbound_id:
        return False
    if seen is None:
        row = {
            "shop_id": actor.shop_id,
            "conversation_id": conversation_id,
            "staff_id": actor.staff_id,
            "inbound_id": inbound_id,
        }
        if insert_once(session, ReadMark, row) is not None:
            return True
    moved = session.execute(
        update(ReadMark)
        .where(
            ReadMark.shop_id == actor.shop_id,
            ReadMark.conversation_id == conversation_id,
            ReadMark.staff_id == actor.staff_id,
            ReadMark.inbound_id < inbound_id,
        )
        .values(inbound_id=inbound_id)
        .execution_options(synchronize_session=False)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def seen(session: Session, actor: Actor, conversation_ids: Sequence[int]) -> dict[int, int]:
    """How far the actor has read these; without those that they have not looked at. One statement, whatever their number."""
    return seen_by(session, actor.shop_id, (actor.staff_id,), conversation_ids)[actor.staff_id]


def seen_by(
    session: Session, shop_id: int, staff_ids: Collection[int], conversation_ids: Sequence[int]
) -> dict[int, dict[int, int]]:
    """The same of each of these people."""
    postgres = session.get_bind().dialect.name == "postgresql"
    who = {"shop": shop_id, "staff": list(staff_ids), "ids": list(conversation_ids)}
    found: dict[int, dict[int, int]] = {staff_id: {} for staff_id in staff_ids}
    for row in session.execute(_OF_ARRAY if postgres else _OF_LIST, who):
        found[row.staff_id][row.conversation_id] = row.inbound_id
    return found


def unread(session: Session, actor: Actor, conversation_id: int) -> None:
    """As if the actor had never looked."""
    session.execute(
        delete(ReadMark)
        .where(
            ReadMark.shop_id == actor.shop_id,
            ReadMark.conversation_id == conversation_id,
            ReadMark.staff_id == actor.staff_id,
        )
        .execution_options(synchronize_session=False)
    )


# asked each second by everybody who looks at the list: built once, and as an array one statement for any number
_MARKS: Table = ReadMark.__table__  # type: ignore[assignment]
_ALL = select(_MARKS.c.staff_id, _MARKS.c.conversation_id, _MARKS.c.inbound_id).where(
    _MARKS.c.shop_id == bindparam("shop")
)
_OF_ARRAY = _ALL.where(
    _MARKS.c.staff_id == func.any(bindparam("staff", type_=ARRAY(BigInteger))),
    _MARKS.c.conversation_id == func.any(bindparam("ids", type_=ARRAY(BigInteger))),
)
_OF_LIST = _ALL.where(
    _MARKS.c.staff_id.in_(bindparam("staff", expanding=True)),
    _MARKS.c.conversation_id.in_(bindparam("ids", expanding=True)),
)
