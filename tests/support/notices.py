"""Let the job look for notices at an instant, and read what came of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from jobs.notices import notices
from webapp import clock
from webapp.db import Database
from webapp.models import Delivery, Endpoint, Notice, Person
from webapp.queries.notices import NoticeFacts, still_wanted

Told = tuple[int, str, str]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Notices:
    """The notices of one database. Instants are UTC; New York is five hours behind in November."""

    database: Database

    def look_at(self, instant: str) -> list[Told]:
        """Run the job, and return person, kind and key of what is new."""
        before = self.made()
        with clock.standing_at(utc(instant)):
            notices(self.database)
        return [one for one in self.made() if one not in before]

    def made(self) -> list[Told]:
        with self.database.reading() as connection:
            rows = connection.execute(select(Notice.person_id, Notice.kind, Notice.key).order_by(Notice.id))
            return [(row.person_id, row.kind, row.key) for row in rows]

    def mails(self) -> list[Any]:
        """Every delivery, with its address and when it expires, in the order they were made."""
        with self.database.reading() as connection:
            statement = (
                select(*Delivery.__table__.c, Endpoint.address, Notice.kind.label("about"), Notice.expires_at)
                .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
                .join(Notice, Notice.id == Delivery.notice_id)
                .order_by(Delivery.id)
            )
            return list(connection.execute(statement))

    def facts(self, instant: str) -> list[NoticeFacts]:
        """What the last look before sending finds, of every notice."""
        with self.database.reading() as connection:
            ids = connection.execute(select(Notice.id)).scalars().all()
            found = still_wanted(connection, ids, utc(instant))
        return [found[notice_id] for notice_id in sorted(found)]

    def wanted(self, instant: str) -> list[bool]:
        return [one.wanted for one in self.facts(instant)]

    def change(self, record: Any, which: int, **values: object) -> None:
        """Change one row of a table."""
        with self.database.writing() as session:
            session.execute(update(record).where(record.id == which).values(**values))

    def person(self, which: int, **values: object) -> None:
        self.change(Person, which, **values)

    def add(self, *records: object) -> None:
        with self.database.writing() as session:
            session.add_all(records)
