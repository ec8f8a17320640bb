"""Keep the client's own reasons for living, in their own words."""

from sqlalchemy.orm import Session

from webapp.models import ClientInformation

LONGEST = 2000


def keep(session: Session, client_id: int, words: str | None) -> None:
    """Keep what the client wrote; None takes it off."""
    information = session.get(ClientInformation, client_id)
    if information is None:
        information = ClientInformation(client_id=client_id)
        session.add(information)
    information.reasons_for_living = words
    session.flush()
