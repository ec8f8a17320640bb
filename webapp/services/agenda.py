"""Keep what the client wants to talk about."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.models import AgendaItem


def add(session: Session, client_id: int, text: str, now: datetime) -> int:
    """Add an item and return its id; words that already stand there open are not added again."""
    standing = select(AgendaItem).where(AgendaItem.client_id == client_id, AgendaItem.settled_at.is_(None))
    same = [item.id for item in session.scalars(standing.order_by(AgendaItem.id)) if item.text == text]
    if same:
        return same[0]
    item = AgendaItem(client_id=client_id, text=text, created_at=now)
    session.add(item)
    session.flush()
    return item.id


def settle(session: Session, client_id: int, item_id: int, now: datetime) -> None:
    """Mark an item as talked about. Raises LookupError when the client has no such item."""
    item = _own(session, client_id, item_id)
    item.settled_at = item.settled_at or now
    session.flush()


def reopen(session: Session, client_id: int, item_id: int) -> None:
    """Put a settled item back on the list. Raises LookupError as above."""
    item = _own(session, client_id, item_id)
    item.settled_at, item.session_id = None, None
    session.flush()


def remove(session: Session, client_id: int, item_id: int) -> str:
    """Take an item back, as if it had not been said, and return its words. Raises LookupError as above."""
    item = _own(session, client_id, item_id)
    text = item.text
    session.delete(item)
    session.flush()
    return text


def settle_all(session: Session, client_id: int, session_id: int, now: datetime) -> None:
    """Mark what is open as talked about in a session."""
    session.execute(
        update(AgendaItem)
        .where(AgendaItem.client_id == client_id, AgendaItem.settled_at.is_(None))
        .values(settled_at=now, session_id=session_id)
    )


def _own(session: Session, client_id: int, item_id: int) -> AgendaItem:
    item = session.get(AgendaItem, item_id)
    if item is None or item.client_id != client_id:
        raise LookupError(item_id)
    return item
