"""Deliveries: what is true at the moment of sending, and the ledger their owner reads."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from webapp.domain.check_ins import marks
from webapp.domain.deliveries import DeliveryKind, MailUse, SendFacts, Verdict
from webapp.domain.last_look import counted_from, day_meant, left_to_say
from webapp.models import (
    ActionStep,
    BadDay,
    CheckIn,
    Delivery,
    Endpoint,
    Notice,
    Person,
    Reminder,
    ReminderOccurrence,
)
from webapp.models.bulk import among
from webapp.models.reminders import IS_LEASED
from webapp.queries import check_ins, notices, reminders
from webapp.queries.privacy import is_told_to
from webapp.queries.reminders import Basis
from webapp.queries.steps import WORDS

_DUE = (
    select(Delivery.id)
    .where(Delivery.state == "pending", Delivery.channel == bindparam("channel"), Delivery.due_at <= bindparam("now"))
    .limit(1)
)
_OVERDUE_LEASE = select(Delivery.id).where(IS_LEASED, Delivery.lease_until < bindparam("now")).limit(1)
_DUE_REMINDER = select(Reminder.id).where(Reminder.next_at <= bindparam("now"), Reminder.ended_at.is_(None)).limit(1)


def reminders_due(connection: Connection, now: datetime) -> bool:
    """Say whether any reminder is due. One look in an index."""
    return connection.execute(_DUE_REMINDER, {"now": now}).first() is not None


def due_on(connection: Connection, channel: str, now: datetime) -> bool:
    """Say whether any delivery is due on a channel. One look in an index."""
    return connection.execute(_DUE, {"channel": channel, "now": now}).first() is not None


def leases_over(connection: Connection, now: datetime) -> bool:
    """Say whether the lease of any delivery has run out. One look in an index."""
    return connection.execute(_OVERDUE_LEASE, {"now": now}).first() is not None


@dataclass(frozen=True, slots=True)
class ToSend:
    """One claimed delivery: the facts for the verdict, and what a message needs.

    `words` are the step's own, to be used only where the person chose plain wording (`plain_words`).
    `follow_up_after` and `mail_after` are minutes. Of `occurrence_id` and `notice_id` one is set. `link` is a path of
    ours, and `notice` the kind of a notice.
    """

    id: int
    client_id: int | None
    person_id: int
    occurrence_id: int | None
    notice_id: int | None
    reminder_id: int | None
    endpoint_id: int
    channel: str
    kind: str
    seq: int
    address: str
    keys: dict[str, str] | None
    language: str
    link: str
    notice: str | None
    words: str | None
    plain_words: bool
    attempts: int
    expires_at: datetime
    follow_up_after: int | None
    mail_use: str
    mail_after: int
    neutral_name: bool
    facts: SendFacts


_SHARED = (
    Delivery.id,
    Delivery.client_id,
    Delivery.person_id,
    Delivery.occurrence_id,
    Delivery.notice_id,
    Delivery.endpoint_id,
    Delivery.channel,
    Delivery.kind,
    Delivery.seq,
    Delivery.attempts,
    Endpoint.address,
    Endpoint.keys,
    Endpoint.off_at,
    Person.language,
    Person.follow_up_after,
    Person.mail_use,
    Person.mail_after,
    Person.neutral_name,
)
_REMINDERS = (
    select(
        *_SHARED,
        ReminderOccurrence.reminder_id,
        ReminderOccurrence.day,
        ReminderOccurrence.expires_at,
        ReminderOccurrence.zone,
        ReminderOccurrence.answer,
        Reminder.step_id,
        and_(Reminder.plain_words, ~is_told_to(Delivery.person_id)).label("plain_words"),
        Reminder.ended_at,
        WORDS.label("words"),
        ActionStep.status,
    )
    .join(ReminderOccurrence, ReminderOccurrence.id == Delivery.occurrence_id)
    .join(Reminder, Reminder.id == ReminderOccurrence.reminder_id)
    .join(ActionStep, ActionStep.id == Reminder.step_id)
    .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
    .join(Person, Person.id == Delivery.person_id)
    .where(among(Delivery.id, "ids"))
)
_OF_NOTICES = (
    select(*_SHARED)
    .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
    .join(Person, Person.id == Delivery.person_id)
    .where(among(Delivery.id, "ids"), Delivery.notice_id.is_not(None))
)
_BEGUN = select(Delivery.occurrence_id).where(
    among(Delivery.occurrence_id, "occurrences"),
    Delivery.state.in_(("sending", "sent", "unknown")),
)
LONGEST_WAIT = timedelta(days=2)
"""A reminder is put off by hours, and waits for quiet hours to end; no delivery earlier than this is of use."""
_WAITING = (
    select(Delivery.person_id, func.count(ReminderOccurrence.id.distinct()).label("number"))
    .join(ReminderOccurrence, ReminderOccurrence.id == Delivery.occurrence_id)
    .join(Reminder, Reminder.id == ReminderOccurrence.reminder_id)
    .where(
        among(Delivery.person_id, "people"),
        Delivery.due_at > bindparam("since"),
        Delivery.due_at <= bindparam("now"),
        Delivery.state.in_(("sending", "sent", "unknown")),
        ReminderOccurrence.expires_at > bindparam("now"),
        or_(
            ReminderOccurrence.answer.is_(None),
            and_(ReminderOccurrence.answer == "later", Delivery.due_at > ReminderOccurrence.answered_at),
        ),
        ~exists().where(
            CheckIn.step_id == Reminder.step_id,
            CheckIn.day == ReminderOccurrence.day,
            CheckIn.at >= ReminderOccurrence.due_at,  # said before, it would not have been sent
            CheckIn.undone_at.is_(None),
        ),
    )
    .group_by(Delivery.person_id)
)
_BAD_DAYS = select(BadDay.client_id, BadDay.day).where(
    among(BadDay.client_id, "clients"),
    BadDay.day >= bindparam("first"),
    BadDay.ended_at.is_(None),
)


def to_send(connection: Connection, ids: Collection[int], now: datetime) -> list[ToSend]:
    """Look once more at everything that may speak against sending. Ten queries at most, whatever the number."""
    return [*_reminders(connection, ids, now), *_notices(connection, ids, now)]


def waiting(connection: Connection, people: Collection[int], now: datetime) -> dict[int, int]:
    """Count what each of these was reminded of that is still of use, and that nobody answered. One query for all.

    A reminder being sent counts; one put off does not until it comes again.
    """
    found = dict.fromkeys(people, 0)
    if people:
        asked = {"people": list(people), "since": now - LONGEST_WAIT, "now": now}
        found |= {row.person_id: row.number for row in connection.execute(_WAITING, asked)}
    return found


def _reminders(connection: Connection, ids: Collection[int], now: datetime) -> list[ToSend]:
    rows = connection.execute(_REMINDERS, {"ids": list(ids)}).all()
    if not rows:
        return []
    found = {basis.id: basis for basis in reminders.bases(connection, {row.reminder_id for row in rows}, now)}
    meant = {row.id: day_meant(found[row.reminder_id].versions, row.day, found[row.reminder_id].today) for row in rows}
    said = _said(connection, rows, found, meant)
    occurrences = {"occurrences": [row.occurrence_id for row in rows]}
    begun = set(connection.execute(_BEGUN, occurrences).scalars())
    bad = _bad_days(connection, found.values())
    ready = []
    for row in rows:
        basis = found[row.reminder_id]
        left = left_to_say(
            basis.versions,
            basis.pauses,
            marks(said.get(row.step_id, ()), basis.versions),
            meant[row.id],
            basis.today,
            basis.at,
            basis.week_start,
        )
        unwell = row.person_id == row.client_id and (row.client_id, basis.today) in bad
        facts = SendFacts(
            now=now,
            expires_at=row.expires_at,
            zone=row.zone,
            zone_now=basis.zone_on(row.day),
            kind=row.kind,
            done=left.done,
            quota_met=left.quota_met,
            paused=left.paused or unwell or row.status == "on_hold",
            ended=left.ended or row.ended_at is not None or row.status not in ("active", "on_hold"),
            endpoint_on=row.off_at is None,
            granted=(basis.allowed or row.status != "active") and basis.known and not _unwanted(row),
            answered=row.answer is not None,
            begun=row.occurrence_id in begun,
            quiet=basis.quiet,
            even_when_quiet=basis.even_when_quiet,
        )
        ready.append(
            _ready(
                row,
                facts,
                reminder_id=row.reminder_id,
                expires_at=row.expires_at,
                link=f"/reminded/{row.occurrence_id}",
                words=row.words,
                plain_words=row.plain_words,
            )
        )
    return ready


def _notices(connection: Connection, ids: Collection[int], now: datetime) -> list[ToSend]:
    rows = connection.execute(_OF_NOTICES, {"ids": list(ids)}).all()
    if not rows:
        return []
    found = notices.still_wanted(connection, {row.notice_id for row in rows}, now)
    ready = []
    for row in rows:
        about = found[row.notice_id]
        facts = SendFacts(
            now=now,
            expires_at=about.expires_at,
            zone=about.zone,
            zone_now=about.zone,
            kind=row.kind,
            endpoint_on=row.off_at is None,
            granted=about.wanted,
            quiet=about.quiet,
        )
        ready.append(_ready(row, facts, expires_at=about.expires_at, link=about.link, notice=about.kind))
    return ready


def _said(
    connection: Connection, rows: Sequence[Row[Any]], found: Mapping[int, Basis], meant: Mapping[int, date]
) -> check_ins.Said:
    firsts: dict[int, date | None] = {}
    for row in rows:
        basis = found[row.reminder_id]
        first = counted_from(basis.versions, meant[row.id], basis.week_start)
        known = firsts.get(row.step_id, date.max)
        firsts[row.step_id] = None if first is None or known is None else min(first, known)
    return check_ins.of_steps_since(connection, firsts)


def _bad_days(connection: Connection, bases: Iterable[Basis]) -> set[tuple[int, date]]:
    days = {basis.client_id: basis.today for basis in bases}
    parameters = {"clients": list(days), "first": min(days.values(), default=date.max)}
    return {(row.client_id, row.day) for row in connection.execute(_BAD_DAYS, parameters)}


def _unwanted(row: Row[Any]) -> bool:
    return bool(row.kind == DeliveryKind.FALLBACK and row.mail_use == MailUse.NEVER)


def _ready(
    row: Row[Any],
    facts: SendFacts,
    *,
    expires_at: datetime,
    link: str,
    reminder_id: int | None = None,
    notice: str | None = None,
    words: str | None = None,
    plain_words: bool = False,
) -> ToSend:
    return ToSend(
        id=row.id,
        client_id=row.client_id,
        person_id=row.person_id,
        occurrence_id=row.occurrence_id,
        notice_id=row.notice_id,
        reminder_id=reminder_id,
        endpoint_id=row.endpoint_id,
        channel=row.channel,
        kind=row.kind,
        seq=row.seq,
        address=row.address,
        keys=row.keys,
        language=row.language,
        link=link,
        notice=notice,
        words=words,
        plain_words=plain_words,
        attempts=row.attempts,
        expires_at=expires_at,
        follow_up_after=row.follow_up_after,
        mail_use=row.mail_use,
        mail_after=row.mail_after,
        neutral_name=row.neutral_name,
        facts=facts,
    )


@dataclass(frozen=True, slots=True)
class Try:
    """One try to deliver, as its owner reads it. `device` is how they know the endpoint, where it is one of theirs.

    `because` is a verdict, "address_off", or what the other side said.
    """

    kind: str
    channel: str
    device: str | None
    state: str
    because: str | None
    due_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger: a reminder that came due, or a notice, and what became of it, try by try.

    `words` are the step's; None for a promise that ended, or is hidden: they are not the reader's to see. `called`
    is the client's name where the step is a promise to somebody else. `notice` is the kind of a notice. `expired`:
    Cairn did not run when it was due, so that nothing was tried.
    """

    due_at: datetime
    client_id: int | None
    words: str | None
    called: str | None
    notice: str | None
    expired: bool
    answer: str | None
    answered_at: datetime | None
    tries: tuple[Try, ...]


