"""Remember who looked at a client's record, where the client can read it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import exists, insert, literal, select
from sqlalchemy.orm import Session

from webapp.models import Look, Person


def looked(session: Session, by_id: int, client_id: int, page: str, now: datetime) -> None:
    """Remember that somebody else opened a page about this client; one's own look is nobody's business.

    `page` is the noun of the screen; views/people.py puts it into words. Call it before anything is shown.
    """
    if by_id != client_id:
        session.add(Look(client_id=client_id, by_id=by_id, at=now, page=page))
        session.flush()


def looked_over(
    session: Session, by_id: int, client_ids: Collection[int], page: str, since: datetime, now: datetime
) -> None:
    """Remember a look at a list that shows a little of many clients, once each since `since`. One statement."""
    if not client_ids:
        return
    known = exists().where(Look.client_id == Person.id, Look.by_id == by_id, Look.page == page, Look.at >= since)
    rows = select(Person.id, literal(by_id), literal(now, Look.at.type), literal(page)).where(
        Person.id.in_(client_ids), ~known
    )
    session.execute(insert(Look).from_select(["client_id", "by_id", "at", "page"], rows))
