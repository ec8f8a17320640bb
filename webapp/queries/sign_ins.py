"""Who is signed in, on which devices, and who asks to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, not_, or_, select

from webapp.domain.people import STAFF, Actor, Role
from webapp.domain.sign_ins import Use, counts
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
    use: Use


@dataclass(frozen=True, slots=True)
class Link:
    """A mailed link that still counts. `chooses_password`: it is no way in by itself, but to a new password."""

    person_id: int
    name: str
    called: str
    email: str
    language: str
    chooses_password: bool


@dataclass(frozen=True, slots=True)
class Lock:
    """What is needed to check a PIN on one device."""

    person_id: int
    sign_in_id: int
    pin_hash: str | None


_USE = (SignIn.created_at, SignIn.expires_at, SignIn.seen_at, SignIn.borrowed, SignIn.locked_at)
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
        Person.leaves_at,
        *weeks.COLUMNS,
        Person.lock_after,
        Person.neutral_name,
        Person.unsent_lost,
        *_USE,
        SignIn.id.label("sign_in_id"),
        SignIn.proved_at,
        Person.password_hash.is_not(None).label("has_password"),
        _DEVICE_ADDRESS.label("device_address"),
        Organisation.country,
    )
    .join(SignIn, SignIn.person_id == Person.id)
    .join(Organisation, Organisation.id == Person.organisation_id)
    .where(
        SignIn.token_hash == bindparam("token_hash"),
        SignIn.ended_at.is_(None),
        Person.deactivated_at.is_(None),
        # Whatever else lets somebody in: care team and admin only with two things, or a passkey.
        or_(SignIn.both, not_(or_(Person.is_care_team, Person.is_admin))),
    )
)

_ACCOUNT = select(Person.id, Person.password_hash).where(
    Person.email_key == bindparam("email_key"), Person.deactivated_at.is_(None)
)
_DEVICES = (
    select(SignIn.id, SignIn.device, (Person.is_care_team | Person.is_admin).label("staff"), *_USE)
    .join(Person, Person.id == SignIn.person_id)
    .where(SignIn.person_id == bindparam("person_id"), SignIn.ended_at.is_(None))
    .order_by(func.coalesce(SignIn.seen_at, SignIn.created_at).desc(), SignIn.id.desc())
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


_ONCE_OF = select(SignIn.person_id).where(SignIn.token_hash == bindparam("token_hash"))
_LOCK = select(SignIn.person_id, SignIn.id, Person.pin_hash).join(Person, Person.id == SignIn.person_id)
_LOCK = _LOCK.where(SignIn.id == bindparam("sign_in_id"))


def account(connection: Connection, email_key: str) -> Account | None:
    """Find the account of an e-mail address, if it is in use."""
    row = connection.execute(_ACCOUNT, {"email_key": email_key}).one_or_none()
    return Account(*row) if row else None


def devices(connection: Connection, person_id: int, now: datetime) -> tuple[Device, ...]:
    """List where a person is signed in, the one last used first."""
    rows = connection.execute(_DEVICES, {"person_id": person_id})
    return tuple(one for row in rows if (one := _device(row, now)))


def own_device(connection: Connection, actor: Actor, ids: Mapping[str, int], now: datetime) -> Device | None:
    """One of the actor's own devices (a loader for views/policies.py)."""
    row = connection.execute(_DEVICE, {"person_id": actor.id, "sign_in_id": ids["sign_in_id"]}).one_or_none()
    return _device(row, now) if row else None


def lock(connection: Connection, sign_in_id: int) -> Lock:
    """Read what a PIN typed on this device is compared with."""
    return Lock(*connection.execute(_LOCK, {"sign_in_id": sign_in_id}).one())


def link(connection: Connection, token_hash: str, now: datetime) -> Link | None:
    """Find a mailed sign-in link that still counts. Looking changes nothing."""
    row = connection.execute(_LINK, {"token_hash": token_hash, "now": now}).one_or_none()
    return Link(*row) if row else None


def actor(connection: Connection, token_hash: str, now: datetime) -> Actor | None:
    """Find the person behind a sign-in token, if it still counts."""
    row = connection.execute(_ACTOR, {"token_hash": token_hash}).one_or_none()
    if row is None:
        return None
    flags = {
        Role.CLIENT: row.is_client,
        Role.SUPPORTER: row.is_supporter,
        Role.CARE_TEAM: row.is_care_team,
        Role.ADMIN: row.is_admin,
    }
    roles, use = frozenset(role for role, held in flags.items() if held), _use(row)
    if not counts(use, bool(STAFF & roles), now):
        return None
    return Actor(
        id=row.id,
        organisation_id=row.organisation_id,
        name=row.name,
        called=row.called,
        roles=roles,
        time_zone=row.time_zone,
        language=row.language,
        day_starts_at=row.day_starts_at,
        week_starts_on=weeks.from_columns(row.week_starts_on, row.earlier_weeks),
        sign_in_id=row.sign_in_id,
        has_password=row.has_password,
        device_address=row.device_address,
        first_run=row.first_run,
        country=row.country,
        proved_at=row.proved_at,
        use=use,
        lock_after=row.lock_after,
        neutral_name=row.neutral_name,
        unsent_lost=row.unsent_lost,
        leaves_at=row.leaves_at,
    )


def once_of(connection: Connection, token_hash: str) -> int | None:
    """Return whose sign-in this was, whether it counts or not: nobody gets in by it."""
    return connection.execute(_ONCE_OF, {"token_hash": token_hash}).scalar_one_or_none()


def _device(row: Any, now: datetime) -> Device | None:
    use = _use(row)
    return Device(row.id, row.device, use) if counts(use, row.staff, now) else None


def _use(row: Any) -> Use:
    return Use(row.created_at, row.expires_at, row.seen_at or row.created_at, row.borrowed, row.locked_at)
