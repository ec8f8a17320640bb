"""A small disk of its own that can be full or read-only: a file system in memory where we may mount one.

Elsewhere SQLite is told that its file may not grow, and the rights of files are taken away.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import event

from webapp.db import Database

SIZE = 12_000_000


class SmallDisk:
    """A folder on a small disk. `inside` is the same folder, by a way that stays open to writing."""

    def __init__(self, folder: Path, inside: Path, mounted: bool) -> None:
        self.folder, self.inside, self._mounted = folder, inside, mounted
        self._limit = 0

    def fill(self, database: Database) -> None:
        """Leave no room at all."""
        if self._mounted:
            with suppress(OSError), (self.folder / "ballast").open("wb", buffering=0) as file:
                for size in (65536, 1):
                    with suppress(OSError):
                        while True:
                            file.write(b"\0" * size)
            return

        @event.listens_for(database.engine, "connect")
        def _limit(connection: object, _record: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {self._limit}")  # type: ignore[attr-defined]

        self._limit = 1
        database.dispose()

    def free(self, database: Database) -> None:
        """Give the room back."""
        self._limit = 4_000_000_000
        (self.folder / "ballast").unlink(missing_ok=True)
        if not self._mounted:
            database.dispose()

    def forbid(self) -> None:
        """Make it read-only, for whoever opens a file of it from now on."""
        if self._mounted:
            subprocess.run(["mount", "-o", "remount,bind,ro", self.folder], check=True)
            return
        for path in self.folder.iterdir():
            path.chmod(0o400)
        self.folder.chmod(0o500)

    def allow(self) -> None:
        if self._mounted:
            subprocess.run(["mount", "-o", "remount,bind,rw", self.folder], check=True)
            return
        self.folder.chmod(0o700)
        for path in self.folder.iterdir():
            path.chmod(0o600)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mount one at `folder`, or make do without."""
    folder.mkdir()
    inside = folder.with_name(f"{folder.name}-inside")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs"]
    if os.geteuid() != 0 or subprocess.run([*mount, folder], capture_output=True).returncode:
        yield SmallDisk(folder, folder, mounted=False)
        return
    inside.mkdir()
    subprocess.run(["mount", "--bind", folder, inside], check=True)
    # The place itself is a door, too: only doors can be closed while somebody inside is writing.
    subprocess.run(["mount", "--bind", inside, folder], check=True)
    try:
        yield SmallDisk(folder, inside, mounted=True)
    finally:
        for place in (folder, inside, folder):
            subprocess.run(["umount", "--lazy", place], check=True)
