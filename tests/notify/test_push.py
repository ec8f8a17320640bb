"""A push arrives encrypted for one browser, signed by us, once; and every ending is told apart."""

import json
import re
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

import http_ece
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.util import parse_url

from tests.conftest import KEY, settings
from tests.support.cast import NOW
from tests.support.certificate import self_signed
from tests.support.push import PushService, Subscription, unpadded
from tests.support.receiver import Answer, Receiver
from webapp import clock
from webapp.config import Config
from webapp.domain.deliveries import Channel
from webapp.notify import CHANNELS, http, push
from webapp.notify.endings import Busy, Gone, InDoubt, NotFound, NotLetIn, NotSent, Refused, Unreachable
from webapp.notify.messages import Message

FCM = "fcm.googleapis.com"
ANSWERS = (("done", "Done"), ("later", "Later"), ("not_today", "Not today"))


@pytest.fixture
def config(tmp_path: Path, push_service: PushService) -> Config:
    return settings(tmp_path, push_hosts=(push_service.place,))


def message_to(one: Subscription, **more: object) -> Message:
    message = Message(
        to=one.endpoint,
        title="Cairn: you have something for today",
        body="You asked to be reminded of something today.",
        link="https://cairn.example/r/1",
        tag="r-1-2026-11-19",
        keys=one.keys,
    )
    return replace(message, **more)  # type: ignore[arg-type]


def test_there_is_a_way_to_send_on_every_channel() -> None:
    assert set(CHANNELS) == set(Channel)


# What arrives


def test_the_browser_reads_what_was_sent_and_nobody_between_could(config: Config, push_service: PushService) -> None:
    clara = push_service.subscribe()
    push.send(config, message_to(clara, answers=ANSWERS, language="en"), NOW)
    (pushed,) = push_service.taken
    assert pushed.endpoint == clara.endpoint
    assert pushed.said == {
        "web_push": 8030,
        "notification": {
            "title": "Cairn: you have something for today",
            "body": "You asked to be reminded of something today.",
            "navigate": "https://cairn.example/r/1",
            "tag": "r-1-2026-11-19",
            "lang": "en",
            "actions": [
                {"action": name, "title": label, "navigate": f"https://cairn.example/r/1#answer-{name}"}
                for name, label in ANSWERS
            ],
        },
    }
    assert b"reminded" not in pushed.body
    assert pushed.headers["content-encoding"] == "aes128gcm"


@pytest.mark.parametrize("waits", [0, 3])
def test_the_number_for_the_icon_stands_beside_the_notification_and_zero_is_a_number(waits: int) -> None:
    message = Message("", "Cairn", "", "https://cairn.example/r/1", badge=waits)
    said = json.loads(push.payload(message))
    assert said["app_badge"] == waits
    assert set(said) == {"web_push", "notification", "app_badge"}


def test_safari_can_show_every_message_by_itself(config: Config, push_service: PushService) -> None:
    # Declarative Web Push: a title that says something, absolute addresses, and nothing that asks for a worker.
    push.send(config, message_to(push_service.subscribe(), answers=ANSWERS, badge=1), NOW)
    (pushed,) = push_service.taken
    shown = pushed.said["notification"]
    assert pushed.said["web_push"] == 8030
    assert shown["title"].strip()
    for place in (shown, *shown["actions"]):
        assert place["navigate"].startswith("https://cairn.example/")
        assert place["title"]
    assert "mutable" not in pushed.said


@pytest.mark.parametrize(("tag", "heard", "renotifies"), [("r1", True, True), ("r1", False, False), ("", True, False)])
def test_what_takes_the_place_of_another_is_only_heard_where_it_is_meant_to_be(
    tag: str, heard: bool, renotifies: bool
) -> None:
    # A browser refuses a notification that is to be heard again and names none that it replaces.
    said = json.loads(push.payload(Message("", "Cairn", "", "https://cairn.example/r/1", tag=tag, again=heard)))
    assert said["notification"].get("renotify", False) is renotifies


def test_another_browser_can_not_read_it(config: Config, push_service: PushService) -> None:
    push.send(config, message_to(push_service.subscribe()), NOW)
    with pytest.raises(http_ece.ECEException, match="Decryption"):
        push_service.subscribe().read(push_service.taken[0].body)


