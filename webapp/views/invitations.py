"""Invite by a link, and open one. Opening changes nothing; the button does."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import DateTimeLocalField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional as May

from webapp import clock
from webapp.domain import passwords as good_passwords
from webapp.domain.people import Role, is_address
from webapp.domain.sharing import Scope
from webapp.domain.wall_time import to_utc
from webapp.queries import access
from webapp.queries import invitations as queries
from webapp.queries import second_factor as factors
from webapp.queries.invitations import Opened, Sent
from webapp.services import invitations, passwords, recovery_codes
from webapp.services.invitations import CHOICES, Answers, Invited
from webapp.services.passkeys import NotAccepted
from webapp.services.tokens import token_hash
from webapp.views import edge, identity, mailing, outbox, passkeys, second_factor
from webapp.views.forms import (
    PlainForm,
    SelectChoice,
    called_sentence,
    language_choices,
    trimmed,
    zone_choices,
    zone_sentence,
)
from webapp.views.sign_in import Entry, begin, go_on, is_here, password_words, stay_in
from webapp.views.translate import N_, _, in_language, reader_language, suggest

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("invitations", __name__)

DAY, LONGEST_AHEAD = timedelta(days=1), timedelta(days=3 * 366)


class InviteForm(PlainForm):
    """Whom to invite. Other forms of this kind build on it."""

    name = StringField(N_("Name"), filters=[trimmed])
    email = StringField(N_("E-mail"), filters=[trimmed])
    language = SelectField(N_("Language"), choices=language_choices)

    def __init__(self, formdata: Any = None, **values: Any) -> None:
        super().__init__(formdata, **({"language": edge.actor().language} | values))

    def sentences(self) -> dict[str, str]:
        found = {}
        if self.language.raw_data and self.language.errors:
            found["language"] = _("Choose one of the languages.")
        if not 0 < len(self.name.data or "") <= 120:
            found["name"] = _("Write the person's name, up to 120 letters.")
        if not is_address(self.email.data or ""):
            found["email"] = _("Write one e-mail address, such as mary@example.org.")
        return found


class NewClientForm(InviteForm):
    session_at = DateTimeLocalField(
        N_("First session"), validators=[May()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )

    def sentences(self) -> dict[str, str]:
        found = super().sentences()
        if self.session_at.errors or (self.session_at.data and self.starts_at() is None):
            found["session_at"] = _("Choose a day and a time, such as 2026-11-26 14:30, or leave it empty.")
        elif (first := self.starts_at()) and not -DAY < first - clock.now() < LONGEST_AHEAD:
            found["session_at"] = _("The first session lies ahead, at most three years. Look at the day and the year.")
        return found

    def starts_at(self) -> datetime | None:
        """The first session as an instant; it is typed in the actor's own zone."""
        typed = self.session_at.data
        return to_utc(typed.date(), typed.time(), edge.actor().zone) if typed else None


