"""A push service on loopback, with the browsers behind it: it checks who signed, and reads what only they can read."""

import itertools
import json
import os
import re
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from py_vapid.jwt import decode

from tests.support.receiver import Answer, Receiver, Request
from webapp import clock

LONGEST_TOKEN = timedelta(hours=24)  # RFC 8292, 2


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser hands to the page, and the secret half that it keeps."""

    endpoint: str
    keys: dict[str, str]
    secret: ec.EllipticCurvePrivateKey
    auth: bytes

    def read(self, body: bytes) -> bytes:
        """Decrypt as the browser does."""
        return bytes(http_ece.decrypt(body, private_key=self.secret, auth_secret=self.auth, version="aes128gcm"))


@dataclass(frozen=True, slots=True)
class Pushed:
    """One message that was taken: for whom, what it says, how it came (encrypted), and who signed it."""

    endpoint: str
    text: bytes
    body: bytes
    headers: dict[str, str]
    claims: dict[str, Any]

    @property
    def said(self) -> dict[str, Any]:
        """The text, read as JSON."""
        return dict(json.loads(self.text))


@dataclass
class PushService:
    """What a test asks of it: subscribe somebody, read what came for them, or give another answer.

    `server_key` is the public key that subscriptions were made for; without
    one, any will do. What a real service would not take is answered as it would, and told in `complaints`.
    `reads`: one of how many it decrypts; to measure, not all need be.
    """

    server_key: str | None = None
    reads: int = 1
    taken: list[Pushed] = field(default_factory=list)
    topics: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    _known: dict[str, Subscription] = field(default_factory=dict)
    _vouched: dict[str, tuple[dict[str, Any], str]] = field(default_factory=dict)
    _answers: Iterator[Answer] = field(default_factory=lambda: iter(()))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.receiver = Receiver(self._handle)

    @property
    def place(self) -> str:
        """Its host and port, as CAIRN_PUSH_HOSTS wants them."""
        return f"127.0.0.1:{self.receiver.port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}"

    def subscribe(self) -> Subscription:
        """Be a browser that turns reminders on."""
        secret, auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        point = secret.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _b64(point), "auth": _b64(auth)}
        path = f"/push/{_b64(os.urandom(24))}"
        made = Subscription(self.url + path, keys, secret, auth)
        self._known[path] = made
        return made

    def answer(self, status: int, retry_after: str | None = None, times: int | None = None) -> None:
        """Answer with this status; `times` None: always, until `accept()`."""
        self._next(Answer(status, {"Retry-After": retry_after} if retry_after else {}), times)

    def hang(self, times: int | None = None) -> None:
        """Read the message and say nothing."""
        self._next(Answer(silent=True), times)

    def cut(self, times: int | None = None) -> None:
        """Read the message and close the line."""
        self._next(Answer(cut=True), times)

    def redirect(self, to: str) -> None:
        """Send whoever comes elsewhere."""
        self._next(Answer(307, {"Location": to}), None)

    def accept(self) -> None:
        """Take everything again."""
        self._answers = iter(())

    def stop(self) -> None:
        self.receiver.stop()

    def _next(self, answer: Answer, times: int | None) -> None:
        self._answers = itertools.repeat(answer) if times is None else itertools.repeat(answer, times)

    def _handle(self, request: Request) -> Answer:
        status = self._look(request)
        if status != 201:
            self.complaints.append(f"{status}: {request.method} {request.path}")
            return Answer(status)
        with self._lock:
            told = next(self._answers, None)
        if told is not None:
            return told
        self.topics[request.headers.get("topic", "")] += 1
        if self.receiver.requests % self.reads == 0:
            known, (claims, _) = self._known[request.path], self._vouched[request.headers["authorization"]]
            text = known.read(request.body)
            self.taken.append(Pushed(known.endpoint, text, request.body, dict(request.headers), claims))
        return Answer()

    def _look(self, request: Request) -> int:
        """Return the status a service gives to a request like this before it looks for the browser."""
        if request.method != "POST" or request.headers.get("content-encoding") != "aes128gcm":
            return 400
        if not request.headers.get("ttl", "").isdecimal() or len(request.headers.get("topic", "")) > 32:
            return 400
        if len(request.body) > 4096:
            return 413
        if not self._signed(request.headers.get("authorization", "")):
            return 401
        if self.server_key not in (None, self._vouched[request.headers["authorization"]][1]):
            return 403
        return 201 if request.path in self._known else 404

    def _signed(self, authorization: str) -> bool:
        """Tell whether the token is one of RFC 8292; each is looked at once."""
        if authorization not in self._vouched:
            scheme, _, fields = authorization.partition(" ")
            parts = dict(field.split("=", 1) for field in fields.split(",") if "=" in field)
            if scheme != "vapid" or not Vapid02.verify(authorization):
                return False
            self._vouched[authorization] = (decode(parts["t"], parts["k"]), parts["k"])
        claims, _ = self._vouched[authorization]
        now = clock.now().timestamp()
        return (
            claims["aud"] == self.url
            and re.fullmatch(r"mailto:[^@\s]+@[^@\s]+", claims["sub"]) is not None
            and now < claims["exp"] <= now + LONGEST_TOKEN.total_seconds()
        )


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def unpadded(text: str) -> bytes:
    """Read base64url as browsers write it."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def push_service() -> Iterator[PushService]:
    """A push service for one test: `.subscribe()` to be a browser, `.taken` to look at, `.answer()` to refuse."""
    service = PushService()
    yield service
    service.stop()
