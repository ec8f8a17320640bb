"""What a client lets one named person see."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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


PER_STEP = frozenset({Scope.PLAN, Scope.STEPS, Scope.NOTES})
"""Kinds of record that can be granted for some steps only. What is about substance use is narrowed by these."""


PART_2_NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""The short notice of 42 CFR 2.32(a), in the words of the law, for what goes to no screen."""

UNDO_FOR = timedelta(minutes=10)
"""So long a withdrawal can be undone; later sharing begins anew."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which steps a grant is about: with `new`, all but `steps`, also those yet to come; without it only `steps`."""

    new: bool = True
    steps: frozenset[int] = frozenset()

    def covers(self, step_id: int) -> bool:
        return (step_id in self.steps) != self.new

    def __or__(self, other: "Reach") -> "Reach":
        """Add up two: what either covers."""
        if self.new and other.new:
            return Reach(True, self.steps & other.steps)
        if not self.new and not other.new:
            return Reach(False, self.steps | other.steps)
        wide, narrow = (self, other) if self.new else (other, self)
        return Reach(True, wide.steps - narrow.steps)


EVERY_STEP, NO_STEP = Reach(), Reach(new=False)


def reach_of(offered: Collection[int], ticked: Collection[int], new: bool) -> Reach:
    """Read ticks beside the steps `offered`, and one for those yet to come."""
    return Reach(new, frozenset(offered) - frozenset(ticked) if new else frozenset(offered) & frozenset(ticked))


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody signed before records about substance use were shared, in the words they read.

    These are the elements that 42 CFR 2.31(a) asks for. The date is that of the grant.
    """

    patient: str
    discloser: str
    information: str
    recipient: str
    purpose: str
    revocation: str
    expiration: str
    redisclosure: str
    refusal: str
    signature: str

    @property
    def whole(self) -> bool:
        """Whether none of the elements is missing."""
        return all(getattr(self, name).strip() for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class Grant:
    """One scope granted, from an instant (inclusive) until another (exclusive) or until withdrawn."""

    scope: Scope
    starts_at: datetime
    ends_at: datetime | None = None
    withdrawn_at: datetime | None = None
    reach: Reach = EVERY_STEP

    def holds(self, now: datetime) -> bool:
        """Say whether the grant counts at `now` (aware)."""
        return self.starts_at <= now and self.ended_at(now) is None

    def is_to_begin(self, now: datetime) -> bool:
        """Say whether it is given and counts only from later on."""
        return self.starts_at > now and self.withdrawn_at is None

    def ended_at(self, now: datetime) -> datetime | None:
        """Return the instant from which it no longer counted, None for one that counts or is still to begin."""
        return min((end for end in (self.ends_at, self.withdrawn_at) if end is not None and end <= now), default=None)


@dataclass(frozen=True, slots=True)
class Rights:
    """What one person may see of one client, now. The client sees everything of their own."""

    scopes: frozenset[Scope]
    reaches: Mapping[Scope, Reach] = field(default_factory=dict)
    """Only of what is granted for some steps."""

    def sees(self, scope: Scope, substance_use: bool = False, step_id: int | None = None) -> bool:
        """Say whether a record of this kind is theirs to see; with `step_id` one that belongs to that step.

        A record about substance use needs its own explicit scope besides.
        """
        if scope not in self.scopes or (substance_use and Scope.SUBSTANCE_USE not in self.scopes):
            return False
        return step_id is None or self.reach(scope).covers(step_id)

    def reach(self, scope: Scope) -> Reach:
        """Return of which steps they see records of this kind."""
        return self.reaches.get(scope, EVERY_STEP) if scope in self.scopes else NO_STEP

    @property
    def whole_plan(self) -> bool:
        """Whether no step of the plan can be hidden from them."""
        return self.sees(Scope.PLAN, substance_use=True) and self.reach(Scope.PLAN) == EVERY_STEP

    @property
    def any(self) -> bool:
        """Whether anything at all is shared with them."""
        return bool(self.scopes)


OWN = Rights(frozenset(Scope))


def was_just_withdrawn(withdrawn_at: datetime | None, ends_at: datetime | None, now: datetime) -> bool:
    """Say whether a withdrawal may be undone: it was moments ago, and there is time left to share."""
    recent = withdrawn_at is not None and now - UNDO_FOR < withdrawn_at <= now
    return recent and (ends_at is None or ends_at > now)


def drawing_up(found: Rights) -> Rights:
    """Widen the rights of whoever draws up a plan before its client has joined.

    Whoever may read the plan may write down what helps, too: there is no use of it yet to keep private. Once the
    client has joined, only what they granted counts.
    """
    return Rights(found.scopes | {Scope.COPING}, found.reaches) if Scope.PLAN in found.scopes else found


def rights(grants: tuple[Grant, ...], now: datetime) -> Rights:
    """Add up the grants that count at `now` (aware)."""
    found: dict[Scope, Reach] = {}
    for grant in (one for one in grants if one.holds(now)):
        found[grant.scope] = found.get(grant.scope, NO_STEP) | grant.reach
    narrow = {scope: reach for scope, reach in found.items() if reach != EVERY_STEP}
    return Rights(frozenset(found), narrow)
