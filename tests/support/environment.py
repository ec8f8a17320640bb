"""What a test tells commands and processes by their environment."""

import os
from pathlib import Path

from webapp.config import Config

ROOT = Path(__file__).parents[2]


def environment(config: Config) -> dict[str, str]:
    """Where the data of this test is, and every key to it."""
    return {
        "CAIRN_DATA": str(config.data),
        "CAIRN_CONFIG": str(config.config),
        "CAIRN_DATABASE_KEY": config.database_key,
        "CAIRN_DATABASE_URL": config.database_url or "",
        "CAIRN_DATABASE_OWNER_URL": config.database_owner_url or "",
        "CAIRN_AUDIT_KEY": config.audit_key,
        "CAIRN_FIELD_KEYS": config.field_keys,
        "CAIRN_SECRET_KEY": config.secret_key,
        "CAIRN_VAPID_KEY": config.vapid_key,
        "CAIRN_MAIL_FROM": config.mail_from,
    }


def of_a_process(config: Config, **more: str) -> dict[str, str]:
    """The same for a process of its own, which runs this code."""
    return os.environ | environment(config) | more | {"PYTHONPATH": str(ROOT)}
