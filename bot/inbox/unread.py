"""How far each member of staff has read each conversation. Owns the marks; they only move forward, unless put back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.inbox import Actor


def read_to(session: Session, actor: Actor, conversation_id: int, inbound_id: int) -> None:
    """The actor has seen everything up to this text. Nothing happens when it is another shop's."""
    raise NotImplementedError


def unread(session: Session, actor: Actor, conversation_id: int) -> None:
    """As if the actor had never looked."""
    raise NotImplementedError
