"""Write the steps of a plan: add, change, retire, bring back, suggest, accept."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from webapp.domain.cadence import Cadence
from webapp.models import ActionStep, CadenceVersion, CarePlan, Goal, PlanChange, Reminder, TeamMember
from webapp.queries import cadences as cadence_queries
from webapp.services import cadences, care_plans, commitments, plan_changes

FIELDS = (
    "goal_id",
    "text",
    "own_words",
    "intervention",
    "purpose",
    "how_to",
    "cue",
    "smallest",
    "time_of_day",
    "substance_use",
)
NOUN = "step"


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes a step: the client, somebody of the team, somebody of the circle, or somebody new."""

    kind: str = "self"
    member_id: int | None = None
    person_id: int | None = None
    name: str | None = None
    what: str | None = None


SELF = Taker()


def add(
    session: Session,
    client_id: int,
    by_id: int,
    taker: Taker,
    values: Mapping[str, Any],
    cadence: Cadence,
    now: datetime,
    why: str | None = None,
) -> int:
    """Add a step and return its id. A supporter with an account is asked at once.

    What the client adds for themselves is their own; what they add for others is a suggestion until the care
    team accepts it. Raises NoPlan, and LookupError for a goal or person that isn't the plan's.
    """
    plan = plan_changes.current(session, client_id)
    by_client = by_id == client_id
    member = _member(session, plan, by_id, taker, now)
    last = session.scalar(select(func.max(ActionStep.position)).where(ActionStep.plan_id == plan.id))
    step = ActionStep(
        client_id=client_id,
        plan_id=plan.id,
        actor_kind=taker.kind,
        team_member_id=member.id if member else None,
        status="suggested" if by_client and taker.kind != "self" else "active",
        own=by_client and taker.kind == "self",
        duration=_duration(cadence),
        position=0 if last is None else last + 1,
        created_by_id=by_id,
        created_at=now,
    )
    _set(session, plan, step, values)
    session.add(step)
    session.flush()
    cadences.append(session, step, cadence, by_id, now)
    what = "suggested_step" if step.status == "suggested" else "added"
    after = _told(step) | {"who": _name(member), "cadence": cadence_facts(cadence)}
    plan_changes.remember(
        session, plan, by_id, NOUN, step.id, what, None, after, now, why, substance_use=step.substance_use
    )
    _ask(session, step, member, by_id, now)
    return step.id


def change(
    session: Session,
    client_id: int,
    step_id: int,
    by_id: int,
    values: Mapping[str, Any],
    now: datetime,
    why: str | None = None,
    taker: Taker | None = None,
    cadence: Cadence | None = None,
) -> None:
    """Change a step; `cadence` appends a version from its `valid_from` on. The same again changes nothing.

    Raises NoPlan, and LookupError for what isn't the plan's.
    """
    plan = plan_changes.current(session, client_id)
    step = own(session, plan, step_id)
    private = step.substance_use
    member = session.get(TeamMember, step.team_member_id) if step.team_member_id else None
    before, after = _told(step) | {"who": _name(member)}, {}
    _set(session, plan, step, values)
    if taker is not None and (taker.kind, taker.member_id) != (step.actor_kind, step.team_member_id):
        member = _member(session, plan, by_id, taker, now)
        if (step.team_member_id, step.actor_kind) != (member.id if member else None, taker.kind):
            commitments.end_on_steps(session, [step.id], by_id, now)
        step.actor_kind, step.team_member_id = taker.kind, member.id if member else None
    session.flush()
    after = _told(step) | {"who": _name(member)}
    if cadence is not None:
        latest = _latest(session, step.id)
        before["cadence"] = cadence_facts(latest) if latest else None
        after["cadence"] = cadence_facts(cadence)
        if latest is None or cadence.valid_to != latest.valid_to:
            step.duration = _duration(cadence)
        cadences.append(session, step, cadence, by_id, now)
    if after != before:
        private = private or step.substance_use
        plan_changes.remember(
            session, plan, by_id, NOUN, step.id, "changed", before, after, now, why, substance_use=private
        )
    _ask(session, step, member, by_id, now)


def retire(session: Session, client_id: int, step_id: int, by_id: int, today: date, now: datetime) -> None:
    """Let go of a step from `today` (the client's day) on; all that was recorded stays. Raises as above."""
    plan = plan_changes.current(session, client_id)
    step = own(session, plan, step_id)
    if step.status == "retired":
        return
    before: dict[str, Any] = {"status": step.status, "text": step.text}
    step.status = "retired"
    latest = _latest(session, step.id)
    if latest is not None:
        before["cadence"] = cadence_facts(latest)
    cadences.end(session, step.id, today)
    session.execute(
        update(Reminder)
        .where(Reminder.step_id == step.id, Reminder.ended_at.is_(None))
        .values(next_at=None)
        .execution_options(synchronize_session=False)
    )
    commitments.end_on_steps(session, [step.id], by_id, now)
    plan_changes.remember(
        session, plan, by_id, NOUN, step.id, "retired", before, None, now, substance_use=step.substance_use
    )


def bring_back(session: Session, client_id: int, step_id: int, by_id: int, today: date, now: datetime) -> None:
    """Take a retired step up again, from `today` on, as often as before. Raises as above."""
    plan = plan_changes.current(session, client_id)
    step = own(session, plan, step_id)
    if step.status != "retired":
        return
    last = session.scalars(
        select(PlanChange)
        .where(PlanChange.noun == NOUN, PlanChange.noun_id == step.id, PlanChange.what == "retired")
        .order_by(PlanChange.id.desc())
        .limit(1)
    ).first()
    before = (last.before if last else None) or {}
    step.status = before.get("status") or "active"
    session.flush()
    was = cadence_from(before["cadence"]) if before.get("cadence") else None
    if was is not None:
        ahead = was.valid_to is None or was.valid_to > today
        resumed = replace(was, valid_from=max(was.valid_from, today), valid_to=was.valid_to if ahead else None)
        cadences.append(session, step, resumed, by_id, now)
    plan_changes.remember(
        session, plan, by_id, NOUN, step.id, "brought_back", None, {"text": step.text}, now,
        substance_use=step.substance_use,
    )  # fmt: skip
    member = session.get(TeamMember, step.team_member_id) if step.team_member_id else None
    _ask(session, step, member, by_id, now)


