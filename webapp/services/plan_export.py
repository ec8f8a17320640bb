"""A client's whole current plan as the facts of a plan file, schema `plan-facts/1`.

What the columns tell, in the words of the file it came from where these still hold (interop/kept.py). Keys beyond
the published ones stand only where there is something to say.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, or_, select

from webapp.domain.cadence import Cadence
from webapp.interop.kept import restored
from webapp.interop.plan_cadences import frequency_of
from webapp.models import (
    ActionStep,
    CadenceVersion,
    CarePlan,
    ClientInformation,
    Contact,
    CopingStrategy,
    Goal,
    Monitoring,
    Objective,
    Person,
    PlanLine,
    Sign,
    StepProgress,
    Support,
    TeamMember,
)
from webapp.models.base import Id
from webapp.queries import cadences
from webapp.services.plan_changes import NoPlan

SCHEMA = "plan-facts/1"
Facts = dict[str, Any]
MARK = "about_substance_use"
"""Under this key stands, by kind, which mere texts are about substance use; a record says it of itself."""


_CLIENT = bindparam("client_id", type_=Id)
_PLAN_ID = bindparam("plan_id", type_=Id)
_PLAN = (
    select(
        CarePlan.__table__,
        Person.name,
        ClientInformation.born,
        ClientInformation.stage_of_change,
        ClientInformation.cultural_preferences,
        ClientInformation.history,
        ClientInformation.earlier_treatment,
        ClientInformation.substance_use_history,
    )
    .join(Person, Person.id == CarePlan.client_id)
    .outerjoin(ClientInformation, ClientInformation.client_id == Person.id)
    .where(CarePlan.client_id == _CLIENT, CarePlan.ended_at.is_(None))
    .order_by(CarePlan.id.desc())
    .limit(1)
)


def _of_plan(model: Any) -> Select[Any]:
    return select(model.__table__).where(model.plan_id == _PLAN_ID).order_by(model.position, model.id)


def _since_plan(model: Any) -> Select[Any]:
    """What the plan brought and what was added since it began."""
    belongs = (model.client_id == _CLIENT) & or_(model.plan_id == _PLAN_ID, model.plan_id.is_(None))
    return select(model.__table__).where(belongs).order_by(model.plan_id.is_(None), model.position, model.id)


_LINES, _TEAM, _SUPPORTS, _MONITORING, _GOALS, _STEPS = (
    _of_plan(model) for model in (PlanLine, TeamMember, Support, Monitoring, Goal, ActionStep)
)
_OBJECTIVES = (
    select(Objective.__table__)
    .join(Goal, Goal.id == Objective.goal_id)
    .where(Goal.plan_id == _PLAN_ID)
    .order_by(Objective.position, Objective.id)
)
_PROGRESS = (
    select(StepProgress.__table__)
    .join(ActionStep, ActionStep.id == StepProgress.step_id)
    .where(ActionStep.plan_id == _PLAN_ID)
    .order_by(StepProgress.position, StepProgress.id)
)
_CADENCES = (
    select(CadenceVersion.__table__)
    .join(ActionStep, ActionStep.id == CadenceVersion.step_id)
    .where(ActionStep.plan_id == _PLAN_ID)
    .order_by(CadenceVersion.valid_from)
)
_STRATEGIES = _since_plan(CopingStrategy).where(CopingStrategy.retired_at.is_(None))
_SIGNS = _since_plan(Sign)
_CONTACTS = _of_plan(Contact).where(Contact.client_id == _CLIENT)


def facts(connection: Connection, client_id: int) -> Facts:
    """Tell the client's current plan; the same number of queries for every plan. Raises NoPlan."""
    plan = connection.execute(_PLAN, {"client_id": client_id}).one_or_none()
    if plan is None:
        raise NoPlan
    ids = {"client_id": client_id, "plan_id": plan.id}

    def rows(statement: Select[Any]) -> Sequence[Row[Any]]:
        return connection.execute(statement, ids).all()

    lines: defaultdict[str, list[str]] = defaultdict(list)
    marked: defaultdict[str, list[str]] = defaultdict(list)
    for row in (*rows(_LINES), *rows(_SIGNS)):
        lines[row.kind].append(row.text)
        if row.substance_use:
            marked[row.kind].append(row.text)
    team = rows(_TEAM)
    steps = _steps(rows(_STEPS), team, rows(_CADENCES), rows(_PROGRESS))
    kept = plan.facts or {}
    told = {
        "schema": SCHEMA,
        "source": plan.source,
        "note": plan.note,
        "person": restored(_person(plan, lines), kept.get("person")),
        "period": restored(_period(plan), kept.get("period")),
        "team": [restored(_member(row), row.facts) for row in team],
        "concerns": lines["concern"],
        "goals": _goals(rows(_GOALS), rows(_OBJECTIVES), steps),
        "unlinked_steps": steps[None],
        "coping": [restored(_strategy(row), row.facts) for row in rows(_STRATEGIES)],
        "triggers": lines["trigger"],
        "warning_signs": lines["warning_sign"],
        "supports": [restored(_support(row), row.facts) for row in rows(_SUPPORTS)],
        "crisis": restored(
            {
                "contacts": [restored(_contact(row), row.facts) for row in rows(_CONTACTS)],
                "steps": lines["crisis_step"],
            },
            kept.get("crisis"),
        ),
        "monitoring": [restored(_monitoring(row), row.facts) for row in rows(_MONITORING)],
        "review": lines["review"],
    }
    return restored(told, kept.get("plan")) | ({MARK: dict(marked)} if marked else {})


