"""Who is signed in."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from webapp.domain.people import Actor, Role
from webapp.models import Person, SignIn

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
        Person.week_starts_on,
        SignIn.id.label("sign_in_id"),
        Person.password_hash.is_not(None).label("has_password"),
    )
    .join(SignIn, SignIn.person_id == Person.id)
    .where(
        SignIn.token_hash == bindparam("token_hash"),
        SignIn.ended_at.is_(None),
        SignIn.expires_at > bindparam("now"),
        Person.deactivated_at.is_(None),
    )
)


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
        week_starts_on=row.week_starts_on,
        sign_in_id=row.sign_in_id,
        has_password=row.has_password,
    )
