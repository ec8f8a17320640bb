"""Actors of the cast, for services that ask who acts."""

from webapp.domain.people import Actor, Role
from webapp.domain.weeks import Weeks


def acting(person_id: int, role: Role = Role.CLIENT, organisation_id: int = 1) -> Actor:
    """An actor in New York whose day turns at 3 and whose week starts on Monday."""
    return Actor(
        id=person_id,
        organisation_id=organisation_id,
        name="",
        called="",
        roles=frozenset({role}),
        time_zone="America/New_York",
        language="en",
        day_starts_at=3,
        week_starts_on=Weeks(),
    )
