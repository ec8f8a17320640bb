"""Every hour: write down, outside of the database, where each chain of looks ends."""

from webapp import audit as checkpoints
from webapp import clock
from webapp.config import Config
from webapp.db import Database


def audit(config: Config, database: Database) -> None:
    """Write a checkpoint, if anybody looked at anything since the last one."""
    checkpoints.checkpoint(database, config, clock.now())