def _person(plan: Row[Any], lines: dict[str, list[str]]) -> Facts:
    told = {
        "name": plan.name,
        "born": plan.born.isoformat() if plan.born else None,
        "strengths": lines["strength"],
        "preferences": lines["preference"],
        "vision": plan.vision,
    }
    more = ("stage_of_change", "cultural_preferences", "history", "earlier_treatment", "substance_use_history")
    return told | _where_said(plan, *more)


def _period(plan: Row[Any]) -> Facts:
    told = {"start": _day(plan.starts_on), "end": _day(plan.ends_on)}
    return told | ({"review_on": _day(plan.review_on)} if plan.review_on else {})


def _member(row: Row[Any]) -> Facts:
    return {"id": _ref(row, "member"), "name": row.name, "role": row.role, "kind": row.kind, "relation": row.relation}


def _support(row: Row[Any]) -> Facts:
    return {"name": row.name, "kind": row.kind, "relation": row.relation} | _where_said(row, "substance_use")


def _monitoring(row: Row[Any]) -> Facts:
    return {"what": row.what, "who": row.who, "how_often": row.how_often} | _where_said(row, "substance_use")


def _contact(row: Row[Any]) -> Facts:
    return {"what": row.name, "how": row.how} | _where_said(row, "phone", "relation")


def _strategy(row: Row[Any]) -> Facts:
    told = {"text": row.text, "category": row.category, "when": row.cue, "use_when": row.use_when}
    return told | _where_said(row, "how_to", "substance_use")


def _goals(
    goals: Iterable[Row[Any]], objectives: Iterable[Row[Any]], steps: dict[int | None, list[Facts]]
) -> list[Facts]:
    by_goal: defaultdict[int, list[Facts]] = defaultdict(list)
    for row in objectives:
        told = {"id": _ref(row, "objective"), "statement": row.statement, "by": row.by, "measure": row.measure}
        by_goal[row.goal_id].append(restored(told, row.facts))
    return [restored(_goal(row, by_goal[row.id], steps[row.id]), row.facts) for row in goals]


def _goal(row: Row[Any], objectives: list[Facts], steps: list[Facts]) -> Facts:
    told = {
        "id": _ref(row, "goal"),
        "statement": row.statement,
        "status": row.status,
        "priority": int(row.priority) if re.fullmatch("[0-9]{1,9}", row.priority or "") else row.priority,
        "target_date": _day(row.target_date),
        "objectives": objectives,
        "steps": steps,
    }
    more = {
        "importance_0_10": row.importance,
        "confidence_0_10": row.confidence,
        "attainment_scale": row.attainment_scale,
    }
    told |= {key: value for key, value in more.items() if value is not None}
    return told | _where_said(row, "own_words", "substance_use")


def _steps(
    steps: Iterable[Row[Any]], team: Iterable[Row[Any]], versions: Iterable[Row[Any]], progress: Iterable[Row[Any]]
) -> defaultdict[int | None, list[Facts]]:
    """Tell the steps by goal; of the versions of a cadence the latest speaks."""
    members = {row.id: _ref(row, "member") for row in team}
    latest = {row.step_id: row for row in versions}
    remarks: defaultdict[int, list[Facts]] = defaultdict(list)
    for row in progress:
        remarks[row.step_id].append(restored({"date": _day(row.on), "text": row.text}, row.facts))
    told: defaultdict[int | None, list[Facts]] = defaultdict(list)
    for row in steps:
        actor = "person" if row.actor_kind == "self" else members.get(row.team_member_id)
        told[row.goal_id].append(restored(_step(row, actor, latest.get(row.id), remarks[row.id]), row.facts))
    return told


def _step(row: Row[Any], actor: str | None, version: Row[Any] | None, progress: list[Facts]) -> Facts:
    cadence: Cadence | None = cadences.from_row(version) if version else None
    told = {
        "id": _ref(row, "step"),
        "actor_kind": row.actor_kind,
        "actor_id": actor,
        "text": row.text,
        "frequency": frequency_of(cadence, version.time_words) if cadence and version else None,
        "duration": row.duration,
        "minutes": cadence.minutes if cadence else None,
        "minutes_max": cadence.minutes_max if cadence else None,
        "purpose": row.purpose,
        "status": row.status,
        "progress": progress,
    }
    return told | _where_said(
        row, "own_words", "intervention", "how_to", "cue", "smallest", "time_of_day", "substance_use"
    )


def _where_said(row: Row[Any], *names: str) -> Facts:
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def _ref(row: Row[Any], noun: str) -> str:
    return row.ref or f"{noun}-{row.id}"


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
