"""Whose each table is. A table that is not in here is refused by a test, and so is a reason that says nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owned:
    """A row is in scope when any of these says so.

    `clients`: columns that name a client. `people`: columns that name who it is about or for as a person. `parent`:
    a column and the table it leads to, whose row decides. `accounts`: open to whoever may look accounts up. `readers`
    are columns of people who may read the row but not change it. `begins`: what stands in a row that whoever may look
    accounts up may make, and nothing else, as SQL by column. `shown`: why anybody may read it, even without a scope.
    """

    clients: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    parent: tuple[str, str] | None = None
    accounts: bool = False
    readers: tuple[str, ...] = ()
    begins: tuple[tuple[str, str], ...] = ()
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Free:
    """Touched without a scope; `because` says why that is right."""

    because: str


OF_CLIENT = Owned(clients=("client_id",))
OF_PERSON = Owned(people=("person_id",))

OWNERS: dict[str, Owned | Free] = {
    # the plan
    "care_plans": OF_CLIENT,
    "plan_lines": OF_CLIENT,
    "plan_changes": OF_CLIENT,
    "team_members": OF_CLIENT,
    "supports": OF_CLIENT,
    "monitoring": OF_CLIENT,
    "goals": OF_CLIENT,
    "objectives": OF_CLIENT,
    "action_steps": OF_CLIENT,
    "cadences": OF_CLIENT,
    "step_progress": OF_CLIENT,
    "client_information": OF_CLIENT,
    "contacts": OF_CLIENT,
    # what helps
    "coping_strategies": OF_CLIENT,
    "coping_uses": OF_CLIENT,
    "signs": OF_CLIENT,
    "strategy_signs": Owned(parent=("strategy_id", "coping_strategies")),
    # days
    "check_ins": OF_CLIENT,
    "commitments": OF_CLIENT,
    "commitment_events": OF_CLIENT,
    "pauses": OF_CLIENT,
    "bad_days": OF_CLIENT,
    # sessions, sharing
    "sessions": OF_CLIENT,
    "agenda_items": OF_CLIENT,
    "sharing_grants": OF_CLIENT,
    "looks": OF_CLIENT,
    # made with the account, by a trigger
    "look_chains": Owned(clients=("client_id",), begins=(("seq", "0"), ("mac", "''"))),
    # reminders
    "reminders": OF_CLIENT,
    "reminder_occurrences": OF_CLIENT,
    "deliveries": Owned(clients=("client_id",), people=("person_id",)),
    "notices": OF_PERSON,
    "departures": OF_PERSON,
    "endpoints": Owned(people=("person_id",), accounts=True),
    "calendar_feeds": Owned(people=("person_id",), accounts=True),
    "ops": OF_PERSON,
    # accounts, and who belongs to whom
    "sign_ins": Owned(people=("person_id",), accounts=True),
    "sign_in_links": Owned(people=("person_id",), accounts=True),
    "second_factors": Owned(people=("person_id",), accounts=True),
    "passkeys": Owned(people=("person_id",), accounts=True),
    "recovery_codes": Owned(people=("person_id",), accounts=True),
    "half_sign_ins": Owned(people=("person_id",), accounts=True),
    "proof_links": Owned(parent=("sign_in_id", "sign_ins"), accounts=True),
    "invitations": Owned(people=("person_id", "invited_by_id"), accounts=True),
    "assignments": Owned(clients=("client_id",), accounts=True, readers=("care_team_id",)),
    "supporter_links": Owned(clients=("client_id",), accounts=True, readers=("supporter_id",)),
    "people": Owned(
        people=("id",),
        accounts=True,
        shown="an account is found by its address before anybody acts, and its name stands on others' pages",
    ),
    # nobody's
    "organisations": Free("the practice itself: its name and its country"),
    "used_challenges": Free("hashes of what browsers signed, so that none counts twice"),
    "throttles": Free("keyed hashes of addresses and accounts, counted before anybody is known"),
    "heartbeats": Free("when a process was last alive"),
}

OWNED: dict[str, Owned] = {name: owner for name, owner in OWNERS.items() if isinstance(owner, Owned)}
HIDDEN = frozenset(name for name, owner in OWNED.items() if not owner.shown)
"""What nobody reads without a scope."""