def test_no_two_are_encrypted_alike(config: Config, push_service: PushService) -> None:
    clara = push_service.subscribe()
    for _ in range(2):
        push.send(config, message_to(clara), NOW)
    first, second = push_service.taken
    assert first.text == second.text
    assert first.body[:16] != second.body[:16]  # the salt
    assert first.body[21:86] != second.body[21:86]  # the key of this one message


def test_what_is_not_said_is_left_out(config: Config, push_service: PushService) -> None:
    push.send(config, message_to(push_service.subscribe(), tag=""), NOW)
    (pushed,) = push_service.taken
    assert set(pushed.said["notification"]) == {"title", "body", "navigate"}
    assert "topic" not in pushed.headers


def test_what_is_said_again_on_purpose_makes_a_sound_again(config: Config, push_service: PushService) -> None:
    clara = push_service.subscribe()
    for again in (False, True):
        push.send(config, message_to(clara, again=again), NOW)
    assert [pushed.said["notification"].get("renotify") for pushed in push_service.taken] == [None, True]


@pytest.mark.parametrize(
    ("lasts", "ttl", "urgency"),
    [
        (timedelta(hours=2), "7200", "high"),
        (timedelta(hours=6), "21600", "high"),
        (timedelta(days=2), "172800", "normal"),
        (timedelta(seconds=-1), "0", "high"),
    ],
)
def test_the_service_keeps_it_as_long_as_it_is_of_use(
    config: Config, push_service: PushService, lasts: timedelta, ttl: str, urgency: str
) -> None:
    push.send(config, message_to(push_service.subscribe(), lasts=lasts), NOW)
    (pushed,) = push_service.taken
    assert (pushed.headers["ttl"], pushed.headers["urgency"]) == (ttl, urgency)


def test_what_is_said_twice_carries_the_same_topic_so_that_the_later_replaces_the_earlier(
    config: Config, push_service: PushService
) -> None:
    clara = push_service.subscribe()
    for tag in ("r-1", "r-1", "r-2"):
        push.send(config, message_to(clara, tag=tag), NOW)
    assert sorted(push_service.topics.values()) == [1, 2]
    for topic in push_service.topics:
        assert re.fullmatch("[A-Za-z0-9_-]{32}", topic)
        assert "r-" not in topic


@given(st.text())
@example("🏀" * 600)
@example('"' * 900)
@example("\x00" * 900)
@example("a" * 921)
def test_however_long_the_words_it_is_whole_json_of_one_kilobyte(body: str) -> None:
    message = Message("", "Cairn", body, "https://cairn.example/r/1", tag="r-1", answers=ANSWERS)
    text = push.payload(message)
    said = json.loads(text)["notification"]["body"]
    assert len(text) + push.OVERHEAD <= 1024
    assert said == body or (said.endswith("…") and body.startswith(said[:-1]))


def test_one_kilobyte_is_what_goes_over_the_wire(config: Config, push_service: PushService) -> None:
    push.send(config, message_to(push_service.subscribe(), body="a" * 5000), NOW)
    (pushed,) = push_service.taken
    assert len(pushed.body) == 1024


# Who signed


def test_it_is_signed_with_our_key_for_this_service_and_says_whom_to_ask(
    config: Config, push_service: PushService
) -> None:
    push_service.server_key = push.public_key(config)
    push.send(config, message_to(push_service.subscribe()), NOW)
    (pushed,) = push_service.taken
    assert (pushed.claims["aud"], pushed.claims["sub"]) == (push_service.url, "mailto:cairn@example.test")


@pytest.mark.parametrize("minutes", [0, 1, 359, 360, 361, 719, 720, 60 * 24 * 40])
def test_a_signature_is_always_good_for_a_while_and_never_for_more_than_twelve_hours(
    config: Config, push_service: PushService, minutes: int
) -> None:
    now = NOW + timedelta(minutes=minutes)
    with clock.standing_at(now):
        push.send(config, message_to(push_service.subscribe()), now)
    (pushed,) = push_service.taken
    left = pushed.claims["exp"] - now.timestamp()
    assert timedelta(hours=6).total_seconds() < left <= timedelta(hours=12).total_seconds()


