"""Fictional people for looking around: Mary and her sister Edythe, Joe, John, Lucía, and those who work with them.

Everything is placed relative to the day it is loaded, so that the weeks look lived in.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.db import Database
from webapp.domain.scopes import everyone
from webapp.domain.second_factor import step_of
from webapp.models import Person
from webapp.services import passwords, recovery_codes, second_factor
from webapp.services.demo import joe, john, lucia, mary
from webapp.services.demo.story import Story


@dataclass(frozen=True, slots=True)
class Account:
    """How to sign in as one of the demo people."""

    role: str
    email: str
    password: str


ACCOUNTS = (
    Account("client", "mary@demo.example", "the-choir-sings-on-monday"),
    Account("client", "joe@demo.example", "two-baskets-before-lunch"),
    Account("client", "john@demo.example", "one-lecture-at-a-time"),
    Account("client", "lucia@demo.example", "el-pan-sube-despacio"),
    Account("supporter", "edythe@demo.example", "the-blue-car-to-choir"),
    Account("care-team", "ruth@demo.example", "tea-with-lemon-at-four"),
    Account("admin", "ada@demo.example", "keys-on-the-third-hook"),
)


STAFF = ("ruth@demo.example", "ada@demo.example")
"""Asked for a second step like all care team and admins; how they show it is no secret."""
APP = "CAIRNDEMOCAIRNDEMOCAIRNDEMO23456"
CODES = tuple(f"demo-demo-demo-{sign * 4}" for sign in "23456789ab")

EVERYONE = everyone("the demo people are all there is")


def is_empty(database: Database) -> bool:
    """Say whether nobody has an account yet."""
    with database.reading(EVERYONE) as connection:
        return connection.execute(select(func.count(Person.id))).scalar_one() == 0


def load(database: Database, country: str, now: datetime, key: str = "") -> None:
    """Write the demo people and their last weeks into an empty database, in one transaction.

    `key` is the app's; without it, care team and admin have no second step yet and are led to set one up.
    """
    with database.writing(EVERYONE) as session:
        story = Story(session, country, now)
        hashes = {account.email: passwords.hash_new(account.password) for account in ACCOUNTS}
        ada = story.person("Ada Finch", "ada@demo.example", hashes, is_admin=True)
        ruth = story.person("Ruth Okafor", "ruth@demo.example", hashes, is_care_team=True, discipline="psychotherapist")
        mary.tell(story, ruth, hashes)
        joe.tell(story, ruth, hashes)
        john.tell(story, ruth, hashes)
        lucia.tell(story, ruth, hashes)
        for staff in (ada, ruth) if key else ():
            second_factor.keep(session, key, staff, APP, None, now)
            recovery_codes.keep(session, staff, CODES, now)


def code(now: datetime) -> str:
    """Return the code that the app of care team and admin would show now."""
    return second_factor.code_of(APP, step_of(now))


def accounts(database: Database) -> list[Account]:
    """List the demo accounts that are here and still open with their password."""
    with database.reading(EVERYONE) as connection:
        rows = connection.execute(
            select(Person.email, Person.password_hash).where(
                Person.email_key.in_([passwords.email_key(account.email) for account in ACCOUNTS]),
                Person.deactivated_at.is_(None),
            )
        )
        hashes = {row.email: row.password_hash for row in rows}
    return [a for a in ACCOUNTS if hashes.get(a.email) and passwords.matches(hashes[a.email], a.password)]
