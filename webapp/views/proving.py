"""Before something that matters: "Confirm that it's you".

The page carries what was posted as hidden fields and posts it on to the same address, together with what proves
it: nothing typed is lost, and no script is needed. What is kept for later on a phone never gets here, because no
such form takes part in the outbox (static/worker/outbox.js); a program that asks gets a sentence.
"""

from collections.abc import Sequence

from flask import Blueprint, abort, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain import second_factor as rules
from webapp.domain.throttle import ACCOUNT, CODE, MAILED_TO, NO_WAIT
from webapp.queries import second_factor as queries
from webapp.services import passwords, proofs, second_factor, throttles
from webapp.services.passkeys import NotAccepted
from webapp.services.tokens import token_hash
from webapp.views import edge, identity, mailing, passkeys
from webapp.views.second_step import code_words
from webapp.views.sign_in import local_address
from webapp.views.translate import _, suggest
from webapp.views.tries import count, led_in, wait_words, watched

blueprint = Blueprint("proving", __name__, url_prefix="/confirm")

PASSWORD, CODE_FIELD, PASSKEY, TO = "prove_password", "prove_code", "credential", "prove_to"
MAILED = "prove_mailed"
"""Says that a link is on its way, so that the page goes on waiting for it."""
OURS = (PASSWORD, CODE_FIELD, PASSKEY, TO, MAILED)
ASKS_ITSELF = {"settings.password": "present"}
"""Forms that ask for the password anyway: it is not asked for twice."""


def guard() -> ResponseReturnValue | None:
    """Let the request through if its sender showed lately that it is they, or does so with it; else ask."""
    if rules.is_proved(edge.actor().proved_at, clock.now()):
        return None
    if edge.wants_json():
        return jsonify(ok=False, said=_("Please open the page again, and confirm that it's you.")), 403
    if request.method != "POST":
        return _page(url_for("proving.confirm"), [("next", request.full_path.rstrip("?"))])
    problem = _check() if any(request.form.get(field) for field in _fields()) else _not_yet()
    return None if problem is None else _page(request.path, _typed(), problem)


@blueprint.post("")
def confirm() -> ResponseReturnValue:
    """Go on to the page that was asked for; the policy has seen to it that it's you."""
    return edge.see_other(local_address(request.form.get("next")) or url_for("home.page"))


@blueprint.post("/mail")
def mail() -> ResponseReturnValue:
    """Mail a link to whoever has nothing else to show; what was typed waits on the page meanwhile."""
    to, owner = local_address(request.form.get(TO)) or url_for("proving.confirm"), identity.owner()
    if not owner.proves_by_mail:
        abort(404)
    seen = watched("proof link", str(owner.id))
    with edge.writing() as session:
        wait = throttles.try_once(session, seen.rules(MAILED_TO), clock.now())
        sign_in_id = edge.actor().sign_in_id
        token = proofs.ask(session, sign_in_id, clock.now()) if wait == NO_WAIT and sign_in_id else None
    if token is None:
        return _page(to, _typed(), wait_words(wait), 429)
    mailing.proof_link(owner.email, edge.config().origin + url_for("proving.link", token=token))
    return _page(to, _typed(), mailed=True, status=200)


@blueprint.route("/link/<token>", methods=["GET", "POST"])
def link(token: str) -> ResponseReturnValue:
    """Show a button; only pressing it uses the link up. It proves the sign-in that asked, and lets nobody in."""
    language = queries.proof_link(edge.reading(), token_hash(token), clock.now())
    if language is None:
        return render_template("proving/link.html", state="over"), 410
    suggest(language)
    if request.method == "GET":
        return render_template("proving/link.html", state="open")
    try:
        with edge.writing() as session:
            proofs.use(session, token, clock.now())
    except proofs.NoLongerGood:
        return render_template("proving/link.html", state="over"), 410
    return render_template("proving/link.html", state="done")


def _fields() -> tuple[str, ...]:
    return (PASSWORD, CODE_FIELD, PASSKEY, ASKS_ITSELF.get(request.endpoint or "", PASSWORD))


def _typed() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.form.items(multi=True) if name not in OURS]


def _not_yet() -> str:
    """Say why it is asked once more of whoever came back too early from their mailbox; nothing to anybody else."""
    return _("Not confirmed yet. Open the link in your mailbox and press the button there.") if _is_mailed() else ""


def _is_mailed() -> bool:
    return MAILED in request.form


def _check() -> str | None:
    """Try what was shown; return None when it proves who is here, else a sentence about it."""
    actor, form = edge.actor(), request.form
    seen = watched("code" if form.get(CODE_FIELD) else "proof", str(actor.id))
    wait = count(seen, CODE if form.get(CODE_FIELD) else ACCOUNT)
    if wait > NO_WAIT:
        return wait_words(wait)
    words = _password() if not (form.get(CODE_FIELD) or form.get(PASSKEY)) else _code_or_passkey()
    if words is None:
        with edge.writing() as session:
            led_in(session, seen)
            proofs.note(session, actor.sign_in_id, clock.now())
    return words


def _password() -> str | None:
    typed = request.form.get(PASSWORD) or request.form.get(ASKS_ITSELF.get(request.endpoint or "", PASSWORD), "")
    kept = queries.password_of(edge.reading(), edge.actor().id)
    edge.stop_reading()
    return None if passwords.matches(kept, typed) else _("This is not your password.")


def _code_or_passkey() -> str | None:
    actor = edge.actor()
    try:
        with edge.writing() as session:
            if code := request.form.get(CODE_FIELD):
                key = edge.config().secret_key
                right = second_factor.use_code(session, key, actor.id, code, clock.now())
                return None if right else code_words()
            if passkeys.check(session) != actor.id:
                raise NotAccepted
    except NotAccepted:
        return passkeys.not_accepted_words()
    return None


def _page(
    to: str, typed: Sequence[tuple[str, str]], problem: str = "", status: int = 403, mailed: bool = False
) -> ResponseReturnValue:
    html = render_template(
        "proving/page.html",
        layout=identity.layout_of(edge.actor()),
        owner=identity.owner(),
        to=to,
        typed=typed,
        problem=problem,
        mailed=mailed or _is_mailed(),
        site=edge.site(),
    )
    answer = make_response(html, 422 if problem and status == 403 else status)
    if edge.from_htmx():  # the whole of the page takes the place of the one it was asked from
        answer.headers.extend({"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML"})
    return answer
