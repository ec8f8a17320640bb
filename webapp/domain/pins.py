"""What makes a PIN for the lock of a phone: a few digits that are not the first ones anybody would try."""

import re
from enum import StrEnum

FORM = re.compile(r"[0-9]{4,8}", re.ASCII)


class PinProblem(StrEnum):
    NOT_DIGITS = "not_digits"
    EASY = "easy"


def problem(pin: str) -> PinProblem | None:
    """Say what speaks against a PIN, None when nothing does."""
    if not FORM.fullmatch(pin):
        return PinProblem.NOT_DIGITS
    steps = {int(after) - int(before) for before, after in zip(pin, pin[1:], strict=False)}
    pairs = len(set(zip(pin[::2], pin[1::2], strict=False))) == 1 and len(pin) % 2 == 0
    return PinProblem.EASY if steps in ({0}, {1}, {-1}) or pairs else None
