"""Each mutant takes one rule away, in one layer, while all others stand: so that none hides behind another.

The guard beneath the queries would hide most of them, so it is wide open while they are judged; what stands in the
guard itself is judged as it is. `old` stands exactly once in the file; a test sees to it. `near` are the tests beside
the rule, the quickest first; `routes` says where in the matrix the mistake shows, by how the names of the routes begin.
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

    @property
    def guarded(self) -> bool:
        """Whether the guard beneath has to hold for it to show."""
        return self.file.startswith("webapp/guard/") or self.file == SCOPES

    @property
    def on(self) -> str:
        """On which database it shows."""
        return "postgresql" if self.file == ROW_SECURITY else "sqlite"


POLICIES, ACCESS, SHARING = "webapp/views/policies.py", "webapp/queries/access.py", "webapp/domain/sharing.py"
BEFORE, SHARED = "webapp/queries/before_session.py", "webapp/queries/shared.py"
CHECK_INS, SIGN_INS = "webapp/services/check_ins.py", "webapp/queries/sign_ins.py"
LIMITS, SCOPES = "webapp/domain/sign_ins.py", "webapp/domain/scopes.py"
EMBEDDED, ROW_SECURITY = "webapp/guard/embedded.py", "webapp/guard/row_security.py"
SECOND = "tests/views/test_second_factor.py"
IN_SCOPE = "tests/edges/test_guard.py::test_whose_records_are_in_scope_is_looked_up_when_it_is_entered"
OUT_OF_SCOPE = "tests/edges/test_guard.py::test_within_a_scope_rows_of_others_are_not_there_and_none_can_be_made"

WIDE_OPEN = (EMBEDDED, 'either = ["(SELECT cairn_everyone())"]', 'either = ["1"]')
"""How the guard of the embedded database is opened: every row is in every scope."""

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
        "record=access.assigned_plan, look=True)",
        "record=access.assigned_client, look=True)",
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
        "        return None if may else _ask_to_sign_in()",
        "        return None",
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
        '        Commitment.supporter_id == bindparam("actor_id"),\n        CONFIRMED,\n',
        '        Commitment.supporter_id == bindparam("actor_id"),\n        SupporterLink.confirmed_at.is_not(None),\n',
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
        "_TO_TAKE_BACK = or_(Table.client_id == Table.by_id, and_(",
        "_TO_TAKE_BACK = or_(Table.client_id.is_not(None), and_(",
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
        '.where(SignIn.person_id == bindparam("person_id"), SignIn.ended_at.is_(None))',
        ".where(SignIn.ended_at.is_(None))",
        "settings.",
        ("tests/views/test_settings.py::test_nobody_ends_the_device_of_somebody_else",),
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
        '.where(Person.organisation_id == bindparam("organisation_id"), Person.left_at.is_(None))',
        ".where(Person.left_at.is_(None))",
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
        '        SupporterLink.supporter_id == bindparam("actor_id"),\n        CONFIRMED,\n',
        '        SupporterLink.supporter_id == bindparam("actor_id"),\n'
        "        SupporterLink.confirmed_at.is_not(None),\n",
        "promises.page",
    ),
    Mutant(
        "reminders of a promise outlive the place in the circle",
        ACCESS,
        "    stands = link.where(CONFIRMED, _HERE.id",
        "    stands = link.where(_HERE.id",
        "reminded.page,reminders.page",
        ("tests/queries/test_access.py",),
    ),
    Mutant(
        "reminders of a promise outlive the client's account",
        ACCESS,
        "_HERE.deactivated_at.is_(None), _HERE.leaves_at.is_(None))",
        "_HERE.leaves_at.is_(None))",
        "reminded.page,reminders.page",
    ),
    Mutant(
        "a deactivated person stays signed in",
        SIGN_INS,
        "        SignIn.ended_at.is_(None),\n        Person.deactivated_at.is_(None),\n        # Whatever",
        "        SignIn.ended_at.is_(None),\n        # Whatever",
        "caseload,settings.page",
        ("tests/views/test_admin.py::test_a_closed_account_is_out_even_where_a_session_of_it_was_left_open",),
    ),
    Mutant(
        "a supporter counts before the client said that it is them",
        ACCESS,
        "CONFIRMED = and_(SupporterLink.ended_at.is_(None), SupporterLink.confirmed_at.is_not(None))",
        "CONFIRMED = SupporterLink.ended_at.is_(None)",
        "promises.",
        ("tests/services/test_supporters.py",),
    ),
    # what is shared
    Mutant(
        "a supporter knows of what they were asked about substance use, whatever is shared",
        "webapp/queries/privacy.py",
        "return or_(~PRIVATE, shared_with(ActionStep.client_id, person_id))",
        "return or_(~PRIVATE, PRIVATE)",
        "promises.page,promises.answer,promises.undo_op,reminded.,reminders.page",
        ("tests/queries/test_access.py",),
    ),
    Mutant(
        "what was signed for substance use counts before its first day",
        "webapp/queries/privacy.py",
        "        SharingGrant.starts_at <= _NOW,\n",
        "",
        "promises.page,reminded.",
    ),
    Mutant(
        "what was signed for substance use counts after its last day",
        "webapp/queries/privacy.py",
        "        or_(SharingGrant.ends_at.is_(None), SharingGrant.ends_at > _NOW),\n",
        "",
        "promises.page,reminded.",
    ),
    Mutant(
        "a client asks a supporter for a step about substance use without sharing it",
        "webapp/services/commitments.py",
        "    if private and not privacy.is_shared(session.connection(), client_id, supporter_id, now):\n",
        "    if False:\n",
        "",
        ("tests/services/test_commitments.py",),
    ),
    Mutant(
        "the care team needs no grant",
        ACCESS,
        'return found if found and (kind != "care_team" or found.rights.any) else None',
        "return found",
        "before_session.page",
        ("tests/views/test_sharing.py::test_without_a_grant_the_care_team_gets_the_page_of_what_does_not_exist",),
    ),
    Mutant(
        "a grant for some steps is one for all, by the rule",
        SHARING,
        "return step_id is None or self.reach(scope).covers(step_id)",
        "return True",
        "before_session.page",
        ("tests/domain/test_sharing.py",),
    ),
    Mutant(
        "a grant for some steps is one for all, as it is read",
        ACCESS,
        "reach=Reach(row.new_steps, frozenset(row.steps)))",
        "reach=Reach())",
        "before_session.page",
        ("tests/views/test_sharing.py::test_a_step_that_is_not_shared_changes_no_letter_of_what_others_see",),
    ),
    Mutant(
        "a look at a record is not written down",
        POLICIES,
        "ASSIGNED_CLIENT = only(Role.CARE_TEAM, record=access.assigned_client, look=True)",
        "ASSIGNED_CLIENT = only(Role.CARE_TEAM, record=access.assigned_client)",
        "before_session.page",
        ("tests/views/test_looks.py::test_every_way_into_a_record_is_a_look_before_anything_is_shown",),
    ),
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
        "return self.starts_at <= now and self.ended_at(now) is None",
        "return self.ended_at(now) is None",
        "before_session.page,promises.page",
        ("tests/domain/test_sharing.py",),
    ),
    Mutant(
        "a grant counts after its last day",
        SHARING,
        "for end in (self.ends_at, self.withdrawn_at) if",
        "for end in (self.withdrawn_at,) if",
        "before_session.page,promises.page",
        ("tests/domain/test_sharing.py",),
    ),
    Mutant(
        "every grant adds up, whether it holds or not",
        SHARING,
        "for grant in (one for one in grants if one.holds(now)):",
        "for grant in grants:",
        "before_session.page,promises.page",
        ("tests/domain/test_sharing.py",),
    ),
    Mutant(
        "substance use needs no scope of its own",
        SHARING,
        "if scope not in self.scopes or (substance_use and Scope.SUBSTANCE_USE not in self.scopes):",
        "if scope not in self.scopes:",
        "before_session.page,promises.page",
        ("tests/domain/test_sharing.py",),
    ),
    Mutant(
        "the scope of substance use implies the others",
        SHARING,
        "if scope not in self.scopes or (substance_use and Scope.SUBSTANCE_USE not in self.scopes):",
        "if scope not in self.scopes and not (substance_use and Scope.SUBSTANCE_USE in self.scopes):",
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
        "self.rows = [row for row in self.rows if access.rights.sees(Scope.STEPS, row.substance_use, row.id)]",
        "self.rows = [row for row in self.rows if access.rights.sees(Scope.STEPS, False, row.id)]",
        "before_session.page",
    ),
    Mutant(
        "notes about substance use stand before the session",
        BEFORE,
        "return self.access.rights.sees(scope, row.substance_use, row.step_id)",
        "return self.access.rights.sees(scope, False, row.step_id)",
        "before_session.page",
        ("tests/queries/test_before_session.py::test_substance_use_stands_there_only_with_its_own_grant",),
    ),
    Mutant(
        "notes of steps that are not shared stand before the session",
        BEFORE,
        "return self.access.rights.sees(scope, row.substance_use, row.step_id)",
        "return self.access.rights.sees(scope, row.substance_use)",
        "before_session.page",
        ("tests/views/test_sharing.py::test_a_step_that_is_not_shared_changes_no_letter_of_what_others_see",),
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
        "agenda=agenda.open_items(connection, access.client_id, rights) if rights.sees(Scope.AGENDA) else None,",
        "agenda=agenda.open_items(connection, access.client_id, Rights(frozenset(Scope))),",
        "before_session.page",
    ),
    Mutant(
        "what is to be talked about substance use comes with the rest of it",
        "webapp/queries/agenda.py",
        "return tuple(item for item in found if rights.sees(Scope.AGENDA, item.substance_use))",
        "return tuple(item for item in found if rights.sees(Scope.AGENDA))",
        "before_session.page",
    ),
    Mutant(
        "a plan file ends what whoever takes it in may not see",
        "webapp/services/ending_plans.py",
        "(seen if rights.sees(Scope.PLAN, private, step.id) else hidden).append(step)",
        "seen.append(step)",
        "care_plan.take_in",
        (
            "tests/services/test_importing_unseen.py::"
            "test_steps_about_substance_use_go_on_for_somebody_who_may_not_see_them",
        ),
    ),
    Mutant(
        "what a plan lists about substance use stands there for whoever sees the plan",
        "webapp/queries/care_plans.py",
        "return (row for row in rows if private or not row.substance_use)",
        "return rows",
        "care_plan.page",
    ),
    Mutant(
        "who takes only hidden steps stands on the team",
        "webapp/queries/care_plans.py",
        "team=_team(everybody, rows, seen),",
        "team=everybody,",
        "care_plan.page",
        ("tests/views/test_care_plan.py::test_whoever_takes_only_steps_one_does_not_see_is_not_on_the_team",),
    ),
    Mutant(
        "changes of strategies come with the plan",
        "webapp/queries/plan_changes.py",
        "hidden = [] if rights.sees(Scope.COPING) else list(COPING_NOUNS)",
        "hidden: list[str] = []",
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
        "webapp/views/seen_as.py",
        "    told = before_session(edge.reading(), found, member.id, clock.now())",
        "    from dataclasses import replace\n"
        "    from webapp.domain.sharing import OWN\n"
        "    told = before_session(edge.reading(), replace(found, rights=OWN), member.id, clock.now())",
        "people.seen",
        ("tests/views/test_sharing.py::test_to_see_as_somebody_is_to_see_what_they_get",),
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
        "if not counts(use, bool(STAFF & roles), now):",
        "if False:",
        "home",
        ("tests/services/test_sign_ins.py",),
    ),
    Mutant(
        "nobody is signed out for being away",
        LIMITS,
        "return min(use.expires_at, use.created_at + most.absolute, use.seen_at + most.idle)",
        "return min(use.expires_at, use.created_at + most.absolute)",
        "home",
        ("tests/domain/test_sign_ins.py", "tests/services/test_sign_ins.py"),
    ),
    Mutant(
        "a phone that locked itself stays open",
        LIMITS,
        "return use.locked_at is not None or now - use.seen_at >= timedelta(minutes=lock_after) + SEEN_EVERY",
        "return use.locked_at is not None",
        "home",
        ("tests/domain/test_sign_ins.py",),
    ),
    Mutant(
        "a locked phone shows its pages",
        "webapp/views/identity.py",
        "if actor.use is not None and is_locked(actor.use, actor.lock_after, now):",
        "if False:",
        "home",
        ("tests/views/test_lock.py",),
    ),
    Mutant(
        "a password alone lets staff in",
        SIGN_INS,
        "        or_(SignIn.both, not_(or_(Person.is_care_team, Person.is_admin))),\n",
        "",
        "home",
        (f"{SECOND}::test_a_sign_in_of_staff_that_showed_one_thing_lets_in_nobody_whatever_made_it",),
    ),
    Mutant(
        "what asks for it again forgets to ask",
        POLICIES,
        "    if policy.proved and (asked := proving.guard()) is not None:\n        return asked\n",
        "",
        "home",
        ("tests/views/test_proving.py::test_what_was_typed_goes_on_with_the_proof_and_without_script",),
    ),
    Mutant(
        "sharing asks nobody to show again who they are",
        POLICIES,
        '"people.grant": proved(CLIENT),',
        '"people.grant": CLIENT,',
        "home",
        ("tests/views/test_proving.py::test_these_routes_ask_again_and_no_other_does",),
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
    # what lies beneath every query
    Mutant(
        "a request acts in every role of its person",
        SCOPES,
        "acting = actor.roles & frozenset(roles) if roles else actor.roles",
        "acting = actor.roles",
        "home",
        ("tests/domain/test_scopes.py",),
    ),
    Mutant(
        "every request may look accounts up",
        SCOPES,
        "        accounts=accounts,\n",
        "        accounts=True,\n",
        "home",
        ("tests/domain/test_scopes.py", "tests/views/test_scopes.py"),
    ),
    Mutant("every row is in every scope", *WIDE_OPEN, "home", (OUT_OF_SCOPE,)),
    Mutant(
        "the guard takes rows of others in",
        EMBEDDED,
        '("INSERT", f"NOT ({after} OR {_begins(owner)})", refused),',
        '("INSERT", "0", refused),',
        "home",
        (OUT_OF_SCOPE,),
    ),
    Mutant(
        "the guard counts a supporter before the client said that it is them",
        EMBEDDED,
        "WHERE supporter_id = ? AND ended_at IS NULL AND confirmed_at IS NOT NULL",
        "WHERE supporter_id = ? AND ended_at IS NULL",
        "home",
        (IN_SCOPE,),
    ),
    Mutant(
        "the guard keeps clients whose assignment ended",
        EMBEDDED,
        "WHERE care_team_id = ? AND ended_at IS NULL",
        "WHERE care_team_id = ?",
        "home",
        (IN_SCOPE,),
    ),
    Mutant(
        "the guard takes whatever rows are called for a view of its own",
        EMBEDDED,
        'return thing in _ways().get(by or "", ()) or (',
        "return by is not None or (",
        "home",
        ("tests/edges/test_guard.py::test_a_name_that_a_statement_gives_to_rows_opens_none",),
    ),
    Mutant(
        "what a write may look at stays open",
        "webapp/guard/statements.py",
        "        watch.target = None\n",
        "        pass\n",
        "home",
        ("tests/edges/test_guard.py::test_what_a_write_may_look_at_is_closed_when_it_is_over",),
    ),
    Mutant(
        "a statement needs no scope",
        "webapp/guard/statements.py",
        "    if said.tables and scope is None:\n",
        "    if False:\n",
        "home",
        ("tests/edges/test_guard.py::test_outside_of_a_scope_no_statement_on_anybodys_table_is_let_through",),
    ),
    Mutant(
        "row security takes rows of others in",
        ROW_SECURITY,
        "WITH CHECK ({kept})",
        "WITH CHECK (true)",
        "home",
        (OUT_OF_SCOPE,),
    ),
    Mutant(
        "row security counts a supporter before the client said that it is them",
        ROW_SECURITY,
        "AND ended_at IS NULL AND confirmed_at IS NOT NULL",
        "AND ended_at IS NULL",
        "home",
        (IN_SCOPE,),
    ),
)
