"""Invite somebody by a link, good once and for 7 days; and accept one. Opening a link changes nothing.

An account that was there before is never changed by an invitation, and gives nobody access, until its owner,
signed in, says yes. One that was a supporter's alone loses its keys when it becomes more. A new account holds nothing
of anybody's yet, so its link alone opens it.

The plan of a client who has not joined may be drawn up with them already, by whoever invited them. That ends when
they take the invitation back, and when the client joins by another's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from webapp.domain.first_run import Screen
from webapp.domain.people import Actor, Role
from webapp.domain.sharing import Scope
from webapp.guard import admit
from webapp.models import Assignment, Endpoint, Invitation, Person, SharingGrant, SupporterLink
from webapp.services import (
    calendar_feeds,
    commitments,
    endpoints,
    passwords,
    second_factor,
    sessions,
    sharing,
    sign_ins,
)
from webapp.services.tokens import new_token, token_hash

LASTS = timedelta(days=7)
TOGETHER = "drawn up together"
"""Purpose of the grant a new client's plan begins with; the client can withdraw it under People."""

CHOICES = (Scope.PLAN, Scope.STEPS, Scope.NOTES, Scope.COPING, Scope.DISTRESS, Scope.AGENDA)
"""What a client chooses about when joining. Substance use needs a notice of its own, under People."""


class OwnAddress(Exception):
    """People can't invite themselves."""


class AlreadyHere(Exception):
    """The person already belongs where they are invited to."""


class NoLongerGood(Exception):
    """The invitation was used, withdrawn, is too old, or never was."""


class SignInFirst(Exception):
    """The invitation is for an account that is in use: only its owner, signed in, may say yes."""


@dataclass(frozen=True, slots=True)
class Invited:
    """A fresh invitation; `token` is told once, to the mail.

    `by_hand`: the inviter may pass it on too. Not so while others have something to do with an account that
    nobody has opened yet: whoever holds a link to it could open it in their stead.
    """

    id: int
    person_id: int
    token: str
    by_hand: bool
    language: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody says when they accept; supporters need say nothing. `shares` None: that stays as it is.

    `password` None: the account opens by a passkey, which the caller keeps in the same transaction.
    """

    called: str = ""
    password: str | None = ""
    time_zone: str = ""
    language: str = ""
    shares: frozenset[Scope] | None = frozenset()


def invite_client(
    session: Session,
    actor: Actor,
    name: str,
    email: str,
    session_at: datetime | None,
    now: datetime,
    language: str = "",
) -> Invited:
    """Invite a client to work with the actor, a care-team member, and plan the first session if there is one.

    For an account that is new, or that nobody has opened and nobody else has to do with, the actor is assigned and
    may write the plan at once, as it is drawn up together; anybody else decides first. Raises OwnAddress, AlreadyHere.
    """
    person, _ = _person(session, actor, name, email, Role.CLIENT, now, language)
    if _assignment(session, actor.id, person.id):
        raise AlreadyHere
    made = _invite(session, actor, person, Role.CLIENT, name, email, now, client_id=person.id)
    session.refresh(person, with_for_update=True)
    if person.joined_at is None and person.is_client and made.by_hand:
        _draw_up_together(session, person.id, actor.id, now)
        if session_at:
            sessions.plan(session, person.id, actor.id, session_at, 50, None, now)
    return made


def invite_supporter(
    session: Session,
    actor: Actor,
    name: str,
    email: str,
    relation: str | None,
    message: str | None,
    now: datetime,
    language: str = "",
) -> Invited:
    """Invite somebody into the circle of the actor, a client. Raises OwnAddress, AlreadyHere."""
    person, _ = _person(session, actor, name, email, Role.SUPPORTER, now, language)
    if _link(session, person.id, actor.id, open_only=True):
        raise AlreadyHere
    return _invite(
        session, actor, person, Role.SUPPORTER, name, email, now, client_id=actor.id, relation=relation, message=message
    )


def invite_member(
    session: Session,
    actor: Actor,
    name: str,
    email: str,
    role: Role,
    discipline: str | None,
    now: datetime,
    language: str = "",
) -> Invited:
    """Let the actor, an admin, make an account for a client, a care-team member or an admin.

    Raises OwnAddress, and AlreadyHere when the account has that role.
    """
    person, new = _person(session, actor, name, email, role, now, language)
    if not new and person.joined_at and getattr(person, _FLAGS[role]):
        raise AlreadyHere
    if not person.joined_at:
        setattr(person, _FLAGS[role], True)
        person.discipline = discipline or person.discipline
    return _invite(session, actor, person, role, name, email, now)


def send_again(session: Session, actor: Actor, invitation_id: int, now: datetime) -> Invited:
    """Give an invitation of the actor's a new link and 7 more days; the old link ends. Raises NoLongerGood."""
    found = _own(session, actor, invitation_id)
    token = new_token()
    found.token_hash, found.expires_at = token_hash(token), now + LASTS
    session.flush()
    _await(session, found.person_id)
    person = session.get_one(Person, found.person_id)
    return Invited(found.id, person.id, token, _by_hand(session, actor, person), person.language)


