"""Taps, as a phone would send them."""

from datetime import datetime
from uuid import uuid4

from tests.support.cast import NOW
from webapp.domain.ops import Tap


def tap(at: datetime = NOW, op_id: str | None = None) -> Tap:
    """A tap of its own, or the one with this name."""
    return Tap(op_id or str(uuid4()), at)
