"""Nothing that the jobs ask of the embedded database reads a whole table, however long its record grows."""

from typing import Any

import pytest
from sqlalchemy import event

from jobs.calmly import written
from tests.support.crowd import fill
from tests.support.engine import utc
from webapp.config import Config
from webapp.db import Database
from webapp.services import dispatch
from webapp.services.materialise import materialise
from webapp.services.reap import reap

DUE = utc("2026-11-26T01:00:00")


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_every_statement_of_a_reminders_way_finds_its_rows_in_an_index(config: Config, database: Database) -> None:
    fill(database, 300, DUE, "http://127.0.0.1:1/push", mail_every=3)
    seen: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        seen.setdefault(statement, parameters[0] if many else parameters)

    event.listen(database.engine, "before_cursor_execute", note)
    assert written(database, lambda session: materialise(session, DUE, 80)) == 80
    for channel in ("push", "email"):
        ids = written(database, lambda session, to=channel: dispatch.claim(session, "me", to, DUE, 20))  # type: ignore[misc]
        ready = written(database, lambda session, ids=ids: dispatch.begin(session, config, ids, "me", DUE))  # type: ignore[misc]
        results = [dispatch.Result(what) for what, _ in ready]
        kept = written(database, lambda session, told=results: dispatch.record(session, told, "me", DUE))  # type: ignore[misc]
        assert len(kept) == 20
        written(database, lambda session, to=channel: dispatch.release(session, "me", to))  # type: ignore[misc]
    written(database, lambda session: reap(session, DUE))
    event.remove(database.engine, "before_cursor_execute", note)
    asked = {text: given for text, given in seen.items() if text.lstrip().startswith(("SELECT", "UPDATE"))}
    assert len(asked) > 12
    with database.reading() as connection:
        for statement, given in asked.items():
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)]
            # What is leased is a handful of rows; their index holds no others.
            few = ("json_each", "ix_deliveries_leased")
            whole = [step for step in plan if step.startswith("SCAN") and not any(name in step for name in few)]
            assert whole == [], statement
