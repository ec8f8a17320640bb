"""Remember who looked at a client's record, where the client can read it, sealed to the look before it.

Those who look at the same record at the same moment come one after the other: each takes the row of the chain's
end, several of them in the order of their numbers, so that nobody waits in a circle. One look alone goes on from the
end this process saw last, in one statement; it is a guess that the database checks.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Select, bindparam, exists, insert, literal, select
from sqlalchemy.orm import Session

from webapp.domain.looks import Head, seal
from webapp.models import Look, LookChain
from webapp.models.base import Id, Utc
from webapp.models.bulk import Inserting, among

JUST_NOW = timedelta(minutes=5)
"""Whatever is shown that soon after a page was opened belongs to the same look."""
COLUMNS = ("client_id", "seq", "by_id", "at", "page", "mac")

_insert = Inserting(Look, *COLUMNS)
_ENDS = (
    select(LookChain.client_id, LookChain.seq, LookChain.mac)
    .where(among(LookChain.client_id, "ids"))
    .order_by(LookChain.client_id)
    .with_for_update()
)
_NOT_SINCE = _ENDS.where(
    ~exists().where(
        Look.client_id == LookChain.client_id,
        Look.by_id == bindparam("by_id", type_=Id),
        Look.page == bindparam("page"),
        Look.at >= bindparam("since", type_=Utc),
    )
)
_last_seen: WeakKeyDictionary[Engine, dict[int, Head]] = WeakKeyDictionary()
"""By database: where chains ended when this process last added to them."""


class NotRemembered(Exception):
    """A look could not be written down, and so nothing may be shown."""


def looked(session: Session, by_id: int, client_id: int, page: str, now: datetime) -> None:
    """Remember that somebody else opened a page about this client; one's own look is nobody's business.

    `page` is the noun of the screen; views/people.py puts it into words. Call it before anything is shown.
    Raises NotRemembered for a client whom nobody knows.
    """
    if by_id == client_id:
        return
    known = _heads(session).get(client_id)
    if known is None or not _went_on(session, known, by_id, page, now):
        _append(session, _read(session, _ENDS, {"ids": [client_id]}), by_id, page, now)


def looked_at_each(session: Session, by_id: int, client_ids: Collection[int], page: str, now: datetime) -> None:
    """Remember a look at a page that shows something of each of these clients."""
    _append(session, _read(session, _ENDS, {"ids": sorted({*client_ids} - {by_id})}), by_id, page, now)


def looked_over(
    session: Session, by_id: int, client_ids: Collection[int], page: str, since: datetime, now: datetime
) -> None:
    """Remember a look at a list that shows a little of many clients, once each since `since`."""
    ids = sorted({*client_ids} - {by_id})
    if ids:
        fresh = {"ids": ids, "by_id": by_id, "page": page, "since": since}
        heads = _read(session, _NOT_SINCE, fresh)
        if heads:
            _add(session, heads, by_id, page, now)


def written_out(session: Session, client_id: int, now: datetime) -> None:
    """Remember that whoever runs the server wrote a client's plan to a file."""
    _append(session, _read(session, _ENDS, {"ids": [client_id]}), None, "export", now)


def _went_on(session: Session, head: Head, by_id: int, page: str, now: datetime) -> bool:
    """Add the look that follows on `head`, if the chain still ends there once its row is ours."""
    row = _row(session, head, by_id, page, now)
    still = (
        select(*(literal(row[name], Look.__table__.c[name].type) for name in COLUMNS))
        .select_from(LookChain)
        .where(LookChain.client_id == head.client_id, LookChain.seq == head.seq, LookChain.mac == head.seal)
        .with_for_update()
    )
    write = insert(Look).from_select(list(COLUMNS), still)
    done = session.connection().execute(write.returning(Look.seq)).first() is not None
    if done:
        _heads(session)[head.client_id] = Head(head.client_id, row["seq"], row["mac"])
    return done


def _append(session: Session, heads: Sequence[Head], by_id: int | None, page: str, now: datetime) -> None:
    if not heads:
        raise NotRemembered
    _add(session, heads, by_id, page, now)


def _add(session: Session, heads: Sequence[Head], by_id: int | None, page: str, now: datetime) -> None:
    rows = [_row(session, head, by_id, page, now) for head in heads]
    _insert(session.connection(), rows)
    _heads(session).update({row["client_id"]: Head(row["client_id"], row["seq"], row["mac"]) for row in rows})


def _row(session: Session, head: Head, by_id: int | None, page: str, now: datetime) -> dict[str, Any]:
    mac = seal(key_of(session), head, by_id, now, page)
    values = (head.client_id, head.seq + 1, by_id, now, page, mac)
    return dict(zip(COLUMNS, values, strict=True))


def _read(session: Session, which: Select[int, int, str], values: dict[str, Any]) -> list[Head]:
    session.flush()
    return [Head(*row) for row in session.connection().execute(which, values)]


def _heads(session: Session) -> dict[int, Head]:
    return _last_seen.setdefault(session.connection().engine, {})


def key_of(session: Session) -> str:
    """Return the key that seals, which the database never sees."""
    return str(session.connection().get_execution_options()["cairn_audit_key"])