def test_a_signature_is_kept_for_its_service_and_made_anew_in_time(config: Config, push_service: PushService) -> None:
    clara = push_service.subscribe()

    def signature(now: datetime) -> str:
        with clock.standing_at(now):
            push.send(config, message_to(clara), now)
        return push_service.taken[-1].headers["authorization"]

    first = signature(NOW)
    assert signature(NOW + timedelta(minutes=1)) == first
    assert signature(NOW + timedelta(hours=6)) != first
    assert signature(NOW - timedelta(hours=12)) != first  # a clock that was put back


def test_every_service_gets_a_signature_of_its_own(config: Config, push_service: PushService) -> None:
    other = PushService()
    try:
        both = replace(config, push_hosts=(push_service.place, other.place))
        for service in (push_service, other):
            push.send(both, message_to(service.subscribe()), NOW)
        assert [pushed.claims["aud"] for pushed in (*push_service.taken, *other.taken)] == [push_service.url, other.url]
    finally:
        other.stop()


@pytest.mark.parametrize("digits", ["0" * 64, "f" * 64, KEY, f"{push.ORDER - 1:x}", f"{push.ORDER:x}"])
def test_every_key_stands_for_a_point_and_the_same_one_each_time(tmp_path: Path, digits: str) -> None:
    config = settings(tmp_path, vapid_key=digits)
    point = unpadded(push.public_key(config))
    assert (len(point), point[0]) == (65, 4)
    assert push.public_key(config) == push.public_key(config)


def test_the_public_key_is_that_of_the_secret_number_plus_one(tmp_path: Path) -> None:
    # The generator of P-256 itself (FIPS 186-4, D.1.2.3), which belongs to the secret number 1.
    x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    assert unpadded(push.public_key(settings(tmp_path, vapid_key="0" * 64))).hex() == f"04{x}{y}"


def test_without_an_address_to_write_to_nothing_is_sent(config: Config, push_service: PushService) -> None:
    with pytest.raises(Unreachable, match="CAIRN_MAIL_FROM"):
        push.send(replace(config, mail_from="Cairn"), message_to(push_service.subscribe()), NOW)
    assert push_service.receiver.requests == 0


# How it ended


@pytest.mark.parametrize(
    ("status", "ending"),
    [
        (400, Refused),
        (401, NotLetIn),
        (403, NotLetIn),
        (404, NotFound),
        (406, Busy),
        (410, Gone),
        (413, Refused),
        (429, Busy),
        (500, Busy),
        (502, Busy),
        (503, Busy),
        (304, Busy),
    ],
)
def test_every_no_says_what_follows(
    config: Config, push_service: PushService, status: int, ending: type[NotSent]
) -> None:
    push_service.answer(status)
    with pytest.raises(NotSent) as told:
        push.send(config, message_to(push_service.subscribe()), NOW)
    assert type(told.value) is ending
    assert told.value.reason == f"answered {status}"
    assert told.value.wait is None


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_yes_is_one(config: Config, push_service: PushService, status: int) -> None:
    push_service.answer(status)
    push.send(config, message_to(push_service.subscribe()), NOW)
    assert push_service.receiver.requests == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked", ["120", format_datetime(NOW + timedelta(seconds=120), usegmt=True)])
def test_a_service_that_asks_us_to_wait_is_heard(
    config: Config, push_service: PushService, status: int, asked: str
) -> None:
    push_service.answer(status, retry_after=asked)
    with pytest.raises(Busy) as told:
        push.send(config, message_to(push_service.subscribe()), NOW)
    assert told.value.wait == timedelta(minutes=2)


def test_a_browser_that_is_gone_is_not_found(config: Config, push_service: PushService) -> None:
    gone = replace(push_service.subscribe(), endpoint=f"{push_service.url}/push/nobody")
    with pytest.raises(NotFound):
        push.send(config, message_to(gone), NOW)


def test_a_service_that_knows_another_key_of_ours_is_our_fault_and_not_the_persons(
    config: Config, push_service: PushService
) -> None:
    push_service.server_key = push.public_key(replace(config, vapid_key="1" * 64))
    with pytest.raises(NotLetIn):
        push.send(config, message_to(push_service.subscribe()), NOW)


def test_silence_after_the_message_was_handed_over_is_in_doubt(
    config: Config, push_service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "READ", 0.3)
    push_service.hang()
    with pytest.raises(InDoubt):
        push.send(config, message_to(push_service.subscribe()), NOW)
    assert push_service.receiver.requests == 1


