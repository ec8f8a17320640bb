"""Help now opens for everybody; for a client their own people stand before the lines."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.support.cast import NOW, Cast
from webapp.app import create_app
from webapp.config import Config
from webapp.db import Database
from webapp.models import ClientInformation, Contact, Organisation
from webapp.services import coping

As = Callable[[int | None], FlaskClient]


def test_a_stranger_gets_the_lines_of_the_configured_country(browse: As) -> None:
    page = browse(None).get("/help-now")
    assert page.status_code == 200
    for words in ('href="tel:911"', 'href="tel:988"', 'href="sms:988"', 'href="tel:988,1"', "Nobody watches this app"):
        assert words in page.text, words
    assert "My people" not in page.text


def test_a_client_sees_own_people_then_own_ways_and_reasons_then_lines(
    browse: As, database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        coping.add_strategy(session, cast.clara, cast.clara, "Sit by the river", "crisis", how_to="Coat on.", now=NOW)
        session.add(ClientInformation(client_id=cast.clara, reasons_for_living="My niece Lucy"))
        session.add(Contact(client_id=cast.clara, name="No Phone", how="at the church"))
    page = browse(cast.clara).get("/help-now").text
    order = ["Aunt June", "Sit by the river", "Coat on.", "My niece Lucy", "988 Suicide"]
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert 'href="tel:5550117"' in page
    assert 'href="sms:5550117"' in page
    assert "No Phone" not in page
    assert "Slow breathing" not in page


def test_others_do_not_see_it(browse: As, cast: Cast) -> None:
    for who in (cast.sam, cast.theo, cast.otto):
        assert "Aunt June" not in browse(who).get("/help-now").text


@pytest.mark.parametrize(
    ("country", "there", "not_there"),
    [
        ("GB", ("tel:999", "tel:111,2", "sms:85258?body=SHOUT"), ("tel:911",)),
        ("IE", ("tel:112", "sms:50808?body=HELLO"), ("tel:999", "tel:988")),
        ("DE", ("tel:112",), ("tel:116123", "tel:911")),
    ],
)
def test_lines_are_those_of_the_organisations_country(
    browse: As, database: Database, cast: Cast, country: str, there: tuple[str, ...], not_there: tuple[str, ...]
) -> None:
    with database.writing() as session:
        session.get_one(Organisation, cast.organisation).country = country
    page = browse(cast.clara).get("/help-now").text
    assert [href for href in there if f'href="{href}"' not in page] == []
    assert [href for href in not_there if f'href="{href}"' in page] == []


def test_an_unknown_country_still_gets_advice(browse: As, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.get_one(Organisation, cast.organisation).country = "BR"
    page = browse(cast.clara).get("/help-now").text
    assert "call the emergency number where you are" in page
    assert "knows no line for this country" in page


def test_a_chat_is_a_link_a_person_taps_and_nothing_is_loaded(browse: As) -> None:
    page = browse(None).get("/help-now").text
    assert 'href="https://988lifeline.org/chat/" rel="noopener noreferrer"' in page
    assert page.count("https://") == page.count('href="https://')


def test_an_own_file_beside_the_configuration_replaces_the_lines(
    config: Config, database: Database, tmp_path: Path
) -> None:
    own = {
        "id": "own",
        "country": "US",
        "name": "County line",
        "what": "anybody",
        "channels": [{"how": "tel", "value": "555-0142", "label": "Call 555-0142"}],
    }
    (tmp_path / "crisis_lines.json").write_text(json.dumps({"lines": [own]}))
    app = create_app(replace(config, config=tmp_path), database)
    page = app.test_client().get("/help-now").text
    assert "County line" in page
    assert "988" not in page


def test_the_admin_sees_which_lines_a_person_still_has_to_confirm(browse: As, cast: Cast) -> None:
    page = browse(cast.ada).get("/crisis-lines").text
    assert "988 Suicide" in page
    assert "Samaritans" in page
    assert "not confirmed yet" in page
    assert "the number for texts was not" in page
