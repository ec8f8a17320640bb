"""The second thing that shows who somebody is: a code of the moment, a passkey, or a recovery code.

A code is made anew every 30 seconds (RFC 6238); the number of such steps since 1970 names it. A step that was used, and
every one before it, is over: whoever reads a code over a shoulder comes too late with it.
"""

import hmac
import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from webapp.domain.people import STAFF, Role

CodeAt = Callable[[int], str]
"""Gives the six digits of a step."""

STEP = 30
"""Seconds for which one code stands in the app."""
WINDOW = (0, -1, 1)
"""The steps whose codes count: this one, and its neighbours, for clocks that are a little off."""
PROOF_LASTS = timedelta(minutes=10)

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Letters and digits of a recovery code, without those that look like another."""
GROUPS, GROUP = 4, 4
MANY = 10
"""Recovery codes of one set. Each is 16 of 31 signs: 79 bits, which need no slow hash."""


def step_of(now: datetime) -> int:
    """Number the 30 seconds that an instant lies in."""
    return int(now.timestamp()) // STEP


def read_code(typed: str) -> str:
    """Take the six digits out of what was typed: apps show them in two groups; "" where there are others."""
    digits = "".join(str(unicodedata.digit(sign, sign)) for sign in typed if not sign.isspace() and sign != "-")
    return digits if re.fullmatch("[0-9]{6}", digits) else ""


def accepted_step(typed: str, code_at: CodeAt, last: int | None, now: datetime) -> int | None:
    """Return the step whose code was typed, if it counts now and is later than `last`; else None.

    All that may count are compared, whichever fits.
    """
    code, here = read_code(typed), step_of(now)
    fits = [here + off for off in WINDOW if hmac.compare_digest(code_at(here + off), code)]
    return next((step for step in fits if last is None or step > last), None)


def read_recovery_code(typed: str) -> str:
    """Fold a recovery code as somebody types it off paper into the signs it was made of."""
    return re.sub(r"[^0-9a-z]", "", unicodedata.normalize("NFKC", typed).casefold())[:64]


def grouped(signs: str) -> str:
    """Write the signs of a recovery code in groups, for reading and writing down."""
    return "-".join(signs[at : at + GROUP] for at in range(0, len(signs), GROUP))


def is_compulsory(roles: Collection[Role]) -> bool:
    """Tell whether somebody with these roles sees nothing before they showed two things."""
    return not STAFF.isdisjoint(roles)


def is_asked(roles: Collection[Role], has_app: bool) -> bool:
    """Tell whether somebody with a password or a mailed link is asked for a second thing, or to set one up.

    Clients and supporters are, once they use an app for codes. A passkey is another way in for them: whoever loses
    the phone it is on still has the password, or gets one by mail.
    """
    return has_app or is_compulsory(roles)


def may_go(roles: Collection[Role], others: int) -> bool:
    """Tell whether a factor may be taken away, given how many `others` there are."""
    return others > 0 or not is_compulsory(roles)


def is_proved(proved_at: datetime | None, now: datetime) -> bool:
    """Tell whether somebody showed lately enough that it is they who are signed in."""
    return proved_at is not None and now - proved_at < PROOF_LASTS
