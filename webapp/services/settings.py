"""What a person says about themself and how Cairn should count their days."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.domain.people import Actor
from webapp.domain.periods import start_from_next_week
from webapp.domain.wall_time import local_day
from webapp.domain.weeks import Weeks
from webapp.models import Person
from webapp.queries import weeks
from webapp.services import passwords, reminders, sign_ins


class WrongPassword(Exception):
    """The password given as the present one is another."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """As on Person: an IANA zone, an hour 0–23, a weekday with Monday 0 (from next week on)."""

    called: str
    time_zone: str
    language: str
    day_starts_at: int
    week_starts_on: int


def keep(session: Session, actor: Actor, wanted: Preferences, now: datetime) -> Weeks:
    """Change the actor's own preferences, and return how their weeks start now and from when.

    Recorded days never move when the zone does, and weeks that are over or under way keep their days.
    """
    person = session.get_one(Person, actor.id)
    person.called = wanted.called
    person.time_zone = wanted.time_zone
    person.language = wanted.language
    person.day_starts_at = wanted.day_starts_at
    found = _start_weeks(person, wanted.week_starts_on, now)
    session.flush()
    reminders.recompute_for_person(session, person.id, now)
    return found


def _start_weeks(person: Person, start: int, now: datetime) -> Weeks:
    today = local_day(now, person.time_zone, person.day_starts_at)
    found = start_from_next_week(weeks.from_columns(person.week_starts_on, person.earlier_weeks), start, today)
    person.week_starts_on = found.start
    person.earlier_weeks = [[until.isoformat(), weekday] for until, weekday in found.earlier]
    return found


def go_by(session: Session, actor: Actor, neutral: bool) -> None:
    """Choose whether Cairn goes by a neutral name where others may look, on every device of the actor."""
    session.get_one(Person, actor.id).neutral_name = neutral
    session.flush()


def change_password(session: Session, actor: Actor, present: str | None, new: str, now: datetime) -> None:
    """Set or change the actor's password; every other device is signed out.

    `present` is not asked of somebody who has none yet. Raises WrongPassword, WeakPassword.
    """
    person = session.get_one(Person, actor.id)
    if person.password_hash and not passwords.matches(person.password_hash, present or ""):
        raise WrongPassword
    _set(session, person, new)
    sign_ins.end_others(session, actor, now)


def choose_password(session: Session, person_id: int, new: str, now: datetime) -> None:
    """Set the password of somebody who came by a mailed link; every device is signed out. Raises WeakPassword."""
    _set(session, session.get_one(Person, person_id), new)
    sign_ins.end_everywhere(session, person_id, now)


def _set(session: Session, person: Person, new: str) -> None:
    person.password_hash = passwords.hash_new(new, person.name, person.email)
    session.flush()
