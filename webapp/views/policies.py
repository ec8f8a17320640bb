"""Who may enter which route. One table; a route that is not in it stops the start.

A policy says which role a person needs and, where the address names a record, which loader finds it.
The loader returns the record only if it is the actor's to touch; the view reads it with `edge.record()`.
Not signed in: the sign-in page (401 for anything but opening a page). Wrong role or a record of
somebody else's: 404, like a page that doesn't exist.

Here, too, a request gets its scope, beneath which nothing of anybody else's can be read or written: what the actor has
in the roles that open the route. See `webapp/guard`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp import clock
from webapp.domain import scopes
from webapp.domain.people import Actor, Role
from webapp.domain.scopes import DOOR, Scope
from webapp.queries import (
    access,
    admin,
    check_ins,
    contacts,
    endpoints,
    invitations,
    pauses,
    reminded,
    second_factor,
    sign_ins,
)
from webapp.services import looks
from webapp.views import edge, identity, proving

Loader = Callable[[Any, Actor, dict[str, Any], datetime], object | None]


@dataclass(frozen=True, slots=True)
class Policy:
    """`roles` empty: anybody signed in; `public`: anybody at all; `locked`: whoever's phone is locked, too.

    `proved`: only after showing lately who one is (see proving.py). `half`: only while a sign-in waits for its second
    step; `sets_up`: whoever is signed in, and staff half way in who have no second factor yet.
    `look`: what the record's loader gives is somebody else's, and being let in is a look at it, which is written down.
    `accounts`: the route looks up accounts, invitations or devices of others, but nobody's record.
    """

    roles: frozenset[Role] = frozenset()
    record: Loader | None = None
    public: bool = False
    proved: bool = False
    half: bool = False
    sets_up: bool = False
    locked: bool = False
    look: bool = False
    accounts: bool = False

    @property
    def on_the_way_in(self) -> bool:
        """Whether it is also for people who have shown one thing so far."""
        return self.half or self.sets_up

    def scope(self, actor: Actor) -> Scope:
        """What a request to this route may touch."""
        return scopes.of(actor, self.roles, self.accounts)


def only(*roles: Role, record: Loader | None = None, look: bool = False) -> Policy:
    return Policy(frozenset(roles), record, look=look)


def proved(policy: Policy) -> Policy:
    """Ask the same, and that whoever does it showed within ten minutes that it is they."""
    return replace(policy, proved=True)


def with_accounts(policy: Policy) -> Policy:
    """Let a route look accounts up as well."""
    return replace(policy, accounts=True)


PUBLIC = Policy(public=True)
SIGNED_IN = Policy()
ALSO_LOCKED = Policy(locked=True)
CLIENT = only(Role.CLIENT)
SUPPORTER = only(Role.SUPPORTER)
CARE_TEAM = only(Role.CARE_TEAM)
ADMIN = with_accounts(only(Role.ADMIN))
CLIENT_OR_SUPPORTER = only(Role.CLIENT, Role.SUPPORTER)
OWN_STEP = only(Role.CLIENT, record=access.own_step)
OWN_CHECK_IN = only(Role.CLIENT, record=check_ins.own_check_in)
OWN_PAUSE = only(Role.CLIENT, record=pauses.own_pause)
OWN_STRATEGY = only(Role.CLIENT, record=access.own_strategy)
OWN_STRATEGY_EVER = only(Role.CLIENT, record=access.own_strategy_ever)
OWN_CONTACT = only(Role.CLIENT, record=contacts.own_contact)
OWN_COMMITMENT = only(Role.CLIENT, record=access.own_commitment)
PROMISED = only(Role.SUPPORTER, record=access.promised)
ASSIGNED_CLIENT = only(Role.CARE_TEAM, record=access.assigned_client, look=True)
ASSIGNED_PLAN = only(Role.CARE_TEAM, record=access.assigned_plan, look=True)
FRONT_DOOR = only(Role.CARE_TEAM, record=access.assigned_client)
"""Leads on to a page of a client's record, and shows nothing itself."""
OWN_INVITATION = with_accounts(Policy(record=invitations.sent))
HALFWAY = Policy(half=True)
SETTING_UP = Policy(sets_up=True, proved=True)
OWN_PASSKEY = Policy(record=second_factor.own_key, proved=True)
OWN_DEVICE = Policy(record=sign_ins.own_device)
OWN_ENDPOINT = Policy(record=endpoints.own)
OWN_REMINDER = only(Role.CLIENT, Role.SUPPORTER, record=reminded.own)
ADMINISTERED = with_accounts(only(Role.ADMIN, record=admin.member))

