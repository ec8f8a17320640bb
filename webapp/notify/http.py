"""What push and ntfy share: hand something over by HTTP and tell how that ended.

Connections are kept, for a push service is written to many times a second. Redirects are not followed: an address
that was looked at must not lead to one that was not.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from webapp.notify.endings import Busy, Gone, InDoubt, NotFound, NotLetIn, NotSent, Refused, Unreachable

logging.getLogger("urllib3").setLevel(logging.ERROR)  # below that it names whole addresses of push subscriptions

CONNECT, READ = 5, 10
"""Seconds to be let in, and seconds that the other side may say nothing."""

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=1)
"""What another side may ask us to wait, whatever it says."""

MOST = 16_384
"""Bytes of an answer that are read; more would be no answer to us, and its connection is not kept."""

POOL = PoolManager(num_pools=32, maxsize=16, retries=False)
"""The connections of this process: up to 32 servers, and for each as many as there may be sending threads."""

ENDINGS: Mapping[int, type[NotSent]] = {
    400: Refused,
    401: NotLetIn,
    403: NotLetIn,
    404: NotFound,
    410: Gone,
    413: Refused,
}
"""Of all that is no success. Whatever else comes (429, 5xx, a redirect) is no answer to this message: not now."""


def post(url: str, body: bytes, headers: Mapping[str, str], now: datetime) -> None:
    """Post `body`, and return when the other side took it (2xx). `now` (aware) is what a date to wait for is seen from.

    Raises Unreachable, InDoubt, or what the status means: NotLetIn (401, 403), Refused (400, 413), NotFound (404),
    Gone (410), else Busy with the wait that was asked for.
    """
    begun = False

    def text() -> Iterator[bytes]:
        # Asked for when the connection stands and the head is out: a request without its body can't be taken.
        nonlocal begun
        begun = True
        yield body

    try:
        answer = _open("POST", url, body=text(), headers={**headers, "Content-Length": str(len(body))})
    except (HTTPError, OSError) as error:
        raise (InDoubt if begun else Unreachable)(f"no answer: {type(error).__name__}") from error
    _finish(answer)
    if not 200 <= answer.status < 300:
        ending = ENDINGS.get(answer.status, Busy)
        raise ending(f"answered {answer.status}", wait(answer.headers.get("Retry-After"), now))


def reach(url: str) -> int:
    """Ask for an address and return the status of the answer. Raises Unreachable, with what went wrong as its cause."""
    try:
        answer = _open("GET", url)
    except (HTTPError, OSError) as error:
        raise Unreachable(f"no answer: {type(error).__name__}") from error
    _finish(answer)
    return answer.status


def wait(asked: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After, seconds or a date, as a wait between a second and a day; None when it says nothing."""
    asked = (asked or "").strip()
    if asked.isdecimal():
        left = timedelta(seconds=int(asked[:9]))
    else:
        try:
            until = parsedate_to_datetime(asked)
        except ValueError:
            return None
        left = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(left, SHORTEST), LONGEST)


def _open(method: str, url: str, **request: object) -> BaseHTTPResponse:
    timeout = Timeout(connect=CONNECT, read=READ)
    return POOL.urlopen(method, url, redirect=False, preload_content=False, timeout=timeout, **request)


def _finish(answer: BaseHTTPResponse) -> None:
    """Read what is left of an answer, so that its connection can be used again. The status has said it all."""
    with suppress(HTTPError, OSError):
        answer.read(MOST, decode_content=False)
    answer.close()
