"""Messages that the next page shows once."""

from collections.abc import Mapping
from typing import Any

from flask import flash


def say(text: str, undo: str | None = None, fields: Mapping[str, Any] | None = None) -> None:
    """Say one sentence at the top of the next page, with Undo where `undo` is an address to POST `fields` to."""
    message: Any = {"text": text, "undo": undo, "fields": dict(fields or {})}
    flash(message)
