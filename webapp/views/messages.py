"""Messages that the next page shows once."""

from typing import Any

from flask import flash


def say(text: str, undo: str | None = None) -> None:
    """Say one sentence at the top of the next page, with Undo where `undo` is an address to POST to."""
    message: Any = {"text": text, "undo": undo}
    flash(message)
