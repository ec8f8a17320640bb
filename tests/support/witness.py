"""See what a program asks of the system, in order: what it puts into a database's log, syncs of it, and answers.

By strace where it works, or by a library of ours that is loaded before the program; one of the two must be there.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).with_name("witness.c")
CALLS = "pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg"
CALL = re.compile(r"^(?P<thread>\d+) +(?:<\.\.\. )?(?P<call>[a-z0-9]+)(?P<rest>.*)$")


@dataclass(frozen=True, slots=True)
class Witness:
    """Begin a command with `words`, in an environment with `variables`; then read `events`."""

    name: str
    log: Path
    words: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)

    def events(self) -> list[str]:
        """List what was seen so far: put, sync, answer."""
        if not self.log.exists():
            return []
        lines = self.log.read_text(errors="replace").splitlines()
        return lines if self.variables else list(_traced(lines))


def _traced(lines: list[str]) -> Iterator[str]:
    """Read lines of strace. A call that others interrupt has two; a sync counts when it is over."""
    waiting: set[str] = set()
    for line in lines:
        found = CALL.match(line)
        if found is None:
            continue
        thread, call, rest = found["thread"], found["call"], found["rest"]
        resumed = rest.startswith(" resumed")
        if call in ("fsync", "fdatasync"):
            waiting |= {thread} if "-wal>" in rest else set()
            if thread in waiting and rest.endswith("= 0"):
                waiting.discard(thread)
                yield "sync"
        elif call == "pwrite64" and "-wal>" in rest and not resumed:
            yield "put"
        elif '"HTTP/1.1 200' in rest:
            yield "answer"


def witnesses(folder: Path) -> list[Witness]:
    """Return those that work here."""
    return [*_strace(folder), *_library(folder)]


def _strace(folder: Path) -> Iterator[Witness]:
    words = ("strace", "-f", "-y", "-s", "16", "-e", f"trace={CALLS}", "-o", str(folder / "strace"))
    if shutil.which("strace") and not subprocess.run([*words, "true"], capture_output=True).returncode:
        (folder / "strace").unlink(missing_ok=True)
        yield Witness("strace", folder / "strace", words)


def _library(folder: Path) -> Iterator[Witness]:
    if compiler := shutil.which("cc"):
        made = folder / "witness.so"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, SOURCE, "-ldl"], check=True)
        yield Witness("library", folder / "seen", (), {"LD_PRELOAD": str(made), "WITNESS": str(folder / "seen")})
