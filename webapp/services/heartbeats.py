"""Say that a background process is alive."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.models import Heartbeat
from webapp.models.base import insert_into


def beat(session: Session, name: str, now: datetime) -> None:
    """Write when a process was last seen alive, whoever else does so just now."""
    seen = insert_into(session.get_bind().dialect, Heartbeat).values(name=name, at=now)
    session.execute(seen.on_conflict_do_update(index_elements=["name"], set_={"at": seen.excluded.at}))
