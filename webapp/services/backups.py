"""Ask for a backup, and write down how far it is. The jobs make it; what is said here stands in a file beside it."""

import json
import os
from datetime import datetime
from pathlib import Path

from webapp.domain.backups import Progress, Stage
from webapp.queries import backups as queries


def want(folder: Path, now: datetime) -> None:
    """Ask the jobs for a backup; asked for twice, or while one is being made, it is one backup."""
    folder.mkdir(mode=0o700, exist_ok=True)
    before = queries.progress(folder)
    if before is None or not before.stage.under_way:
        tell(folder, Progress(Stage.WANTED, now))


def tell(folder: Path, progress: Progress) -> None:
    """Write down how far a backup is; whoever looks reads the whole of it, or what stood there before."""
    told = {"stage": progress.stage, "at": progress.at.isoformat(), "done": progress.done, "of": progress.of}
    draft = folder / f"{queries.STATE}.{os.getpid()}"
    draft.write_text(json.dumps(told))
    draft.replace(folder / queries.STATE)
