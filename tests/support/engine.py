"""Drive the reminder engine by hand: at this instant the jobs look, and this is what became of it."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from jobs.dispatch import dispatch
from jobs.reap import reap
from jobs.tick import tick
from tests.support.cast import NOW
from webapp import clock
from webapp.config import Config
from webapp.db import Database
from webapp.models import Delivery, Person, Reminder, ReminderOccurrence
from webapp.notify import CHANNELS
from webapp.queries.deliveries import ToSend
from webapp.services import dispatch as service
from webapp.services import reminders


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Engine:
    """Everybody's reminders in one database. Times in the tests are New York unless said otherwise (UTC-5)."""

    config: Config
    database: Database
    owner: str = "engine"
    stopping: threading.Event = field(default_factory=threading.Event)

    def remind(self, step_id: int, person_id: int, *times: str, plain: bool = False, now: datetime = NOW) -> None:
        with self.database.writing() as session:
            reminders.set_times(session, step_id, person_id, times, plain, True, now)

    def tick_at(self, instant: str | datetime) -> None:
        with clock.standing_at(utc(instant) if isinstance(instant, str) else instant):
            tick(self.database)

    def dispatch_at(self, instant: str | datetime) -> None:
        with clock.standing_at(utc(instant) if isinstance(instant, str) else instant):
            for channel in CHANNELS:
                dispatch(self.config, self.database, self.owner, self.stopping, channel)

    def reap_at(self, instant: str | datetime) -> None:
        with clock.standing_at(utc(instant) if isinstance(instant, str) else instant):
            reap(self.database)

    def look_at(self, instant: str | datetime) -> None:
        self.tick_at(instant)
        self.dispatch_at(instant)

    def states(self) -> list[tuple[str, str | None]]:
        """State and reason of every delivery, in the order they were made."""
        with self.database.reading() as connection:
            rows = connection.execute(select(Delivery.state, Delivery.because).order_by(Delivery.id))
            return [(row.state, row.because) for row in rows]

    def occurrences(self) -> list[tuple[str, str]]:
        """Key and state of every occurrence."""
        with self.database.reading() as connection:
            rows = connection.execute(
                select(ReminderOccurrence.occ_key, ReminderOccurrence.state).order_by(ReminderOccurrence.occ_key)
            )
            return [(row.occ_key, row.state) for row in rows]

    def next_at(self) -> list[datetime | None]:
        with self.database.reading() as connection:
            return list(connection.execute(select(Reminder.next_at).order_by(Reminder.at_time)).scalars())

    def change(self, person_id: int, now: datetime, **values: object) -> None:
        """Change a person's account and compute their reminders anew, as the settings do."""
        with self.database.writing() as session:
            session.execute(update(Person).where(Person.id == person_id).values(**values))
            reminders.recompute_for_person(session, person_id, now)

    def add(self, record: object) -> None:
        with self.database.writing() as session:
            session.add(record)

    def steal_lease(self, instant: datetime, owner: str = "somebody else") -> None:
        with self.database.writing() as session:
            session.execute(update(Delivery).values(lease_owner=owner, lease_until=instant + timedelta(minutes=1)))

    def claimed(self, owner: str, now: datetime) -> int:
        """Claim the one mail that is due."""
        with self.database.writing() as session:
            (one,) = service.claim(session, owner, "email", now)
        return one

    def begin(self, delivery_id: int, owner: str, now: datetime) -> list[ToSend]:
        """Begin to send it, as far as it is still the owner's."""
        with self.database.writing() as session:
            return [what for what, _ in service.begin(session, self.config, [delivery_id], owner, now)]
