"""What a passkey is asked to sign: random, for one purpose, for five minutes, kept in the signed cookie.

The cookie lets it be asked once; that nobody brings the same answer twice is the database's to say.
"""

import secrets

from flask import session as cookie

from webapp import clock
from webapp.services.passkeys import LASTS

BYTES = 32
TO_SIGN_IN = "sign in"


def to_add(person_id: int) -> str:
    """Name the purpose of a challenge for one person's new passkey."""
    return f"add {person_id}"


def new(purpose: str) -> bytes:
    """Make a challenge; an older one of this browser ends."""
    made = secrets.token_bytes(BYTES)
    cookie["challenge"] = [purpose, made.hex(), int((clock.now() + LASTS).timestamp())]
    return made


def take(purpose: str) -> bytes | None:
    """Take the challenge out of the cookie; None when there is none for this purpose, or it is too old."""
    found = cookie.pop("challenge", None)
    if not found or found[0] != purpose or clock.now().timestamp() >= found[2]:
        return None
    return bytes.fromhex(found[1])
