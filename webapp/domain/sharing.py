"""What a client lets one named person see."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """A kind of record that is granted on its own; none implies another."""

    PLAN = "plan"
    STEPS = "steps"
    NOTES = "notes"
    COPING = "coping"
    DISTRESS = "distress"
    AGENDA = "agenda"
    SUBSTANCE_USE = "substance_use"


@dataclass(frozen=True, slots=True)
class Grant:
    """One scope granted, from an instant (inclusive) until another (exclusive) or until withdrawn."""

    scope: Scope
    starts_at: datetime
    ends_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Say whether the grant counts at `now` (aware)."""
        over = any(end is not None and end <= now for end in (self.ends_at, self.withdrawn_at))
        return self.starts_at <= now and not over

    def ended_at(self, now: datetime) -> datetime | None:
        """Return the instant from which it no longer counted, None for one that counts or is still to begin."""
        return min((end for end in (self.ends_at, self.withdrawn_at) if end is not None and end <= now), default=None)


@dataclass(frozen=True, slots=True)
class Rights:
    """What one person may see of one client, now. The client sees everything of their own."""

    scopes: frozenset[Scope]

    def sees(self, scope: Scope, substance_use: bool = False) -> bool:
        """Say whether a record of this kind is theirs to see.

        A record about substance use needs its own explicit scope besides.
        """
        return scope in self.scopes and (not substance_use or Scope.SUBSTANCE_USE in self.scopes)


OWN = Rights(frozenset(Scope))


def drawing_up(found: Rights) -> Rights:
    """Widen the rights of whoever draws up a plan before its client has joined.

    Whoever may read the plan may write down what helps, too: there is no use of it yet to keep private. Once the
    client has joined, only what they granted counts.
    """
    return Rights(found.scopes | {Scope.COPING}) if Scope.PLAN in found.scopes else found


def rights(grants: tuple[Grant, ...], now: datetime) -> Rights:
    """Add up the grants that count at `now` (aware)."""
    return Rights(frozenset(grant.scope for grant in grants if grant.holds(now)))
