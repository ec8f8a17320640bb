"""What of the database is about a person: what they are handed when they download it, and what goes when they leave.

One table, by the tables' names, so that it can be read as a promise. A test compares it with the database: a table
with a column for a person is named here, or the tests fail.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from webapp.domain.backups import SUNDAYS

GRACE = timedelta(days=14)
"""How long an account that is to be deleted can still be kept."""


class Then(StrEnum):
    """What becomes of a row when the person leaves: deleted, kept as it is, or kept without pointing to them."""

    DELETED = "deleted"
    KEPT = "kept"
    CLEARED = "cleared"
    EMPTIED = "emptied"


@dataclass(frozen=True, slots=True)
class Tie:
    """Rows of a table that hang on a person by a path of columns, such as `reminder_id.person_id`.

    `told` are the columns they are handed: all (None), some, or none at all. `why` says so where it isn't all, and
    why something is kept. What an earlier tie of the same table told is not told again.
    """

    path: str
    then: Then = Then.DELETED
    told: tuple[str, ...] | None = None
    why: str = ""


_OWN_RECORD = (Tie("client_id"),)
_AUTHORED = "part of a client's record, which stays theirs; only when something was written is told"
_SOMEBODY_ELSES = "about a message or a wish of somebody else"


def _written_by(column: str, *told: str) -> tuple[Tie, ...]:
    return (Tie("client_id"), Tie(column, Then.KEPT, told, _AUTHORED))


TIES: dict[str, tuple[Tie, ...]] = {
    "people": (Tie("id", Then.EMPTIED),),
    # a client's record; what others wrote into it goes with it, what somebody wrote into another's stays there
    "client_information": _OWN_RECORD,
    "contacts": _OWN_RECORD,
    "care_plans": _written_by("created_by_id", "created_at"),
    "plan_lines": _OWN_RECORD,
    "goals": _OWN_RECORD,
    "objectives": _OWN_RECORD,
    "monitoring": _OWN_RECORD,
    "supports": _OWN_RECORD,
    "team_members": (
        Tie("client_id"),
        Tie("person_id", Then.CLEARED, ("kind", "role", "relation"), "how another's plan names them stays in it"),
    ),
    "plan_changes": _written_by("by_id", "at", "noun", "what"),
    "action_steps": _written_by("created_by_id", "created_at"),
    "cadences": _written_by("created_by_id", "created_at"),
    "step_progress": _OWN_RECORD,
    "pauses": _OWN_RECORD,
    "bad_days": _OWN_RECORD,
    "check_ins": _written_by("by_id", "day", "slot", "outcome", "reason", "note", "moved_to", "at", "undone_at"),
    "commitments": _written_by("supporter_id", "state", "suggestion", "created_at", "changed_at"),
    "commitment_events": _written_by("by_id", "at", "verb", "words"),
    "coping_strategies": _written_by("created_by_id", "created_at"),
    "signs": _OWN_RECORD,
    "strategy_signs": (Tie("strategy_id.client_id"),),
    "coping_uses": _OWN_RECORD,
    "sessions": _written_by("care_team_id", "starts_at", "minutes", "status"),
    "agenda_items": _OWN_RECORD,
    # who belongs together, who may see what, and who looked
    "assignments": _written_by("care_team_id", "assigned_at", "ended_at"),
    "supporter_links": _written_by("supporter_id", "relation", "joined_at", "ended_at"),
    "sharing_grants": (
        Tie("client_id"),
        Tie("person_id", Then.KEPT, (), "the client's, who alone is told of all they ever gave; it is ended"),
        Tie("granted_by_id", Then.KEPT, (), "the client's own, told already"),
    ),
    "looks": (
        Tie("client_id"),
        Tie("by_id", Then.KEPT, ("at", "page"), "the client whose record it was can always read who looked"),
    ),
    "look_chains": (Tie("client_id", told=(), why="a number and a seal, nothing anybody said"),),
    "departures": (Tie("person_id", Then.KEPT, (), "written when they have left: the number of the account and when"),),
    # an account of one's own
    "sign_ins": (Tie("person_id"),),
    "sign_in_links": (Tie("person_id"),),
    "half_sign_ins": (Tie("person_id"),),
    "proof_links": (Tie("sign_in_id.person_id"),),
    "second_factors": (Tie("person_id"),),
    "passkeys": (Tie("person_id"),),
    "recovery_codes": (Tie("person_id"),),
    "invitations": (
        Tie("person_id"),
        Tie(
            "client_id",
            told=("role", "name", "relation", "message", "created_at", "expires_at", "accepted_at", "withdrawn_at"),
            why="the address belongs to whoever was invited",
        ),
        Tie(
            "invited_by_id",
            told=("role", "created_at", "expires_at", "accepted_at", "withdrawn_at"),
            why="who was invited is told of themselves",
        ),
    ),
    "calendar_feeds": (Tie("person_id"),),
    "ops": (Tie("person_id"),),
    # reminders and mails
    "reminders": (Tie("person_id"), Tie("client_id", told=(), why=_SOMEBODY_ELSES)),
    "reminder_occurrences": (Tie("reminder_id.person_id"), Tie("client_id", told=(), why=_SOMEBODY_ELSES)),
    "notices": (Tie("person_id"), Tie("client_id", told=(), why=_SOMEBODY_ELSES)),
    "endpoints": (Tie("person_id"),),
    "deliveries": (
        Tie("person_id"),
        Tie("client_id", told=(), why=_SOMEBODY_ELSES),
        Tie("occurrence_id.client_id", told=(), why=_SOMEBODY_ELSES),
        Tie("notice_id.client_id", told=(), why=_SOMEBODY_ELSES),
    ),
}

NOBODYS: dict[str, str] = {
    "organisations": "the practice",
    "heartbeats": "when the jobs were last seen",
    "used_challenges": "hashes of what browsers signed, which go once they are too old to count",
    "throttles": "keyed hashes of tries to sign in, which tell nobody apart and go after two days",
}
"""Tables that hold nothing about one person, and why."""

SECRETS: dict[str, frozenset[str]] = {
    "people": frozenset({"password_hash", "pin_hash"}),
    "half_sign_ins": frozenset({"token_hash"}),
    "proof_links": frozenset({"token_hash"}),
    "second_factors": frozenset({"handle", "secret", "last_step"}),
    "passkeys": frozenset({"credential", "public_key"}),
    "recovery_codes": frozenset({"code_hash"}),
    "sign_ins": frozenset({"token_hash"}),
    "sign_in_links": frozenset({"token_hash"}),
    "invitations": frozenset({"token_hash"}),
    "calendar_feeds": frozenset({"token_hash"}),
    "endpoints": frozenset({"keys", "address", "address_key"}),
    "looks": frozenset({"mac"}),
}
"""Columns that are in no archive: whoever found it could sign in with them, or read along, or seal what is not so."""

KEEPS_NAME = "is_care_team"
"""Who signs for what they wrote into a client's record is named there for good, by name and profession."""


class Obstacle(StrEnum):
    """What has to happen before somebody can leave."""

    CLIENTS = "clients"
    ONLY_ADMIN = "only_admin"


def obstacles(clients: int, is_admin: bool, other_admins: int) -> tuple[Obstacle, ...]:
    """Say what keeps somebody from leaving who works with so many clients, or looks after Cairn alone."""
    alone = is_admin and not other_admins
    return (*([Obstacle.CLIENTS] if clients else []), *([Obstacle.ONLY_ADMIN] if alone else []))


def leaves_at(asked_at: datetime) -> datetime:
    """Return when an account is deleted whose owner asks for it now."""
    return asked_at + GRACE


def out_of_backups(left_on: date) -> date:
    """Return the first day on which no backup that is kept by the rules holds an account deleted on `left_on`.

    The last that may hold it is of the same day, and at most a Sunday's or one asked for: those are kept longest.
    Two more days, for the night after and for clocks in other zones.
    """
    return left_on + timedelta(weeks=SUNDAYS, days=2)