def suggest(session: Session, client_id: int, step_id: int, words: str, now: datetime) -> None:
    """Let the client say what they would change in somebody else's step. Raises as above."""
    plan = plan_changes.current(session, client_id)
    step = own(session, plan, step_id)
    after = {"text": step.text, "words": words}
    plan_changes.remember(
        session, plan, client_id, NOUN, step.id, "suggested", None, after, now, substance_use=step.substance_use
    )


def settle(session: Session, client_id: int, change_id: int, by_id: int, now: datetime) -> None:
    """Mark a suggestion of the client's as talked about. Raises NoPlan, LookupError."""
    plan = plan_changes.current(session, client_id)
    said = session.get(PlanChange, change_id)
    if said is None or said.client_id != client_id or said.what != "suggested":
        raise LookupError(change_id)
    done = select(PlanChange.id).where(PlanChange.noun == "suggestion", PlanChange.noun_id == change_id)
    if session.scalars(done).first() is None:
        plan_changes.remember(
            session, plan, by_id, "suggestion", said.id, "settled", None, said.after, now,
            substance_use=said.substance_use,
        )  # fmt: skip


def accept(session: Session, client_id: int, step_id: int, by_id: int, now: datetime) -> None:
    """Take a step the client suggested into the plan. Raises as above."""
    plan = plan_changes.current(session, client_id)
    step = own(session, plan, step_id)
    if step.status != "suggested":
        return
    step.status = "active"
    session.flush()
    plan_changes.remember(
        session, plan, by_id, NOUN, step.id, "accepted", None, {"text": step.text}, now,
        substance_use=step.substance_use,
    )  # fmt: skip
    member = session.get(TeamMember, step.team_member_id) if step.team_member_id else None
    _ask(session, step, member, by_id, now)


def own(session: Session, plan: CarePlan, step_id: int) -> ActionStep:
    """A step of this plan, locked. Raises LookupError."""
    step = session.get(ActionStep, step_id, with_for_update=True)
    if step is None or step.plan_id != plan.id:
        raise LookupError(step_id)
    return step


def cadence_facts(cadence: Cadence) -> dict[str, Any]:
    """A cadence as JSON, to remember in a change."""
    values = asdict(cadence)
    return {name: _plain(value) for name, value in values.items() if value not in (None, (), frozenset())}


def cadence_from(facts: Mapping[str, Any]) -> Cadence:
    """The cadence a change remembers."""
    row = {column: None for column in CadenceVersion.__table__.c.keys()} | dict(facts)  # noqa: SIM118
    row |= {"weekdays": facts.get("weekdays", []), "times": facts.get("times", [])}
    for name in ("valid_from", "valid_to", "anchor", "due"):
        row[name] = date.fromisoformat(row[name]) if row[name] else None
    return cadence_queries.from_row(_Row(row))  # type: ignore[arg-type]


class _Row:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)


def _plain(value: Any) -> Any:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, frozenset | tuple):
        return sorted(_plain(one) for one in value)
    return value


def _latest(session: Session, step_id: int) -> Cadence | None:
    row = session.scalars(
        select(CadenceVersion)
        .where(CadenceVersion.step_id == step_id)
        .order_by(CadenceVersion.valid_from.desc())
        .limit(1)
    ).first()
    return cadence_queries.from_row(row) if row else None  # type: ignore[arg-type]


def _duration(cadence: Cadence) -> dict[str, Any] | None:
    """Say a span with an end the way plan files do."""
    if cadence.valid_to is None:
        return None
    start = cadence.anchor or cadence.valid_from
    last = cadence.valid_to - timedelta(days=1)
    return {"type": "between", "start": start.isoformat(), "end": last.isoformat()}


def _set(session: Session, plan: CarePlan, step: ActionStep, values: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in values:
            setattr(step, name, values[name])
    if step.goal_id is not None:
        goal = session.get(Goal, step.goal_id)
        if goal is None or goal.plan_id != plan.id:
            raise LookupError(step.goal_id)
        step.substance_use = bool(step.substance_use or goal.substance_use)


def _member(session: Session, plan: CarePlan, by_id: int, taker: Taker, now: datetime) -> TeamMember | None:
    if taker.kind == "self":
        return None
    if taker.member_id is not None:
        member = session.get(TeamMember, taker.member_id)
        if member is None or member.plan_id != plan.id or member.kind != taker.kind:
            raise LookupError(taker.member_id)
        return member
    return care_plans.add_member(session, plan, by_id, taker.kind, taker.name, taker.what, taker.person_id, now)


def _ask(session: Session, step: ActionStep, member: TeamMember | None, by_id: int, now: datetime) -> None:
    """Ask a supporter with an account, once; who can't be asked for this step isn't."""
    if step.actor_kind != "natural_supporter" or step.status != "active" or member is None or not member.person_id:
        return
    with suppress(commitments.NotAskable):
        commitments.propose(session, step.client_id, step.id, member.person_id, by_id, now)


def _told(step: ActionStep) -> dict[str, Any]:
    return {name: getattr(step, name) for name in FIELDS}


def _name(member: TeamMember | None) -> str | None:
    return (member.name or member.relation or member.role) if member else None