def test_a_line_cut_after_the_message_was_handed_over_is_in_doubt_and_nothing_is_sent_again(
    config: Config, push_service: PushService
) -> None:
    push_service.cut()
    with pytest.raises(InDoubt):
        push.send(config, message_to(push_service.subscribe()), NOW)
    assert push_service.receiver.requests == 1


def test_a_service_that_is_not_there_is_unreachable(tmp_path: Path, push_service: PushService) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
    gone = replace(push_service.subscribe(), endpoint=f"http://{place}/push/1")
    with pytest.raises(Unreachable):
        push.send(settings(tmp_path, push_hosts=(place,)), message_to(gone), NOW)


def test_a_service_that_does_not_begin_to_talk_was_not_handed_anything(
    tmp_path: Path, push_service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "CONNECT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        place = f"127.0.0.1:{mute.getsockname()[1]}"
        one = replace(push_service.subscribe(), endpoint=f"https://{place}/push/1")
        with pytest.raises(Unreachable):
            push.send(settings(tmp_path, push_hosts=(place,)), message_to(one), NOW)


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path, push_service: PushService) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path, "127.0.0.1"))
    receiver = Receiver(lambda request: Answer(), context)
    try:
        place = f"127.0.0.1:{receiver.port}"
        one = replace(push_service.subscribe(), endpoint=f"https://{place}/push/1")
        with pytest.raises(Unreachable, match="SSLError"):
            push.send(settings(tmp_path, push_hosts=(place,)), message_to(one), NOW)
        assert receiver.requests == 0
    finally:
        receiver.stop()


@pytest.mark.parametrize(
    "keys",
    [
        None,
        {},
        {"p256dh": "", "auth": ""},
        {"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"p256dh": "B" + "A" * 86, "auth": "AAAAAAAAAAAAAAAAAAAAAA"},  # no point of the curve
        {"p256dh": "x", "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"p256dh": 7, "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
)
def test_keys_that_are_none_are_refused_before_anything_is_sent(
    config: Config, push_service: PushService, keys: dict[str, str] | None
) -> None:
    with pytest.raises(Refused):
        push.send(config, message_to(push_service.subscribe(), keys=keys), NOW)
    assert push_service.receiver.requests == 0


def test_for_the_keys_a_browser_gives_it_is_encrypted_and_with_a_short_secret_it_is_not(
    push_service: PushService,
) -> None:
    keys = push_service.subscribe().keys
    assert push.encrypted(keys, b"?")
    with pytest.raises(Refused):
        push.encrypted(keys | {"auth": keys["auth"][:10]}, b"?")


# Many


def test_many_threads_send_at_once_and_each_message_arrives_once(config: Config, push_service: PushService) -> None:
    people = [push_service.subscribe() for _ in range(40)]
    messages = [message_to(one, tag=f"{n}-{turn}") for n, one in enumerate(people) for turn in range(10)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda message: push.send(config, message, NOW), messages))
    assert push_service.complaints == []
    assert set(push_service.topics.values()) == {1}
    assert {pushed.said["notification"]["tag"] for pushed in push_service.taken} == {one.tag for one in messages}
    assert push_service.receiver.connections <= 8


def test_a_kept_line_that_the_service_closed_is_replaced(config: Config, push_service: PushService) -> None:
    clara = push_service.subscribe()
    for _ in range(3):
        push.send(config, message_to(clara), NOW)
        push_service.receiver.hang_up()
    assert (len(push_service.taken), push_service.receiver.connections) == (3, 3)


# Where it may go


def test_a_redirect_is_not_followed(config: Config, push_service: PushService) -> None:
    other = PushService()
    try:
        push_service.redirect(other.subscribe().endpoint)
        with pytest.raises(Busy, match="307"):
            push.send(
                replace(config, push_hosts=(push_service.place, other.place)), message_to(push_service.subscribe()), NOW
            )
        assert (push_service.receiver.requests, other.receiver.requests) == (1, 0)
    finally:
        other.stop()


def test_nothing_is_sent_to_an_address_that_is_no_push_services(tmp_path: Path, push_service: PushService) -> None:
    with pytest.raises(Refused, match="not at a push service"):
        push.send(settings(tmp_path), message_to(push_service.subscribe()), NOW)
    assert push_service.receiver.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://fcm.googleapis.com/fcm/send/dk:APA91b-_x",
        "https://fcm.googleapis.com/wp/dk:APA91b",
        "https://jmt17.google.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAAA=",
        "https://web.push.apple.com/QGuQ",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%2bx",
        "https://push.example.org/up?id=1",
        "https://push.example.org:8443/up",
        "http://127.0.0.1:8123/push/1",
        "https://127.0.0.1:8123/push/1",
    ],
)
def test_the_browsers_services_and_those_that_are_configured_are_allowed(tmp_path: Path, url: str) -> None:
    assert push.allowed(_listing(tmp_path), url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "https:fcm.googleapis.com/x",
        "https:///fcm.googleapis.com/x",
        "https://fcm.googleapis.com",
        "http://fcm.googleapis.com/x",
        "HTTPS://fcm.googleapis.com/x",
        "ftp://fcm.googleapis.com/x",
        "file:///etc/passwd",
        "https://fcm.googleapis.com:443/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com./x",
        f"https://{FCM.upper()}/x",
        "https://me@fcm.googleapis.com/x",
        "https://me:too@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://evil.example/@fcm.googleapis.com/x",
        "https://evil.example#@fcm.googleapis.com/x",
        "https://evil.example\\@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\\.evil.example/x",
        "https://fcm.googleapis.com.evil.example/x",
        f"https://evil{FCM}/x",
        "https://push.apple.com/x",
        "https://evilpush.apple.com/x",
        "https://web.push.apple.com.evil.example/x",
        "https://.push.apple.com/x",
        "https://a..push.apple.com/x",
        "https://%77eb.push.apple.com/x",
        "https://web.push.apple.com%2f.evil.example/x",
        "https://127.0.0.1/x",
        "https://127.0.0.1:8124/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]:8123/x",
        "https://2130706433/x",
        "https://0x7f000001/x",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "http://push.example.org/x",
        "http://push.example.org:8443/x",
        "https://push.example.org:8444/x",
        "https://a.push.example.org/x",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x\n",
        "https://fcm.googleapis.com/x\r\nHost: evil.example",
        "https://fcm.googleapis.com/ü",
        " https://fcm.googleapis.com/x",
        "https://fcm.googleapis.com/" + "x" * 2048,
    ],
)
def test_every_other_address_is_not(tmp_path: Path, url: str) -> None:
    assert not push.allowed(_listing(tmp_path), url)


