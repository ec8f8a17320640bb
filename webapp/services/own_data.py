"""Leave: ask for it, take that back, and the deletion itself, by the table in domain/own_data.py."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.domain.deliveries import DeliveryState
from webapp.domain.looks import Head, seal_of_leaving
from webapp.domain.own_data import KEEPS_NAME, TIES, Obstacle, Then, leaves_at
from webapp.domain.people import LEFT, Actor
from webapp.models import (
    Assignment,
    Base,
    Commitment,
    Delivery,
    Departure,
    LookChain,
    Person,
    SharingGrant,
    SupporterLink,
)
from webapp.queries import own_data as queries
from webapp.services import calendar_feeds, commitments, endpoints, looks, reminders, sign_ins

QUIETLY = {"synchronize_session": False}
EMPTY = {
    "called": "",
    "email": "",
    "time_zone": "UTC",
    "language": "en",
    "day_starts_at": 3,
    "week_starts_on": 0,
    "earlier_weeks": [],
    "mail_use": "unreached",
    "mail_after": 60,
}
"""What stands on the row of an account that was deleted, where something must."""


class InTheWay(Exception):
    """Something has to happen first."""

    def __init__(self, obstacles: tuple[Obstacle, ...], clients: int) -> None:
        super().__init__(", ".join(obstacles))
        self.obstacles, self.clients = obstacles, clients


def ask(session: Session, actor: Actor, now: datetime) -> datetime:
    """Let the actor's account be deleted after the grace, and return when; asked again, that stays as it was.

    At once they are signed out everywhere, nobody is reminded of anything of theirs, nothing of it is shared, and the
    address of their calendar leads nowhere. Raises InTheWay.
    """
    person = session.scalars(select(Person).where(Person.id == actor.id).with_for_update()).one()
    _ensure_free(session, person)
    person.leaves_at = person.leaves_at or leaves_at(now)
    _fall_silent(session, person.id, now)
    return person.leaves_at


def keep(session: Session, actor: Actor, now: datetime) -> None:
    """Take it back: the account stays, its reminders go on. What was shared is not shared by itself again."""
    session.get_one(Person, actor.id).leaves_at = None
    session.flush()
    reminders.recompute_for_person(session, actor.id, now)


def leave_again(session: Session, person_id: int, now: datetime) -> datetime | None:
    """Delete an account that was deleted before, and came back with an older state of the database.

    Where something is in the way by now, it falls silent, and is deleted when that is seen to.
    """
    session.get_one(Person, person_id).leaves_at = now
    _fall_silent(session, person_id, now)
    return leave(session, person_id, now)


def leave(session: Session, person_id: int, now: datetime) -> datetime | None:
    """Delete an account whose time has come, and return when it was made; None while something is in the way.

    What stays is its number, when it was deleted and where its chain of looks ended, sealed.
    """
    person = session.scalars(select(Person).where(Person.id == person_id).with_for_update()).one()
    if person.leaves_at is None or person.leaves_at > now:
        return None
    try:
        _ensure_free(session, person)
    except InTheWay:
        return None
    made = person.created_at
    _say_goodbye(session, person_id, now)
    end = session.execute(
        select(LookChain.seq, LookChain.mac).where(LookChain.client_id == person_id).with_for_update()
    ).one()
    head = Head(person_id, end.seq, end.mac)
    mac = seal_of_leaving(looks.key_of(session), head, now)
    session.add(Departure(person_id=person_id, left_at=now, seq=head.seq, head=head.seal, mac=mac))
    session.flush()
    _delete(session, person_id)
    session.execute(
        update(Person).where(Person.id == person_id).values(_emptied(person, now)), execution_options=QUIETLY
    )
    session.expire_all()
    return made


def _ensure_free(session: Session, person: Person) -> None:
    found, clients = queries.in_the_way(session.connection(), person.id, person.organisation_id, person.is_admin)
    if found:
        raise InTheWay(found, clients)


def _fall_silent(session: Session, person_id: int, now: datetime) -> None:
    session.flush()
    sign_ins.end_everywhere(session, person_id, now)
    endpoints.end_devices(session, person_id, now)
    calendar_feeds.end(session, person_id)
    given = update(SharingGrant).where(SharingGrant.client_id == person_id, SharingGrant.withdrawn_at.is_(None))
    session.execute(given.values(withdrawn_at=now), execution_options=QUIETLY)
    _call_off(session, person_id)
    reminders.recompute_for_person(session, person_id, now)


def _call_off(session: Session, person_id: int) -> None:
    """Cancel what waits to be sent to the person, or about their record."""
    waits = Delivery.state.in_((DeliveryState.PENDING, DeliveryState.CLAIMED))
    theirs = (Delivery.person_id == person_id) | (Delivery.client_id == person_id)
    off = update(Delivery).where(waits, theirs)
    session.execute(
        off.values(state=DeliveryState.CANCELLED, because="ended", lease_owner=None, lease_until=None),
        execution_options=QUIETLY,
    )


def _say_goodbye(session: Session, person_id: int, now: datetime) -> None:
    """End what the person was to others: their promises, their place in circles, and what they were let see."""
    asked = select(Commitment.client_id).where(Commitment.supporter_id == person_id).distinct()
    for client_id in session.scalars(asked.order_by(Commitment.client_id)).all():
        commitments.end_all(session, client_id, person_id, person_id, now)
    for table, column, ended in (
        (SupporterLink, SupporterLink.supporter_id, "ended_at"),
        (Assignment, Assignment.care_team_id, "ended_at"),
        (SharingGrant, SharingGrant.person_id, "withdrawn_at"),
    ):
        still = update(table).where(column == person_id, getattr(table, ended).is_(None))
        session.execute(still.values({ended: now}), execution_options=QUIETLY)


def _delete(session: Session, person_id: int) -> None:
    """Delete row by row what hangs on the person, children first; what stays with others no longer points to them."""
    session.flush()
    for table in reversed(Base.metadata.sorted_tables):
        for tie in TIES.get(table.name, ()):
            which = queries.hangs(table, tie.path)
            change: Any = None
            if tie.then is Then.DELETED:
                change = delete(table).where(which)
            elif tie.then is Then.CLEARED:
                change = update(table).where(which).values({tie.path: None})
            if change is not None:
                session.connection().execute(change, {"whose": person_id})


def _emptied(person: Person, now: datetime) -> dict[str, Any]:
    """What the row of an account that was deleted holds."""
    columns = queries.table("people").c
    values: dict[str, Any] = {one.name: None for one in columns if one.nullable}
    values |= {one.name: False for one in columns if one.type.python_type is bool}
    values |= EMPTY | {"name": LEFT, "email_key": f"left {person.id}", "created_at": now}
    if getattr(person, KEEPS_NAME):
        values |= {"name": person.name, "discipline": person.discipline}
    return values | {"left_at": now, "deactivated_at": now}
