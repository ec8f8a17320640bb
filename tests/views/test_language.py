"""Everybody reads in their own language: by their settings, as they chose on the page, or as their browser asks."""

import pytest
from babel.messages.pofile import write_po
from sqlalchemy import select

from tests.conftest import As
from tests.support.cast import Cast
from tests.support.sentences import complete
from webapp.config import Config
from webapp.db import Database
from webapp.models import Organisation, Person
from webapp.services import sign_in_links
from webapp.views import formats, translate
from webapp.views.translate import locale_of

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.8"}


@pytest.fixture(autouse=True)
def spanish(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Spanish catalogue of our own making: every sentence begins with ¡."""
    folder = tmp_path_factory.mktemp("translations")
    (folder / "es" / "LC_MESSAGES").mkdir(parents=True)
    with (folder / "es" / "LC_MESSAGES" / "messages.po").open("wb") as file:
        write_po(file, complete("es"))
    monkeypatch.setattr(translate, "FOLDER", folder)
    for kept in (translate.offered, translate.catalogue_of):
        monkeypatch.setattr(translate, kept.__name__, kept.__wrapped__)


def outbox(config: Config) -> str:
    return "".join(path.read_text() for path in sorted(config.outbox.glob("*.eml")))


def test_a_stranger_reads_what_their_browser_asks_for(browse: As) -> None:
    page = browse(None).get("/sign-in", headers=SPANISH)
    assert '<html lang="es" dir="ltr">' in page.text
    assert "¡Sign in" in page.text
    assert page.headers["Content-Language"] == "es"
    assert {"Accept-Language", "Cookie"} <= set(page.vary)
    assert browse(None).get("/sign-in", headers={"Accept-Language": "tlh"}).headers["Content-Language"] == "en"


def test_spanish_comes_before_an_english_that_is_liked_less(browse: As) -> None:
    page = browse(None).get("/help-now", headers={"Accept-Language": "es-MX, en;q=0.5"})
    assert page.headers["Content-Language"] == "es"
    assert "Llama al 911" in page.text


def test_a_stranger_chooses_on_the_page_and_it_stays(browse: As) -> None:
    stranger = browse(None)
    page = stranger.get("/sign-in?next=/plan", headers=SPANISH).text
    assert 'value="en" lang="en">English</button>' in page
    assert 'name="to" value="/sign-in?next=/plan"' in page
    answer = stranger.post("/language", data={"language": "en", "to": "/sign-in?next=/plan"})
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/plan")
    assert all(words in answer.headers["Set-Cookie"] for words in ("HttpOnly", "SameSite=Lax", "Max-Age=31536000"))
    assert stranger.get("/sign-in", headers=SPANISH).headers["Content-Language"] == "en"


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", ""])
def test_the_switch_leads_nowhere_else(browse: As, to: str) -> None:
    assert browse(None).post("/language", data={"language": "es", "to": to}).location == "/"


def test_only_languages_that_are_there_can_be_chosen(browse: As) -> None:
    assert browse(None).post("/language", data={"language": "tlh", "to": "/"}).status_code == 400


def test_who_is_signed_in_reads_by_their_settings_alone(browse: As, cast: Cast) -> None:
    clara = browse(cast.clara)
    clara.post("/language", data={"language": "es", "to": "/"})
    page = clara.get("/settings", headers=SPANISH)
    assert page.headers["Content-Language"] == "en"
    assert "Accept-Language" not in page.vary
    assert 'name="to"' not in page.text
    form = {"called": "Clara", "time_zone": "America/New_York", "day_starts_at": "3", "week_starts_on": "0"}
    told = clara.post("/settings", data=form | {"language": "es"}, follow_redirects=True)
    assert "¡Saved." in told.text
    assert "Nueva York" in told.text


def test_an_invitation_speaks_the_language_that_was_chosen_for_it(
    browse: As, cast: Cast, config: Config, database: Database
) -> None:
    clara, stranger = browse(cast.clara), browse(None)
    assert "Español" in clara.get("/people/invite").text
    clara.post("/people/invite", data={"name": "Rosa", "email": "rosa@example.test", "language": "es"})
    mail = outbox(config)
    assert "=C2=A1Cairn" in mail or "¡Cairn" in mail
    page = stranger.get(f"/invitations/{token_in(mail)}", headers={"Accept-Language": "en"})
    assert page.headers["Content-Language"] == "es"
    stranger.post("/language", data={"language": "en", "to": "/"})
    assert stranger.get(f"/invitations/{token_in(mail)}").headers["Content-Language"] == "en"
    with database.reading() as connection:
        assert connection.scalar(select(Person.language).where(Person.email_key == "rosa@example.test")) == "es"


def test_a_language_nobody_offers_is_asked_about_again(browse: As, cast: Cast) -> None:
    form = {"name": "Rosa", "email": "rosa@example.test", "language": "tlh"}
    answer = browse(cast.clara).post("/people/invite", data=form)
    assert answer.status_code == 422
    assert "Choose one of the languages." in answer.text


def test_a_mailed_link_speaks_the_language_of_its_receiver(
    browse: As, cast: Cast, config: Config, database: Database, still_clock: object
) -> None:
    with database.writing() as session:
        session.get_one(Person, cast.sam).language = "es"
    browse(None).post("/sign-in/link", data={"email": "sam@example.test"})
    mail = outbox(config)
    assert "=C2=A1" in mail or "¡" in mail
    with database.writing() as session:
        token = sign_in_links.ask(session, "sam@example.test", still_clock)  # type: ignore[arg-type]
    assert browse(None).get(f"/sign-in/link/{token}").headers["Content-Language"] == "es"


@pytest.mark.parametrize(
    ("country", "language", "said"),
    [("US", "en", "12:00\xa0PM"), ("GB-ENG", "en", "12:00"), ("ES", "es", "12:00"), ("US", "es", "12:00\xa0p.m.")],
)
def test_times_are_written_as_in_the_country_of_the_organisation(
    browse: As, cast: Cast, database: Database, country: str, language: str, said: str
) -> None:
    with database.writing() as session:
        session.get_one(Organisation, cast.organisation).country = country
        session.get_one(Person, cast.clara).language = language
    assert f"{said} with Theo" in browse(cast.clara).get("/agenda").text


def test_a_language_without_that_country_is_written_as_at_home() -> None:
    assert [str(locale_of(*one)) for one in (("es", "ZZ"), ("en", "de"), ("es", "US"))] == ["es", "en_DE", "es_US"]
    assert str(formats.locale()) == "en_US"


def token_in(mail: str) -> str:
    text = mail.replace("=\n", "")
    return text[text.index("/invitations/") + len("/invitations/") :].split()[0]