def _listing(folder: Path) -> Config:
    return settings(folder, push_hosts=("push.example.org", "push.example.org:8443", "127.0.0.1:8123"))


PARTS = (
    st.sampled_from(["https://", "http://", "https:", "HTTPS://", "https:\\\\", "//", "gopher://"]),
    st.sampled_from(["", "", "", "me@", "me:too@", "fcm.googleapis.com@", "@", "evil.example\\@", "evil.example#@"]),
    st.sampled_from(
        ["fcm.googleapis.com", "web.push.apple.com", "x.notify.windows.com", "127.0.0.1", "push.example.org", "[::1]"]
        + ["evil.example", "fcm.googleapis.com.evil.example", "push.apple.com", "localhost", FCM.replace("f", "%66")]
    ),
    st.sampled_from(["", "", "", ".", ":443", ":8123", ":80", ":", ":99999", "%00", "\t", "\u3002", "\\.evil.example"]),
    st.sampled_from(["/x", "/x?y=1", "", "/x#y", "?x", "/\\x", "/@evil.example", "//evil.example/", "/x y"]),
)


@given(
    st.one_of(
        st.tuples(*PARTS).map("".join), st.text(max_size=60).map(lambda more: f"https://fcm.googleapis.com{more}")
    )
)
def test_what_is_allowed_leads_every_reader_of_addresses_to_a_service_on_the_list(url: str) -> None:
    if not push.allowed(_listing(Path()), url):
        return
    sent, read = parse_url(url), urlsplit(url)
    assert (sent.auth, read.username, read.password) == (None, None, None)
    assert (sent.scheme, sent.host, sent.port) == (read.scheme, read.hostname, read.port)
    place = sent.netloc or ""
    assert place in (*push.SERVICES, "push.example.org", "127.0.0.1:8123") or place.endswith(push.FAMILIES)
    assert sent.scheme == "https" or place == "127.0.0.1:8123"