def withdraw(session: Session, actor: Actor, invitation_id: int, now: datetime) -> None:
    """Take an invitation of the actor's back: its link opens nothing any more. Raises NoLongerGood.

    With it ends what a supporter was asked, and the work on the plan of a client who has not joined.
    """
    found = _own(session, actor, invitation_id)
    found.withdrawn_at = now
    session.flush()
    if found.role == Role.SUPPORTER and found.client_id is not None:
        commitments.end_all(session, found.client_id, found.person_id, actor.id, now)
    if found.role == Role.CLIENT and found.client_id is not None:
        person = session.get_one(Person, found.person_id, with_for_update=True)
        if person.joined_at is None and actor.id not in _inviting(session, person.id, Invitation.expires_at > now):
            _end_together(session, person.id, actor.id, now)
    session.flush()


def accept(session: Session, token: str, answers: Answers, by_id: int | None, now: datetime) -> int:
    """Use an invitation up and return whose account it opened. `by_id`: who is signed in, if anybody.

    Raises NoLongerGood, SignInFirst, and WeakPassword where a password is chosen; of two at once, one gets in.
    """
    found = _claim(session, token, now)
    person = session.get_one(Person, found.person_id, with_for_update=True)
    if person.deactivated_at or session.get_one(Person, found.invited_by_id).deactivated_at:
        raise NoLongerGood
    if person.joined_at is not None and by_id != person.id:
        raise SignInFirst
    if person.joined_at is None:
        _join(session, person, Role(found.role), answers, now)
        _begin_together(session, found, now)
    elif found.role != Role.SUPPORTER and not (person.is_client or person.is_care_team or person.is_admin):
        _begin_anew(session, person, answers.password or "", now)
    setattr(person, _FLAGS[Role(found.role)], True)
    _bring_together(session, found, person, now)
    if found.role == Role.CLIENT and answers.shares is not None:
        admit(session, person.id)
        _share(session, found, answers.shares, now)
    # Whoever may have opened this account by a link before is out; the owner is signed in anew.
    sign_ins.end_everywhere(session, person.id, now)
    session.flush()
    return person.id


_FLAGS = {
    Role.CLIENT: "is_client",
    Role.SUPPORTER: "is_supporter",
    Role.CARE_TEAM: "is_care_team",
    Role.ADMIN: "is_admin",
}


def _person(
    session: Session, actor: Actor, name: str, email: str, role: Role, now: datetime, language: str
) -> tuple[Person, bool]:
    """Find the account of an address, or make one that nobody has opened yet; and say whether it is new.

    A new one begins in the language the inviter chose, or in theirs.
    """
    key = passwords.email_key(email)
    known = session.scalar(select(Person).where(Person.email_key == key))
    if known is not None:
        if known.id == actor.id:
            raise OwnAddress
        return known, False
    made = Person(
        organisation_id=actor.organisation_id,
        name=name,
        called=name.split()[0],
        email=email.strip(),
        email_key=key,
        time_zone=actor.time_zone,
        language=language or actor.language,
        created_at=now,
        **{_FLAGS[role]: True},
    )
    session.add(made)
    session.flush()
    return made, True