class AcceptForm(PlainForm):
    """What somebody says when they join. A new client brings a passkey or chooses a password; the rest is asked in
    their first run.
    """

    called = StringField(N_("Name to be called"), filters=[trimmed])
    password = PasswordField(N_("Choose a password"))
    time_zone = SelectField(N_("Time zone"))
    language = SelectField(N_("Language"), choices=language_choices)
    shares = SelectMultipleField(choices=[SelectChoice(scope.value) for scope in CHOICES])
    credential = StringField()

    def __init__(self, opened: Opened, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opened = opened
        self.time_zone.choices = zone_choices(opened.time_zone)

    @property
    def by_passkey(self) -> bool:
        """Whether a passkey is to open the account, and no password."""
        return self.opened.may_begin_with_passkey and bool(self.credential.data)

    def sentences(self) -> dict[str, str]:
        called = self.called.data or self.opened.called
        weak = None
        if not self.by_passkey:
            weak = good_passwords.problem(self.password.data or "", called, self.opened.email)
        if self.opened.role == Role.CLIENT or self.opened.in_use:
            return {"password": password_words(weak)} if weak else {}
        said = {
            "called": called_sentence(self.called.data),
            "password": password_words(weak) if weak else None,
            "time_zone": zone_sentence(self.time_zone.data),
            "language": self.language.errors and _("Choose one of the languages."),
        }
        return {name: str(sentence) for name, sentence in said.items() if sentence}

    def answers(self) -> Answers:
        """What the service is told. What nobody was asked stays as the inviter left it, but for the language."""
        password = None if self.by_passkey else self.password.data or ""
        if self.opened.role in (Role.CLIENT, Role.SUPPORTER) and not self.opened.in_use:
            return Answers(password=password, language=reader_language(), shares=None)
        return Answers(
            called=self.called.data or "",
            password=password,
            time_zone=self.time_zone.data or "",
            language=self.language.data or "",
            shares=frozenset(Scope(scope) for scope in self.shares.data or () if scope in set(CHOICES)),
        )


@blueprint.get("/clients/new")
def new_client() -> ResponseReturnValue:
    return _new_client(NewClientForm())


@blueprint.post("/clients/new")
def invite_client() -> ResponseReturnValue:
    form = NewClientForm(request.form)
    if not form.is_well():
        return _new_client(form), 422
    try:
        with edge.writing() as session:
            invited = invitations.invite_client(
                session,
                edge.actor(),
                str(form.name.data),
                str(form.email.data),
                form.starts_at(),
                clock.now(),
                form.language.data or "",
            )
    except (invitations.OwnAddress, invitations.AlreadyHere) as known:
        form.say("email", known_words(known))
        return _new_client(form), 422
    return told(invited, str(form.email.data))


@blueprint.get("/invitations/sent/<int:invitation_id>")
def sent(invitation_id: int) -> ResponseReturnValue:
    """Say how an invitation stands. A link that is to be given by hand is shown once, right after it was made."""
    fresh = cookie.pop("invitation", None) or {}
    if fresh.get("id") != invitation_id:
        fresh = {}
    return render_template(
        "invitations/sent.html",
        layout=identity.layout_of(edge.actor()),
        sent=edge.record(),
        link=fresh.get("token") and _address(fresh["token"]),
        mailed=fresh.get("mailed"),
        kept=outbox.is_here(),
        may_write=_may_write(edge.record()),
        back=_back(edge.record()),
    )


@blueprint.post("/invitations/sent/<int:invitation_id>/again")
def send_again(invitation_id: int) -> ResponseReturnValue:
    found: Sent = edge.record()
    try:
        with edge.writing() as session:
            invited = invitations.send_again(session, edge.actor(), invitation_id, clock.now())
    except invitations.NoLongerGood:
        return edge.see_other(url_for("invitations.sent", invitation_id=invitation_id))
    return told(invited, found.email)


@blueprint.post("/invitations/sent/<int:invitation_id>/withdrawn")
def withdraw(invitation_id: int) -> ResponseReturnValue:
    found: Sent = edge.record()
    try:
        with edge.writing() as session:
            invitations.withdraw(session, edge.actor(), invitation_id, clock.now())
    except invitations.NoLongerGood:
        return edge.see_other(url_for("invitations.sent", invitation_id=invitation_id))
    return edge.see_other(_back(found))


@blueprint.get("/invitations/<token>")
def open(token: str) -> ResponseReturnValue:
    opened = _opened(token)
    if opened is None or opened.state != "open":
        return _over(opened)
    plan_alone = [Scope.PLAN.value]
    form = AcceptForm(
        opened, called=opened.called, time_zone=opened.time_zone, language=opened.language, shares=plan_alone
    )
    return _open(token, opened, form)


@blueprint.post("/invitations/<token>/passkey")
def offer_passkey(token: str) -> ResponseReturnValue:
    """Say what the passkey that a new account begins with is to be made of."""
    opened = _opened(token)
    if opened is None or opened.state != "open" or not opened.may_begin_with_passkey:
        abort(404)
    return passkeys.offered(opened.person_id, opened.email, opened.called)


@blueprint.post("/invitations/<token>")
def accept(token: str) -> ResponseReturnValue:
    opened = _opened(token)
    if opened is None or opened.state != "open":
        return _over(opened)
    form = AcceptForm(opened, request.form)
    if _asks_password(opened) and not form.is_well():
        return _open(token, opened, form), 422
    by_id = edge.actor().id if current_user.is_authenticated else None
    try:
        with edge.writing() as session:
            person_id = invitations.accept(session, token, form.answers(), by_id, clock.now())
            entry, codes = _with_passkey(session, person_id) if form.by_passkey else (stay_in(session, person_id), ())
    except NotAccepted:
        return _open(token, opened, form, passkeys.not_accepted_words()), 422
    except invitations.SignInFirst:
        return _sign_in_first(token)
    except passwords.WeakPassword as weak:
        form.say("password", password_words(weak.problem))
        return _open(token, opened, form), 422
    except invitations.NoLongerGood:
        edge.stop_reading()
        return _over(_opened(token))
    if opened.begins_anew:
        mailing.changed(opened.email, mailing.Change.PASSWORD)
    if codes:
        return second_factor.done(entry.token, codes, _("You can sign in with this passkey from now on."))
    return go_on(entry, url_for("promises.page") if opened.role == Role.SUPPORTER else None)


def _with_passkey(session: "Session", person_id: int) -> tuple[Entry, tuple[str, ...]]:
    """Let in whoever joins with a passkey: that is two things at once. Care team and admin get recovery codes with it.

    Clients need none: a mailed link gives them a password. Raises NotAccepted.
    """
    passkeys.keep(session, person_id)
    owner = factors.owner(session.connection(), person_id)
    codes = recovery_codes.first(session, person_id, clock.now()) if owner.is_compulsory else ()
    return Entry(begin(session, person_id, both=True), whole=True), codes


def _opened(token: str) -> Opened | None:
    """Read an invitation; from here on the page speaks its language, unless the reader chose one."""
    opened = queries.opened(edge.reading(), token_hash(token), clock.now())
    if opened is not None:
        suggest(opened.language)
    return opened


def told(invited: Invited, email: str) -> ResponseReturnValue:
    """Mail a fresh invitation and go to the page that shows how it went.

    Where the mail did not leave, its link is shown there once. Else only the mail holds it: then whoever
    opens the account is known to read that address.
    """
    with in_language(invited.language):
        mailed = mailing.invitation(email, _address(invited.token))
    shown = invited.by_hand and (not mailed or outbox.is_here())
    cookie["invitation"] = {"id": invited.id, "token": invited.token if shown else None, "mailed": mailed}
    return edge.see_other(url_for("invitations.sent", invitation_id=invited.id))


def known_words(known: Exception) -> str:
    """Say why somebody can't be invited."""
    if isinstance(known, invitations.OwnAddress):
        return _("That is your own address. An invitation goes to somebody else.")
    return _("The person with this address is with you already.")


def _address(token: str) -> str:
    return edge.config().origin + url_for("invitations.open", token=token)


def _back(found: Sent) -> str:
    if found.role == Role.SUPPORTER:
        return url_for("people.page")
    return url_for("invitations.new_client" if found.client_id else "admin.page")


def _may_write(found: Sent) -> bool:
    """Tell whether the plan of a client just invited can be written already."""
    if found.role != Role.CLIENT or found.client_id is None:
        return False
    return access.assigned_plan(edge.reading(), edge.actor(), {"client_id": found.client_id}, clock.now()) is not None


def _new_client(form: NewClientForm) -> str:
    waiting = [one for one in queries.waiting(edge.reading(), edge.actor().id, clock.now()) if one.role == "client"]
    return render_template("invitations/new_client.html", form=form, waiting=waiting)


def _asks_password(opened: Opened) -> bool:
    """Whether a password is chosen here and now: of an account in use once its owner is signed in."""
    return opened.asks_password and (not opened.in_use or is_here(opened.person_id))


def _open(token: str, opened: Opened, form: AcceptForm, problem: str | None = None) -> str:
    somebody_else = current_user.is_authenticated and edge.actor().id != opened.person_id
    return render_template(
        "invitations/open.html",
        opened=opened,
        form=form,
        choices=CHOICES,
        somebody_else=somebody_else,
        asks_password=_asks_password(opened),
        problem=problem,
        token=token,
        site=edge.site() if opened.may_begin_with_passkey else None,
    )


def _over(opened: Opened | None) -> ResponseReturnValue:
    """Say kindly that a link leads nowhere any more, and what to do."""
    return render_template("invitations/over.html", opened=opened), 410 if opened else 404


def _sign_in_first(token: str) -> ResponseReturnValue:
    """Nothing was used up: sign in as the person invited, and the invitation opens again."""
    if current_user.is_authenticated:
        return render_template("invitations/somebody_else.html", next=url_for("invitations.open", token=token)), 409
    return edge.see_other(url_for("sign_in.page", next=url_for("invitations.open", token=token)))
