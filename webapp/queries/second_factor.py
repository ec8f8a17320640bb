"""What somebody has to show beside a password, and who is half way in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from webapp.domain import second_factor
from webapp.domain.people import Actor, Role
from webapp.models import HalfSignIn, Passkey, Person, ProofLink, RecoveryCode, SecondFactor, SignIn


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody's account as far as signing in goes."""

    id: int
    called: str
    email: str
    language: str
    roles: frozenset[Role]
    has_password: bool
    app_since: datetime | None
    passkeys: int
    codes_left: int

    @property
    def has_app(self) -> bool:
        return self.app_since is not None

    @property
    def proves_by_mail(self) -> bool:
        """Whether a mailed link is all they can show beside a passkey: it lets them in, too.

        To anybody but supporters a mailed link gives a new password and no more, and signs all devices out.
        """
        return self.roles <= {Role.SUPPORTER} and not self.has_password and not self.has_app

    @property
    def is_asked(self) -> bool:
        """Whether a password or a mailed link is half of what they sign in with."""
        return second_factor.is_asked(self.roles, self.has_app)

    @property
    def is_compulsory(self) -> bool:
        return second_factor.is_compulsory(self.roles)

    @property
    def sets_up(self) -> bool:
        """Whether they have nothing to show yet beside their password, but must."""
        return self.is_compulsory and not self.has_app and not self.passkeys


@dataclass(frozen=True, slots=True)
class Key:
    """One passkey, as its owner sees it."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


_OWNER = select(
    Person.id,
    Person.called,
    Person.email,
    Person.language,
    Person.is_client,
    Person.is_supporter,
    Person.is_care_team,
    Person.is_admin,
    Person.password_hash.is_not(None).label("has_password"),
    SecondFactor.added_at.label("app_since"),
    select(func.count(Passkey.id)).where(Passkey.person_id == Person.id).scalar_subquery().label("passkeys"),
    select(func.count(RecoveryCode.id))
    .where(RecoveryCode.person_id == Person.id, RecoveryCode.used_at.is_(None))
    .scalar_subquery()
    .label("codes_left"),
).outerjoin(SecondFactor, SecondFactor.person_id == Person.id)
_OF_PERSON = _OWNER.where(Person.id == bindparam("person_id"))
_HALFWAY = _OWNER.join(HalfSignIn, HalfSignIn.person_id == Person.id).where(
    HalfSignIn.token_hash == bindparam("token_hash"),
    HalfSignIn.expires_at > bindparam("now"),
    Person.deactivated_at.is_(None),
)
_OF_SIGN_IN = _OWNER.join(SignIn, SignIn.person_id == Person.id).where(SignIn.id == bindparam("sign_in_id"))
_KEYS = (
    select(Passkey.id, Passkey.name, Passkey.created_at, Passkey.used_at)
    .where(Passkey.person_id == bindparam("person_id"))
    .order_by(Passkey.id)
)
_KEY = _KEYS.where(Passkey.id == bindparam("passkey_id"))
_MANY = select(func.count(Passkey.id)).where(Passkey.person_id == bindparam("person_id"))
_PASSWORD = select(Person.password_hash).where(Person.id == bindparam("person_id"))
_PROOF_LINK = (
    select(Person.language)
    .join(SignIn, SignIn.person_id == Person.id)
    .join(ProofLink, ProofLink.sign_in_id == SignIn.id)
    .where(
        ProofLink.token_hash == bindparam("token_hash"),
        ProofLink.used_at.is_(None),
        ProofLink.expires_at > bindparam("now"),
        SignIn.ended_at.is_(None),
        Person.deactivated_at.is_(None),
    )
)


def owner(connection: Connection, person_id: int) -> Owner:
    """Find what a person signs in with."""
    return _owner(connection.execute(_OF_PERSON, {"person_id": person_id}).one())


def owner_of(connection: Connection, sign_in_id: int) -> Owner:
    """Find what the person whose sign-in this is signs in with."""
    return _owner(connection.execute(_OF_SIGN_IN, {"sign_in_id": sign_in_id}).one())


def halfway(connection: Connection, token_hash: str, now: datetime) -> Owner | None:
    """Find who has shown one thing and is to show another."""
    row = connection.execute(_HALFWAY, {"token_hash": token_hash, "now": now}).one_or_none()
    return _owner(row) if row else None


def keys(connection: Connection, person_id: int) -> tuple[Key, ...]:
    """List a person's passkeys, oldest first."""
    return tuple(Key(*row) for row in connection.execute(_KEYS, {"person_id": person_id}))


def own_key(connection: Connection, actor: Actor, ids: Mapping[str, int], _now: datetime) -> Key | None:
    """One of the actor's own passkeys (a loader for views/policies.py)."""
    row = connection.execute(_KEY, {"person_id": actor.id, "passkey_id": ids["passkey_id"]}).one_or_none()
    return Key(*row) if row else None


def many_passkeys(connection: Connection, person_id: int) -> int:
    """Count a person's passkeys."""
    return int(connection.execute(_MANY, {"person_id": person_id}).scalar_one())


def password_of(connection: Connection, person_id: int) -> str | None:
    """Return the hash of a person's password."""
    return connection.execute(_PASSWORD, {"person_id": person_id}).scalar_one()


def proof_link(connection: Connection, token_hash: str, now: datetime) -> str | None:
    """Return the language of whoever asked for a link that still counts. Looking changes nothing."""
    return connection.execute(_PROOF_LINK, {"token_hash": token_hash, "now": now}).scalar_one_or_none()


def _owner(row: Any) -> Owner:
    flags = {
        Role.CLIENT: row.is_client,
        Role.SUPPORTER: row.is_supporter,
        Role.CARE_TEAM: row.is_care_team,
        Role.ADMIN: row.is_admin,
    }
    return Owner(
        id=row.id,
        called=row.called,
        email=row.email,
        language=row.language,
        roles=frozenset(role for role, held in flags.items() if held),
        has_password=row.has_password,
        app_since=row.app_since,
        passkeys=row.passkeys,
        codes_left=row.codes_left,
    )
