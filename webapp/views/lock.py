"""The lock of a phone: after a while away Cairn asks for a PIN before it shows anything (see identity.load).

The PIN itself is chosen on the page about privacy (views/privacy.py).
"""

from typing import cast

from flask import Blueprint, flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.people import Actor
from webapp.queries import sign_ins as queries
from webapp.services import locks, sign_ins
from webapp.views import edge, identity
from webapp.views.pages import user_key
from webapp.views.sign_in import local_address
from webapp.views.translate import _, ngettext

blueprint = Blueprint("lock", __name__)


@blueprint.get("/unlock")
def page() -> ResponseReturnValue:
    target = local_address(request.args.get("next"))
    if identity.locked() is None:
        return edge.see_other(target or "/")
    return render_template("lock/page.html", next=target)


@blueprint.post("/unlock")
def unlock() -> ResponseReturnValue:
    """Open the phone with the right PIN; after the fifth wrong one in a row the sign-in is over.

    In JSON it opens a page that shut itself and still holds what somebody was typing (static/js/lock.js).
    """
    who, target = identity.locked(), local_address(request.form.get("next"))
    left = try_pin(who, request.form.get("pin", "")) if who else RIGHT
    if left == RIGHT:
        if edge.wants_json():
            return jsonify(ok=True, user=user_key(who.id if who else None))
        return edge.see_other(target or "/")
    if not left:
        return signed_out(target)
    if edge.wants_json():
        return jsonify(ok=False, said=wrong_words(left)), 422
    return render_template("lock/page.html", next=target, problem=wrong_words(left)), 422


@blueprint.post("/lock")
def lock() -> ResponseReturnValue:
    """Lock this device at once: asked by hand, or by a page that nobody used for a while."""
    who = identity.here()
    if who is not None and who.lock_after is not None:
        with edge.writing() as session:
            locks.lock(session, cast(int, who.sign_in_id), clock.now())
    return edge.see_other(url_for("lock.page", next=local_address(request.form.get("next"))))


@blueprint.post("/unlock/forgotten")
def forgotten() -> ResponseReturnValue:
    """End the sign-in; whoever signs in anew is let in, and may choose another PIN without the old one."""
    who = identity.here()
    if who is not None:
        with edge.writing() as session:
            sign_ins.end(session, who, clock.now())
    identity.leave()
    return edge.see_other(url_for("sign_in.page", next=local_address(request.form.get("next"))))


RIGHT = -1


def try_pin(who: Actor, pin: str) -> int:
    """Try a PIN on this device. RIGHT opens it; else say how many tries are left: with none the sign-in is over."""
    device = cast(int, who.sign_in_id)
    with edge.writing() as session:
        left = locks.try_once(session, device)
    kept = queries.lock(edge.reading(), device)
    edge.stop_reading()  # checking takes long; nobody needs to wait for this connection
    right = left is not None and locks.fits(kept.pin_hash, edge.config().secret_key, kept.person_id, pin)
    with edge.writing() as session:
        if right:
            locks.unlock(session, device, clock.now())
        elif not left:
            sign_ins.end(session, who, clock.now())
    return RIGHT if right else left or 0


def signed_out(target: str | None) -> ResponseReturnValue:
    identity.leave()
    if edge.wants_json():
        return jsonify(ok=False), 401
    flash(_("That was not the PIN, five times. You are signed out; nothing is lost. Please sign in."), "open")
    return edge.see_other(url_for("sign_in.page", next=target))


def wrong_words(left: int) -> str:
    return ngettext(
        "That is not the PIN. You have %(num)d more try; then you sign in anew.",
        "That is not the PIN. You have %(num)d more tries; then you sign in anew.",
        left,
    )
