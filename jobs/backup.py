"""Make tonight's backup of the database, if it is not there yet; and the one that an admin asked for."""

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


def wanted(config: Config, database: Database) -> None:
    """Make the backup that somebody asked for on the admin's page."""
    made = backups.wanted(database, config, clock.now())
    if made:
        log.info("backed up, as asked: %s", made.name)
