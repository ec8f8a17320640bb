"""A second step for the people of the tests: an app for codes that they can read, as they would."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.support.cast import NOW
from webapp import clock
from webapp.domain.second_factor import step_of
from webapp.services import second_factor

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""Of RFC 6238: its known codes are known here, too."""
KEY = "0123456789abcdef" * 4
"""The app's key in the tests (tests/conftest.py)."""


def give_app(session: Session, person_id: int) -> None:
    """Let a person have set up an app for codes, none of which was used yet."""
    second_factor.keep(session, KEY, person_id, SECRET, None, NOW)


def code(steps: int = 0) -> str:
    """What the app shows now, or so many steps of 30 seconds later."""
    return second_factor.code_of(SECRET, step_of(clock.now()) + steps)


def sign_in_fully(browser: FlaskClient, email: str, password: str) -> TestResponse:
    """Sign in by password and code, as care team and admin do."""
    browser.post("/sign-in", data={"email": email, "password": password})
    return browser.post("/sign-in/second-step", data={"code": code()})
