"""The people of the tests: always the same, so that a test reads like a sentence about them.

Clara is a client in New York with a plan. Sam, her brother, has a grant and a promise; Nora is a supporter
without a grant. Theo is her therapist; Tess is a therapist of somebody else. Ada is the admin. Otto is another
client, with a step of his own.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from webapp.domain.sharing import Scope
from webapp.models import (
    ActionStep,
    Assignment,
    CadenceVersion,
    CarePlan,
    Commitment,
    Contact,
    CopingStrategy,
    Endpoint,
    Goal,
    Organisation,
    Person,
    SharingGrant,
    SupporterLink,
    TeamMember,
)
from webapp.models import Session as Appointment

NOW = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
"""Thursday noon in New York."""
TODAY = date(2026, 11, 19)
MONDAY = date(2026, 11, 16)
START = date(2026, 10, 5)
"""The Monday on which Clara's plan began."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Ids of people and of records in Clara's plan."""

    organisation: int
    clara: int
    sam: int
    nora: int
    theo: int
    tess: int
    ada: int
    otto: int
    plan: int
    goal: int
    walk: int
    """self-directed, at least twice a week"""
    pills: int
    """self-directed, fixed, every day at 08:00"""
    hotline: int
    """self-directed, as needed, about substance use"""
    ride: int
    """Sam's promise, weekly on Thursday"""
    therapy: int
    """professional, weekly"""
    promise: int
    breathing: int
    last_session: int
    next_session: int
    otto_step: int


def enter(session: Session) -> Cast:
    """Write the cast into an empty database."""
    organisation = Organisation(name="Riverside Practice", country="US", created_at=NOW - timedelta(days=90))
    session.add(organisation)
    session.flush()

    def person(name: str, **roles: object) -> int:
        email = f"{name.split()[0].lower()}@example.test"
        made = Person(
            organisation_id=organisation.id,
            name=name,
            called=name.split()[0],
            email=email,
            email_key=email,
            created_at=NOW - timedelta(days=60),
            joined_at=NOW - timedelta(days=60),
            **roles,
        )
        return _add(session, made)

    clara = person("Clara Reyes", is_client=True)
    sam = person("Sam Reyes", is_supporter=True)
    nora = person("Nora Quist", is_supporter=True)
    theo = person("Theo Lindqvist", is_care_team=True, discipline="psychotherapist")
    tess = person("Tess Marlowe", is_care_team=True, discipline="peer specialist")
    ada = person("Ada Brook", is_admin=True)
    otto = person("Otto Vance", is_client=True)
    then = NOW - timedelta(days=50)
    _add(session, Assignment(care_team_id=theo, client_id=clara, assigned_at=then))
    _add(session, Assignment(care_team_id=tess, client_id=otto, assigned_at=then))
    for who, relation in ((sam, "brother"), (nora, "friend")):
        link = SupporterLink(supporter_id=who, client_id=clara, relation=relation, joined_at=then, confirmed_at=then)
        _add(session, link)
    granted = [(theo, scope) for scope in Scope if scope is not Scope.SUBSTANCE_USE] + [(sam, Scope.STEPS)]
    for who, scope in granted:
        grant = SharingGrant(
            client_id=clara, person_id=who, scope=scope, granted_by_id=clara, granted_at=then, starts_at=then
        )
        _add(session, grant)
    for who in (clara, sam):
        address = "clara@example.test" if who == clara else "sam@example.test"
        _add(session, Endpoint(person_id=who, channel="email", address=address, created_at=then))

    plan = _plan(session, clara, theo)
    goal = _add(session, Goal(client_id=clara, plan_id=plan, statement="Feel at home outside again"))
    member = _add(
        session,
        TeamMember(
            client_id=clara, plan_id=plan, person_id=sam, kind="natural_supporter", name="Sam Reyes", relation="brother"
        ),
    )
    therapist = _add(
        session,
        TeamMember(
            client_id=clara, plan_id=plan, person_id=theo, kind="professional", name="Theo Lindqvist", role="therapist"
        ),
    )

    def step(text: str, actor_kind: str = "self", **more: object) -> int:
        cadence = {key: more.pop(key) for key in list(more) if key in CadenceVersion.__table__.c}
        made = ActionStep(
            client_id=clara,
            plan_id=plan,
            goal_id=goal,
            actor_kind=actor_kind,
            text=text,
            created_by_id=theo,
            created_at=then,
            **more,
        )
        step_id = _add(session, made)
        _cadence(session, clara, step_id, theo, **cadence)
        return step_id

    walk = step(
        "Walk by the river",
        purpose="to loosen the week",
        smallest="Put on my shoes",
        kind="target",
        target_min=2,
        per_unit="week",
    )
    pills = step("Take the morning pills", kind="fixed", per_unit="day", times=["08:00"], bound="exactly")
    hotline = step("Ring my sponsor", substance_use=True, kind="as_needed")
    ride = step(
        "Drive Clara to choir",
        "natural_supporter",
        team_member_id=member,
        kind="fixed",
        per_unit="week",
        weekdays=[3],
        bound="exactly",
    )
    therapy = step(
        "Talking therapy",
        "professional",
        team_member_id=therapist,
        kind="target",
        target_min=1,
        per_unit="week",
        minutes=50,
    )
    promise = _add(
        session,
        Commitment(client_id=clara, step_id=ride, supporter_id=sam, state="active", created_at=then, changed_at=then),
    )
    breathing = _add(
        session,
        CopingStrategy(
            client_id=clara, text="Slow breathing", use_when="early_signs", created_by_id=clara, created_at=then
        ),
    )
    _add(session, Contact(client_id=clara, name="Aunt June", relation="aunt", phone="555-0117"))
    last = _add(
        session,
        Appointment(
            client_id=clara, care_team_id=theo, starts_at=NOW - timedelta(days=14), status="held", created_at=then
        ),
    )
    coming = _add(
        session,
        Appointment(client_id=clara, care_team_id=theo, starts_at=NOW + timedelta(days=1), created_at=then),
    )
    otto_plan = _plan(session, otto, tess)
    otto_step = _add(
        session,
        ActionStep(
            client_id=otto,
            plan_id=otto_plan,
            actor_kind="self",
            text="Otto's own step",
            created_by_id=tess,
            created_at=then,
        ),
    )
    _cadence(session, otto, otto_step, tess, kind="ongoing")
    return Cast(
        organisation=organisation.id,
        clara=clara,
        sam=sam,
        nora=nora,
        theo=theo,
        tess=tess,
        ada=ada,
        otto=otto,
        plan=plan,
        goal=goal,
        walk=walk,
        pills=pills,
        hotline=hotline,
        ride=ride,
        therapy=therapy,
        promise=promise,
        breathing=breathing,
        last_session=last,
        next_session=coming,
        otto_step=otto_step,
    )


def _add(session: Session, record: object) -> int:
    session.add(record)
    session.flush()
    return record.id  # type: ignore[attr-defined,no-any-return]


def _plan(session: Session, client: int, by: int) -> int:
    plan = CarePlan(
        client_id=client,
        vision="Dance at the summer party",
        starts_on=START,
        ends_on=date(2027, 3, 31),
        review_on=date(2026, 12, 7),
        created_by_id=by,
        created_at=NOW - timedelta(days=50),
    )
    return _add(session, plan)


def _cadence(session: Session, client: int, step_id: int, by: int, **more: object) -> None:
    values = {"valid_from": START, "anchor": START, "created_at": NOW - timedelta(days=45)} | more
    _add(session, CadenceVersion(client_id=client, step_id=step_id, created_by_id=by, **values))
