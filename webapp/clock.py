"""The only place that reads the time. Everything below the edge is handed `now`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return _source()


@contextmanager
def standing_at(instant: datetime) -> Iterator[None]:
    """Let the clock stand still at `instant` (aware) inside the block, for the tests and the demo."""
    global _source
    before, _source = _source, lambda: instant
    try:
        yield
    finally:
        _source = before
