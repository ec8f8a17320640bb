"""Who is signed in, on which devices, and who asks to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from webapp.domain.people import Actor, Role
from webapp.models import Endpoint, Organisation, Person, SignIn, SignInLink
from webapp.queries import weeks


@dataclass(frozen=True, slots=True)
class Account:
    """What is needed to check a password."""

    id: int
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Device:
    """One device that is signed in."""

    id: int
    device: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A mailed link that still counts. `chooses_password`: it is no way in by itself, but to a new password."""

    person_id: int
    name: str
    called: str
    email: str
    language: str
    chooses_password: bool


_DEVICE_ADDRESS = (
    select(Endpoint.address)
    .where(Endpoint.sign_in_id == SignIn.id, Endpoint.channel == "push", Endpoint.off_at.is_(None))
    .order_by(Endpoint.id.desc())
    .limit(1)
    .scalar_subquery()
)
_ACTOR = (
    select(
        Person.id,
        Person.organisation_id,
        Person.name,
        Person.called,
        Person.is_client,
        Person.is_supporter,
        Person.is_care_team,
        Person.is_admin,
        Person.time_zone,
        Person.language,
        Person.day_starts_at,
        Person.first_run,
        *weeks.COLUMNS,
        SignIn.id.label("sign_in_id"),
        Person.password_hash.is_not(None).label("has_password"),
        _DEVICE_ADDRESS.label("device_address"),
        Organisation.country,
    )
    .join(SignIn, SignIn.person_id == Person.id)
    .join(Organisation, Organisation.id == Person.organisation_id)
    .where(
        SignIn.token_hash == bindparam("token_hash"),
        SignIn.ended_at.is_(None),
        SignIn.expires_at > bindparam("now"),
        Person.deactivated_at.is_(None),
    )
)

_ACCOUNT = select(Person.id, Person.password_hash).where(
    Person.email_key == bindparam("email_key"), Person.deactivated_at.is_(None)
)
_DEVICES = (
    select(SignIn.id, SignIn.device, SignIn.created_at)
    .where(
        SignIn.person_id == bindparam("person_id"),
        SignIn.ended_at.is_(None),
        SignIn.expires_at > bindparam("now"),
    )
    .order_by(SignIn.created_at.desc(), SignIn.id.desc())
)
_DEVICE = _DEVICES.where(SignIn.id == bindparam("sign_in_id"))
_LINK = (
    select(
        SignInLink.person_id,
        Person.name,
        Person.called,
        Person.email,
        Person.language,
        (Person.is_client | Person.is_care_team | Person.is_admin).label("chooses_password"),
    )
    .join(Person, Person.id == SignInLink.person_id)
    .where(
        SignInLink.token_hash == bindparam("token_hash"),
        SignInLink.used_at.is_(None),
        SignInLink.expires_at > bindparam("now"),
        Person.deactivated_at.is_(None),
    )
)


def account(connection: Connection, email_key: str) -> Account | None:
    """Find the account of an e-mail address, if it is in use."""
    row = connection.execute(_ACCOUNT, {"email_key": email_key}).one_or_none()
    return Account(*row) if row else None


def devices(connection: Connection, person_id: int, now: datetime) -> tuple[Device, ...]:
    """List where a person is signed in, newest first."""
    return tuple(Device(*row) for row in connection.execute(_DEVICES, {"person_id": person_id, "now": now}))


def own_device(connection: Connection, actor: Actor, ids: Mapping[str, int], now: datetime) -> Device | None:
    """One of the actor's own devices (a loader for views/policies.py)."""
    found = {"person_id": actor.id, "sign_in_id": ids["sign_in_id"], "now": now}
    row = connection.execute(_DEVICE, found).one_or_none()
    return Device(*row) if row else None


def link(connection: Connection, token_hash: str, now: datetime) -> Link | None:
    """Find a mailed sign-in link that still counts. Looking changes nothing."""
    row = connection.execute(_LINK, {"token_hash": token_hash, "now": now}).one_or_none()
    return Link(*row) if row else None


def actor(connection: Connection, token_hash: str, now: datetime) -> Actor | None:
    """Find the person behind a sign-in token, if it still counts."""
    row = connection.execute(_ACTOR, {"token_hash": token_hash, "now": now}).one_or_none()
    if row is None:
        return None
    flags = {
        Role.CLIENT: row.is_client,
        Role.SUPPORTER: row.is_supporter,
        Role.CARE_TEAM: row.is_care_team,
        Role.ADMIN: row.is_admin,
    }
    return Actor(
        id=row.id,
        organisation_id=row.organisation_id,
        name=row.name,
        called=row.called,
        roles=frozenset(role for role, held in flags.items() if held),
        time_zone=row.time_zone,
        language=row.language,
        day_starts_at=row.day_starts_at,
        week_starts_on=weeks.from_columns(row.week_starts_on, row.earlier_weeks),
        sign_in_id=row.sign_in_id,
        has_password=row.has_password,
        device_address=row.device_address,
        first_run=row.first_run,
        country=row.country,
    )
