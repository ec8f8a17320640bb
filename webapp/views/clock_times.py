"""Times of day as people write them: "8:00, 20:30", "8 am and 9.30 pm", "8:00 a. m. y 9:30 p. m."."""

import re
from datetime import time

_TIME = r"([0-9]{1,2})(?:[:.]([0-9]{2}))?(?:\s*([ap])\.?\s*m\.?)?(?![0-9a-z:.])"
SLOT = re.compile(r"|([01][0-9]|2[0-3]):[0-5][0-9]")
"""A time of day as forms carry it, or none."""
_BETWEEN = r"(?:\s*[,;&]\s*|\s+)(?:(?:and|y)\s+)?"
_LIST = re.compile(rf"{_TIME}(?:{_BETWEEN}{_TIME})*")


def clock_times(words: str) -> tuple[time, ...]:
    """Read wall times in the order they were written. Raises ValueError for anything else."""
    text = words.strip().lower()
    if text and not _LIST.fullmatch(text):
        raise ValueError(words)
    return tuple(_time(*found) for found in re.findall(_TIME, text))


def _time(hour: str, minute: str, half: str) -> time:
    number = int(hour)
    if half:
        if not 1 <= number <= 12:
            raise ValueError(hour)
        number = number % 12 + (12 if half == "p" else 0)
    return time(number, int(minute or 0))
