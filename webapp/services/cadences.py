"""Write the versions of a step's cadence; what was promised for days gone by stays as it was."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.domain.cadence import Cadence
from webapp.models import ActionStep, CadenceVersion
from webapp.services import reminders


def append(
    session: Session, step: ActionStep, cadence: Cadence, by_id: int, now: datetime, time_words: str | None = None
) -> CadenceVersion:
    """Let `cadence` hold from its `valid_from` on; it replaces whatever was planned from that day.

    The step's first anchor is kept, so that an edit never shifts an every-n rhythm by accident.
    """
    versions = list(session.scalars(_versions(step.id)))
    anchor = cadence.anchor or (versions[0].anchor if versions else cadence.valid_from)
    for version in versions:
        if version.valid_from >= cadence.valid_from:
            session.delete(version)
        elif version.valid_to is None or version.valid_to > cadence.valid_from:
            version.valid_to = cadence.valid_from
    session.flush()  # the day is unique, and new rows are written first
    row = _row(replace(cadence, anchor=anchor), step, by_id, now, time_words)
    session.add(row)
    session.flush()
    reminders.recompute_for_step(session, step.id, now)
    return row


def end(session: Session, step_id: int, day: date) -> None:
    """Ask for nothing from `day` on."""
    for version in session.scalars(_versions(step_id)):
        if version.valid_to is None or version.valid_to > day:
            version.valid_to = max(version.valid_from, day)
    session.flush()


def _versions(step_id: int) -> Select[CadenceVersion]:
    return select(CadenceVersion).where(CadenceVersion.step_id == step_id).order_by(CadenceVersion.valid_from)


def _row(cadence: Cadence, step: ActionStep, by_id: int, now: datetime, time_words: str | None) -> CadenceVersion:
    return CadenceVersion(
        client_id=step.client_id,
        step_id=step.id,
        kind=cadence.kind,
        bound=cadence.bound,
        target_min=cadence.target_min,
        target_max=cadence.target_max,
        per_unit=cadence.per_unit,
        interval=cadence.interval,
        weekdays=sorted(cadence.weekdays),
        monthday=cadence.monthday,
        nth=cadence.nth,
        times=[f"{at:%H:%M}" for at in sorted(cadence.times)],
        time_words=time_words,
        minutes=cadence.minutes,
        minutes_max=cadence.minutes_max,
        valid_from=cadence.valid_from,
        valid_to=cadence.valid_to,
        anchor=cadence.anchor or cadence.valid_from,
        due=cadence.due,
        tz_mode=cadence.tz_mode,
        tz=cadence.tz,
        created_by_id=by_id,
        created_at=now,
    )
