"""The Coping screen: by the moment, what helped first, with triggers and warning signs."""

from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from tests.support.cast import NOW, TODAY, Cast
from tests.support.counting import counting
from tests.support.taps import tap
from webapp.db import Database
from webapp.models import Sign
from webapp.queries import coping as queries
from webapp.services import coping


@pytest.fixture
def made(database: Database, cast: Cast) -> dict[str, int]:
    with database.writing() as session:
        sign = Sign(client_id=cast.clara, kind="warning_sign", text="I stop answering texts")
        lone = Sign(client_id=cast.clara, kind="trigger", text="Paydays")
        session.add_all([sign, lone])
        session.flush()
        return {
            "sing": _add(session, cast, "Sing in the car", sign_ids=[sign.id]),
            "bath": _add(session, cast, "Warm bath"),
            "call": _add(session, cast, "Call June", use_when="crisis", how_to="Say: ten minutes."),
        }


def _add(session: Session, cast: Cast, text: str, **more: object) -> int:
    return coping.add_strategy(session, cast.clara, cast.clara, text, **more, now=NOW)  # type: ignore[arg-type]


def _use(database: Database, cast: Cast, strategy: int, before: int, after: int) -> str:
    op_id = str(uuid4())
    with database.writing() as session:
        coping.start_use(session, cast.clara, strategy, tap(op_id=op_id), before, TODAY, NOW)
        coping.finish_use(session, cast.clara, op_id, after, "yes", None, tap(), NOW)
    return op_id


def test_strategies_stand_by_moment_and_what_helped_comes_first(
    database: Database, cast: Cast, made: dict[str, int]
) -> None:
    _use(database, cast, made["bath"], 8, 3)
    with database.reading() as connection:
        found = queries.of_client(connection, cast.clara)
    assert {moment: [one.text for one in own] for moment, own in found.by_moment.items()} == {
        "everyday": ["Warm bath", "Sing in the car"],
        "early_signs": ["Slow breathing"],
        "crisis": ["Call June"],
    }
    bath = found.by_moment["everyday"][0]
    assert (bath.told.uses, bath.told.helped, bath.told.before, bath.told.after) == (1, 1, 8, 3)
    assert found.any


def test_signs_are_linked_and_all_of_them_can_be_chosen(database: Database, cast: Cast, made: dict[str, int]) -> None:
    with database.reading() as connection:
        sing = queries.strategy(connection, cast.clara, made["sing"])
        signs = queries.signs_of(connection, cast.clara)
    assert sing
    assert [sign.text for sign in sing.signs] == ["I stop answering texts"]
    assert [(sign.kind, sign.text) for sign in signs] == [
        ("trigger", "Paydays"),
        ("warning_sign", "I stop answering texts"),
    ]


def test_one_that_was_taken_off_is_gone(database: Database, cast: Cast, made: dict[str, int]) -> None:
    with database.writing() as session:
        coping.retire_strategy(session, cast.clara, made["call"], cast.clara, NOW)
    with database.reading() as connection:
        assert queries.strategy(connection, cast.clara, made["call"]) is None
        assert queries.crisis_strategies(connection, cast.clara) == ()


def test_crisis_strategies_come_with_their_how_to(database: Database, cast: Cast, made: dict[str, int]) -> None:
    with database.reading() as connection:
        assert queries.crisis_strategies(connection, cast.clara) == (("Call June", "Say: ten minutes."),)


def test_a_use_is_found_by_its_own_client_only(database: Database, cast: Cast, made: dict[str, int]) -> None:
    op_id = _use(database, cast, made["bath"], 8, 3)
    with database.reading() as connection:
        found = queries.use(connection, cast.clara, op_id)
        assert found
        assert (found.text, found.before, found.after, found.helped) == ("Warm bath", 8, 3, "yes")
        assert queries.use(connection, cast.otto, op_id) is None


def test_other_clients_see_none_of_it(database: Database, cast: Cast, made: dict[str, int]) -> None:
    with database.reading() as connection:
        found = queries.of_client(connection, cast.otto)
    assert not found.any
    assert found.signs == ()


def test_the_screen_takes_three_queries(database: Database, cast: Cast, made: dict[str, int]) -> None:
    with database.reading() as connection, counting(database.engine) as counted:
        queries.of_client(connection, cast.clara)
    assert len(counted) == 3, str(counted)
