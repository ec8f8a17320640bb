"""Ask a supporter for a step, and say what there is to say about it."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from webapp.domain.check_ins import Entry
from webapp.domain.commitments import IN_FORCE, NotNow, Promise, Side, State, Verb
from webapp.domain.commitments import answer as answered
from webapp.domain.people import Actor
from webapp.domain.wall_time import local_day
from webapp.models import (
    ActionStep,
    CadenceVersion,
    Commitment,
    CommitmentEvent,
    Invitation,
    Person,
    SupporterLink,
)
from webapp.queries import privacy
from webapp.queries.privacy import PRIVATE
from webapp.services import check_ins, reminders
from webapp.services.check_ins import Recorded

PROPOSED = "propose"
"""The first event of every commitment; the verbs after it are those of the domain."""


class NotAskable(Exception):
    """This step cannot be asked of this person by whoever asks."""


class NotShared(NotAskable):
    """The step is about substance use, and the client shares nothing of that with this person."""


def propose(session: Session, client_id: int, step_id: int, supporter_id: int, by_id: int, now: datetime) -> Commitment:
    """Ask a supporter to take a step, once; an ask that stands, or was declined, is returned as it is.

    The step has to be a supporter's step in use, the supporter in the client's circle or invited to it.
    Asking for a step about substance use tells the supporter of it, so that only the client may, and only while they
    share that with them. Who may act for the client is the caller's policy. Raises NotAskable and NotShared.
    """
    known = session.scalar(
        select(Commitment).where(
            Commitment.step_id == step_id,
            Commitment.supporter_id == supporter_id,
            Commitment.client_id == client_id,
            Commitment.state != State.ENDED,
        )
    )
    if known is not None:
        return known
    found = session.execute(
        select(ActionStep, PRIVATE).where(ActionStep.id == step_id, ActionStep.client_id == client_id)
    ).one_or_none()
    step, private = found or (None, False)
    if step is None or step.actor_kind != "natural_supporter" or step.status not in ("active", "on_hold"):
        raise NotAskable("not a supporter's step in use")
    if private and by_id != client_id:
        raise NotAskable("only the client may tell a supporter about a step on substance use")
    if not _belongs(session, client_id, supporter_id, now):
        raise NotAskable("not in the circle")
    if private and not privacy.is_shared(session.connection(), client_id, supporter_id, now):
        raise NotShared
    made = Commitment(
        client_id=client_id,
        step_id=step_id,
        supporter_id=supporter_id,
        state=State.PROPOSED,
        created_at=now,
        changed_at=now,
    )
    session.add(made)
    session.flush()
    _note(session, made, by_id, PROPOSED, None, now)
    return made


def answer(
    session: Session, commitment_id: int, by_id: int, verb: Verb, now: datetime, words: str | None = None
) -> Commitment:
    """Let one of the two sides speak; the table in domain.commitments says what is allowed.

    Raises NotNow or WordsNeeded, and LookupError when `by_id` is neither of the two.
    """
    found = session.get_one(Commitment, commitment_id, with_for_update=True)
    if by_id not in (found.supporter_id, found.client_id):
        raise LookupError("not a side of this promise")
    client = session.get_one(Person, found.client_id)
    side = Side.SUPPORTER if by_id == found.supporter_id else Side.CLIENT
    starts_on = session.scalar(
        select(func.min(CadenceVersion.valid_from)).where(CadenceVersion.step_id == found.step_id)
    )
    today = local_day(now, client.time_zone, client.day_starts_at)
    told = answered(
        Promise(State(found.state), found.suggestion), side, verb, now, words, starts_on=starts_on, today=today
    )
    found.state, found.suggestion, found.changed_at = told.state, told.suggestion, now
    _note(session, found, by_id, verb, told.history[-1].words, now)
    reminders.recompute_for_step(session, found.step_id, now)
    return found


def confirm(session: Session, by: Actor, commitment_id: int, entry: Entry, now: datetime) -> Recorded:
    """Let the supporter, or the client, say what came of a promise on a day.

    What ended meanwhile can still be told of for the days until then: it may have waited on a phone. Raises NotNow
    when nothing was promised, LookupError when `by` is neither of the two, and what check_ins.check_in raises.
    """
    found = session.get_one(Commitment, commitment_id, with_for_update=True)
    if by.id not in (found.supporter_id, found.client_id):
        raise LookupError("not a side of this promise")
    if found.state not in IN_FORCE and not _was_promised(session, found, entry.day):
        raise NotNow(f"nothing is promised while {found.state}")
    return check_ins.check_in(session, by, found.client_id, found.step_id, entry, now)


def _was_promised(session: Session, ended: Commitment, day: date) -> bool:
    said_yes = select(CommitmentEvent.id).where(
        CommitmentEvent.commitment_id == ended.id, CommitmentEvent.verb.in_((Verb.ACCEPT, Verb.AGREE))
    )
    if ended.state != State.ENDED or session.scalars(said_yes).first() is None:
        return False
    client = session.get_one(Person, ended.client_id)
    return day <= local_day(ended.changed_at, client.time_zone, client.day_starts_at)


def end_all(session: Session, client_id: int, supporter_id: int, by_id: int, now: datetime) -> None:
    """End every promise between two people at once; what was said stays."""
    _end(session, (Commitment.client_id == client_id) & (Commitment.supporter_id == supporter_id), by_id, now)


def end_on_steps(session: Session, step_ids: Collection[int], by_id: int, now: datetime) -> None:
    """End what supporters promised on these steps; what was said stays."""
    _end(session, Commitment.step_id.in_(step_ids), by_id, now)


def _end(session: Session, which: ColumnElement[bool], by_id: int, now: datetime) -> None:
    open_ones = select(Commitment).where(which, Commitment.state != State.ENDED)
    for commitment in session.scalars(open_ones.with_for_update()).all():
        commitment.state, commitment.changed_at = State.ENDED, now
        _note(session, commitment, by_id, Verb.END, None, now)
        reminders.recompute_for_step(session, commitment.step_id, now)


def _belongs(session: Session, client_id: int, supporter_id: int, now: datetime) -> bool:
    linked = select(SupporterLink.id).where(
        SupporterLink.client_id == client_id,
        SupporterLink.supporter_id == supporter_id,
        SupporterLink.ended_at.is_(None),
    )
    invited = select(Invitation.id).where(
        Invitation.client_id == client_id,
        Invitation.person_id == supporter_id,
        Invitation.role == "supporter",
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > now,
    )
    return session.scalar(select(or_(linked.exists(), invited.exists()))) is True


def _note(session: Session, on: Commitment, by_id: int, verb: str, words: str | None, now: datetime) -> None:
    session.add(
        CommitmentEvent(client_id=on.client_id, commitment_id=on.id, by_id=by_id, at=now, verb=verb, words=words)
    )
    session.flush()
