"""Invitations: as the invited person opens them, and as the inviter keeps sight of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import aliased

from webapp.domain.people import Actor, Role
from webapp.models import Invitation, Organisation, Person


@dataclass(frozen=True, slots=True)
class Opened:
    """An invitation as its link shows it. `state` is "open", "used", "withdrawn" or "expired".

    `in_use`: the account was opened before, so that its owner has to be signed in to accept. `begins_anew`: it was
    a supporter's alone and becomes more, so that its keys end and a new password is chosen.
    """

    id: int
    role: str
    person_id: int
    called: str
    email: str
    time_zone: str
    language: str
    message: str | None
    by_name: str
    by_called: str
    by_care_team: bool
    organisation: str
    state: str
    in_use: bool
    begins_anew: bool

    @property
    def asks_password(self) -> bool:
        """Whether accepting means choosing a password; a supporter needs none."""
        return self.begins_anew or self.may_begin_with_passkey

    @property
    def may_begin_with_passkey(self) -> bool:
        """Whether a passkey may open the account instead: a new one, of somebody who needs more than a mailed link."""
        return not self.in_use and self.role != Role.SUPPORTER


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation as its sender sees it: with the name and address as they wrote them."""

    id: int
    role: str
    person_id: int
    client_id: int | None
    name: str
    email: str
    created_at: datetime
    expires_at: datetime
    open: bool
    accepted: bool
    withdrawn: bool


_by = aliased(Person)

_OPENED = (
    select(
        Invitation.id,
        Invitation.role,
        Invitation.person_id,
        Invitation.message,
        Invitation.expires_at,
        Invitation.accepted_at,
        Invitation.withdrawn_at,
        Person.called,
        Person.email,
        Person.time_zone,
        Person.language,
        Person.joined_at,
        Person.deactivated_at,
        (Person.is_client | Person.is_care_team | Person.is_admin).label("does_more"),
        _by.name.label("by_name"),
        _by.called.label("by_called"),
        _by.deactivated_at.label("by_deactivated_at"),
        _by.is_care_team.label("by_care_team"),
        Organisation.name.label("organisation"),
    )
    .join(Person, Person.id == Invitation.person_id)
    .join(_by, _by.id == Invitation.invited_by_id)
    .join(Organisation, Organisation.id == _by.organisation_id)
    .where(Invitation.token_hash == bindparam("token_hash"))
)
_SENT = select(
    Invitation.id,
    Invitation.role,
    Invitation.person_id,
    Invitation.client_id,
    Invitation.name,
    Invitation.email,
    Invitation.created_at,
    Invitation.expires_at,
    Invitation.accepted_at,
    Invitation.withdrawn_at,
).where(Invitation.invited_by_id == bindparam("by_id"))
_ONE_SENT = _SENT.where(Invitation.id == bindparam("invitation_id"))
_WAITING = _SENT.where(Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None)).order_by(
    Invitation.created_at.desc(), Invitation.id.desc()
)


def opened(connection: Connection, token_hash: str, now: datetime) -> Opened | None:
    """Read an invitation by the hash of its token. Reading changes nothing."""
    row = connection.execute(_OPENED, {"token_hash": token_hash}).one_or_none()
    if row is None:
        return None
    endings = {
        "withdrawn": any((row.withdrawn_at, row.deactivated_at, row.by_deactivated_at)),
        "used": row.accepted_at is not None,
        "expired": row.expires_at <= now,
    }
    return Opened(
        id=row.id,
        role=row.role,
        person_id=row.person_id,
        called=row.called,
        email=row.email,
        time_zone=row.time_zone,
        language=row.language,
        message=row.message,
        by_name=row.by_name,
        by_called=row.by_called,
        by_care_team=row.by_care_team,
        organisation=row.organisation,
        state=next((state for state, holds in endings.items() if holds), "open"),
        in_use=row.joined_at is not None,
        begins_anew=row.joined_at is not None and not row.does_more and row.role != Role.SUPPORTER,
    )


def sent(connection: Connection, actor: Actor, ids: Mapping[str, int], now: datetime) -> Sent | None:
    """One invitation that the actor sent (a loader for views/policies.py)."""
    found = {"by_id": actor.id, "invitation_id": ids["invitation_id"]}
    row = connection.execute(_ONE_SENT, found).one_or_none()
    return _sent(row, now) if row else None


def waiting(connection: Connection, by_id: int, now: datetime) -> tuple[Sent, ...]:
    """List what a person invited others to and has no answer to, newest first."""
    return tuple(_sent(row, now) for row in connection.execute(_WAITING, {"by_id": by_id}))


def _sent(row: object, now: datetime) -> Sent:
    get = row._mapping  # type: ignore[attr-defined]
    return Sent(
        id=get["id"],
        role=get["role"],
        person_id=get["person_id"],
        client_id=get["client_id"],
        name=get["name"],
        email=get["email"],
        created_at=get["created_at"],
        expires_at=get["expires_at"],
        open=get["accepted_at"] is None and get["withdrawn_at"] is None and get["expires_at"] > now,
        accepted=get["accepted_at"] is not None,
        withdrawn=get["withdrawn_at"] is not None,
    )
