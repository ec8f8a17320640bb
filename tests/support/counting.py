"""Count the statements a block sends to the database; those that only steer transactions are left out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

STEERING = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")


@dataclass
class Counted:
    """The statements seen so far, in order."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)

    def __str__(self) -> str:
        return "\n\n".join(f"{n}. {text}" for n, text in enumerate(self.statements, 1))


@contextmanager
def counting(engine: Engine) -> Iterator[Counted]:
    """Listen to an engine until the block ends."""
    counted = Counted()

    def listen(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(STEERING):
            counted.statements.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", listen)
