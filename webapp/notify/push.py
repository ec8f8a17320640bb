"""Web push: a notification on a phone or a computer, encrypted for it alone (RFC 8291) and signed by us (RFC 8292).

The push service between us and the browser learns when somebody is written to, and nothing else.
"""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING

from webapp.config import Config
from webapp.notify import http
from webapp.notify.endings import Refused, Unreachable
from webapp.notify.messages import Message

if TYPE_CHECKING:
    from py_vapid import Vapid02

SERVICES = ("fcm.googleapis.com", "android.googleapis.com", "jmt17.google.com")
FAMILIES = (".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
"""The browsers' own: Chrome and its kin, Chromium as distributions build it, Firefox, Safari, Edge."""

ADDRESS = re.compile(r"(https?)://((?:[a-z0-9-]+\.)*[a-z0-9-]+(?::[0-9]{1,5})?)/[!-\[\]-~]*")
"""The only form an endpoint may have. Every reader of addresses agrees on it: no name before the host, no brackets,
no backslash, nothing encoded in the host."""

LONGEST = 2048
LOOPBACK = ("127.0.0.1", "localhost")

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points P-256 has; secret numbers are below it."""

HALF_LIFE = 6 * 60 * 60
"""Seconds after which a signature is made anew; it is good for twice as long, so that clocks need not agree."""

OVERHEAD = 103
MOST = 1024 - OVERHEAD
"""Bytes of text, so that all of it encrypted is one kilobyte."""


def send(config: Config, message: Message, now: datetime) -> None:
    """Encrypt a message for its subscription and hand it to the push service; see `http.post` for what it raises."""
    if not allowed(config, message.to):
        raise Refused("not at a push service")
    headers = {
        "Authorization": _authorization(config, message.to, now),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(max(0, int(message.lasts.total_seconds()))),
        "Urgency": "high" if message.soon else "normal",
    }
    if topic := message.topic:
        headers["Topic"] = topic
    http.post(message.to, encrypted(message.keys or {}, payload(message)), headers, now)


def allowed(config: Config, url: str) -> bool:
    """Tell whether an endpoint is one we may post to: at a browser's push service, or at one that is configured.

    Always https, but for a configured one on this machine. Whoever subscribes chooses the address, so that without
    this anybody could make us knock at doors that only we can reach.
    """
    form = ADDRESS.fullmatch(url)
    if form is None or len(url) > LONGEST:
        return False
    scheme, place = form.groups()
    if place in config.push_hosts:
        return scheme == "https" or place.partition(":")[0] in LOOPBACK
    return scheme == "https" and (place in SERVICES or place.endswith(FAMILIES))


def usable(keys: Mapping[str, str]) -> bool:
    """Tell whether these are the keys of a subscription, so that something could be encrypted for it."""
    try:
        return bool(encrypted(keys, b"?"))
    except Refused:
        return False


def public_key(config: Config) -> str:
    """Return what a browser needs to subscribe: the public half of our key, an uncompressed point as base64url."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = _signer(config.vapid_key).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")


def encrypted(keys: Mapping[str, str], text: bytes) -> bytes:
    """Encrypt for a subscription (aes128gcm, RFC 8291). Raises Refused when its keys are none."""
    # Imported here: it brings two HTTP clients along that we don't use, and a third of a second.
    from pywebpush import WebPusher, WebPushException

    try:
        pusher = WebPusher({"endpoint": "", "keys": keys})
        if len(pusher.auth_key) != 16:
            raise Refused("not the keys of a subscription")
        return bytes(pusher.encode(text)["body"])
    except (WebPushException, ValueError, TypeError, IndexError) as error:
        raise Refused("not the keys of a subscription") from error


def payload(message: Message) -> bytes:
    """Write what is shown as JSON, its body cut to what fits.

    Our worker shows it, or Safari by itself (Declarative Web Push): that needs a title and, for the whole and for
    each answer, an absolute address. It is not `mutable`: without a worker started for it nothing can be lost.
    """
    body = message.body
    text = _json(message, body)
    while body and len(text) > MOST:
        body = body[: -1 - (len(text) - MOST) // 6]  # no character takes more than six bytes
        text = _json(message, f"{body.rstrip()}…" if body else "")
    return text


def _json(message: Message, body: str) -> bytes:
    notification: dict[str, object] = {"title": message.title, "body": body, "navigate": message.link}
    if message.tag:
        notification["tag"] = message.tag
        if message.again:
            notification["renotify"] = True
    if message.language:
        notification["lang"] = message.language
    if message.answers:
        # Without an address of its own for each, a browser takes the whole for no such message. Where no worker hears
        # the tap, the page opens at the button that says the same: an address that was opened records nothing.
        notification["actions"] = [
            {"action": name, "title": label, "navigate": f"{message.link}#answer-{name}"}
            for name, label in message.answers
        ]
    whole: dict[str, object] = {"web_push": 8030, "notification": notification}
    if message.badge is not None:
        whole["app_badge"] = message.badge
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _authorization(config: Config, url: str, now: datetime) -> str:
    origin = "/".join(url.split("/", 3)[:3])
    return _signed(config.vapid_key, config.mail_from, origin, int(now.timestamp()) // HALF_LIFE)


@lru_cache(maxsize=128)
def _signed(vapid_key: str, mail_from: str, origin: str, half: int) -> str:
    """Sign for one push service, good until the end of the half-life after this one."""
    from py_vapid import VapidException

    claims = {"aud": origin, "exp": (half + 2) * HALF_LIFE, "sub": f"mailto:{parseaddr(mail_from)[1]}"}
    try:
        return str(_signer(vapid_key).sign(claims)["Authorization"])
    except VapidException as error:
        raise Unreachable("CAIRN_MAIL_FROM holds no address that push services could write to") from error


@lru_cache(maxsize=4)
def _signer(vapid_key: str) -> "Vapid02":
    """Make the key from its secret number; every 64 digits stand for one that is possible."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from py_vapid import Vapid02

    return Vapid02(ec.derive_private_key(int(vapid_key, 16) % (ORDER - 1) + 1, ec.SECP256R1()))
