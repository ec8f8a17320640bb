"""Keep what the client wants to talk about."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain.sharing import Rights, Scope
from webapp.models import AgendaItem


def add(session: Session, client_id: int, text: str, now: datetime, substance_use: bool = False) -> int:
    """Add an item and return its id; words that already stand there open are not added again, but may be marked."""
    standing = select(AgendaItem).where(AgendaItem.client_id == client_id, AgendaItem.settled_at.is_(None))
    same = (item for item in session.scalars(standing.order_by(AgendaItem.id)) if item.text == text)
    item = next(same, None) or AgendaItem(client_id=client_id, text=text, created_at=now, substance_use=False)
    item.substance_use = item.substance_use or substance_use
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


def remove(session: Session, client_id: int, item_id: int) -> tuple[str, bool]:
    """Take an item back, as if it had not been said, and return its words and its mark. Raises LookupError as above."""
    item = _own(session, client_id, item_id)
    said = item.text, item.substance_use
    session.delete(item)
    session.flush()
    return said


def settle_all(session: Session, client_id: int, session_id: int, rights: Rights, now: datetime) -> None:
    """Mark what is open as talked about in a session; what `rights` don't let one see stays open."""
    seen = [private for private in (False, True) if rights.sees(Scope.AGENDA, private)]
    session.execute(
        update(AgendaItem)
        .where(AgendaItem.client_id == client_id, AgendaItem.settled_at.is_(None), AgendaItem.substance_use.in_(seen))
        .values(settled_at=now, session_id=session_id)
    )


def _own(session: Session, client_id: int, item_id: int) -> AgendaItem:
    item = session.get(AgendaItem, item_id)
    if item is None or item.client_id != client_id:
        raise LookupError(item_id)
    return item
