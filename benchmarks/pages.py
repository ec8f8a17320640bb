"""What a page costs: CPU of one process per request, beside a constant route in the same run (`make bench`).

The demo people on an embedded database in a temporary folder, or on the empty PostgreSQL of CAIRN_DATABASE_URL;
medians of five rounds. Read the last column.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp import clock, config, db, setup
from webapp.app import create_app
from webapp.db import Database
from webapp.domain.scopes import everyone
from webapp.models import Person
from webapp.services import demo, sign_ins
from webapp.views import policies

ROUNDS, REQUESTS = 5, 40


def main() -> None:
    """Print one line per page."""
    with tempfile.TemporaryDirectory() as home:
        server = {name: os.environ[name] for name in ("CAIRN_DATABASE_URL",) if name in os.environ}
        settings = config.from_environment({"HOME": home} | server)
        database = db.connect(settings).within(everyone("the benchmark signs its people in"))
        setup.prepare(database, settings)
        demo.load(database, settings.country, clock.now())
        app = create_app(settings, database)
        app.add_url_rule("/constant", "constant", lambda: "hello")
        policies.POLICIES["constant"] = policies.PUBLIC
        base = None
        print(f"{'page':34}{'ms CPU':>8}{'bytes':>8}{'× constant':>12}")
        for path, client in _pages(app, database):
            cost = _cost(client, path)
            base = base or cost
            print(f"{path:34}{cost:8.2f}{len(client.get(path).data):8}{cost / base:12.1f}")
        database.dispose()


def _pages(app: Flask, database: Database) -> Iterator[tuple[str, FlaskClient]]:
    mary, mary_id = _browser(app, database, "mary@demo.example")
    edythe, _ = _browser(app, database, "edythe@demo.example")
    ruth, _ = _browser(app, database, "ruth@demo.example")
    for path in ("/constant", "/today", "/coping", "/plan", "/progress", "/people", "/help-now"):
        yield path, mary
    yield "/promises", edythe
    for path in ("/caseload", f"/clients/{mary_id}/before-session", f"/clients/{mary_id}/plan"):
        yield path, ruth


def _browser(app: Flask, database: Database, email: str) -> tuple[FlaskClient, int]:
    with database.writing() as session:
        person_id = session.scalars(select(Person.id).where(Person.email_key == email)).one()
        token = sign_ins.begin(session, person_id, "benchmark", clock.now(), both=True)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update({"_user_id": token, "_fresh": True})
    return client, person_id


def _cost(client: FlaskClient, path: str) -> float:
    """Median milliseconds of CPU per request; the first requests, which compile templates, are left out."""
    for _ in range(5):
        assert client.get(path).status_code == 200
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(REQUESTS):
            client.get(path)
        rounds.append((time.process_time() - began) / REQUESTS * 1000)
    return statistics.median(rounds)


if __name__ == "__main__":
    main()
