"""Fictional people for looking around: Mary and her sister Edythe, Joe, John, Lucía, and those who work with them.

Everything is placed relative to the day it is loaded, so that the weeks look lived in.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.db import Database
from webapp.models import Person
from webapp.services import passwords
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


def is_empty(database: Database) -> bool:
    """Say whether nobody has an account yet."""
    with database.reading() as connection:
        return connection.execute(select(func.count(Person.id))).scalar_one() == 0


def load(database: Database, country: str, now: datetime) -> None:
    """Write the demo people and their last weeks into an empty database, in one transaction."""
    with database.writing() as session:
        story = Story(session, country, now)
        hashes = {account.email: passwords.hash_new(account.password) for account in ACCOUNTS}
        story.person("Ada Finch", "ada@demo.example", hashes, is_admin=True)
        ruth = story.person("Ruth Okafor", "ruth@demo.example", hashes, is_care_team=True, discipline="psychotherapist")
        mary.tell(story, ruth, hashes)
        joe.tell(story, ruth, hashes)
        john.tell(story, ruth, hashes)
        lucia.tell(story, ruth, hashes)


def accounts(database: Database) -> list[Account]:
    """List the demo accounts that are here and still open with their password."""
    with database.reading() as connection:
        rows = connection.execute(
            select(Person.email, Person.password_hash).where(
                Person.email_key.in_([passwords.email_key(account.email) for account in ACCOUNTS]),
                Person.deactivated_at.is_(None),
            )
        )
        hashes = {row.email: row.password_hash for row in rows}
    return [a for a in ACCOUNTS if hashes.get(a.email) and passwords.matches(hashes[a.email], a.password)]
