"""What somebody wishes where they don't answer a reminder, or are not reached."""

from sqlalchemy.orm import Session

from webapp.domain.deliveries import MailUse
from webapp.models import Person


def follow_up(session: Session, person_id: int, after: int | None) -> None:
    """Say a reminder once more where it is not answered `after` minutes; None: never."""
    session.get_one(Person, person_id).follow_up_after = after
    session.flush()


def use_mail(session: Session, person_id: int, use: MailUse, after: int) -> None:
    """Say when a reminder comes by mail too; `after` are the minutes to wait for an answer elsewhere."""
    person = session.get_one(Person, person_id)
    person.mail_use, person.mail_after = use, after
    session.flush()
