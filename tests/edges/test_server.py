"""What the web server answers by itself, before the app hears of it: refusals without a word of anybody's."""

import socket

import pytest

from tests.chaos.web import nursery
from tests.support.postgres import free_port
from webapp.config import Config

pytestmark = [pytest.mark.real_clock, pytest.mark.parametrize("config", ["sqlite"], indirect=True)]

HOST = b"Host: localhost\r\nConnection: close\r\n"
BROKEN = (
    b"\0\1\2\3\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET /sign-in HTTP/9.9\r\n\r\n",
    b"GET /sign-in HTTP/1.1\r\n" + HOST + b"A\0: b\r\n\r\n",
    b"GET /sign-in HTTP/1.1\r\n" + HOST + b"No colon\r\n\r\n",
    b"GET /sign-in HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 2_000_000 + b"\r\n\r\n",
    b"GET /sign-in HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 5000 + b"\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\n",
    b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100,
)
WHOLE = (
    b"GET /sign-in HTTP/1.0\r\n\r\n",
    b"GET /sign-in?next=\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /sign-in HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    b"GET http://evil.example/sign-in HTTP/1.1\r\n" + HOST + b"\r\n",
    b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    b"TRACE /sign-in HTTP/1.1\r\n" + HOST + b"Cookie: cairn=secret\r\n\r\n",
)


def ask(port: int, request: bytes, patience: float = 30) -> bytes:
    """Send bytes and take all that comes until it is over, or nothing comes for `patience` seconds."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as line:
        try:
            line.sendall(request)
            while part := line.recv(65536):
                heard += part
        except OSError:
            pass  # it hung up on us, as it may
    return heard


def test_what_no_browser_sends_gets_no_page_and_no_word_of_anybody(config: Config) -> None:
    port, answered = free_port(), 0
    with nursery(config, port) as lives:
        lives.begin()
        lives.wait_until_it_answers()
        for request in (*BROKEN, *WHOLE):
            heard = ask(port, request, 1 if request in BROKEN else 30)
            head, _, body = heard.partition(b"\r\n\r\n")
            code = head.split(b" ")[1:2]
            assert not code or code[0][:1] != b"5", (request[:60], head)
            assert b"secret" not in heard
            if body.strip():
                assert b"default-src 'none'" in head, (request[:60], head)
                assert b"no-store" in head, (request[:60], head)
            answered += bool(body.strip())
        assert answered >= 4
        assert b" 200 " in ask(port, b"GET /sign-in HTTP/1.1\r\n" + HOST + b"\r\n")[:20]
        lives.end()