POLICIES: dict[str, Policy] = {
    "static": PUBLIC,
    "health.healthz": PUBLIC,
    "styleguide.page": PUBLIC,
    "home.page": PUBLIC,
    "language.choose": PUBLIC,
    # sign-in and invitations
    "sign_in.page": PUBLIC,
    "sign_in.sign_in": PUBLIC,
    "sign_in.out": ALSO_LOCKED,
    "sign_in.out_everywhere": ALSO_LOCKED,
    "sign_in.ask_link": PUBLIC,
    "sign_in.link": PUBLIC,
    "passkeys.ask": PUBLIC,
    "passkeys.enter": PUBLIC,
    "second_step.page": HALFWAY,
    "second_step.answer": HALFWAY,
    # to show again that it is you
    "proving.confirm": proved(SIGNED_IN),
    "proving.mail": SIGNED_IN,
    "proving.link": PUBLIC,
    # how one signs in
    "second_factor.page": SIGNED_IN,
    "second_factor.app": SETTING_UP,
    "second_factor.set_up": SETTING_UP,
    "second_factor.remove": proved(SIGNED_IN),
    "second_factor.renew": proved(SIGNED_IN),
    "passkeys.new": SETTING_UP,
    "passkeys.offer": SETTING_UP,
    "passkeys.add": SETTING_UP,
    "passkeys.rename": OWN_PASSKEY,
    "passkeys.remove": OWN_PASSKEY,
    "invitations.open": PUBLIC,
    "invitations.accept": PUBLIC,
    "invitations.offer_passkey": PUBLIC,
    "invitations.new_client": CARE_TEAM,
    "invitations.invite_client": with_accounts(CARE_TEAM),
    "invitations.sent": OWN_INVITATION,
    "invitations.send_again": OWN_INVITATION,
    "invitations.withdraw": OWN_INVITATION,
    # settings and outbox
    "settings.page": SIGNED_IN,
    "settings.keep": SIGNED_IN,
    "settings.password": proved(SIGNED_IN),
    "settings.end_device": OWN_DEVICE,
    "settings.end_others": SIGNED_IN,
    # privacy on the phone: away at once, the lock, another name
    "quick_exit.leave": PUBLIC,
    "quick_exit.units": PUBLIC,
    "lock.page": PUBLIC,
    "lock.unlock": PUBLIC,
    "lock.lock": PUBLIC,
    "lock.forgotten": PUBLIC,
    "privacy.page": CLIENT_OR_SUPPORTER,
    "privacy.keep": CLIENT_OR_SUPPORTER,
    "privacy.remove": CLIENT_OR_SUPPORTER,
    "privacy.name": CLIENT_OR_SUPPORTER,
    "outbox.page": SIGNED_IN,
    "own_data.page": SIGNED_IN,
    "own_data.download": proved(SIGNED_IN),
    "own_data.delete": proved(SIGNED_IN),
    "own_data.keep": SIGNED_IN,
    "notices.keep": SIGNED_IN,
    # admin
    "admin.page": ADMIN,
    "admin.organisation": ADMIN,
    "admin.new": ADMIN,
    "admin.invite": ADMIN,
    "admin.person": ADMINISTERED,
    "admin.deactivate": ADMINISTERED,
    "admin.reactivate": ADMINISTERED,
    "admin.assign": ADMINISTERED,
    "admin.unassign": ADMINISTERED,
    "backups.page": ADMIN,
    "backups.begin": ADMIN,
    # care team: caseload, before the session, sessions
    "caseload.page": CARE_TEAM,
    "before_session.client": FRONT_DOOR,
    "before_session.page": ASSIGNED_CLIENT,
    "sessions.page": ASSIGNED_CLIENT,
    "sessions.plan": ASSIGNED_CLIENT,
    "sessions.edit": ASSIGNED_CLIENT,
    "sessions.move": ASSIGNED_CLIENT,
    "sessions.hold": ASSIGNED_CLIENT,
    "sessions.cancel": ASSIGNED_CLIENT,
    "sessions.restore": ASSIGNED_CLIENT,
    "sessions.review": ASSIGNED_CLIENT,
    # client: what to talk about, coping, help now and the people on it
    "agenda.page": CLIENT,
    "agenda.add": CLIENT,
    "agenda.settle": CLIENT,
    "agenda.reopen": CLIENT,
    "agenda.remove": CLIENT,
    "coping.page": CLIENT,
    "coping.new": CLIENT,
    "coping.add": CLIENT,
    "coping.edit": OWN_STRATEGY,
    "coping.change": OWN_STRATEGY,
    "coping.retire": OWN_STRATEGY,
    "coping.bring_back": CLIENT,
    "coping.use": OWN_STRATEGY_EVER,
    "coping.using": CLIENT,
    "coping.finish": CLIENT,
    "coping.finish_op": CLIENT,  # found by the actor and the op, or not at all; the next one too
    "coping.undo": CLIENT,
    "contacts.new": CLIENT,
    "contacts.add": CLIENT,
    "contacts.edit": OWN_CONTACT,
    "contacts.change": OWN_CONTACT,
    "contacts.remove": OWN_CONTACT,
    "help_now.page": PUBLIC,
    "help_now.write_reasons": CLIENT,
    "help_now.keep_reasons": CLIENT,
    "crisis_lines.page": ADMIN,
    # supporter: promises
    "promises.page": SUPPORTER,
    "promises.answer": PROMISED,
    "promises.confirm": PROMISED,
    "promises.undo": PROMISED,
    "promises.undo_op": SUPPORTER,  # found by the actor and the op, or not at all
    # client: what supporters promised, and who sees what
    "commitments.answer_change": OWN_COMMITMENT,
    "commitments.confirm": OWN_COMMITMENT,
    "people.page": CLIENT,
    "people.confirm": proved(CLIENT),
    "people.ask_again": CLIENT,
    "people.grant": proved(CLIENT),
    "people.withdraw": CLIENT,
    "people.share_again": proved(CLIENT),
    "people.seen": CLIENT,
    "people.seen_session": CLIENT,
    "people.seen_plan": CLIENT,
    "people.end": CLIENT,
    "people.ask": CLIENT,
    "people.invite": CLIENT,
    "people.send_invitation": proved(with_accounts(CLIENT)),
    "people.looks": CLIENT,
    # client: today, steps, rest
    "today.page": CLIENT,
    "check_ins.add": CLIENT,  # the service loads the step, with what was said about it, and refuses one of others
    "check_ins.undo": OWN_CHECK_IN,
    "check_ins.note": OWN_CHECK_IN,
    "check_ins.undo_op": CLIENT,  # no record in the address: found by the actor and the op, or not at all
    "check_ins.note_op": CLIENT,
    "steps.page": OWN_STEP,
    "pauses.page": CLIENT,
    "pauses.add": CLIENT,
    "pauses.end": OWN_PAUSE,
    "pauses.take_back": OWN_PAUSE,
    "bad_days.begin": CLIENT,
    "bad_days.undo": CLIENT,
    "progress.page": CLIENT,
    # the first run of a new account
    "welcome.page": CLIENT_OR_SUPPORTER,
    "welcome.ask": CLIENT_OR_SUPPORTER,
    "welcome.answer": CLIENT_OR_SUPPORTER,
    "welcome.end": CLIENT_OR_SUPPORTER,
    "progress.week": CLIENT,
    # reminders: their times, their settings, where they come, and the page on which one is answered
    "reminder_times.own": OWN_STEP,
    "reminder_times.promise": PROMISED,
    "reminders.page": SIGNED_IN,
    "reminders.settings": SIGNED_IN,
    "reminders.mail": SIGNED_IN,
    "endpoints.key": CLIENT_OR_SUPPORTER,
    "endpoints.add": with_accounts(CLIENT_OR_SUPPORTER),  # a browser that people share changes hands
    "endpoints.left": with_accounts(SIGNED_IN),
    "endpoints.add_ntfy": CLIENT_OR_SUPPORTER,
    "endpoints.test": OWN_ENDPOINT,
    "endpoints.end": OWN_ENDPOINT,
    "endpoints.switch_on": OWN_ENDPOINT,
    "reminded.page": OWN_REMINDER,
    "reminded.answer": OWN_REMINDER,
    "service_worker.script": PUBLIC,
    "install.manifest": PUBLIC,
    "install.how": SIGNED_IN,
    # without a network
    "offline.page": PUBLIC,
    "offline.using": PUBLIC,
    "offline.whoami": PUBLIC,
    "offline.forget": ALSO_LOCKED,
    # what has a set day, in one's own calendar
    "calendar_feeds.begin": proved(CLIENT_OR_SUPPORTER),
    "calendar_feeds.words": proved(CLIENT_OR_SUPPORTER),
    "calendar_feeds.end": CLIENT_OR_SUPPORTER,
    "calendar_feeds.feed": PUBLIC,
    # the plan: the care team's editor, and the client's own page
    "care_plan.page": ASSIGNED_PLAN,
    "care_plan.begin": ASSIGNED_PLAN,
    "care_plan.changes": ASSIGNED_PLAN,
    "care_plan.head": ASSIGNED_PLAN,
    "care_plan.change_head": ASSIGNED_PLAN,
    "care_plan.information": ASSIGNED_PLAN,
    "care_plan.change_information": ASSIGNED_PLAN,
    "care_plan.new_item": ASSIGNED_PLAN,
    "care_plan.add_item": ASSIGNED_PLAN,
    "care_plan.edit_item": ASSIGNED_PLAN,
    "care_plan.change_item": ASSIGNED_PLAN,
    "care_plan.retire_item": ASSIGNED_PLAN,
    "care_plan.restore_strategy": ASSIGNED_PLAN,
    "care_plan.new_step": ASSIGNED_PLAN,
    "care_plan.add_step": ASSIGNED_PLAN,
    "care_plan.edit_step": ASSIGNED_PLAN,
    "care_plan.change_step": ASSIGNED_PLAN,
    "care_plan.retire_step": ASSIGNED_PLAN,
    "care_plan.restore_step": ASSIGNED_PLAN,
    "care_plan.accept_step": ASSIGNED_PLAN,
    "care_plan.settle": ASSIGNED_PLAN,
    "care_plan.import_file": ASSIGNED_PLAN,
    "care_plan.take_in": ASSIGNED_PLAN,
    "plan.page": CLIENT,
    "plan.changes": CLIENT,
    "plan.new_step": CLIENT,
    "plan.add_step": CLIENT,
    "plan.edit_step": OWN_STEP,
    "plan.change_step": OWN_STEP,
    "plan.retire_step": OWN_STEP,
    "plan.restore_step": OWN_STEP,
    "plan.suggest": OWN_STEP,
    "plan.send_suggestion": OWN_STEP,
}


