"""What makes a password good enough: length, and that nobody would guess it first. No composition rules.

After NIST SP 800-63B-4, 3.1.1.2: at least 15 characters, any of Unicode, compared with what is commonly
chosen, and nothing asked about digits or signs.
"""

import unicodedata
from enum import StrEnum
from functools import cache
from pathlib import Path

SHORTEST = 15
LONGEST = 1000
FRESH = 8
"""Letters and digits that must be left once the obvious words are taken out."""


class Problem(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"
    REPEATED = "repeated"
    ABOUT_YOU = "about_you"


SENTENCES = {
    Problem.TOO_SHORT: f"Please use at least {SHORTEST} characters. A short sentence works well.",
    Problem.TOO_LONG: f"Please use at most {LONGEST} characters.",
    Problem.COMMON: "Many people use this one, so it is among the first to be guessed. Please choose another.",
    Problem.REPEATED: "The same few characters repeat. Please choose something less regular.",
    Problem.ABOUT_YOU: "This is mostly your name, your e-mail or Cairn's name. Please choose something else.",
}


def normalised(password: str) -> str:
    """Bring what was typed into one form (NFKC, every space a plain one), so that each keyboard gives the same."""
    composed = unicodedata.normalize("NFKC", password)
    return "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in composed)


def problem(password: str, *about: str) -> Problem | None:
    """Say why a password is not good enough, None when it is. `about`: the person's name and e-mail address.

    Length counts code points of the normalised text.
    """
    text = normalised(password)
    if len(text) < SHORTEST:
        return Problem.TOO_SHORT
    if len(text) > LONGEST:
        return Problem.TOO_LONG
    plain = _letters_and_digits(text)
    if text.casefold() in _common() or plain in _common():
        return Problem.COMMON
    if len(set(text)) < 5 or _is_repeated(text):
        return Problem.REPEATED
    return Problem.ABOUT_YOU if _is_about(plain, about) else None


def _letters_and_digits(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _is_repeated(text: str) -> bool:
    """Tell whether a piece of the text, said at least three times, makes all of it."""
    again = (text + text).find(text, 1)
    return again * 3 <= len(text)


def _is_about(plain: str, about: tuple[str, ...]) -> bool:
    """Tell whether little is left of a password without the words anybody would try for this person."""
    split = "".join(letter if letter.isalnum() else " " for letter in normalised(" ".join(about)).casefold())
    words = {"cairn", "password", *(word for word in split.split() if len(word) > 2)}
    left = plain
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left != plain and len(left) < FRESH


@cache
def _common() -> frozenset[str]:
    """The bundled list, folded; read once."""
    lines = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("# "))
