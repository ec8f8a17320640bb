"""What stands in a table, for tests that look at what a request left there."""

from typing import Any

from sqlalchemy import select

from webapp.db import Database


def all_of(database: Database, model: Any) -> list[Any]:
    """Give every row, oldest first."""
    with database.writing() as session:
        return list(session.scalars(select(model).order_by(model.id)))


def only(database: Database, model: Any, **values: Any) -> Any:
    """Give the one row with these values. They are compared here: PostgreSQL can't, it keeps free text encrypted."""
    found = [row for row in all_of(database, model) if all(getattr(row, k) == v for k, v in values.items())]
    assert len(found) == 1, found
    return found[0]
