"""Fill a database with people who are reminded: one client per reminder, one phone each, all due at one moment."""

import base64
import os
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import insert, text

from webapp.db import Database
from webapp.domain.scopes import everyone
from webapp.models import ActionStep, CadenceVersion, CarePlan, CheckIn, Endpoint, Organisation, Person, Reminder

EVERYONE = everyone("whoever fills a database with a crowd, or counts it, has everybody in hand")
ZONE = "America/New_York"
BATCH = 5000
TABLES = (Person, CarePlan, ActionStep, CadenceVersion, Reminder, Endpoint)
LONG_AGO = datetime(2025, 12, 6, tzinfo=UTC)


def subscription() -> tuple[dict[str, str], ec.EllipticCurvePrivateKey, bytes]:
    """Make the keys of a browser's push subscription."""
    key, auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return {"p256dh": _words(point), "auth": _words(auth)}, key, auth


def fill(
    database: Database,
    number: int,
    due: datetime,
    push_url: str | None,
    start: int = 0,
    mail_every: int = 0,
) -> None:
    """Write `number` clients with a daily step and a reminder of it that is due at `due` (on a minute).

    Each is reached at `push_url`/n; every `mail_every`th, and everybody where there is no such address, by mail.
    Ids run from `start` + 1.
    """
    keys, _, _ = subscription()
    with database.writing() as session:
        connection = session.connection()
        if start == 0:
            connection.execute(insert(Organisation), [{"id": 1, "name": "B", "country": "US", "created_at": LONG_AGO}])
        for first in range(start + 1, start + number + 1, BATCH):
            ids = range(first, min(first + BATCH, start + number + 1))
            rows = [_rows(n, due, None if mail_every and n % mail_every == 0 else push_url, keys) for n in ids]
            for column, table in enumerate(TABLES):
                connection.execute(insert(table), [row[column] for row in rows])
        if not database.embedded:
            for table in ("organisations", *(table.__tablename__ for table in TABLES)):
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {start + number})"))
    if not database.embedded:
        with database.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def record(database: Database, people: int, number: int, at: datetime) -> None:
    """Write `number` check-ins of people whom `fill` made, on as many days as that takes; every third has a note."""
    rows = [
        {
            "client_id": n % people + 1,
            "step_id": n % people + 1,
            "by_id": n % people + 1,
            "op_id": f"op-{n}",
            "day": at.date() - timedelta(days=n // people),
            "outcome": "done",
            "note": note(n) if n % 3 == 0 else None,
            "at": at,
        }
        for n in range(number)
    ]
    with database.writing() as session:
        for first in range(0, number, BATCH):
            session.connection().execute(insert(CheckIn.__table__), rows[first : first + BATCH])


def note(n: int) -> str:
    """Say something as long as people do."""
    words = "It was hard to begin with, but down at the river it went by itself, and I slept better after it."
    return f"{words} Day {n}."


def _rows(n: int, due: datetime, push_url: str | None, keys: dict[str, str]) -> list[dict[str, Any]]:
    then, begun = LONG_AGO, date(2026, 1, 5)
    local = due.astimezone(ZoneInfo(ZONE))
    of = {"id": n, "client_id": n}
    return [
        {
            "id": n,
            "organisation_id": 1,
            "name": f"Person {n}",
            "called": f"P{n}",
            "email": f"p{n}@example.test",
            "email_key": f"p{n}@example.test",
            "is_client": True,
            "time_zone": ZONE,
            "created_at": then,
            "joined_at": then,
        },
        of | {"created_by_id": n, "created_at": then},
        of | {"plan_id": n, "actor_kind": "self", "text": "Walk", "created_by_id": n, "created_at": then},
        of
        | {
            "step_id": n,
            "kind": "fixed",
            "bound": "exactly",
            "per_unit": "day",
            "weekdays": [],
            "times": [],
            "valid_from": begun,
            "anchor": begun,
            "created_by_id": n,
            "created_at": then,
        },
        of
        | {
            "step_id": n,
            "person_id": n,
            "at_time": f"{local:%H:%M:%S}",
            "next_at": due,
            "next_day": local.date(),
            "zone": ZONE,
            "created_at": then,
        },
        {
            "id": n,
            "person_id": n,
            "channel": "push" if push_url else "email",
            "address": f"{push_url}/{n}" if push_url else f"p{n}@example.test",
            "keys": keys if push_url else None,
            "created_at": then,
        },
    ]


def _words(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