_CLIENT = aliased(Person)
_TRIES = (
    Delivery.id.label("delivery_id"),
    Delivery.kind,
    Delivery.channel,
    Delivery.state,
    Delivery.because,
    Delivery.due_at.label("try_due_at"),
    Delivery.sent_at,
    Endpoint.device,
)
_IN_ORDER = (Delivery.due_at, Delivery.seq, Delivery.id)
_LATEST = (
    select(ReminderOccurrence.id)
    .join(Reminder, Reminder.id == ReminderOccurrence.reminder_id)
    .where(
        Reminder.person_id == bindparam("person_id"),
        ReminderOccurrence.due_at >= bindparam("since"),
        ReminderOccurrence.state != "rekeyed",
    )
    .order_by(ReminderOccurrence.due_at.desc(), ReminderOccurrence.id.desc())
    .limit(bindparam("most"))
)
_LEDGER = (
    select(
        ReminderOccurrence.id,
        ReminderOccurrence.due_at,
        ReminderOccurrence.state.label("occurred"),
        ReminderOccurrence.answer,
        ReminderOccurrence.answered_at,
        case((and_(reminders.THEIRS, reminders.KNOWN), WORDS)).label("words"),
        _CLIENT.called,
        Reminder.client_id,
        *_TRIES,
    )
    .join(Reminder, Reminder.id == ReminderOccurrence.reminder_id)
    .join(ActionStep, ActionStep.id == Reminder.step_id)
    .join(_CLIENT, _CLIENT.id == Reminder.client_id)
    .outerjoin(Delivery, Delivery.occurrence_id == ReminderOccurrence.id)
    .outerjoin(Endpoint, Endpoint.id == Delivery.endpoint_id)
    .where(ReminderOccurrence.id.in_(_LATEST))
    .order_by(ReminderOccurrence.due_at.desc(), ReminderOccurrence.id.desc(), *_IN_ORDER)
)
_TOLD = (
    select(Notice.id)
    .where(Notice.person_id == bindparam("person_id"), Notice.due_at >= bindparam("since"))
    .order_by(Notice.due_at.desc(), Notice.id.desc())
    .limit(bindparam("most"))
)
_NOTICES = (
    select(Notice.id, Notice.due_at, Notice.kind.label("notice"), *_TRIES)
    .join(Delivery, Delivery.notice_id == Notice.id)
    .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
    .where(Notice.id.in_(_TOLD))
    .order_by(Notice.due_at.desc(), Notice.id.desc(), *_IN_ORDER)
)
SHOWN = timedelta(days=60)


