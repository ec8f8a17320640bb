"""What is about substance use, whom a client lets know of it, and which steps a grant leaves out."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, SQLColumnExpression, and_, bindparam, exists, false, func, or_, select

from webapp.domain.sharing import Scope
from webapp.models import ActionStep, Goal, SharingGrant
from webapp.models.base import Id, Utc

_OF_GOAL = select(Goal.substance_use).where(Goal.id == ActionStep.goal_id).correlate(ActionStep).scalar_subquery()
PRIVATE = or_(ActionStep.substance_use, func.coalesce(_OF_GOAL, false()))
"""A step is about substance use, or belongs to a goal that is: it is as private as the goal."""

_NOW = bindparam("now", type_=Utc)


def shared_with(client_id: SQLColumnExpression[int], person_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Say whether a client shares with somebody, at `:now`, what is about substance use."""
    signed = exists().where(
        SharingGrant.client_id == client_id,
        SharingGrant.person_id == person_id,
        SharingGrant.scope == Scope.SUBSTANCE_USE,
        SharingGrant.withdrawn_at.is_(None),
        SharingGrant.starts_at <= _NOW,
        or_(SharingGrant.ends_at.is_(None), SharingGrant.ends_at > _NOW),
    )
    return signed.correlate_except(SharingGrant)


def may_know(person_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Say of a step whether somebody who was asked for it may know of it at `:now`: asking alone opens nothing."""
    return or_(~PRIVATE, shared_with(ActionStep.client_id, person_id))


def is_told_to(person_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Say of a step that its words would tell somebody else what is about substance use.

    Such words leave the app only on pages, which carry the notice of 42 CFR 2.32: a message and a calendar do not.
    """
    return and_(PRIVATE, ActionStep.client_id != person_id)


def is_left_out(step_id: SQLColumnExpression[int], narrow: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say of a step that a grant for some steps (domain.sharing.Reach) does not cover it.

    `narrow` says that only those `:chosen` are covered; without it all but those `:left_out`. Two lists, because one
    name can't stand for an empty list both after IN and after NOT IN.
    """
    not_chosen = step_id.not_in(bindparam("chosen", expanding=True))
    return or_(step_id.in_(bindparam("left_out", expanding=True)), and_(narrow, not_chosen))


_SHARED = select(shared_with(bindparam("client_id", type_=Id), bindparam("person_id", type_=Id)))


def is_shared(connection: Connection, client_id: int, person_id: int, now: datetime) -> bool:
    """Say whether a client shares with somebody now what is about substance use. One query."""
    asked = {"client_id": client_id, "person_id": person_id, "now": now}
    return bool(connection.execute(_SHARED, asked).scalar_one())
