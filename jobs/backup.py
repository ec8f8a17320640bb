"""Every hour: make tonight's backup of the embedded database, if it is not there yet."""

import logging

from webapp import backups, clock
from webapp.config import Config
from webapp.db import Database

log = logging.getLogger("cairn.jobs")


def backup(config: Config, database: Database) -> None:
    """Back up; a machine that was off at night does it when it is on again."""
    made = backups.nightly(database, config, clock.now())
    if made:
        log.info("backed up: %s", made.name)