def _invite(
    session: Session,
    actor: Actor,
    person: Person,
    role: Role,
    name: str,
    email: str,
    now: datetime,
    client_id: int | None = None,
    relation: str | None = None,
    message: str | None = None,
) -> Invited:
    """Write the invitation; an older one of the same kind ends, so that one link at a time is open.

    An account that was to go because nobody joined it is awaited again.
    """
    same = (
        Invitation.person_id == person.id,
        Invitation.role == role,
        Invitation.invited_by_id == actor.id,
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    )
    session.execute(update(Invitation).where(*same).values(withdrawn_at=now))
    _await(session, person.id)
    token = new_token()
    made = Invitation(
        role=role,
        person_id=person.id,
        client_id=client_id,
        name=name,
        email=email.strip(),
        relation=relation,
        message=message,
        token_hash=token_hash(token),
        invited_by_id=actor.id,
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(made)
    session.flush()
    return Invited(made.id, person.id, token, _by_hand(session, actor, person), person.language)


def _await(session: Session, person_id: int) -> None:
    """Keep an account that was to go because nobody joined it."""
    session.execute(update(Person).where(Person.id == person_id, Person.joined_at.is_(None)).values(leaves_at=None))


def _by_hand(session: Session, actor: Actor, person: Person) -> bool:
    """Say whether nobody but the actor has anything to do with an account; one in use guards itself."""
    if person.joined_at is not None:
        return True
    invited = select(Invitation.id).where(Invitation.person_id == person.id, Invitation.invited_by_id != actor.id)
    works = select(Assignment.id).where(Assignment.client_id == person.id, Assignment.care_team_id != actor.id)
    return session.scalar(select(or_(invited.exists(), works.exists()))) is not True


def _own(session: Session, actor: Actor, invitation_id: int) -> Invitation:
    found = session.get(Invitation, invitation_id, with_for_update=True)
    if found is None or found.invited_by_id != actor.id or found.accepted_at or found.withdrawn_at:
        raise NoLongerGood
    return found


def _inviting(session: Session, client_id: int, *which: ColumnElement[bool]) -> set[int]:
    """Who invited somebody to work with them, has no answer and did not take it back."""
    waits = select(Invitation.invited_by_id).where(
        Invitation.person_id == client_id,
        Invitation.role == Role.CLIENT,
        Invitation.client_id.is_not(None),
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        *which,
    )
    return set(session.scalars(waits))


def _claim(session: Session, token: str, now: datetime) -> Invitation:
    claim = (
        update(Invitation)
        .where(
            Invitation.token_hash == token_hash(token),
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(accepted_at=now)
        .returning(Invitation.id)
    )
    found = session.execute(claim).scalar_one_or_none()
    if found is None:
        raise NoLongerGood
    return session.get_one(Invitation, found)


def _join(session: Session, person: Person, role: Role, answers: Answers, now: datetime) -> None:
    """Open a new account in its owner's words. Only a supporter may do without a password and a passkey.

    It begins with the role of this invitation alone: a link that one person made never opens what somebody
    else prepared. Their own invitation does, once the owner is signed in.
    """
    for each, flag in _FLAGS.items():
        setattr(person, flag, each is role)
    person.called = answers.called or person.called
    person.time_zone = answers.time_zone or person.time_zone
    person.language = answers.language or person.language
    if role is not Role.SUPPORTER and answers.password is not None:
        person.password_hash = passwords.hash_new(answers.password, person.name, person.email)
    person.first_run = Screen.NAME if role in (Role.CLIENT, Role.SUPPORTER) else None
    person.joined_at, person.leaves_at = now, None
    known = select(Endpoint.id).where(Endpoint.person_id == person.id, Endpoint.channel == "email")
    if session.scalar(known) is None:
        session.add(Endpoint(person_id=person.id, channel="email", address=person.email, created_at=now))


def _begin_together(session: Session, found: Invitation, now: datetime) -> None:
    """Let the plan of somebody who joins be drawn up with the care-team member whose link they used, and nobody else.

    Until then only inviters, or who runs the server, can have begun to share it. Who has an invitation open still is
    given what the client chooses there. Other assignments stay: they show nothing by themselves.
    """
    client_id, inviter = found.person_id, session.get_one(Person, found.invited_by_id)
    together = found.role == Role.CLIENT and found.client_id is not None and inviter.is_care_team
    kept = {inviter.id} if together else set()
    admit(session, client_id)
    for other in sorted(_inviting(session, client_id) - kept):
        _end_together(session, client_id, other, now)
    for other in sorted(_let_see(session, client_id) - kept):
        sharing.end_between(session, client_id, other, now)
    if together:
        _draw_up_together(session, client_id, inviter.id, now)


def _draw_up_together(session: Session, client_id: int, member_id: int, now: datetime) -> None:
    """Assign a care-team member to a client and let them see the plan, as far as that is not so."""
    admit(session, client_id)
    if not _assignment(session, member_id, client_id):
        session.add(Assignment(care_team_id=member_id, client_id=client_id, assigned_at=now))
    if not _open_grant(session, client_id, member_id, Scope.PLAN):
        _grant(session, client_id, member_id, Scope.PLAN, member_id, now, TOGETHER)
    session.flush()


def _end_together(session: Session, client_id: int, member_id: int, now: datetime) -> None:
    """End the work of a care-team member with a client, the sessions they planned, and all that is shared with them."""
    admit(session, client_id)
    sessions.call_off(session, client_id, member_id, now)
    works = _assignment(session, member_id, client_id)
    if works is not None:
        works.ended_at = now
    sharing.end_between(session, client_id, member_id, now)


def _begin_anew(session: Session, person: Person, password: str, now: datetime) -> None:
    """End every key to an account that was a supporter's alone before it becomes more; a password is chosen instead.

    A client may have opened it: they see a supporter's link where no mail left the machine. Raises WeakPassword.
    """
    person.password_hash = passwords.hash_new(password, person.name, person.email)
    second_factor.forget_keys(session, person.id)
    calendar_feeds.end(session, person.id)
    endpoints.end_ntfy(session, person.id, now)


def _bring_together(session: Session, found: Invitation, person: Person, now: datetime) -> None:
    """Let the one who invited and the one who accepted know each other."""
    if found.role == Role.SUPPORTER and found.client_id is not None:
        link = _link(session, person.id, found.client_id)
        if link is None:
            link = SupporterLink(supporter_id=person.id, client_id=found.client_id, relation=found.relation)
            session.add(link)
        if link.ended_at or link.confirmed_at is None:
            link.joined_at, link.confirmed_at, link.ended_at = now, None, None
    if found.role == Role.CLIENT:
        inviter = session.get_one(Person, found.invited_by_id)
        if inviter.is_care_team and found.client_id and not _assignment(session, inviter.id, person.id):
            session.add(Assignment(care_team_id=inviter.id, client_id=person.id, assigned_at=now))
    session.flush()


def _share(session: Session, found: Invitation, shares: Collection[Scope], now: datetime) -> None:
    """Let whoever invited the client see what was ticked, and no more; where an admin did, the care team."""
    client_id = found.person_id
    works = select(Assignment.care_team_id).where(Assignment.client_id == client_id, Assignment.ended_at.is_(None))
    team = session.scalars(works.with_for_update()).all()  # whose work is just being ended is let see nothing
    for member in [found.invited_by_id] if found.invited_by_id in team else team:
        for scope in CHOICES:
            known = _open_grant(session, client_id, member, scope)
            if scope in shares and known is None:
                _grant(session, client_id, member, scope, client_id, now)
            elif scope not in shares and known is not None:
                known.withdrawn_at = now
    session.flush()


def _grant(
    session: Session, client_id: int, to: int, scope: Scope, by_id: int, now: datetime, purpose: str | None = None
) -> None:
    session.add(
        SharingGrant(
            client_id=client_id,
            person_id=to,
            scope=scope,
            purpose=purpose,
            granted_by_id=by_id,
            granted_at=now,
            starts_at=now,
        )
    )
    session.flush()


def _open_grant(session: Session, client_id: int, person_id: int, scope: Scope) -> SharingGrant | None:
    return session.scalar(
        select(SharingGrant).where(
            SharingGrant.client_id == client_id,
            SharingGrant.person_id == person_id,
            SharingGrant.scope == scope,
            SharingGrant.withdrawn_at.is_(None),
        )
    )


def _let_see(session: Session, client_id: int) -> set[int]:
    """Whom anything of a client's is shared with."""
    given = select(SharingGrant.person_id).where(
        SharingGrant.client_id == client_id, SharingGrant.withdrawn_at.is_(None)
    )
    return set(session.scalars(given))


def _assignment(session: Session, care_team_id: int, client_id: int) -> Assignment | None:
    return session.scalar(
        select(Assignment).where(
            Assignment.care_team_id == care_team_id,
            Assignment.client_id == client_id,
            Assignment.ended_at.is_(None),
        )
    )


def _link(session: Session, supporter_id: int, client_id: int, open_only: bool = False) -> SupporterLink | None:
    found = session.scalar(
        select(SupporterLink).where(SupporterLink.supporter_id == supporter_id, SupporterLink.client_id == client_id)
    )
    return None if open_only and found and found.ended_at else found
