"""What Help now knows of a signed-in client beside their contacts and strategies."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from webapp.models import ClientInformation, Organisation, Person


@dataclass(frozen=True, slots=True)
class HelpFacts:
    """The country of the organisation, and the client's own reasons for living."""

    country: str
    reasons: str | None


_FACTS = (
    select(Organisation.country, ClientInformation.reasons_for_living)
    .join(Person, Person.organisation_id == Organisation.id)
    .outerjoin(ClientInformation, ClientInformation.client_id == Person.id)
    .where(Person.id == bindparam("person_id"))
)


def facts(connection: Connection, person_id: int) -> HelpFacts:
    """The facts of one person. One query."""
    return HelpFacts(*connection.execute(_FACTS, {"person_id": person_id}).one())
