"""Take somebody through their first run; what they say is kept where the settings keep it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.domain.first_run import Remindable, Screen, first_times
from webapp.domain.people import Actor
from webapp.domain.sharing import Scope
from webapp.domain.today import Part, part_of
from webapp.models import Person
from webapp.queries import reminders as queries
from webapp.queries.reminders import Standing
from webapp.services import reminders, sharing

Shared = tuple[int, Scope]
"""Whom something is shared with, and what."""


def go_on(session: Session, person_id: int, screen: Screen | None) -> None:
    """Remember which screen comes next; None: there is nothing more to ask, ever."""
    session.get_one(Person, person_id).first_run = screen
    session.flush()


def remind(
    session: Session, person_id: int, steps: Collection[Remindable], wanted: Collection[Part], now: datetime
) -> None:
    """Remind somebody at the parts of the day they want; an earlier answer to the same question is replaced.

    What they set by hand stays: only a step is touched that is chosen for a part now and was not before, or was and
    is not any more. A time in quiet hours they have set meanwhile is left out.
    """
    standing = parts_now(queries.of_person(session.connection(), person_id, now))
    if standing == frozenset(wanted):
        return
    before, after = first_times(steps, standing), first_times(steps, wanted)
    for step_id in before | after:
        if before.get(step_id) != after.get(step_id):
            _set_times(session, step_id, person_id, after.get(step_id, ()), now)


def parts_now(standing: Iterable[Standing]) -> frozenset[Part]:
    """Return the parts of the day at which somebody is reminded of something already."""
    return frozenset(part_of(one.at) for one in standing)


def _set_times(session: Session, step_id: int, person_id: int, times: Sequence[str], now: datetime) -> None:
    try:
        reminders.set_times(session, step_id, person_id, times, False, False, now)
    except reminders.NeedsYes as asleep:
        awake = [at for at in times if at not in asleep.times]
        reminders.set_times(session, step_id, person_id, awake, False, False, now)


def share(session: Session, actor: Actor, withdrawn: Iterable[Shared], given: Iterable[Shared], now: datetime) -> None:
    """Stop sharing some of one's records with some people, and begin with others. Raises NotInCircle."""
    for person_id, scope in withdrawn:
        sharing.withdraw(session, actor, person_id, scope, now)
    for person_id, scope in given:
        sharing.grant(session, actor, person_id, scope, now)
