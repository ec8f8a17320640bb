"""What a piece of work may touch: whose records, and whether it may look accounts up."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from webapp.domain.people import Actor, Role

NOBODY = 0
"""An id that no account has."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Entered before anything is asked of the database, which then shows and takes nothing beyond it.

    `person_id` acts, and may touch what is about them as a person. `clients` are named outright; `circle` adds those
    whose circle the person belongs to, `caseload` those they are assigned to: who these are is looked up by the
    database when the scope is entered. `accounts` opens sign-ins, invitations and who belongs to whom, but nobody's
    record. `everyone` opens everything, and is the reason why.
    """

    person_id: int = NOBODY
    clients: frozenset[int] = frozenset()
    circle: bool = False
    caseload: bool = False
    accounts: bool = False
    everyone: str = ""

    def also(self, client_id: int) -> "Scope":
        """Add one client by name."""
        return replace(self, clients=self.clients | {client_id})


DOOR = Scope(accounts=True)
"""For strangers: find out who somebody is, or what a link opens."""


def of(actor: Actor, roles: Collection[Role] = (), accounts: bool = False) -> Scope:
    """Give the scope of a person who acts in one of these roles, where any are named, else in all they hold."""
    acting = actor.roles & frozenset(roles) if roles else actor.roles
    return Scope(
        person_id=actor.id,
        clients=frozenset({actor.id} if Role.CLIENT in acting else ()),
        circle=Role.SUPPORTER in acting,
        caseload=Role.CARE_TEAM in acting,
        accounts=accounts,
    )


def reader(person_id: int) -> Scope:
    """Give the scope of somebody who reads their own dates without signing in: their own, and what they promised."""
    return Scope(person_id, frozenset({person_id}), circle=True)


def everyone(reason: str) -> Scope:
    """Open everything. Raises ValueError without a reason."""
    if not reason.strip():
        raise ValueError("say why it has to be everyone")
    return Scope(everyone=reason)