def ledger(connection: Connection, person_id: int, now: datetime, most: int = 40) -> tuple[Line, ...]:
    """What became of somebody's reminders and notices in the last two months, newest first. Two queries."""
    asked = {"person_id": person_id, "since": now - SHOWN, "most": most, "now": now}
    found = [_line(rows, person_id) for rows in _by_id(connection.execute(_LEDGER, asked))]
    found += [_notice_line(rows) for rows in _by_id(connection.execute(_NOTICES, asked))]
    return tuple(sorted(found, key=lambda line: line.due_at, reverse=True)[:most])


def _by_id(rows: Iterable[Row[Any]]) -> Iterable[list[Row[Any]]]:
    return [list(told) for _id, told in groupby(rows, key=lambda row: row.id)]


def _line(rows: list[Row[Any]], person_id: int) -> Line:
    first = rows[0]
    return Line(
        due_at=first.due_at,
        client_id=first.client_id,
        words=first.words,
        called=None if first.client_id == person_id else first.called,
        notice=None,
        expired=first.occurred == "expired",
        answer=first.answer,
        answered_at=first.answered_at,
        tries=_tries(rows),
    )


def _notice_line(rows: list[Row[Any]]) -> Line:
    return Line(rows[0].due_at, None, None, None, rows[0].notice, False, None, None, _tries(rows))


def _tries(rows: Iterable[Row[Any]]) -> tuple[Try, ...]:
    """What was tried; a zone left behind is nobody's business any more."""
    return tuple(
        Try(row.kind, row.channel, row.device, row.state, row.because, row.try_due_at, row.sent_at)
        for row in rows
        if row.delivery_id is not None and row.because != Verdict.REKEYED
    )
