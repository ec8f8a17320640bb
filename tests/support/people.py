"""Actors of the cast, for services that ask who acts."""

from webapp.domain.people import Actor, Role
from webapp.domain.sharing import Consent
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


SIGNED = Consent(
    patient="Clara Reyes",
    discloser="Riverside Practice, through Cairn",
    information="Steps, goals and coping strategies about substance use.",
    recipient="Theo Lindqvist",
    purpose="At the request of Clara.",
    revocation="You can stop it here at any time.",
    expiration="Until Clara stops it.",
    redisclosure="It may be passed on where the law allows that.",
    refusal="You get the same help if you do not sign.",
    signature="Clara Reyes",
)
"""What a client signs before records about substance use are shared."""