class UnguardedRoute(Exception):
    """A route without a policy, or a policy without a route."""


def init_app(app: Flask) -> None:
    """Guard every request; refuse to start while table and routes differ."""
    unguarded = app.view_functions.keys() - POLICIES.keys()
    if unguarded:
        raise UnguardedRoute(f"routes without a policy in views/policies.py: {sorted(unguarded)}")
    app.before_request(guard)


def guard() -> ResponseReturnValue | None:
    """Let the request through, or answer it here."""
    if request.endpoint is None:
        return None
    policy = POLICIES[request.endpoint]
    if any(isinstance(value, int) and value > edge.LARGEST_ID for value in (request.view_args or {}).values()):
        abort(404)
    if policy.public:
        edge.enter(_of_whoever_it_is)
        return None
    edge.enter(_of_whoever_it_is)
    if policy.half:
        return _halfway()
    if not current_user.is_authenticated:
        half = identity.half() if policy.sets_up else None
        may = half.sets_up if half else policy.locked and identity.locked()
        return None if may else _ask_to_sign_in()
    actor: Actor = current_user.actor
    if policy.roles and not policy.roles & actor.roles:
        abort(404)
    edge.enter(policy.scope(actor))
    if policy.record is not None:
        g.record = policy.record(edge.reading(), actor, dict(request.view_args or {}), clock.now())
        if g.record is None:
            abort(404)
    if policy.proved and (asked := proving.guard()) is not None:
        return asked
    if policy.look:
        _remember(actor, g.record.client_id)
    return None


