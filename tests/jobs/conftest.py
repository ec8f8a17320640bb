"""The reminder engine on each database, sending to a real mail server on loopback."""

from dataclasses import replace

import pytest

from tests.support.engine import Engine
from tests.support.smtp import MailServer
from webapp.config import Config
from webapp.db import Database


@pytest.fixture
def engine(config: Config, database: Database, mail_server: MailServer) -> Engine:
    return Engine(replace(config, smtp_url=mail_server.url), database)
