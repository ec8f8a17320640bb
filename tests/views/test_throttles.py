"""Waiting after many tries holds whichever process is asked: it stands in the database, and headers don't help."""

import http.client
from urllib.parse import urlencode

import pytest

from tests.chaos.web import nursery
from tests.support.postgres import free_port
from webapp.config import Config
from webapp.domain.throttle import ACCOUNT, ADDRESS

pytestmark = pytest.mark.real_clock


def ask(port: int, email: str, **headers: str) -> int:
    """Try to sign in."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    connection.request("POST", "/sign-in", urlencode({"email": email, "password": "not this one"}), kind | headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_two_processes_count_the_same_tries_whatever_address_a_header_claims(config: Config) -> None:
    first, second = free_port(), free_port()
    with nursery(config, first) as one, nursery(config, second) as other:
        one.begin()
        other.begin()
        one.wait_until_it_answers()
        other.wait_until_it_answers()
        ports = [first, second] * ADDRESS.free
        claims = [{"X-Forwarded-For": f"192.0.2.{n}", "X-Real-IP": f"192.0.2.{n}"} for n in range(30)]
        said = [ask(port, "clara@example.test", **claim) for port, claim in zip(ports[:6], claims, strict=False)]
        assert said == [422] * ACCOUNT.free + [429]
        assert ask(second, "Clara@Example.test ", Forwarded="for=192.0.2.98") == 429
        # Many accounts from one address: the five tries above count, too.
        many = [ask(port, f"n{n}@example.test", **claims[n]) for n, port in enumerate(ports[:30])]
        assert many == [422] * (ADDRESS.free - ACCOUNT.free) + [429] * ACCOUNT.free
        one.end()
        other.end()
