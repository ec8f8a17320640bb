"""Each mutant takes one rule away, in one layer, while all others stand: so that none hides behind another.

`old` stands exactly once in the file; a test sees to it. `near` are the tests beside the rule, the quickest first;
`routes` says where in the matrix the mistake shows, by how the names of the routes begin.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: in `file`, `old` becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    routes: str = ""
    near: tuple[str, ...] = ()


POLICIES, ACCESS, SHARING = "webapp/views/policies.py", "webapp/queries/access.py", "webapp/domain/sharing.py"
BEFORE, SHARED = "webapp/queries/before_session.py", "webapp/queries/shared.py"
CHECK_INS, SIGN_INS = "webapp/services/check_ins.py", "webapp/queries/sign_ins.py"

MUTANTS = (
    # who may enter at all
    Mutant(
        "the table lets everybody signed in enter a client's page",
        POLICIES,
        '"people.page": CLIENT,',
        '"people.page": SIGNED_IN,',
        "people.page",
    ),
    Mutant(
        "the table opens the admin's list of crisis lines to strangers",
        POLICIES,
        '"crisis_lines.page": ADMIN,',
        '"crisis_lines.page": PUBLIC,',
        "crisis_lines",
    ),
    Mutant(
        "the table asks for an assignment where the plan has to be shared",
        POLICIES,
        "record=access.assigned_plan)",
        "record=access.assigned_client)",
        "care_plan.page",
    ),
    Mutant(
        "the guard forgets roles",
        POLICIES,
        "    if policy.roles and not policy.roles & actor.roles:",
        "    if False:",
        "agenda.page",
    ),
    Mutant(
        "the guard lets through whom it found no record for",
        POLICIES,
        "        if g.record is None:",
        "        if False:",
        "steps.page,check_ins.note",
    ),
    Mutant(
        "the guard forgets that somebody has to be signed in",
        POLICIES,
        "    if not current_user.is_authenticated:\n        return _ask_to_sign_in()\n    actor",
        "    if not current_user.is_authenticated:\n        return None\n    actor",
        "install.how",
    ),
    # loaders of records
    Mutant(
        "a step is found whosever plan it is in",
        ACCESS,
        'ActionStep.id == bindparam("step_id"), ActionStep.client_id == bindparam("client_id"))',
        'ActionStep.id == bindparam("step_id"))',
        "steps.page,reminder_times.own",
    ),
    Mutant(
        "a coping strategy is found whosever it is",
        ACCESS,
        '    CopingStrategy.client_id == bindparam("client_id"),\n',
        "",
        "coping.edit,coping.change",
    ),
    Mutant(
        "a promise is found by any client",
        ACCESS,
        "if row and row.client_id == actor.id else None",
        "if row else None",
        "commitments.",
    ),
    Mutant(
        "a promise is found by any supporter",
        ACCESS,
        '        Commitment.supporter_id == bindparam("actor_id"),\n',
        "",
        "promises.answer",
    ),
    Mutant(
        "a promise outlives its giver's place in the circle",
        ACCESS,
        '        Commitment.supporter_id == bindparam("actor_id"),\n        SupporterLink.ended_at.is_(None),\n',
        '        Commitment.supporter_id == bindparam("actor_id"),\n',
        "promises.answer,promises.confirm",
    ),
    Mutant(
        "a check-in is found whoever made it",
        "webapp/queries/check_ins.py",
        'Table.id == bindparam("check_in_id", type_=Id), Table.by_id == bindparam("by_id", type_=Id), _TO_TAKE_BACK',
        'Table.id == bindparam("check_in_id", type_=Id), _TO_TAKE_BACK',
        "check_ins.undo,check_ins.note",
    ),
    Mutant(
        "an op is found whoever tapped it",
        "webapp/queries/check_ins.py",
        '    Table.by_id == bindparam("by_id", type_=Id),\n    or_(Table.op_id',
        "    or_(Table.op_id",
        "check_ins.note_op,check_ins.undo_op",
        ("tests/services/test_ops.py",),
    ),
    Mutant(
        "whoever left a circle still has a hand in what they said",
        "webapp/queries/check_ins.py",
        "_TO_TAKE_BACK = or_(Table.client_id == Table.by_id, belongs(Table.client_id, Table.by_id))",
        "_TO_TAKE_BACK = or_(Table.client_id.is_not(None), belongs(Table.client_id, Table.by_id))",
        "promises.undo_op",
    ),
    Mutant(
        "an undo touches check-ins of whoever made them",
        CHECK_INS,
        ').where(CheckIn.id == bindparam("check_in_id", type_=Id), CheckIn.by_id == _PERSON)',
        ').where(CheckIn.id == bindparam("check_in_id", type_=Id), _PERSON == _PERSON)',
        "check_ins.undo",
        ("tests/services/test_check_ins.py",),
    ),
    Mutant(
        "the check-in service takes the step of any client",
        CHECK_INS,
        '.where(ActionStep.id == bindparam("step_id"), ActionStep.client_id == bindparam("client_id"))',
        '.where(ActionStep.id == bindparam("step_id"))',
        "check_ins.add",
    ),
    Mutant(
        "either side of a promise may be anybody",
        "webapp/services/commitments.py",
        "    if by_id not in (found.supporter_id, found.client_id):\n",
        "    if False:\n",
        "",
        ("tests/services/test_commitments.py",),
    ),
    Mutant(
        "a pause is found whosever it is",
        "webapp/queries/pauses.py",
        '    .where(Pause.client_id == bindparam("client_id", type_=Id))\n',
        "",
        "pauses.",
    ),
    Mutant(
        "a contact is found whosever it is",
        "webapp/queries/contacts.py",
        '    .where(Contact.client_id == bindparam("client_id"))\n',
        "",
        "contacts.,help_now",
    ),
    Mutant(
        "a reminder is answered by anybody",
        "webapp/queries/reminded.py",
        '        Reminder.person_id == bindparam("person_id", type_=Id),\n',
        "",
        "reminded.page",
    ),
    Mutant(
        "an invitation is its sender's and anybody's",
        "webapp/queries/invitations.py",
        ').where(Invitation.invited_by_id == bindparam("by_id"))',
        ").where(Invitation.invited_by_id.is_not(None))",
        "invitations.sent,people.page",
    ),
    Mutant(
        "a device is ended by anybody",
        SIGN_INS,
        '        SignIn.person_id == bindparam("person_id"),\n',
        "",
        "settings.",
    ),
    Mutant(
        "an address for messages is anybody's",
        "webapp/queries/endpoints.py",
        'type_=Id), Endpoint.person_id == bindparam("person_id", type_=Id)',
        "type_=Id)",
        "endpoints.end",
    ),
    Mutant(
        "an admin looks after accounts of every organisation",
        "webapp/queries/admin.py",
        '    .where(Person.organisation_id == bindparam("organisation_id"))\n'
        "    .order_by(Person.name, Person.id)\n)\n_MEMBER",
        "    .order_by(Person.name, Person.id)\n)\n_MEMBER",
        "admin.page,admin.person",
    ),
    Mutant(
        "a session is moved by a colleague",
        "webapp/services/sessions.py",
        "if found is None or (found.client_id, found.care_team_id) != (client_id, care_team_id):",
        "if found is None or found.client_id != client_id:",
        "sessions.cancel,sessions.review",
    ),
    Mutant(
        "a use of a strategy is whoever's",
        "webapp/services/coping.py",
        "        select(CopingUse).where(CopingUse.client_id == client_id, CopingUse.op_id == op_id)",
        "        select(CopingUse).where(CopingUse.op_id == op_id)",
        "coping.",
        ("tests/services/test_coping.py", "tests/services/test_ops.py"),
    ),
    # assignments, circles, and accounts that are closed
    Mutant(
        "the care team needs no assignment of its own",
        ACCESS,
        '        Assignment.care_team_id == bindparam("actor_id"),\n',
        "",
        "before_session.page",
    ),
    Mutant(
        "an assignment that ended still counts",
        ACCESS,
        '        Assignment.care_team_id == bindparam("actor_id"),\n        Assignment.ended_at.is_(None),\n',
        '        Assignment.care_team_id == bindparam("actor_id"),\n',
        "before_session.page",
    ),
    Mutant(
        "the caseload keeps clients whose assignment ended",
        "webapp/queries/caseload.py",
        '        Assignment.care_team_id == bindparam("care_team_id"),\n        Assignment.ended_at.is_(None),\n',
        '        Assignment.care_team_id == bindparam("care_team_id"),\n',
        "caseload",
    ),
    Mutant(
        "the record of a deactivated client stays open to the care team",
        ACCESS,
        "        Assignment.ended_at.is_(None),\n        Person.deactivated_at.is_(None),\n",
        "        Assignment.ended_at.is_(None),\n",
        "before_session.page",
    ),
    Mutant(
        "a circle keeps who was taken out of it",
        ACCESS,
        '        SupporterLink.supporter_id == bindparam("actor_id"),\n        SupporterLink.ended_at.is_(None),\n',
        '        SupporterLink.supporter_id == bindparam("actor_id"),\n',
        "promises.page",
    ),
    Mutant(
        "reminders of a promise outlive the place in the circle",
        ACCESS,
        "    stands = link.where(SupporterLink.ended_at.is_(None), _HERE.id",
        "    stands = link.where(_HERE.id",
        "reminded.page,reminders.page",
        ("tests/queries/test_access.py",),
    ),
    Mutant(
        "reminders of a promise outlive the client's account",
        ACCESS,
        "_HERE.id == client_id, _HERE.deactivated_at.is_(None))",
        "_HERE.id == client_id)",
        "reminded.page,reminders.page",
    ),
    Mutant(
        "a deactivated person stays signed in",
        SIGN_INS,
        '        SignIn.expires_at > bindparam("now"),\n        Person.deactivated_at.is_(None),\n    )\n)\n\n_ACCOUNT',
        '        SignIn.expires_at > bindparam("now"),\n    )\n)\n\n_ACCOUNT',
        "caseload,settings.page",
    ),
    # what is shared
    Mutant(
        "a grant to one person counts for everybody",
        ACCESS,
        '        & (SharingGrant.person_id == bindparam("actor_id"))\n',
        "",
        "before_session.page,promises.page",
    ),
    Mutant(
        "a grant that was withdrawn still counts",
        ACCESS,
        "        & SharingGrant.withdrawn_at.is_(None),\n    )\n\n\n_ASSIGNED",
        "    )\n\n\n_ASSIGNED",
        "before_session.page,promises.page",
    ),
    Mutant(
        "a grant counts before it begins",
        SHARING,
        "return self.starts_at <= now and not over",
        "return not over",
        "before_session.page,promises.page",
        ("tests/domain/test_sharing.py",),
    ),
    Mutant(
        "a grant counts after its last day",
        SHARING,
        "over = any(end is not None and end <= now for end in (self.ends_at, self.withdrawn_at))",
        "over = any(end is not None and end <= now for end in (self.withdrawn_at,))",
        "before_session.page,promises.page",
        ("tests/domain/test_sharing.py",),
    ),
    Mutant(
        "every grant adds up, whether it holds or not",
        SHARING,
        "for grant in grants if grant.holds(now)))",
        "for grant in grants))",
        "before_session.page,promises.page",
        ("tests/domain/test_sharing.py",),
    ),
    Mutant(
        "substance use needs no scope of its own",
        SHARING,
        "return scope in self.scopes and (not substance_use or Scope.SUBSTANCE_USE in self.scopes)",
        "return scope in self.scopes",
        "before_session.page,promises.page",
        ("tests/domain/test_sharing.py",),
    ),
    Mutant(
        "the scope of substance use implies the others",
        SHARING,
        "return scope in self.scopes and (not substance_use or Scope.SUBSTANCE_USE in self.scopes)",
        "return scope in self.scopes or (substance_use and Scope.SUBSTANCE_USE in self.scopes)",
        "before_session.page,promises.page",
        ("tests/domain/test_sharing.py",),
    ),
    Mutant(
        "who drew up the plan keeps the strategies after the client joined",
        ACCESS,
        "rights=found if first.joined_at else drawing_up(found)",
        "rights=drawing_up(found)",
        "care_plan.page,before_session.page",
        ("tests/queries/test_access.py",),
    ),
    Mutant(
        "the plan opens to whoever is assigned",
        ACCESS,
        "return found if found and found.rights.sees(Scope.PLAN) else None",
        "return found",
        "care_plan.page",
    ),
    Mutant(
        "steps about substance use stand before the session",
        BEFORE,
        "self.rows = [row for row in self.rows if access.rights.sees(Scope.STEPS, row.substance_use)]",
        "self.rows = list(self.rows)",
        "before_session.page",
    ),
    Mutant(
        "notes about substance use stand before the session",
        BEFORE,
        "return [row for row in rows if not row.substance_use or Scope.SUBSTANCE_USE in rights.scopes]",
        "return list(rows)",
        "before_session.page",
    ),
    Mutant(
        "notes come with the steps",
        BEFORE,
        "self.words = self._words() if access.rights.sees(Scope.NOTES) else None",
        "self.words = self._words()",
        "before_session.page",
    ),
    Mutant(
        "numbers of distress come with coping",
        BEFORE,
        "numbers = access.rights.sees(Scope.DISTRESS)",
        "numbers = True",
        "before_session.page",
        ("tests/queries/test_before_session.py",),
    ),
    Mutant(
        "the agenda is shared with whoever is assigned",
        BEFORE,
        "agenda=agenda.open_items(connection, access.client_id) if rights.sees(Scope.AGENDA) else None,",
        "agenda=agenda.open_items(connection, access.client_id),",
        "before_session.page",
    ),
    Mutant(
        "changes of strategies come with the plan",
        "webapp/queries/plan_changes.py",
        "hidden = () if rights.sees(Scope.COPING) else COPING_NOUNS",
        "hidden = ()",
        "care_plan.changes",
    ),
    Mutant(
        "goals about substance use stand on a supporter's page",
        SHARED,
        '        for row in connection.execute(_GOALS, {"plan_id": plan.id})\n'
        "        if access.rights.sees(Scope.PLAN, row.substance_use)\n",
        '        for row in connection.execute(_GOALS, {"plan_id": plan.id})\n',
        "promises.page",
    ),
    Mutant(
        "a supporter with the plan sees the weeks, too",
        SHARED,
        "    if not access.rights.sees(Scope.STEPS):\n        return None\n",
        "",
        "",
        ("tests/views/test_people.py", "tests/views/test_promises.py"),
    ),
    Mutant(
        "See as shows more than the other person gets",
        "webapp/views/people.py",
        "told_to = before_session(edge.reading(), found, person_id, now)",
        "from dataclasses import replace\n"
        "        from webapp.domain.sharing import OWN\n"
        "        told_to = before_session(edge.reading(), replace(found, rights=OWN), person_id, now)",
        "people.seen",
    ),
    # signing in, links and addresses that open something by themselves
    Mutant(
        "a sign-in that was ended lets its holder in",
        SIGN_INS,
        '        SignIn.token_hash == bindparam("token_hash"),\n        SignIn.ended_at.is_(None),\n',
        '        SignIn.token_hash == bindparam("token_hash"),\n',
        "home",
    ),
    Mutant(
        "a sign-in never runs out",
        SIGN_INS,
        '        SignIn.ended_at.is_(None),\n        SignIn.expires_at > bindparam("now"),\n        Person',
        "        SignIn.ended_at.is_(None),\n        Person",
        "home",
    ),
    Mutant(
        "an invitation opens twice",
        "webapp/services/invitations.py",
        "            Invitation.token_hash == token_hash(token),\n            Invitation.accepted_at.is_(None),\n",
        "            Invitation.token_hash == token_hash(token),\n",
        "home",
        ("tests/services/test_invitations.py",),
    ),
    Mutant(
        "an invitation opens somebody else's account for whoever holds it",
        "webapp/services/invitations.py",
        "    if person.joined_at is not None and by_id != person.id:\n",
        "    if False:\n",
        "home",
    ),
    Mutant(
        "a sign-in link lets in twice",
        "webapp/services/sign_in_links.py",
        "            SignInLink.token_hash == token_hash(token),\n            SignInLink.used_at.is_(None),\n",
        "            SignInLink.token_hash == token_hash(token),\n",
        "home",
        ("tests/services/test_sign_in_links.py",),
    ),
    Mutant(
        "a calendar address outlives its owner's account",
        "webapp/queries/calendar_feeds.py",
        '.where(CalendarFeed.token_hash == bindparam("token_hash"), Person.deactivated_at.is_(None))',
        '.where(CalendarFeed.token_hash == bindparam("token_hash"))',
        "home",
        ("tests/queries/test_calendar_feeds.py",),
    ),
    Mutant(
        "any calendar address opens any calendar",
        "webapp/queries/calendar_feeds.py",
        '.where(CalendarFeed.token_hash == bindparam("token_hash"), Person.deactivated_at.is_(None))',
        '.where(CalendarFeed.token_hash != bindparam("token_hash"), Person.deactivated_at.is_(None)).limit(1)',
        "home",
        ("tests/queries/test_calendar_feeds.py",),
    ),
    Mutant(
        "next leads to another site after signing in",
        "webapp/views/sign_in.py",
        'return None if parts.scheme or parts.netloc or target.startswith("//") else target',
        "return target if parts else None",
        "home",
        ("tests/views/test_sign_in.py",),
    ),
)
