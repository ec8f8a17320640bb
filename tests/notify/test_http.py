"""What another side asks us to wait is heard within reason, and the status says it all."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cast import NOW
from tests.support.receiver import Answer, Receiver
from webapp.notify import http
from webapp.notify.endings import InDoubt, Unreachable

URL = "http://127.0.0.1:{}/"


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 1),
        ("99999999999999999999", 86400),
        ("Thu, 19 Nov 2026 17:05:00 GMT", 300),
        ("Thu, 19 Nov 2026 12:05:00 -0500", 300),
        ("Thu, 19 Nov 2026 17:05:00 -0000", 300),
        ("Thu, 19 Nov 2026 16:00:00 GMT", 1),
        ("Fri, 19 Nov 2066 17:05:00 GMT", 86400),
    ],
)
def test_a_wait_is_read_as_seconds_or_as_a_date(asked: str, seconds: int) -> None:
    assert http.wait(asked, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("asked", [None, "", "soon", "-5", "1.5", "Thu, 99 Nov 2026 17:05:00 GMT", "²"])
def test_what_is_no_wait_is_none(asked: str | None) -> None:
    assert http.wait(asked, NOW) is None


@given(st.one_of(st.text(), st.integers().map(str), st.datetimes().map(lambda at: f"{at:%a, %d %b %Y %H:%M:%S} GMT")))
def test_whatever_is_asked_the_wait_is_between_a_second_and_a_day(asked: str) -> None:
    wait = http.wait(asked, NOW)
    assert wait is None or http.SHORTEST <= wait <= http.LONGEST


@contextmanager
def saying(*words: bytes) -> Iterator[str]:
    """A server that says so once it was asked, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                while b"hello" not in connection.recv(65536):
                    pass
                for part in words:
                    connection.sendall(part)

        thread = threading.Thread(target=serve)
        thread.start()
        yield URL.format(listener.getsockname()[1])
        thread.join()


def test_an_answer_that_breaks_off_after_its_status_is_an_answer() -> None:
    with saying(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nonly this") as url:
        http.post(url, b"hello", {}, NOW)


@pytest.mark.parametrize("words", [b"", b"HTTP/1.1 2", b"what?\r\n\r\n"])
def test_an_answer_that_breaks_off_before_its_status_is_in_doubt(words: bytes) -> None:
    with saying(words) as url, pytest.raises(InDoubt):
        http.post(url, b"hello", {}, NOW)


def test_a_line_with_more_to_say_than_we_read_is_not_used_again() -> None:
    receiver = Receiver(lambda request: Answer(200, body=b"x" * (http.MOST + 1)))
    try:
        for _ in range(2):
            http.post(URL.format(receiver.port), b"hello", {}, NOW)
        assert (receiver.requests, receiver.connections) == (2, 2)
    finally:
        receiver.stop()


def test_a_line_that_was_read_to_its_end_is_used_again_whatever_was_said() -> None:
    answers = iter([Answer(200, body=b"yes"), Answer(204), Answer(201)])
    receiver = Receiver(lambda request: next(answers))
    try:
        for _ in range(3):
            http.post(URL.format(receiver.port), b"hello", {}, NOW)
        assert (receiver.requests, receiver.connections) == (3, 1)
    finally:
        receiver.stop()


def test_nobody_there_is_unreachable_with_its_cause() -> None:
    with pytest.raises(Unreachable) as told:
        http.reach(URL.format(9))
    assert told.value.__cause__ is not None
