"""Take somebody through their first run; what they say is kept where the settings keep it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.domain.first_run import Screen
from webapp.domain.people import Actor
from webapp.domain.sharing import Scope
from webapp.models import Person
from webapp.queries import reminders as queries
from webapp.services import reminders, sharing

Shared = tuple[int, Scope]
"""Whom something is shared with, and what."""


def go_on(session: Session, person_id: int, screen: Screen | None) -> None:
    """Remember which screen comes next; None: there is nothing more to ask, ever."""
    session.get_one(Person, person_id).first_run = screen
    session.flush()


def remind(session: Session, person_id: int, times: Mapping[int, Sequence[str]], now: datetime) -> None:
    """Remind somebody at these times ("HH:MM") by step, and of nothing else: an earlier answer is replaced.

    A time in quiet hours they have set meanwhile is left out.
    """
    standing = queries.of_steps(session.connection(), person_id)
    for step_id in {*standing, *times}:
        try:
            reminders.set_times(session, step_id, person_id, times.get(step_id, ()), False, False, now)
        except reminders.NeedsYes:
            reminders.set_times(session, step_id, person_id, (), False, False, now)


def share(session: Session, actor: Actor, withdrawn: Iterable[Shared], given: Iterable[Shared], now: datetime) -> None:
    """Stop sharing some of one's records with some people, and begin with others. Raises NotInCircle."""
    for person_id, scope in withdrawn:
        sharing.withdraw(session, actor, person_id, scope, now)
    for person_id, scope in given:
        sharing.grant(session, actor, person_id, scope, now)
