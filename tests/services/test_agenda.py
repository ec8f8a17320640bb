"""What the client wants to talk about is theirs to add, settle and take back."""

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import NOW, Cast
from webapp.domain.sharing import OWN
from webapp.models import AgendaItem
from webapp.services import agenda


def test_the_same_words_sent_twice_stand_there_once(session: Session, cast: Cast) -> None:
    first = agenda.add(session, cast.clara, "Sleep", NOW)
    assert agenda.add(session, cast.clara, "Sleep", NOW) == first
    for private in (True, False):
        assert agenda.add(session, cast.clara, "Sleep", NOW, substance_use=private) == first
        assert session.get_one(AgendaItem, first).substance_use, "what was said to be private once stays so"
    agenda.settle(session, cast.clara, first, NOW)
    assert agenda.add(session, cast.clara, "Sleep", NOW) != first


def test_an_item_is_settled_opened_again_and_removed(session: Session, cast: Cast) -> None:
    made = agenda.add(session, cast.clara, "Sleep", NOW)
    agenda.settle(session, cast.clara, made, NOW)
    assert session.get_one(AgendaItem, made).settled_at == NOW
    agenda.reopen(session, cast.clara, made)
    assert session.get_one(AgendaItem, made).settled_at is None
    agenda.remove(session, cast.clara, made)
    assert session.query(AgendaItem).count() == 0


def test_settling_all_leaves_other_clients_alone(session: Session, cast: Cast) -> None:
    for client in (cast.clara, cast.otto):
        agenda.add(session, client, "Sleep", NOW)
    agenda.settle_all(session, cast.clara, cast.last_session, OWN, NOW)
    session.expire_all()
    open_for = [item.client_id for item in session.query(AgendaItem) if item.settled_at is None]
    assert open_for == [cast.otto]


def test_nobody_touches_the_items_of_somebody_else(session: Session, cast: Cast) -> None:
    made = agenda.add(session, cast.clara, "Sleep", NOW)
    for attempt in (
        lambda: agenda.settle(session, cast.otto, made, NOW),
        lambda: agenda.reopen(session, cast.otto, made),
        lambda: agenda.remove(session, cast.otto, made),
    ):
        with pytest.raises(LookupError):
            attempt()
