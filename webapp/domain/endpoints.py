"""Endpoints: what makes a push subscription usable, and how a device is told which one is known of it."""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

POINT, SECRET = 65, 16
"""Bytes of a browser's public key (an uncompressed point, RFC 8291) and of the secret beside it."""

UNCOMPRESSED = 4
MOST = 10
"""Devices of one person that take notifications; more are forgotten ones."""


def keys_of(p256dh: str, auth: str) -> dict[str, str] | None:
    """Return the keys of a push subscription (base64url) in their one spelling, or None for anything else."""
    point, secret = _bytes(p256dh), _bytes(auth)
    if len(point) != POINT or point[0] != UNCOMPRESSED or len(secret) != SECRET:
        return None
    return {"p256dh": _text(point), "auth": _text(secret)}


def mark_of(address: str | None) -> str:
    """Name an address so that its own device knows it and nobody else learns it; "" for none.

    static/js/app.js makes the same mark of the browser's subscription and compares.
    """
    return hashlib.sha256(address.encode()).hexdigest()[:16] if address else ""


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}={0,2}", text):
        return b""
    bare = text.rstrip("=")
    # A single letter over is no byte.
    return b"" if len(bare) % 4 == 1 else urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
