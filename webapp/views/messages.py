"""Messages that the next page shows once."""

from collections.abc import Mapping
from typing import Any

from flask import flash


def say(
    text: str,
    undo: str | None = None,
    fields: Mapping[str, Any] | None = None,
    item: str | None = None,
    words: str | None = None,
) -> None:
    """Say one sentence at the top of the next page, with Undo where `undo` is an address to POST `fields` to.

    With `item` and `words` the outbox of a phone may keep that Undo (see views/ops.py).
    """
    message: Any = {"text": text, "undo": undo, "fields": dict(fields or {}), "item": item, "words": words}
    flash(message)
