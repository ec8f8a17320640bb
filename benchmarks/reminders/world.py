"""Fill a database with people who are reminded: one client per reminder, one phone each, all due at one moment."""

import base64
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, insert, text

from webapp.db import Database
from webapp.models import ActionStep, CadenceVersion, CarePlan, Endpoint, Organisation, Person, Reminder

ZONE = "America/New_York"
BATCH = 5000


def subscription() -> tuple[dict[str, str], ec.EllipticCurvePrivateKey, bytes]:
    """Make the keys of a browser's push subscription."""
    key, auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return {"p256dh": _words(point), "auth": _words(auth)}, key, auth


def fill(database: Database, number: int, due: datetime, push_url: str | None, start: int = 0) -> None:
    """Write `number` clients with a daily step and a reminder of it that is due at `due` (on a minute).

    Each is reached at `push_url`/n, or by mail where there is none. Ids run from `start` + 1.
    """
    keys, _, _ = subscription()
    with database.writing() as session:
        connection = session.connection()
        _index_less(connection, start)
        for first in range(start + 1, start + number + 1, BATCH):
            _write(connection, range(first, min(first + BATCH, start + number + 1)), due, push_url, keys)
        if not database.embedded:
            for table in ("people", "care_plans", "action_steps", "cadences", "reminders", "endpoints"):
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {start + number})"))
    if not database.embedded:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def _index_less(connection: Connection, start: int) -> None:
    if start == 0:
        connection.execute(insert(Organisation), [{"id": 1, "name": "B", "country": "US", "created_at": _long_ago()}])


def _write(connection: Connection, ids: range, due: datetime, push_url: str | None, keys: dict[str, str]) -> None:
    rows = list(_rows(ids, due, push_url, keys))
    for n, table in enumerate((Person, CarePlan, ActionStep, CadenceVersion, Reminder, Endpoint)):
        connection.execute(insert(table), [row[n] for row in rows])


def _rows(ids: range, due: datetime, push_url: str | None, keys: dict[str, str]) -> Iterator[list[dict[str, Any]]]:
    from zoneinfo import ZoneInfo

    then, begun = _long_ago(), date(2026, 1, 5)
    local = due.astimezone(ZoneInfo(ZONE))
    for n in ids:
        of = {"id": n, "client_id": n}
        yield [
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
                "at_time": f"{local:%H:%M}",
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


def _long_ago() -> datetime:
    from datetime import UTC

    return datetime(2026, 1, 5, tzinfo=UTC) - timedelta(days=30)


def _words(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
