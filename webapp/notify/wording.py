"""What reminders say: neutral, so that nobody who sees the mail learns what somebody's plan is about.

Texts are gathered per language here and not in templates, because the jobs know no Flask.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language; `{address}` and `{step}` are filled in."""

    subject: str
    neutral: str
    plain: str
    turn_off: str
    test_subject: str
    test: str


LANGUAGES: Mapping[str, Words] = {
    "en": Words(
        subject="Cairn: you have something for today",
        neutral="You asked to be reminded of something today. You find it here: {address}",
        plain="You asked to be reminded of this today: {step}. You find it here: {address}",
        turn_off="You choose when Cairn writes to you, and can turn it off there at any time.",
        test_subject="Cairn: this is a test message",
        test="Reminders from Cairn reach you at this address. You find them here: {address}",
    )
}


def reminder(origin: str, own: bool, language: str, step: str | None = None) -> tuple[str, str]:
    """Return subject and text of a reminder: of one's own plan, or (`own` False) of a promise.

    `step` are the step's words, only where their owner chose to have them in the mail.
    """
    words = _in(language)
    address = f"{origin}/today" if own else f"{origin}/promises"
    text = (
        words.plain.format(step=step.rstrip(".!? "), address=address) if step else words.neutral.format(address=address)
    )
    return words.subject, f"{text}\n\n{words.turn_off}\n"


def test_message(origin: str, language: str) -> tuple[str, str]:
    """Return subject and text of the test message."""
    words = _in(language)
    return words.test_subject, f"{words.test.format(address=f'{origin}/reminders')}\n\n{words.turn_off}\n"


def _in(language: str) -> Words:
    return LANGUAGES.get(language, LANGUAGES["en"])
