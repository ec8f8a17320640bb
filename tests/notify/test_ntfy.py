"""What goes over an ntfy server is neutral whatever the person chose for their own devices."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import settings
from tests.support.cast import NOW
from tests.support.ntfy import NtfyServer
from webapp.config import Config
from webapp.notify import ntfy, wording
from webapp.notify.endings import Busy, InDoubt, NotLetIn, NotSent, Refused, Unreachable
from webapp.notify.messages import Message

SAID = wording.reminder("en", "Ring my sponsor")
MESSAGE = Message(
    to="cairn-8f2c",
    title=SAID.title,
    body=SAID.body,
    neutral=SAID.neutral,
    link="https://cairn.example/r/1",
    tag="r-1",
)


@pytest.fixture
def config(tmp_path: Path, ntfy_server: NtfyServer) -> Config:
    return settings(tmp_path, ntfy_url=ntfy_server.url)


def test_a_reminder_in_plain_words_goes_out_in_neutral_ones(config: Config, ntfy_server: NtfyServer) -> None:
    assert "sponsor" in MESSAGE.body
    ntfy.send(config, MESSAGE, NOW)
    (published,) = ntfy_server.published
    assert published == {
        "topic": "cairn-8f2c",
        "title": "Cairn: you have something for today",
        "message": "You asked to be reminded of something today.",
        "click": "https://cairn.example/r/1",
        "priority": 3,
        "sequence_id": MESSAGE.topic,
    }


def test_without_neutral_words_the_title_is_all_that_goes_out(config: Config, ntfy_server: NtfyServer) -> None:
    ntfy.send(config, replace(MESSAGE, neutral="", tag=""), NOW)
    (published,) = ntfy_server.published
    assert published["message"] == "Cairn: you have something for today"
    assert {"title", "sequence_id"}.isdisjoint(published)


def test_letters_beyond_ascii_arrive(config: Config, ntfy_server: NtfyServer) -> None:
    ntfy.send(config, replace(MESSAGE, title="Cairn: algo para hoy ☂", neutral="Pediste ánimo."), NOW)
    (published,) = ntfy_server.published
    assert (published["title"], published["message"]) == ("Cairn: algo para hoy ☂", "Pediste ánimo.")


def test_said_twice_it_replaces_itself_and_what_lasts_makes_no_sound(config: Config, ntfy_server: NtfyServer) -> None:
    for message in (MESSAGE, MESSAGE, replace(MESSAGE, tag="r-2", lasts=timedelta(days=2))):
        ntfy.send(config, message, NOW)
    first, again, other = ntfy_server.published
    assert first["sequence_id"] == again["sequence_id"] != other["sequence_id"]
    assert [one["priority"] for one in ntfy_server.published] == [3, 3, 2]


@pytest.mark.parametrize(
    ("status", "ending"),
    [
        (400, Refused),
        (413, Refused),
        (401, NotLetIn),
        (403, NotLetIn),
        (404, Unreachable),  # no such server, not no such topic
        (410, Unreachable),
        (429, Busy),
        (507, Busy),
        (302, Busy),
    ],
)
def test_every_no_says_what_follows(
    config: Config, ntfy_server: NtfyServer, status: int, ending: type[NotSent]
) -> None:
    ntfy_server.answer(status, retry_after="60")
    with pytest.raises(NotSent) as told:
        ntfy.send(config, MESSAGE, NOW)
    assert type(told.value) is ending
    assert str(status) in told.value.reason
    assert (told.value.wait is None) is (status in (404, 410))


def test_a_line_cut_after_the_message_was_handed_over_is_in_doubt(config: Config, ntfy_server: NtfyServer) -> None:
    ntfy_server.cut()
    with pytest.raises(InDoubt):
        ntfy.send(config, MESSAGE, NOW)


def test_without_a_server_nobody_is_reached(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no ntfy server is set"):
        ntfy.send(settings(tmp_path), MESSAGE, NOW)


@pytest.mark.parametrize("topic", ["", "a/b", "a b", "../json", "é", "x" * 65, "a?b", "a\n"])
def test_what_is_no_topic_is_refused_before_anything_is_sent(
    config: Config, ntfy_server: NtfyServer, topic: str
) -> None:
    with pytest.raises(Refused):
        ntfy.send(config, replace(MESSAGE, to=topic), NOW)
    assert ntfy_server.receiver.requests == 0


def test_a_greeting_tells_whether_an_ntfy_server_is_there(config: Config, ntfy_server: NtfyServer) -> None:
    ntfy.greet(config)
    assert ntfy_server.published == []
    ntfy_server.answer(404)
    with pytest.raises(Unreachable, match="404"):
        ntfy.greet(config)
    with pytest.raises(Unreachable):
        ntfy.greet(replace(config, ntfy_url="http://127.0.0.1:9"))