def _halfway() -> ResponseReturnValue | None:
    """Let in who is half way in; whoever is all the way in is home already.

    Such an address leads nowhere once one is in, so nobody is sent on to it after signing in.
    """
    if identity.half():
        return None
    if current_user.is_authenticated and request.method == "GET":
        return redirect(url_for(identity.home_of(current_user.actor)), code=303)
    return _ask_to_sign_in(comes_back=False)


def _remember(actor: Actor, client_id: int) -> None:
    """Write down who looks before anything is shown; if that can't be written, nothing is.

    That a page was opened is the one thing a GET writes. A form that is sent from it belongs to the same look,
    unless that was a while ago.
    """
    page, now = str(request.blueprint), clock.now()
    with edge.writing() as session:
        if request.method == "GET":
            looks.looked(session, actor.id, client_id, page, now)
        else:
            looks.looked_over(session, actor.id, [client_id], page, now - looks.JUST_NOW, now)


def _of_whoever_it_is() -> Scope:
    """What a page that is open to anybody may touch: what opens doors, and what is the reader's who is signed in."""
    who = identity.here()
    return scopes.of(who, accounts=True) if who else DOOR


def _ask_to_sign_in(comes_back: bool = True) -> ResponseReturnValue:
    """Lead to where one shows who one is, and from there back here; 401 for anything but opening a page."""
    if request.method == "GET" and not edge.from_htmx() and not edge.wants_json():
        door = "second_step.page" if identity.half() else "lock.page" if identity.locked() else "sign_in.page"
        target = request.full_path.rstrip("?") if comes_back and not identity.half() else None
        return redirect(url_for(door, next=target), code=303)
    abort(401)
