"""Where reminders come: take a device into use, test it, and end it. Asked by the reminders page and by devices."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.domain.deliveries import Channel
from webapp.domain.endpoints import keys_of
from webapp.domain.throttle import MAILED_TO, NO_WAIT
from webapp.interop import strict_json
from webapp.notify import push
from webapp.queries.reminders import Address
from webapp.services import dispatch, endpoints, throttles, trial_messages
from webapp.services.tokens import keyed_hash
from webapp.views import edge
from webapp.views.devices import device_name, device_words
from webapp.views.translate import _

blueprint = Blueprint("endpoints", __name__, url_prefix="/reminders")

LARGEST = 4096
"""Bytes of all that a browser says of its subscription."""


@blueprint.get("/devices")
def key() -> ResponseReturnValue:
    """Give the key with which a browser subscribes."""
    return jsonify(key=push.public_key(edge.config()))


@blueprint.post("/devices")
def add() -> ResponseReturnValue:
    """Take this browser's push subscription into use; `repair`: nobody tapped, the device puts itself right."""
    told = _told()
    address, asked = told.get("endpoint", ""), not told.get("repair")
    keys = keys_of(told.get("p256dh", ""), told.get("auth", ""))
    if keys is None or not push.allowed(edge.config(), address) or not push.usable(keys):
        return _answer(_("This browser's notifications can't be used here. Nothing was changed."), 422)
    name = device_name(request.user_agent.string)
    try:
        with edge.writing() as session:
            on = endpoints.add_push(session, edge.actor(), address, keys, name, clock.now(), asked)
    except endpoints.TooMany:
        return _answer(_("You have ten devices already. Turn one off first, then this one on."), 422)
    said = _("Reminders come to this device now. Send yourself a test to see one.")
    if on and asked and edge.wants_json():
        flash(said)  # the page asked for the answer, and shows itself anew
    return _answer(said, on=on)


@blueprint.post("/devices/left")
def left() -> ResponseReturnValue:
    """Send nothing more to this browser for whoever used it before; only that browser knows its address."""
    with edge.writing() as session:
        endpoints.left(session, edge.actor(), _told().get("endpoint", ""), clock.now())
    return _answer(_("Nothing more is sent here for whoever used this device before."))


@blueprint.post("/ntfy")
def add_ntfy() -> ResponseReturnValue:
    if edge.config().ntfy_url is None:
        abort(404)
    with edge.writing() as session:
        endpoints.add_ntfy(session, edge.actor().id, clock.now())
    flash(_("Add the address below to the ntfy app. Then send yourself a test."))
    return _back()


@blueprint.post("/devices/<int:endpoint_id>/end")
def end(endpoint_id: int) -> ResponseReturnValue:
    """Turn one off. Mail has a choice of its own, so that it can't be lost by a tap."""
    if edge.record().channel == Channel.EMAIL:
        abort(404)
    with edge.writing() as session:
        endpoints.end(session, endpoint_id, clock.now())
    flash(_("Turned off. Nothing more is sent there."))
    return _back()


@blueprint.post("/devices/<int:endpoint_id>/on")
def switch_on(endpoint_id: int) -> ResponseReturnValue:
    """Use a mail address again that was switched off."""
    if edge.record().channel != Channel.EMAIL:
        abort(404)
    with edge.writing() as session:
        endpoints.switch_on(session, endpoint_id)
    flash(_("Mails to this address are on again."))
    return _back()


@blueprint.post("/devices/<int:endpoint_id>/test")
def test(endpoint_id: int) -> ResponseReturnValue:
    """Send a test message there now, so that nobody has to wait for tomorrow to know."""
    to: Address = edge.record()
    config, now = edge.config(), clock.now()
    watched = {keyed_hash(config.secret_key, "test message", f"{edge.actor().id} {to.id}"): MAILED_TO}
    with edge.writing() as session:
        wait = throttles.try_once(session, watched, now)
    if wait > NO_WAIT:
        flash(_("You sent some already. Please wait a few minutes before the next one."), "open")
        return _back()
    edge.stop_reading()  # the other side may take long; nobody needs to wait for this connection
    told = trial_messages.send(config, [to], edge.actor().language, now, edge.actor().neutral_name)
    ending = told[0].ending if told else "off"
    if ending == "gone":
        with edge.writing() as session:
            dispatch.gone(session, to.id, now)
    flash(ending_words(ending, to), "message" if ending == "sent" else "open")
    return _back()


def ending_words(ending: str, to: Address) -> str:
    """Say plainly what became of a test message."""
    place = to.address if to.channel == Channel.EMAIL else device_words(to.device)
    if to.channel == Channel.NTFY:
        place = _("you through ntfy")
    return {
        "sent": _("A test message is on its way to %(place)s.", place=place),
        "in_doubt": _("The test message to %(place)s may have arrived; we can't tell. Look there.", place=place),
        "gone": _("We can't send to %(place)s any more. Turn reminders on there once more.", place=place),
        "off": _("Nothing was sent: this is switched off."),
    }.get(ending) or _("The test message did not get through to %(place)s. That is our side, not yours.", place=place)


def _told() -> Mapping[str, str]:
    """Read what a browser says of its subscription, as a form or as JSON; a stranger's words, so all of them text."""
    if request.content_length is None or request.content_length > LARGEST:
        abort(413 if request.content_length else 400)
    if not request.is_json:
        return request.form.to_dict()
    try:
        read: Any = strict_json.read(request.get_data())
    except strict_json.BrokenFile:
        abort(400)
    if not isinstance(read, dict):
        abort(400)
    flat = read | (read["keys"] if isinstance(read.get("keys"), dict) else {})
    return {name: value for name, value in flat.items() if isinstance(value, str)}


def _answer(said: str, status: int = 200, on: bool = False) -> ResponseReturnValue:
    if edge.wants_json():
        return jsonify(said=said, on=on), status
    flash(said, "message" if on else "open")
    return _back()


def _back() -> ResponseReturnValue:
    return edge.see_other(url_for("reminders.page", _anchor="where"))
