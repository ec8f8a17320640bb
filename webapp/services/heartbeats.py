"""Say that a background process is alive."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webapp.models import Heartbeat


def beat(session: Session, name: str, now: datetime) -> None:
    """Write when a process was last seen alive, whoever else does so just now."""
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    seen = insert(Heartbeat).values(name=name, at=now)
    session.execute(seen.on_conflict_do_update(index_elements=["name"], set_={"at": seen.excluded.at}))
