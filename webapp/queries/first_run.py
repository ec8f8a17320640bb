"""What the questions of the first run depend on: the steps one could be reminded of."""

from datetime import date, datetime

from sqlalchemy import Connection, and_, bindparam, or_, select

from webapp.domain.cadence import version_or_last
from webapp.domain.commitments import State
from webapp.domain.first_run import Remindable, remindables
from webapp.models import ActionStep, CadenceVersion, CarePlan
from webapp.queries import cadences, commitments

_OWN = (
    select(ActionStep.time_of_day, *cadences.COLUMNS)
    .join(CarePlan, and_(CarePlan.id == ActionStep.plan_id, CarePlan.ended_at.is_(None)))
    .join(CadenceVersion, CadenceVersion.step_id == ActionStep.id)
    .where(
        ActionStep.client_id == bindparam("client_id"),
        ActionStep.status == "active",
        ActionStep.actor_kind == "self",
        or_(CadenceVersion.valid_to.is_(None), CadenceVersion.valid_to > bindparam("day")),
    )
    .order_by(ActionStep.position, ActionStep.id, CadenceVersion.valid_from)
)


def own_steps(connection: Connection, client_id: int, day: date) -> tuple[Remindable, ...]:
    """A client's own steps that ask for something on set or on any days, in the plan's order. One query."""
    rows = connection.execute(_OWN, {"client_id": client_id, "day": day}).all()
    latest = {row.step_id: row for row in rows}
    return tuple(
        one
        for row in latest.values()
        for one in remindables(row.step_id, cadences.from_row(row), row.time_of_day or row.time_words)
    )


def promised(connection: Connection, supporter_id: int, now: datetime) -> tuple[Remindable, ...]:
    """What a supporter has promised to do, by the client's day."""
    held = [
        asked
        for asked in commitments.of_supporter(connection, supporter_id, now)
        if asked.state in (State.ACCEPTED, State.ACTIVE) and not asked.on_hold
    ]
    return tuple(
        one
        for asked in held
        if (cadence := version_or_last(asked.versions, asked.today)) is not None
        for one in remindables(asked.step_id, cadence, asked.cue)
    )
