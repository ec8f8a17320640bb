"""Devices that take notifications: added by a browser, tested, ended; and the service worker's own address."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.conftest import As
from tests.domain.test_endpoints import AUTH, KEY
from tests.support.cast import NOW, Cast
from tests.views.test_reminders import an_endpoint
from webapp.config import Config
from webapp.db import Database
from webapp.domain.deliveries import Channel
from webapp.domain.endpoints import mark_of
from webapp.models import Endpoint
from webapp.notify import CHANNELS, outbox, push
from webapp.notify.endings import Gone, InDoubt, Unreachable
from webapp.notify.messages import Message
from webapp.services import endpoints

ADDRESS = "https://web.push.apple.com/QGuQyavXutnMH"
TOLD = {"endpoint": ADDRESS, "p256dh": KEY, "auth": AUTH}
WORKER = {"Accept": "application/json"}
IPHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"}


def kept(database: Database, channel: str = "push") -> list[tuple[int, str, str | None, str | None]]:
    """Whose, where, on which device, and why off."""
    rows = select(Endpoint.person_id, Endpoint.address, Endpoint.device, Endpoint.off_because)
    with database.reading() as connection:
        found = connection.execute(rows.where(Endpoint.channel == channel).order_by(Endpoint.id))
        return [tuple(row) for row in found]  # type: ignore[misc]


def mail_of(database: Database, person_id: int) -> int:
    with database.reading() as connection:
        asked = select(Endpoint.id).where(Endpoint.person_id == person_id, Endpoint.channel == "email")
        return connection.execute(asked).scalar_one()


@pytest.fixture
def with_ntfy(app: Flask) -> None:
    app.extensions["cairn.config"] = replace(app.extensions["cairn.config"], ntfy_url="https://ntfy.example")


def test_a_browser_is_given_the_key_to_subscribe_with(browse: As, cast: Cast, config: Config) -> None:
    assert browse(cast.clara).get("/reminders/devices").get_json() == {"key": push.public_key(config)}


@pytest.mark.parametrize("as_json", [False, True])
def test_a_subscription_is_kept_under_the_name_of_its_device(
    browse: As, cast: Cast, database: Database, as_json: bool
) -> None:
    sent: dict[str, Any] = {"json": TOLD} if as_json else {"data": TOLD}
    clara = browse(cast.clara)
    answer = clara.post("/reminders/devices", headers=WORKER | IPHONE, **sent)
    assert (answer.status_code, answer.get_json()["on"]) == (200, True)
    assert kept(database) == [(cast.clara, ADDRESS, "Safari, iPhone", None)]
    page = clara.get("/reminders").text
    assert "Reminders come to this device now." in page
    assert "this one" in page
    assert "this one" not in browse(cast.clara).get("/reminders").text, "seen from another device"


def test_a_subscription_as_browsers_write_it_is_understood(browse: As, cast: Cast, database: Database) -> None:
    told = {"endpoint": ADDRESS, "expirationTime": None, "keys": {"p256dh": KEY, "auth": AUTH}}
    assert browse(cast.clara).post("/reminders/devices", json=told, headers=WORKER).status_code == 200
    assert len(kept(database)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://evil.example/push"},
        {"endpoint": "http://web.push.apple.com/x"},
        {"endpoint": "https://web.push.apple.com.evil.example/x"},
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": "https://[::1/x"},
        {"endpoint": ""},
        {"endpoint": ADDRESS + "x" * 2048},
        {"p256dh": AUTH},
        {"auth": KEY},
        {"p256dh": ""},
        {"p256dh": KEY[:-4] + "AAAA"},
    ],
    ids=str,
)
def test_what_is_no_subscription_at_a_push_service_is_refused(
    browse: As, cast: Cast, database: Database, wrong: dict[str, str]
) -> None:
    clara = browse(cast.clara)
    answer = clara.post("/reminders/devices", data=TOLD | wrong, headers=WORKER)
    assert (answer.status_code, answer.get_json()["on"]) == (422, False)
    assert "Nothing was changed." in answer.get_json()["said"]
    assert kept(database) == []
    assert clara.post("/reminders/devices", data=TOLD | wrong).status_code == 303, "a form is led back and told there"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[" * 4000, 400),
        (b"[]", 400),
        (b'"x"', 400),
        (json.dumps(TOLD | {"endpoint": 7}).encode(), 422),
        (json.dumps({"endpoint": ADDRESS, "keys": [KEY, AUTH]}).encode(), 422),
        (b" " * 5000, 413),
    ],
    ids=lambda value: str(value)[:20],
)
def test_json_that_can_not_be_read_is_refused(
    browse: As, cast: Cast, database: Database, body: bytes, status: int
) -> None:
    answer = browse(cast.clara).post("/reminders/devices", data=body, content_type="application/json", headers=WORKER)
    assert answer.status_code == status
    assert answer.get_json()["said"]
    assert kept(database) == []


def test_a_device_puts_itself_right_but_not_against_its_owner(browse: As, cast: Cast, database: Database) -> None:
    clara = browse(cast.clara)
    repair = TOLD | {"repair": "1"}
    assert not clara.post("/reminders/devices", data=repair, headers=WORKER).get_json()["on"], "nobody tapped yet"
    assert clara.post("/reminders/devices", data=TOLD, headers=WORKER).get_json()["on"]
    assert clara.post("/reminders/devices", data=repair, headers=WORKER).get_json()["on"]
    with database.reading() as connection:
        phone = connection.execute(select(Endpoint.id).where(Endpoint.channel == "push")).scalar_one()
    assert clara.post(f"/reminders/devices/{phone}/end").status_code == 303
    assert kept(database)[0][3] == "ended"
    assert not clara.post("/reminders/devices", data=repair, headers=WORKER).get_json()["on"]
    assert kept(database)[0][3] == "ended"
    assert clara.post("/reminders/devices", data=TOLD, headers=WORKER).get_json()["on"]
    assert kept(database)[0][3] is None


def test_whoever_signs_in_on_a_shared_phone_ends_it_for_the_one_before(
    browse: As, cast: Cast, database: Database
) -> None:
    browse(cast.clara).post("/reminders/devices", data=TOLD, headers=WORKER)
    theo = browse(cast.theo)
    assert theo.post("/reminders/devices/left", data={"endpoint": "elsewhere"}, headers=WORKER).status_code == 200
    assert kept(database)[0][3] is None
    assert theo.post("/reminders/devices/left", data={"endpoint": ADDRESS}, headers=WORKER).status_code == 200
    assert kept(database)[0][3] == "moved"


def test_too_many_devices_are_said_to_be_too_many(
    browse: As, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "MOST", 0)
    answer = browse(cast.clara).post("/reminders/devices", data=TOLD, headers=WORKER)
    assert answer.status_code == 422
    assert "ten devices already" in answer.get_json()["said"]


def test_only_those_who_get_reminders_have_devices(browse: As, cast: Cast) -> None:
    for person in (cast.theo, cast.ada):
        assert browse(person).post("/reminders/devices", data=TOLD).status_code == 404
    assert browse(cast.sam).post("/reminders/devices", data=TOLD, headers=WORKER).status_code == 200


def test_mail_can_not_be_lost_by_a_tap(browse: As, cast: Cast, database: Database) -> None:
    assert browse(cast.clara).post(f"/reminders/devices/{mail_of(database, cast.clara)}/end").status_code == 404
    assert kept(database, "email")[0][3] is None


def test_an_address_that_was_switched_off_says_why_and_is_switched_on_again(
    browse: As, cast: Cast, database: Database
) -> None:
    with database.writing() as session:
        session.execute(update(Endpoint).values(off_at=NOW, off_because="mail server answered 550", refused=3))
    clara = browse(cast.clara)
    assert "mail server answered 550" in clara.get("/reminders").text
    assert clara.post(f"/reminders/devices/{mail_of(database, cast.sam)}/on").status_code == 404
    assert clara.post(f"/reminders/devices/{mail_of(database, cast.clara)}/on").status_code == 303
    assert [row[3] for row in kept(database, "email")] == [None, "mail server answered 550"]
    phone = an_endpoint(database, cast.clara, off_at=NOW, off_because="gone")
    assert clara.post(f"/reminders/devices/{phone}/on").status_code == 404, "only its browser can do that"


def test_a_test_message_goes_out_and_too_many_wait(browse: As, cast: Cast, database: Database, config: Config) -> None:
    clara, mail = browse(cast.clara), mail_of(database, cast.clara)
    for _ in range(5):
        assert clara.post(f"/reminders/devices/{mail}/test").status_code == 303
    mails = outbox.kept(config.outbox, to="clara@example.test")
    assert {mail.subject for mail in mails} == {"Cairn: this is a test message"}
    assert len(mails) == 3
    page = clara.get("/reminders").text
    assert "A test message is on its way to clara@example.test." in page
    assert "Please wait" in page


@pytest.mark.parametrize(
    ("ending", "words", "off"),
    [
        (None, "A test message is on its way to your phone.", None),
        (Unreachable("no connection"), "did not get through to your phone. That is our side, not yours.", None),
        (InDoubt("no answer"), "may have arrived; we can&#39;t tell", None),
        (Gone("answered 410"), "We can&#39;t send to your phone any more.", "gone"),
    ],
    ids=str,
)
def test_a_test_on_a_phone_says_plainly_what_happened(
    browse: As, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch,
    ending: Exception | None, words: str, off: str | None,
) -> None:  # fmt: skip
    sent: list[Message] = []

    def send(_config: Config, message: Message, _now: object) -> None:
        sent.append(message)
        if ending:
            raise ending

    monkeypatch.setitem(CHANNELS, Channel.PUSH, send)  # type: ignore[arg-type]
    phone = an_endpoint(database, cast.clara, device="Safari, iPhone", address=ADDRESS, keys={"auth": AUTH})
    clara = browse(cast.clara)
    clara.post(f"/reminders/devices/{phone}/test")
    assert words in clara.get("/reminders").text
    assert [(message.to, message.again) for message in sent] == [(ADDRESS, True)], "a second test is heard too"
    assert kept(database)[0][3] == off


def test_a_test_that_goes_nowhere_is_our_fault(browse: As, cast: Cast, database: Database, app: Flask) -> None:
    app.extensions["cairn.config"] = replace(app.extensions["cairn.config"], smtp_url="smtp://127.0.0.1:9")
    clara = browse(cast.clara)
    clara.post(f"/reminders/devices/{mail_of(database, cast.clara)}/test")
    assert "our side, not yours" in clara.get("/reminders").text


def test_what_is_off_is_not_tested(browse: As, cast: Cast, database: Database) -> None:
    phone = an_endpoint(database, cast.clara, off_at=NOW, off_because="ended")
    clara = browse(cast.clara)
    clara.post(f"/reminders/devices/{phone}/test")
    assert "Nothing was sent: this is switched off." in clara.get("/reminders").text


@pytest.mark.usefixtures("with_ntfy")
def test_an_ntfy_topic_is_shown_tested_and_ended(
    browse: As, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clara = browse(cast.clara)
    assert "ntfy-on" in clara.get("/reminders").text
    clara.post("/reminders/ntfy")
    ((_, topic, _, _),) = kept(database, "ntfy")
    assert f'href="https://ntfy.example/{topic}"' in clara.get("/reminders").text
    monkeypatch.setitem(CHANNELS, Channel.NTFY, lambda *_: None)  # type: ignore[arg-type]
    with database.reading() as connection:
        endpoint = connection.execute(select(Endpoint.id).where(Endpoint.address_key == topic)).scalar_one()
    clara.post(f"/reminders/devices/{endpoint}/test")
    assert "on its way to you through ntfy." in clara.get("/reminders").text
    clara.post(f"/reminders/devices/{endpoint}/end")
    page = clara.get("/reminders").text
    assert topic not in page
    assert "ntfy-on" in page


def test_without_an_ntfy_server_there_is_no_ntfy(browse: As, cast: Cast, database: Database) -> None:
    assert browse(cast.clara).post("/reminders/ntfy").status_code == 404
    assert kept(database, "ntfy") == []


def test_every_page_names_the_subscription_known_of_its_device(browse: As, cast: Cast) -> None:
    clara, elsewhere = browse(cast.clara), browse(cast.clara)
    assert 'data-push=""' in clara.get("/today").text
    clara.post("/reminders/devices", data=TOLD, headers=WORKER)
    assert f'data-push="{mark_of(ADDRESS)}"' in clara.get("/today").text
    assert 'data-push=""' in elsewhere.get("/today").text
    for person, path in ((cast.theo, "/caseload"), (None, "/sign-in")):
        assert "data-push" not in browse(person).get(path).text


def test_the_service_worker_comes_from_the_root_and_is_never_old(browse: As) -> None:
    answer = browse(None).get("/sw.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Content-Security-Policy" in answer.headers
    again = browse(None).get("/sw.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
