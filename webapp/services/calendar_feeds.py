"""Hand out the secret address of a calendar feed, take it back, and write what stands there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from webapp.domain.calendar_feeds import series, told
from webapp.domain.occurrences import times_of
from webapp.domain.periods import Period
from webapp.domain.reminders import zone_for
from webapp.domain.wall_time import DAY
from webapp.interop.calendar_feeds import Entry, repeated, write
from webapp.models import CalendarFeed
from webapp.models.base import insert_into
from webapp.queries import calendar_feeds as queries
from webapp.queries.calendar_feeds import Dated, Reader
from webapp.services.tokens import keyed_hash, new_token, token_hash

AHEAD = timedelta(days=183)
"""How far appointments are told of."""


@dataclass(frozen=True, slots=True)
class Titles:
    """What the calendar is called and what entries say, in the reader's language, by the name they chose for Cairn."""

    calendar: str
    step: str
    meeting: str


def begin(session: Session, person_id: int, plain_words: bool, now: datetime) -> str:
    """Make a person's address and return its token, told only now; one they had before ends."""
    token = new_token()
    values = {"token_hash": token_hash(token), "plain_words": plain_words, "created_at": now}
    made = insert_into(session.get_bind().dialect, CalendarFeed).values(person_id=person_id, **values)
    session.execute(made.on_conflict_do_update(index_elements=["person_id"], set_=values))
    session.flush()
    return token


def choose_words(session: Session, person_id: int, plain_words: bool) -> bool:
    """Choose whether the entries tell what they are about; the address stays. False when there is none."""
    feed = session.scalar(select(CalendarFeed).where(CalendarFeed.person_id == person_id).with_for_update())
    if feed is None:
        return False
    feed.plain_words = plain_words
    session.flush()
    return True


def end(session: Session, person_id: int) -> None:
    """Turn a person's address off, if they have one: it leads nowhere from now on."""
    session.execute(delete(CalendarFeed).where(CalendarFeed.person_id == person_id))
    session.flush()


def calendar(connection: Connection, reader: Reader, titles: Titles, home: str, secret: str, now: datetime) -> bytes:
    """Write the reader's calendar; `home` is where its entries lead. With `secret` the ids of entries are made."""
    today = now.date()
    years = told(today)
    steps = queries.steps(connection, reader.person_id, now)
    entries = [entry for step in steps for entry in _of_step(step, reader, titles, years, secret)]
    entries += _meetings(connection, reader, titles, secret, now)
    return write(entries, titles.calendar, home, today, years)


def _of_step(step: Dated, reader: Reader, titles: Titles, years: Period, secret: str) -> Iterator[Entry]:
    title = step.words if reader.plain_words and not step.by_law else titles.step
    for one in series(step.versions, years, step.pauses, step.week_start):
        for slot in times_of(one.cadence):
            uid = _uid(secret, reader, f"step {step.step_id} {one.begins} {slot}")
            yield repeated(uid, title, one, slot, zone_for(one.cadence, reader.time_zone))


def _meetings(connection: Connection, reader: Reader, titles: Titles, secret: str, now: datetime) -> Iterator[Entry]:
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - DAY
    for one in queries.meetings(connection, reader.person_id, since, since + AHEAD):
        uid = _uid(secret, reader, f"meeting {one.id}")
        yield Entry(uid, titles.meeting, one.starts_at, timedelta(minutes=one.minutes))


def _uid(secret: str, reader: Reader, of: str) -> str:
    """Name an entry, always alike and telling nothing; two people's calendars have no name in common."""
    return keyed_hash(secret, "calendar entry", f"{reader.person_id} {of}")
