"""Files that survive a power cut, and are there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def drafted(path: Path, text: str) -> Iterator[Path]:
    """Write a text beside its place, on the disk and for the owner's eyes only, until the block puts it there.

    Raises OSError; nothing is left behind but what the block made of it.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield draft
        on_disk(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def on_disk(path: Path) -> None:
    """Have a file, or a folder's list of names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
