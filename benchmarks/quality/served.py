"""The app as it is deployed, on loopback, with the demo people: granian, brotli, a database of its own."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socket import socket

from flask import Flask
from sqlalchemy import select

from webapp import clock, config, db, setup
from webapp.app import create_app
from webapp.db import Database
from webapp.domain.scopes import everyone
from webapp.models import Person
from webapp.services import demo, sign_ins

PORT = int(os.environ.get("PORT", "0"))


@dataclass(frozen=True, slots=True)
class Served:
    """A running Cairn; `app` and `database` are this process's own view of the same data."""

    url: str
    port: int
    app: Flask
    database: Database

    def person(self, name: str) -> int:
        """Give the id of a demo person by the first part of their address."""
        with self.database.reading() as connection:
            found = select(Person.id).where(Person.email_key == f"{name}@demo.example")
            return int(connection.execute(found).scalar_one())

    def cookie(self, name: str) -> tuple[str, str]:
        """Sign a demo person in; the name and value of the cookie that says so."""
        with self.database.writing() as session:
            token = sign_ins.begin(session, self.person(name), "quality", clock.now(), both=True)
        signed = self.app.session_interface.get_signing_serializer(self.app)
        return self.app.config["SESSION_COOKIE_NAME"], str(signed.dumps({"_user_id": token, "_fresh": True}))


@contextmanager
def serving() -> Iterator[Served]:
    """Serve the demo from a temporary folder until the block ends."""
    with tempfile.TemporaryDirectory() as home:
        port = PORT or _free_port()
        env = {"HOME": home, "PORT": str(port), "CAIRN_DATA": f"{home}/data", "CAIRN_CONFIG": f"{home}/config"}
        settings = config.from_environment(env)
        database = db.connect(settings).within(everyone("the demo people are signed in"))
        setup.prepare(database, settings)
        demo.load(database, settings.country, clock.now())
        web = subprocess.Popen([sys.executable, "-m", "webapp.cli", "web"], env=os.environ | env)
        try:
            _wait(f"{settings.origin}/sign-in")
            yield Served(settings.origin, port, create_app(settings, database), database)
        finally:
            web.send_signal(signal.SIGTERM)
            web.wait(timeout=30)
            database.dispose()


def _free_port() -> int:
    with socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(address: str) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{address} does not answer")
